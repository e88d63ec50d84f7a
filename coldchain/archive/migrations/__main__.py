"""`python -m coldchain.archive.migrations "What changes."` writes the next version: what the tables have and it has not.

It compares the tables with a fresh SQLite archive that was migrated so far. Read what it wrote, put it in order, and say
in it what becomes of the rows that are there.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

from alembic import command
from sqlalchemy import create_engine

from coldchain.archive import db, schema


def main(message: str) -> None:
    """Write the next version's file."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "archive.sqlite"
        asyncio.run(db.migrate(f"sqlite:///{file}"))
        number = f"{len(list((schema.MIGRATIONS / 'versions').glob('v*.py'))) + 1:04}"
        engine = create_engine(f"sqlite:///{file}")
        with engine.connect() as connection:
            command.revision(schema.config_of(connection), message, autogenerate=True, rev_id=number)
        engine.dispose()


if __name__ == "__main__":
    main(" ".join(sys.argv[1:]) or "No words yet.")
