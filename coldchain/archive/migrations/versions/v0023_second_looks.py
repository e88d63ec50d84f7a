"""What was taken on trust: a carrier measured by its readings, hand-overs countersigned, units reminded, requests signed.

A hand-over that is there was countersigned by nobody, and of a run that is over nobody asked whether its loggers spoke.
"""

import sqlalchemy as sa
from alembic import op

from coldchain.archive.migrations.altering import altering

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

AS_WEEKDAY = "as_weekday is null or (kind = 'workday' and as_weekday between 0 and 6)"


def upgrade() -> None:
    """To this version."""
    op.add_column("run_carrier", sa.Column("is_measured", sa.Boolean(), nullable=True))
    op.add_column("hand_over", sa.Column("countersigned_by", sa.String(length=200), nullable=True))
    op.add_column("hand_over", sa.Column("countersigned_at", sa.BigInteger(), nullable=True))
    with altering("calendar_day") as batch:
        batch.add_column(sa.Column("as_weekday", sa.Integer(), nullable=True))
        batch.create_check_constraint(op.f("ck_calendar_day_as_weekday"), AS_WEEKDAY)
    for name in ("signature", "check_unit"):
        op.add_column("change_request", sa.Column(name, sa.String(length=200), nullable=False, server_default=""))
    with altering("change_request") as batch:
        for name in ("signature", "check_unit"):
            batch.alter_column(name, server_default=None)
    op.create_table(
        "collection_reminder",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("unit", sa.Integer(), nullable=False),
        sa.Column("reminded_at", sa.BigInteger(), nullable=False),
        sa.Column("how", sa.String(length=40), nullable=False),
        sa.Column("told", sa.String(length=200), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["unit"], ["collection_unit.id"], name=op.f("fk_collection_reminder_unit_collection_unit")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collection_reminder")),
    )
    op.create_index("ix_collection_reminder_unit", "collection_reminder", ["unit"])


def downgrade() -> None:
    """Back to the one before: who was reminded, who countersigned, and which weekday a make-up day stands for are lost."""
    op.drop_table("collection_reminder")
    with altering("change_request") as batch:
        batch.drop_column("check_unit")
        batch.drop_column("signature")
    with altering("calendar_day") as batch:
        batch.drop_constraint(op.f("ck_calendar_day_as_weekday"), type_="check")
        batch.drop_column("as_weekday")
    with altering("hand_over") as batch:
        batch.drop_column("countersigned_at")
        batch.drop_column("countersigned_by")
    with altering("run_carrier") as batch:
        batch.drop_column("is_measured")
