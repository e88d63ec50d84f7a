"""Alembic's folder: `env` (how a migration is run), `script.py.mako` (the form of a new one), `versions/` (all of them).

Beside them `altering` (several changes to a table at once) and `adopting` (what no chain knows afterwards gets a dated link).
An archive with chains is taken up twice in one transaction, the first time only to see which tables are named, and taken
back (`archive.schema`): a version reads and writes the database it is given, and nothing beside it.
"""
