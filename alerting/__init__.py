"""Readings become excursions, excursions alarms, alarms words in front of a person. One process decides at a time.

    feed, arrival journal, changes ─► judge (excursion/, pure) ─► decide (one transaction) ─► alarms ─► ladder/ ─► notify/ ─► person

Files in reading order: `excursion/` (the engine), `rules/` and `policy/` (TOML: what others wrote, what the county
chose), `in_force` (which packs judge since when), `timelines` (where a channel measured, by which packs), `windows` and
`judge` (what must be judged again), `occasions` (what explains it), `lots`, `findings` (what people must know of a
verdict), `survey` (what should be speaking), `sightings` (what is news), `warming`, `probes`, `health`, `patience`
(how long a silence may wait at night) and `watch` (what is seen at an instant), `alarms`, `decide` (the transaction),
`feed` (what became known), `shift` (the loop and its lease), `ladder/` (who is called next), `folding` (one message for
one cause), `notify/` (telling), `receipts` (what is heard), `cards` (what is no longer to be pressed), `telling` (the
tasks of both), `deadman/` (the watch on the watcher), `drills/` (the path tried), `numbers/` (whose number it still is),
`ledger/` (books of whole days, kept beside it all), `replay/` (a what-if over a file or stored history), `app`,
`settings`, `cli`.

Never does: discover data but by the journals, judge by arrival time, or change a reading. Late data revises; nothing is
deleted.
"""
