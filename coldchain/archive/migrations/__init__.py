"""Alembic's folder: `env` (how a migration is run), `script.py.mako` (the form of a new one), `versions/` (all of them)."""
