"""The read API under `/api/v1`, as OpenAPI describes it: what outsiders may rely on.

    viewer (access) ─► query ─► archive.views · series · county ─► models ─► JSON, or a problem

In reading order: `asked` (times, cursors, limits as callers write them), `models` (the shapes), then a module per
resource: `health`, `equipment`, `readings`, `excursions`, `lots`, `alarms`, `books` (audit, refused), `described`.

Never does: write, but for one thing, that a person takes an alarm.
"""
