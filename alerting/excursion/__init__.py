"""The excursion engine: what a channel's readings say, told the same way live, late and in replay. Pure.

    readings ─► marks ─► machine ─► verdicts ─► cases ─► (archive)     facts about readings, revised by late data
    rule packs ───┴──────────┘      policy ───────┘                    how loud to be: the county's choice
    newest readings ─► observations, forecast ─► (archive)             seen at an instant, never recomputed

Files in reading order. What judges: `toml` (tables read strictly), `rule` (one limit as data), `checks` and `rules` (packs
of them), `stretch` (which rules judged a channel where and when). What it comes to: `rows` (a little of a trace, as each
rule sees it), `run` (the arithmetic of bad readings; `kinetic`, `product`), `machine` (five states and their table),
`follow` (one rule along the readings), `streak` (stillness), `block` (means), `verdict` and `verdicts` (the fold), `calm`
(where a judgement may begin anew). What becomes of it: `policy` (severity, the county's own file), `occasions` (what
explains a deviation), `cases` (verdicts against what people already know), `exposure` (a lot's share). Beside it:
`observations` (silence, mains), `forecast` and `departures` (the time until a limit), `pairs` (two probes in one
compartment).

Never does: wait, ask a clock, know what "now" is, open a file except to load a pack, or delete anything.
"""
