"""What all versions do to a table that stands: several changes to it together, which on SQLite build it anew once."""

from contextlib import AbstractContextManager

from alembic import op
from alembic.operations.base import BatchOperations


def altering(table: str) -> AbstractContextManager[BatchOperations]:
    """The changes to one table. It alone is read off the database, not what it refers to: half of a migration's time."""
    return op.batch_alter_table(table, reflect_kwargs={"resolve_fks": False})
