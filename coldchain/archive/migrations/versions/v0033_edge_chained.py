"""What gateways said by themselves stands in their chains; what was kept before gets a dated link."""

from alembic import op

from coldchain import clock
from coldchain.archive.migrations.adopting import adopt

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    adopt(op.get_bind(), clock.now(), only={"edge_notice"})


def downgrade() -> None:
    """Back to the one before, which does not look at these links."""
