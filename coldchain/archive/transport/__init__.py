"""Rounds and transport runs: the year's plan of who is supplied when, and each way of vaccine on the road with its record.

    rounds ─► lines ◄──────────────── figures: drawn, delivered, brought back, what is missing in words
                ▲
    runs: start ─► cargo.load ─► readings ─► arrive ─► receiving ─► ending ─► evidence by hand where no channel rode along
                       │                                   │
                       └─ movements with the run's number ─┘─► stays, exposure, excursions: as anywhere

Files in reading order: `words` (records), `rounds` (plan, change, close), `runs` (start, cancel, look up), `readings`
(what was read on the way), `cargo` (load, put off, bring back), `receiving` (the decision at the far end), `findings` (what a
run lacks, pure), `journeys` (runs with all that belongs to them), `lines` (a round's figures), `ending`; `transport.toml`.

Never does: keep a list of what is on board, or judge a temperature: movements tell the one, the engine does the other.
"""
