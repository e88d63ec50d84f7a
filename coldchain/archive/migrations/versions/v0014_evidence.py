"""Digests, roots and retention; rows that no chain knows are adopted into one, dated."""

import sqlalchemy as sa
from alembic import op

from coldchain import clock
from coldchain.archive.migrations.adopting import adopt

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    op.create_table(
        "seal",
        sa.Column("gateway", sa.String(length=64), nullable=False),
        sa.Column("day", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sealed_at", sa.BigInteger(), nullable=False),
        sa.Column("channels", sa.JSON(), nullable=False),
        sa.Column("hours", sa.LargeBinary(), nullable=False),
        sa.Column("cites", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("gateway", "day", "version", name="pk_seal"),
    )
    op.create_table(
        "root",
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("heads", sa.JSON(), nullable=False),
        sa.Column("previous", sa.String(length=200), nullable=False),
        sa.Column("hash", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("n", name="pk_root"),
    )
    op.create_table(
        "deletion",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.Column("channels", sa.JSON(), nullable=False),
        sa.Column("lots", sa.JSON(), nullable=False),
        sa.Column("signed_by", sa.String(length=200), nullable=False),
        sa.Column("second", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("done_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint('"end" > start', name="ck_deletion_order"),
        sa.PrimaryKeyConstraint("id", name="pk_deletion"),
    )
    adopt(op.get_bind(), clock.now())


def downgrade() -> None:
    """Back to the one before: the seals are lost, and whoever verifies later is told so."""
    op.drop_table("deletion")
    op.drop_table("root")
    op.drop_table("seal")
