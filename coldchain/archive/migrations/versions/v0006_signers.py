"""A token may belong to a user, who signs by it; documents that acts refer to."""

import sqlalchemy as sa
from alembic import op

from coldchain.archive.migrations.altering import altering

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    with altering("token") as batch:
        batch.add_column(sa.Column("user", sa.String(length=64), nullable=True))
        batch.create_foreign_key("fk_token_user_user_account", "user_account", ["user"], ["name"])
    op.create_table(
        "document",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("media_type", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("facility", sa.String(length=64), nullable=True),
        sa.Column("added_by", sa.String(length=200), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["facility"], ["facility.code"], name="fk_document_facility_facility"),
        sa.PrimaryKeyConstraint("sha256", name="pk_document"),
    )
    with altering("document") as batch:
        batch.create_index("ix_document_facility", ["facility"])


def downgrade() -> None:
    """Back to the one before."""
    op.drop_table("document")
    with altering("token") as batch:
        batch.drop_constraint("fk_token_user_user_account", type_="foreignkey")
        batch.drop_column("user")
