"""The life of the demo's county: who works there, what they wrote down, what they moved, mended, calibrated and forgot.

    county's file ─► cast ─► acts, each with its day, its person and a function of the archive ─► played in the order of time
                             │ beginnings · people · duty · equipment · metrology · vaccine · transport · records
                             └ afterwards (history judged): what became of last night ─► its dossier

Files in reading order: `acts` (what an act is, and playing them), `cast` (invented people), `beginnings` (what stood there
first; probes hung, vaccine received), `people`, `duty` (who is told), `equipment`, `metrology`, `vaccine`, `transport`, `records`, `papers` (their
scans), `afterwards`; `playing` puts all of it together.

Never does: write a row of its own. Whatever stands in the demo's archive came through the doors that a real county uses, and
what they refuse cannot be shown. The same county, day and seed give the same life.
"""
