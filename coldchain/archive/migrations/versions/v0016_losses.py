"""Up to when lost mains were heard of: what nobody hears of any more does not last for ever. Room for many probes."""

import sqlalchemy as sa

from coldchain.archive.migrations.altering import altering

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version; what stands there is derived, and written anew when the ledger comes by."""
    with altering("outage") as batch:
        batch.add_column(sa.Column("heard_to", sa.BigInteger(), nullable=True))
    with altering("spread_day") as batch:
        batch.alter_column("known_ms", existing_type=sa.Integer(), type_=sa.BigInteger(), existing_nullable=False)


def downgrade() -> None:
    """Back to the one before."""
    with altering("spread_day") as batch:
        batch.alter_column("known_ms", existing_type=sa.BigInteger(), type_=sa.Integer(), existing_nullable=False)
    with altering("outage") as batch:
        batch.drop_column("heard_to")
