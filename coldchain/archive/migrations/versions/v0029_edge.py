"""What a gateway said by itself while nobody heard it."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    op.create_table(
        "edge_notice",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("gateway", sa.String(length=64), nullable=False),
        sa.Column("boot", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=200), nullable=False),
        sa.Column("anchor", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("way", sa.String(length=40), nullable=False),
        sa.Column("act", sa.String(length=40), nullable=False),
        sa.Column("person", sa.String(length=200), nullable=False),
        sa.Column("phone_number", sa.String(length=200), nullable=False),
        sa.Column("answer", sa.String(length=40), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edge_notice")),
        sa.UniqueConstraint(
            "gateway", "boot", "channel", "anchor", "person", "phone_number", "at", "answer", name="uq_edge_notice_once"
        ),
    )
    op.create_index("ix_edge_notice_channel_anchor", "edge_notice", ["channel", "anchor"])


def downgrade() -> None:
    """Back to the one before."""
    op.drop_index("ix_edge_notice_channel_anchor", "edge_notice")
    op.drop_table("edge_notice")
