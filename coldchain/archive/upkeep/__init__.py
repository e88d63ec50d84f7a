"""The life of equipment (冷链设备档案): its card, what it was when and where it stood, who mended, cleaned and changed it.

    county file, form ─► cards ─► equipment row ◄── life (statuses and places by the day; no lots left inside)
                                       ▲
    requests (asked, decided by another person, applied) ── repairs, care, papers, items (counted things)
                                       │
    requirements.toml (dated, with source and certainty) ─► findings: probes, levels, cards, care that is overdue

Files in reading order: `words` (types, statuses, their arrows), `days`, `cards` (all columns, what cannot be, what the
yearly archive still lacks), `life`, `modes` (stock-take and defrost, until when), `papers`, `items`, `repairs`,
`requests`, `care`; then what is asked of all of it: `requirements` and `findings`, `oddities` (what cannot well be),
`statistics`.

Never does: mute an alarm, or judge a reading. Calibrations and corrections stand in `metrology`.
"""
