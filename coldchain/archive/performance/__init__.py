"""How machines run: what alerting's ledger found day by day, what that says of each piece and each model, and what to replace.

    ground (which channels tell of which equipment) ─► alerting's ledger ─► days (machine_day, spread_day, outage) ─► reports (a piece over a period)
    days ─► months ─► years (kept of each month and the twelve before it) ─┐
    repairs, cases ─► failures ─► models ──────────────────────────────────┴─► ranking, by the weights of `ranking.toml` ─► what to replace first, and why

Files in reading order: `ground`; `rest` (what a loss of mains proves, and which found a machine rested; pure), `months`, `years`, `days`; `reports`; `failures`, `models`; `weights` with `ranking.toml`, `ranking`.

Never does: judge a temperature or a lot. A rank is a proposal for whoever plans, with the reasons in words.
"""
