"""Who is told: policies with levels, rotas, absences, ways to a person and their quarterly question."""

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""


def downgrade() -> None:
    """Back to the one before."""
