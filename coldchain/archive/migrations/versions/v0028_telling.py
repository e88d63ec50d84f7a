"""How people were told: attempts, receipts, replies, what it cost; the ladder's own columns."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from coldchain.archive.migrations.altering import altering

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

# Of columns that must have a value, what the rows that are there get.
ALARM: dict[str, tuple[Any, str | None]] = {
    "level": (sa.Integer(), "0"),
    "rungs": (sa.JSON(), "[]"),
    "rung_at": (sa.BigInteger(), None),
    "rings": (sa.Integer(), None),
    "eta_at": (sa.BigInteger(), None),
    "score": (sa.Integer(), "0"),
    "code": (sa.String(length=40), None),
    "cause": (sa.Text(), ""),
    "measure": (sa.Text(), ""),
    "closed_by": (sa.String(length=200), None),
    "closed_at": (sa.BigInteger(), None),
    "is_drill": (sa.Boolean(), "false"),
}
NOTICE: dict[str, tuple[Any, str | None]] = {
    "kind": (sa.String(length=40), "alarm"),
    "level": (sa.Integer(), "0"),
    "turn": (sa.Integer(), "0"),
    "sent_to": (sa.String(length=200), ""),
    "language": (sa.String(length=40), "zh"),
    "short": (sa.JSON(), "{}"),
    "fold": (sa.String(length=40), ""),
    "tries": (sa.Integer(), "0"),
    "try_after": (sa.Double(), None),
    "verdict": (sa.String(length=40), ""),
    "provider_id": (sa.String(length=200), ""),
    "provider_code": (sa.String(length=200), ""),
    "cost_fen": (sa.Integer(), "0"),
    "receipt_state": (sa.String(length=40), ""),
    "receipt_at": (sa.BigInteger(), None),
}
TABLES = ("notice_attempt", "notice_receipt", "notice_reply", "folded_case")


def upgrade() -> None:
    """To this version."""
    _add("alarm", ALARM)
    _add("notice", NOTICE)
    _create_of_some("uq_alarm_code", "alarm", "code", "state <> 'closed'", unique=True)
    _create_of_some("ix_alarm_next_at", "alarm", "next_at", "next_at is not null")
    _create_of_some("ix_notice_fold", "notice", "fold", "fold <> ''")
    _attempts()
    _receipts()
    _replies()
    op.create_table(
        "folded_case",
        sa.Column("excursion", sa.String(), nullable=False),
        sa.Column("alarm", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["excursion"], ["excursion.id"], name=op.f("fk_folded_case_excursion_excursion")),
        sa.ForeignKeyConstraint(["alarm"], ["alarm.id"], name=op.f("fk_folded_case_alarm_alarm")),
        sa.PrimaryKeyConstraint("excursion", name=op.f("pk_folded_case")),
    )
    op.create_index(op.f("ix_folded_case_alarm"), "folded_case", ["alarm"])


def downgrade() -> None:
    """Back to the one before: what providers and people answered is lost; what was told stays."""
    for name in reversed(TABLES):
        op.drop_table(name)
    op.drop_index("ix_notice_fold", "notice")
    op.drop_index("ix_alarm_next_at", "alarm")
    op.drop_index("uq_alarm_code", "alarm")
    op.execute("update alarm set state = 'ended' where state = 'closed'")
    op.execute("update notice set state = 'waiting' where state = 'folded'")
    for table, columns in (("notice", NOTICE), ("alarm", ALARM)):
        with altering(table) as batch:
            for name in reversed(columns):
                batch.drop_column(name)


def _add(table: str, columns: dict[str, tuple[Any, str | None]]) -> None:
    """The rows that are there get a value; new ones get theirs from the programme."""
    needed = [name for name, (_, value) in columns.items() if value is not None]
    with altering(table) as batch:
        for name, (kind, value) in columns.items():
            default = sa.false() if value == "false" else value
            batch.add_column(sa.Column(name, kind, nullable=value is None, server_default=default))
    with altering(table) as batch:
        for name in needed:
            batch.alter_column(name, server_default=None)


def _create_of_some(name: str, table: str, column: str, where: str, *, unique: bool = False) -> None:
    said = sa.text(where)
    op.create_index(name, table, [column], unique=unique, sqlite_where=said, postgresql_where=said)


def _attempts() -> None:
    op.create_table(
        "notice_attempt",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("notice", sa.Integer(), nullable=False),
        sa.Column("alarm", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("sent_to", sa.String(length=200), nullable=False),
        sa.Column("claim", sa.String(length=40), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("sent_s", sa.Double(), nullable=False),
        sa.Column("verdict", sa.String(length=40), nullable=False),
        sa.Column("provider_id", sa.String(length=200), nullable=False),
        sa.Column("provider_code", sa.String(length=200), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("cost_fen", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["notice"], ["notice.id"], name=op.f("fk_notice_attempt_notice_notice")),
        sa.ForeignKeyConstraint(["alarm"], ["alarm.id"], name=op.f("fk_notice_attempt_alarm_alarm")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_attempt")),
    )
    op.create_index("ix_notice_attempt_address", "notice_attempt", ["channel", "sent_to", "sent_s"])
    for column in ("notice", "sent_s", "provider_id"):
        op.create_index(op.f(f"ix_notice_attempt_{column}"), "notice_attempt", [column])


def _receipts() -> None:
    op.create_table(
        "notice_receipt",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("provider_id", sa.String(length=200), nullable=False),
        sa.Column("out_id", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("sent_to", sa.String(length=200), nullable=False),
        sa.Column("provider_code", sa.String(length=200), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("pressed", sa.String(length=40), nullable=False),
        sa.Column("notice", sa.Integer(), nullable=True),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["notice"], ["notice.id"], name=op.f("fk_notice_receipt_notice_notice")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_receipt")),
    )
    once = ["provider", "provider_id", "out_id", "state", "pressed"]
    op.create_index("uq_notice_receipt_once", "notice_receipt", once, unique=True)
    op.create_index(op.f("ix_notice_receipt_notice"), "notice_receipt", ["notice"])


def _replies() -> None:
    op.create_table(
        "notice_reply",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("reply_id", sa.String(length=200), nullable=False),
        sa.Column("phone_number", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("alarm", sa.Integer(), nullable=True),
        sa.Column("person", sa.String(length=200), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("text_back", sa.Text(), nullable=False),
        sa.Column("text_back_state", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["alarm"], ["alarm.id"], name=op.f("fk_notice_reply_alarm_alarm")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_reply")),
    )
    op.create_index("uq_notice_reply_once", "notice_reply", ["provider", "reply_id"], unique=True)
    op.create_index(op.f("ix_notice_reply_alarm"), "notice_reply", ["alarm"])
    op.create_index(op.f("ix_notice_reply_text_back_state"), "notice_reply", ["text_back_state"])
