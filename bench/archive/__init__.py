"""The archive of a county after five years, and how long its questions take; `python -m bench archive [--small]`.

    county (rows, made up) ─► load (in bulk: SQLite, PostgreSQL) ─┬─► questions (which lots, a lot's exposure, pages)
    raw (readings where they are looked at) ─► embedded store ────┴─► flow (the ledger while readings come)

Files in reading order: `county`, `load`, `raw`, `questions`, `flow`, `run`.

Never does: judge whether answers are right; tests do. Rows are written past the archive's own doors, for there are millions.
"""
