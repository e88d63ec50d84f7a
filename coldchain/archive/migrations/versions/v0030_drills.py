"""Exercises of facilities' alarm paths."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    op.create_table(
        "drill",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("facility", sa.String(length=64), nullable=False),
        sa.Column("planned", sa.String(length=40), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("observation", sa.Integer(), nullable=True),
        sa.Column("begun_at", sa.BigInteger(), nullable=True),
        sa.Column("answer_by", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("people", sa.JSON(), nullable=False),
        sa.Column("ways", sa.JSON(), nullable=False),
        sa.Column("link", sa.String(length=40), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state in ('asked', 'running', 'verified', 'failed', 'withdrawn', 'refused')", name=op.f("ck_drill_state")
        ),
        sa.ForeignKeyConstraint(["facility"], ["facility.code"], name=op.f("fk_drill_facility_facility")),
        sa.ForeignKeyConstraint(["observation"], ["observation.id"], name=op.f("fk_drill_observation_observation")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drill")),
        sa.UniqueConstraint("observation", name=op.f("uq_drill_observation")),
    )
    op.create_index("ix_drill_facility", "drill", ["facility"])
    op.create_index("ix_drill_state", "drill", ["state"])
    planned = sa.text("planned <> ''")
    op.create_index(
        "uq_drill_planned",
        "drill",
        ["facility", "planned"],
        unique=True,
        sqlite_where=planned,
        postgresql_where=planned,
    )


def downgrade() -> None:
    """Back to the one before."""
    for name in ("uq_drill_planned", "ix_drill_state", "ix_drill_facility"):
        op.drop_index(name, "drill")
    op.drop_table("drill")
