"""What lots went through: the archive's books joined with readings; above both doors, below the services.

A day's row and the raw readings of the same day say the same, so that a stay is summed from rows where there are some
and from readings at its edges, today, and wherever no row is yet.

    archive (stays, probes, evidence, exposure_day) ─┐
                                                     ├─► raw, stays ─► lots, roads ─► dashboards, command line
    series (readings) ───────────────────────────────┘      └─► alerting's ledger (which writes the rows)

Files in reading order: `raw` (a compartment from–to, from readings), `stays` (the same from rows and readings), `ways`
(along which stays doses came to where they are, and which way is the worst, pure), `outside` (how bad stays were until each
of many moments), `lots` (what a lot went through), `behind` (who has yet to read what arrived), `evidence` (what a dossier
freezes), `roads` (what was measured on a run).

Never does: write, or judge. It stands here because the archive never reads the series and both services need it.
"""
