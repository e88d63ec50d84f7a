"""What was asked of people's addresses: is this still your number?"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    op.create_table(
        "way_question",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("person", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("sent_to", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=40), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=False),
        sa.Column("sent_s", sa.Double(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("try_after", sa.Double(), nullable=True),
        sa.Column("verdict", sa.String(length=40), nullable=False),
        sa.Column("provider_id", sa.String(length=200), nullable=False),
        sa.Column("provider_code", sa.String(length=200), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("cost_fen", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=200), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("how", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state in ('waiting', 'leaving', 'asked', 'confirmed', 'wrong', 'refused', 'unanswered', 'withdrawn')",
            name=op.f("ck_way_question_state"),
        ),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_way_question_person_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_way_question")),
    )
    for column in ("state", "digest", "sent_to", "sent_s"):
        op.create_index(op.f(f"ix_way_question_{column}"), "way_question", [column])
    is_open = sa.text("state in ('waiting', 'leaving', 'asked')")
    op.create_index(
        "uq_way_question_open",
        "way_question",
        ["person", "kind", "fingerprint"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )


def downgrade() -> None:
    """Back to the one before."""
    for name in (
        "uq_way_question_open",
        *(f"ix_way_question_{each}" for each in ("sent_s", "sent_to", "digest", "state")),
    ):
        op.drop_index(name, "way_question")
    op.drop_table("way_question")
