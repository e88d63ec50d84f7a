"""The pages, rendered here and complete without a script; with one, they follow what happens.

    county, history ─► words, telling, watched ─► templates/ ─► HTML, and pieces of it as server-sent events

In reading order: `shown` (language, template, headers), `board` (the live page), `events` (what keeps it live),
`equipment` (one piece) with `chart` and `history` (its excursions and events), `alarms` (somebody takes one), `story` (all of one), `link` (out of a message), `number` (whose number it is), `duty` (who would be told), `rotas` (the week's duty), `drills`, `figures`, `login`,
`refused`, `described` (the API).

Never does: decide what something means; that is `status` and, before it, alerting.
"""
