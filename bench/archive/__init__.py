"""The archive of a county after five years, and how long its questions take; `python -m bench archive [--small]`.

    county, books, desk (rows, made up) ─► load (in bulk: SQLite, PostgreSQL) ─┬─► lists (a page of each list of the API)
    raw (readings where they are looked at) ─► embedded store ─────────────────┼─► questions (which lots, a lot's exposure)
                                                                               └─► flow (the ledger while readings come)

Files in reading order: `county`, `books`, `desk`, `load`, `raw`, `cpu`, `lists`, `questions`, `flow`, `run`.

Never does: judge whether answers are right; tests do. Rows are written past the archive's own doors, for there are millions.
"""
