"""Rule packs that are loaded, and the site's own from when on."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version. Both tables fill when alerting starts; what it finds then is taken to have judged so far."""
    op.create_table(
        "rule_pack",
        sa.Column("pack", sa.String(length=64), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=200), nullable=False),
        sa.Column("title_zh", sa.String(length=200), nullable=False),
        sa.Column("title_en", sa.String(length=200), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("is_loaded", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("pack", "version", name=op.f("pk_rule_pack")),
    )
    op.create_table(
        "site_rules",
        sa.Column("start", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("packs", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("start", name=op.f("pk_site_rules")),
    )


def downgrade() -> None:
    """Back to the one before: what packs were loaded when is gone."""
    op.drop_table("site_rules")
    op.drop_table("rule_pack")
