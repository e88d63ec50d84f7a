"""Indices of what is looked for among everything: one kind of link in the audit, issues that passed a lot over."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

PASSED_OVER = sa.text("passed_over is not null")


def upgrade() -> None:
    """To this version."""
    op.create_index("ix_audit_entity_at", "audit", ["entity", "at", "stream", "n"])
    name, columns = "ix_movement_passed_over_at", ["at", "id"]
    op.create_index(name, "movement", columns, sqlite_where=PASSED_OVER, postgresql_where=PASSED_OVER)


def downgrade() -> None:
    """Back to the one before."""
    op.drop_index("ix_movement_passed_over_at", "movement")
    op.drop_index("ix_audit_entity_at", "audit")
