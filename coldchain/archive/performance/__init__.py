"""How machines run: what alerting's ledger found day by day, what that says of each piece and each model, and what to replace.

    ground (which channels tell of which equipment) ─► alerting's ledger ─► days (machine_day, spread_day, outage) ─► months
    days ─► reports (a piece over a period) ─┐
    repairs, cases ─► failures ─► models ────┴─► ranking, by the weights of `ranking.toml` ─► what to replace first, and why

Files in reading order: `ground`, `months`, `days`; `rest` (which losses found a machine rested; pure), `reports`; `failures`, `models`; `weights` with `ranking.toml`, `ranking`.

Never does: judge a temperature or a lot. A rank is a proposal for whoever plans, with the reasons in words.
"""
