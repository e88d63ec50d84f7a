"""Rounds and runs, and the record by hand."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# In the order of their references: nothing refers to a table below it.
TABLES = (
    "record_hours",
    "manual_record",
    "round",
    "round_line",
    "run",
    "run_carrier",
    "run_channel",
    "run_stop",
    "run_reading",
)


def upgrade() -> None:
    """To this version."""
    _record_hours()
    _manual_record()
    _round()
    _round_line()
    _run()
    _run_carrier()
    _run_channel()
    _run_stop()
    _run_reading()


def downgrade() -> None:
    """Back to the one before: what people planned and wrote down since is gone."""
    for table in reversed(TABLES):
        op.drop_table(table)


def _record_hours() -> None:
    op.create_table(
        "record_hours",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("region", sa.String(length=64), nullable=True),
        sa.Column("valid_from", sa.String(length=40), nullable=False),
        sa.Column("am_from_min", sa.Integer(), nullable=False),
        sa.Column("am_to_min", sa.Integer(), nullable=False),
        sa.Column("pm_from_min", sa.Integer(), nullable=False),
        sa.Column("pm_to_min", sa.Integer(), nullable=False),
        sa.Column("apart_min", sa.Integer(), nullable=False),
        sa.Column("holiday_kinds", sa.JSON(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("certainty", sa.String(length=40), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "am_from_min >= 0 and am_from_min < am_to_min and am_to_min <= 1440", name=op.f("ck_record_hours_morning")
        ),
        sa.CheckConstraint(
            "pm_from_min >= am_to_min and pm_from_min < pm_to_min and pm_to_min <= 1440",
            name=op.f("ck_record_hours_afternoon"),
        ),
        sa.ForeignKeyConstraint(["region"], ["region.code"], name=op.f("fk_record_hours_region_region")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_hours")),
    )
    op.create_index(op.f("ix_record_hours_region"), "record_hours", ["region"])


def _manual_record() -> None:
    op.create_table(
        "manual_record",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("compartment", sa.Integer(), nullable=False),
        sa.Column("day", sa.String(length=40), nullable=False),
        sa.Column("half", sa.String(length=40), nullable=False),
        sa.Column("taken_at", sa.BigInteger(), nullable=False),
        sa.Column("value_c", sa.Double(), nullable=False),
        sa.Column("ambient_c", sa.Double(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("signed_by", sa.String(length=64), nullable=False),
        sa.Column("entered_at", sa.BigInteger(), nullable=False),
        sa.Column("late_reason", sa.Text(), nullable=True),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.Column("withdrawn_by", sa.String(length=200), nullable=True),
        sa.Column("withdrawn_why", sa.Text(), nullable=True),
        sa.CheckConstraint("half in ('am', 'pm')", name=op.f("ck_manual_record_half")),
        sa.ForeignKeyConstraint(
            ["compartment"], ["compartment.id"], name=op.f("fk_manual_record_compartment_compartment")
        ),
        sa.ForeignKeyConstraint(
            ["signed_by"], ["user_account.name"], name=op.f("fk_manual_record_signed_by_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manual_record")),
    )
    op.create_index("ix_manual_record_compartment_taken_at", "manual_record", ["compartment", "taken_at"])
    op.create_index("ix_manual_record_day", "manual_record", ["day"])
    op.create_index(
        "uq_manual_record_counts",
        "manual_record",
        ["compartment", "day", "half"],
        unique=True,
        sqlite_where=sa.text("withdrawn_at is null"),
        postgresql_where=sa.text("withdrawn_at is null"),
    )


def _round() -> None:
    op.create_table(
        "round",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("region", sa.String(length=64), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("first_day", sa.String(length=40), nullable=False),
        sa.Column("last_day", sa.String(length=40), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("closed_by", sa.String(length=200), nullable=True),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_round_order")),
        sa.ForeignKeyConstraint(["region"], ["region.code"], name=op.f("fk_round_region_region")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round")),
    )
    op.create_index("ix_round_region_year", "round", ["region", "year"])


def _round_line() -> None:
    op.create_table(
        "round_line",
        sa.Column("round", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("facility", sa.String(length=64), nullable=False),
        sa.Column("planned_doses", sa.Integer(), nullable=False),
        sa.Column("sessions_held", sa.Integer(), nullable=True),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("closed_by", sa.String(length=200), nullable=True),
        sa.CheckConstraint("planned_doses >= 0", name=op.f("ck_round_line_planned")),
        sa.CheckConstraint("sessions_held is null or sessions_held >= 0", name=op.f("ck_round_line_sessions")),
        sa.ForeignKeyConstraint(["facility"], ["facility.code"], name=op.f("fk_round_line_facility_facility")),
        sa.ForeignKeyConstraint(["round"], ["round.id"], name=op.f("fk_round_line_round_round")),
        sa.PrimaryKeyConstraint("round", "facility", name=op.f("pk_round_line")),
    )
    op.create_index(op.f("ix_round_line_facility"), "round_line", ["facility"])


def _run() -> None:
    op.create_table(
        "run",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("round", sa.Integer(), nullable=True),
        sa.Column("origin", sa.String(length=64), nullable=False),
        sa.Column("tool", sa.String(length=40), nullable=False),
        sa.Column("cooling", sa.String(length=40), nullable=False),
        sa.Column("way", sa.String(length=40), nullable=False),
        sa.Column("plate", sa.String(length=40), nullable=False),
        sa.Column("purpose", sa.String(length=200), nullable=False),
        sa.Column("sender", sa.String(length=200), nullable=False),
        sa.Column("order_no", sa.String(length=200), nullable=False),
        sa.Column("order_document", sa.String(length=64), nullable=True),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("closed_by", sa.String(length=200), nullable=True),
        sa.Column("despite", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("kind <> 'emergency' or order_no <> ''", name=op.f("ck_run_order_no")),
        sa.CheckConstraint("ended_at is null or ended_at > started_at", name=op.f("ck_run_order")),
        sa.ForeignKeyConstraint(["order_document"], ["document.sha256"], name=op.f("fk_run_order_document_document")),
        sa.ForeignKeyConstraint(["origin"], ["facility.code"], name=op.f("fk_run_origin_facility")),
        sa.ForeignKeyConstraint(["round"], ["round.id"], name=op.f("fk_run_round_round")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run")),
    )
    op.create_index(op.f("ix_run_origin"), "run", ["origin"])
    op.create_index(op.f("ix_run_round"), "run", ["round"])


def _run_carrier() -> None:
    op.create_table(
        "run_carrier",
        sa.Column("run", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("compartment", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["compartment"], ["compartment.id"], name=op.f("fk_run_carrier_compartment_compartment")
        ),
        sa.ForeignKeyConstraint(["run"], ["run.id"], name=op.f("fk_run_carrier_run_run")),
        sa.PrimaryKeyConstraint("run", "compartment", name=op.f("pk_run_carrier")),
    )
    op.create_index(op.f("ix_run_carrier_compartment"), "run_carrier", ["compartment"])


def _run_channel() -> None:
    op.create_table(
        "run_channel",
        sa.Column("run", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("compartment", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["channel"], ["channel.name"], name=op.f("fk_run_channel_channel_channel")),
        sa.ForeignKeyConstraint(
            ["compartment"], ["compartment.id"], name=op.f("fk_run_channel_compartment_compartment")
        ),
        sa.ForeignKeyConstraint(["run"], ["run.id"], name=op.f("fk_run_channel_run_run")),
        sa.PrimaryKeyConstraint("run", "channel", name=op.f("pk_run_channel")),
    )


def _run_stop() -> None:
    op.create_table(
        "run_stop",
        sa.Column("run", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("facility", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("arrived_at", sa.BigInteger(), nullable=True),
        sa.Column("distance_km", sa.Integer(), nullable=True),
        sa.Column("receiver", sa.String(length=200), nullable=True),
        sa.Column("receipt", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["facility"], ["facility.code"], name=op.f("fk_run_stop_facility_facility")),
        sa.ForeignKeyConstraint(["receipt"], ["receipt.id"], name=op.f("fk_run_stop_receipt_receipt")),
        sa.ForeignKeyConstraint(["run"], ["run.id"], name=op.f("fk_run_stop_run_run")),
        sa.PrimaryKeyConstraint("run", "facility", name=op.f("pk_run_stop")),
    )
    op.create_index(op.f("ix_run_stop_facility"), "run_stop", ["facility"])


def _run_reading() -> None:
    op.create_table(
        "run_reading",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("carrier", sa.Integer(), nullable=False),
        sa.Column("point", sa.String(length=40), nullable=False),
        sa.Column("facility", sa.String(length=64), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("vaccine_c", sa.Double(), nullable=False),
        sa.Column("ice", sa.String(length=40), nullable=True),
        sa.Column("ambient_c", sa.Double(), nullable=True),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["carrier"], ["compartment.id"], name=op.f("fk_run_reading_carrier_compartment")),
        sa.ForeignKeyConstraint(["facility"], ["facility.code"], name=op.f("fk_run_reading_facility_facility")),
        sa.ForeignKeyConstraint(["run"], ["run.id"], name=op.f("fk_run_reading_run_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_reading")),
    )
    op.create_index("ix_run_reading_run_at", "run_reading", ["run", "at"])
