"""One module per kind of sheet: its columns under every title met so far, and how one row of it enters the archive.

Files in reading order: `kind` (what a kind is), `scope` (for whom one may write), `equipment`, `facilities`, `people`, `matching` (vaccines and
lots by what is printed on them), `stock`, `given`.

Never does: decide what cannot be: the archive's own functions refuse it, row by row.
"""
