"""`python -m collector`."""

from collector.cli import app

app()
