"""What compartments were for in time, and the book of what was said of the past afterwards.

A compartment that is there was for what its row says since ever: such a one has no use of its own yet.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    op.create_table(
        "compartment_use",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("compartment", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("profile", sa.String(length=40), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=True),
        sa.Column("end", sa.BigInteger(), nullable=True),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint('start is null or "end" is null or "end" >= start', name="ck_compartment_use_order"),
        sa.CheckConstraint("purpose in ('vaccine', 'ice_packs', 'empty')", name="ck_compartment_use_purpose"),
        sa.ForeignKeyConstraint(["compartment"], ["compartment.id"], name="fk_compartment_use_compartment_compartment"),
        sa.PrimaryKeyConstraint("id", name="pk_compartment_use"),
    )
    op.create_index("ix_compartment_use_compartment", "compartment_use", ["compartment"])
    op.create_table(
        "backdating",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("entity", sa.String(length=40), nullable=False),
        sa.Column("entity_id", sa.String(length=200), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("document", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["document"], ["document.sha256"], name="fk_backdating_document_document"),
        sa.PrimaryKeyConstraint("id", name="pk_backdating"),
    )
    op.create_index("ix_backdating_entity", "backdating", ["entity", "entity_id"])


def downgrade() -> None:
    """Back to the one before: what compartments were for before is lost, and their rows judge all that was."""
    op.drop_table("backdating")
    op.drop_table("compartment_use")
