"""`coldchain replay`: the engine over a file or over stored history, by the very code that judges live. It writes nothing.

    a CSV ─► text, moments, files ─┐                      ┌─► compare (what other rules would change)
                                   ├─► whatif ─► cases ───┤
    series and archive ─► stored ──┘      └─► recording ──┴─► vendor (what another platform missed, invented, told late)

Files in reading order: `text` (bytes become text), `moments` (texts become times), `files` (rows become readings);
`whatif` (what is asked, and one channel under one set of rules), `recording` (pauses, and the duty to record); `stored`
(history through the doors), `stored_names` and `site` (a site as its settings describe it); `shift` (what a probe that was found
wrong would have changed); `patience` (told sooner or later); `compare`; `vendor_file`
(another platform's alarms), `names` (what their names stand for) and `vendor` (held against ours); `report` (JSON),
`tables` (text), `progress`; `asked` (options as records) and `command` (the options themselves).

Never does: write to the series or the archive, ask a clock for domain time, or judge by rules of its own.
"""
