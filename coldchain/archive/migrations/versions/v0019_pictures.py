"""Up to when stock files told what lies where: yesterday's file, sent after today's, changes nothing."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    op.create_table(
        "stock_picture",
        sa.Column("facility", sa.String(length=64), nullable=False),
        sa.Column("lot", sa.String(length=64), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["facility"], ["facility.code"], name="fk_stock_picture_facility_facility"),
        sa.ForeignKeyConstraint(["lot"], ["lot.id"], name="fk_stock_picture_lot_lot"),
        sa.PrimaryKeyConstraint("facility", "lot", "place", name="pk_stock_picture"),
    )


def downgrade() -> None:
    """Back to the one before."""
    op.drop_table("stock_picture")
