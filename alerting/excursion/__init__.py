"""The excursion engine: what a channel's readings say, told the same way live, late and in replay. Pure.

    readings ─► machine ─► verdicts ─► cases ─► (archive)          facts about readings, revised by late data
    rule packs ───┘    policy ──────────┘                          how loud to be: the county's choice
    newest readings ─► observations, forecast ─► (archive)         seen at an instant, never recomputed

Files in reading order: `toml` (tables read strictly), `rules` (a limit as data, packs), `policy` (severity, the county's own file),
`stretch` (which rules judged a channel where and when), `run` (the arithmetic of one run of bad readings),
`machine` (four states and their table), `verdicts` (the fold), `calm` (where a judgement may begin anew),
`cases` (verdicts against what people already know), `exposure` (a lot's share), `observations`, `forecast`.

Never does: wait, ask a clock, know what "now" is, open a file except to load a pack, or delete anything.
"""
