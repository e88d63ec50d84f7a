"""Who is told: policies with their levels, rotas, absences, and the ways to a person; asked of any instant.

    policy (a county's own, dated, or `default.toml`) ─┐
    posts · rotas · absences · calendar ───────────────┼─► book ─► who ─► levels: people, their ways in order, minutes ─► alerting's ladder
    ways: addresses, what is known of them ────────────┘            └─► gaps: shown red every day, and nothing waits for them

Files in reading order: `words` (means, addresses, gaps); `policy` with `default.toml`, and `policies` (dated, per place);
`book` (what is looked at), `turns` (who has the duty), `members` (posts, rotas, stand-ins), `who` (levels); `special` and
`asking` (a book of the archive); `checks`, `rotas`, `absences` and `ways` (what people enter), `gaps` (all that is wrong),
`quiet` (what may wait for the morning), `binding` (whose WeChat it is).

Never does: tell anybody. It says who is to be told and by what; alerting tells them, and remembers.
"""
