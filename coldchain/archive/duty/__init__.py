"""Who is told: policies with their levels, rotas, absences, and the ways to a person; asked of any instant.

    policy (a county's own, dated, or `default.toml`) ─┐
    posts · rotas · absences · calendar ───────────────┼─► book ─► who ─► levels: people, their ways in order, minutes ─► alerting's ladder
    ways: addresses, what is known of them ────────────┘            └─► gaps: shown red every day, and nothing waits for them
            ▲ questions: "is this still your number?"

Files in reading order: `words` (means, addresses, gaps); `policy` with `default.toml`, and `policies` (dated, per place);
`book` (what is looked at), `turns` (who has the duty), `members` (posts, rotas, stand-ins), `week` (the days ahead), `quiet`
(what may wait for the morning, and when that is), `who` (levels); `special` and `asking` (a book of the archive), `nights`
(whether people sleep where something rings), `holdovers` (how long what is silent keeps cold); `checks`, `rotas`, `absences`
and `ways` (what people enter), `gaps` (all that is wrong), `binding` (whose WeChat it is), `questions` (the quarterly one,
and what came of it), `askable` (who may be asked it now) and `standing` (how every address stands).

Never does: tell anybody. It says who is to be told and by what; alerting tells them, and remembers.
"""
