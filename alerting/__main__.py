"""`python -m alerting`: what `coldchain alerting` runs."""

from alerting.cli import app

app()
