"""The API under `/api/v1`, as OpenAPI describes it: what outsiders may rely on, to look and to keep the books.

    viewer (access) ─► asked ───► archive · series · ledger ──────────► models ─► JSON with its ETag, or a problem
                    └► writing ─► one archive transaction, audited ──┘
                       If-Match, who signs; within: their facilities only

Files in reading order:

    what all share      asked (numbers, times, lists, cursors) · writing (tags, who, who signs) · within (scope) · models and models_*
    is it well          health
    equipment           equipment · upkeep · upkeep_books · upkeep_checks · documents
    how it ages         metrology · performance
    what happened       readings · excursions · lots (exposure, affected doses) · vouching · alarms · alarm_stories
    who is told         duty (who, gaps, policies) · rotas (and absences) · ways · wechat_links · drills (and figures)
    vaccine             stock · receiving · received · movements · counts · dossiers · dossier_signing
    facilities          facilities · people · trainings · collection
    on the road         rounds · runs · runs_shown
    by hand             records
    sheets in and out   sheets
    proof               books (audit chains, roots, what was refused)

Never does: decide. A rule stands in the archive, and a refusal is its words; nor delete, nor show or change what lies
outside a caller's scope: that is answered as if it were not there.
"""
