"""Indices of what pages of a whole county ask for: receipts and records by time, movements that nobody confirmed."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

UNCONFIRMED = sa.text("confirmed_at is null and withdrawn_at is null and source is not null and target is not null")
GOES_ON = sa.text('"end" is null')
COUNTS = sa.text("withdrawn_at is null")


def upgrade() -> None:
    """To this version."""
    op.create_index("ix_receipt_at_id", "receipt", ["at", "id"])
    _create_of_some("ix_movement_unconfirmed", "movement", ["at", "id"], UNCONFIRMED)
    _create_of_some("ix_observation_open", "observation", ["start"], GOES_ON)
    _create_of_some("ix_manual_record_kept", "manual_record", ["compartment", "day", "half", "late_reason"], COUNTS)


def downgrade() -> None:
    """Back to the one before."""
    op.drop_index("ix_manual_record_kept", "manual_record")
    op.drop_index("ix_observation_open", "observation")
    op.drop_index("ix_movement_unconfirmed", "movement")
    op.drop_index("ix_receipt_at_id", "receipt")


def _create_of_some(name: str, table: str, columns: list[str], where: sa.TextClause) -> None:
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)
