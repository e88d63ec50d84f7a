"""A simulated county, a year of it, in which everything that happened is known: what alarms are worth, as figures.

    fridges ─ causes ─► simulate (physics, probe) ─► journal (late, doubled, out of order, restarts)
                           │                            ├─► ours: judge, cases, alarms as they run in alerting
                           ▼                            └─► bench.detectors: as people write them
                         truth ──────────────────────────────► score ─► table

Files in reading order: `fridges` (what stands where), `causes` (what happens to it), `simulate` (a year of one fridge, by
the physics of the simulator), `journal` (in which order the readings arrive, when alerting is down), `truth` (from all
readings at once, and from the noise-free physics), `held` (what has arrived so far), `ours`, `score`, `run`, `table`.

Never does: let the engine say what is true. Seeds decide everything random; the same seed is the same year.
"""
