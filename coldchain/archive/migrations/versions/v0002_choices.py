"""Which packs judge where, what explains a deviation by itself, what is held, and which alarms were followed."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from coldchain.archive.migrations.altering import altering

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = ("rule_choice", "occasion", "session_hours", "buffer", "calibration", "hold")
INDEXED = {
    "ix_facility_feeder": ("facility", ["feeder"]),
    "ix_excursion_is_followed_state": ("excursion", ["is_followed", "state"]),
    "ix_observation_is_followed": ("observation", ["is_followed"]),
}


def upgrade() -> None:
    """To this version.

    Excursions and alarms of before were judged without any of this: nothing explained or held them, nobody was to be
    left asleep. Facilities hang on no feeder until somebody enters it. That none is marked as followed only means that
    all are looked at once more.
    """
    _rule_choice()
    _occasion()
    _session_hours()
    _buffer()
    _calibration()
    _hold()
    _add("facility", sa.Column("feeder", sa.String(length=200), nullable=False, server_default=""))
    _add("alarm", _flag("waits_at_night"))
    _add("excursion", *_facts(), _flag("is_followed"))
    _add("excursion_revision", *_facts())
    _add("observation", _flag("is_followed"))
    for name, (table, columns) in INDEXED.items():
        op.create_index(name, table, columns)


def downgrade() -> None:
    """Back to the one before: what people chose and entered since is gone."""
    for name, (table, _) in INDEXED.items():
        op.drop_index(name, table)
    facts = [column.name for column in _facts()]
    _drop("facility", "feeder")
    _drop("alarm", "waits_at_night")
    _drop("excursion", *facts, "is_followed")
    _drop("excursion_revision", *facts)
    _drop("observation", "is_followed")
    for table in reversed(TABLES):
        op.drop_table(table)


def _facts() -> list[sa.Column[Any]]:
    return [
        sa.Column("explained", sa.String(length=40), nullable=True),
        sa.Column("product_mc", sa.Integer(), nullable=True),
        _flag("is_held"),
        _flag("waits_at_night"),
    ]


def _flag(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())


def _add(table: str, *columns: sa.Column[Any]) -> None:
    """New columns; rows that are there get the default, rows to come must say it."""
    defaulted = [column.name for column in columns if column.server_default is not None]
    for column in columns:
        op.add_column(table, column)
    with altering(table) as batch:
        for name in defaulted:
            batch.alter_column(name, server_default=None)


def _drop(table: str, *names: str) -> None:
    with altering(table) as batch:
        for name in names:
            batch.drop_column(name)


def _rule_choice() -> None:
    op.create_table(
        "rule_choice",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("pack", sa.String(length=64), nullable=False),
        sa.Column("facility", sa.String(length=64), nullable=True),
        sa.Column("equipment", sa.String(length=64), nullable=True),
        sa.Column("compartment", sa.Integer(), nullable=True),
        sa.Column("vaccine", sa.String(length=64), nullable=True),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=True),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "case when facility is null then 0 else 1 end + "
            "case when equipment is null then 0 else 1 end + "
            "case when compartment is null then 0 else 1 end + "
            "case when vaccine is null then 0 else 1 end = 1",
            name=op.f("ck_rule_choice_scope"),
        ),
        sa.CheckConstraint('"end" is null or "end" > start', name=op.f("ck_rule_choice_order")),
        sa.ForeignKeyConstraint(["facility"], ["facility.code"], name=op.f("fk_rule_choice_facility_facility")),
        sa.ForeignKeyConstraint(["equipment"], ["equipment.code"], name=op.f("fk_rule_choice_equipment_equipment")),
        sa.ForeignKeyConstraint(
            ["compartment"], ["compartment.id"], name=op.f("fk_rule_choice_compartment_compartment")
        ),
        sa.ForeignKeyConstraint(["vaccine"], ["vaccine.code"], name=op.f("fk_rule_choice_vaccine_vaccine")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_choice")),
    )
    op.create_index(op.f("ix_rule_choice_facility"), "rule_choice", ["facility"])
    op.create_index(op.f("ix_rule_choice_equipment"), "rule_choice", ["equipment"])
    op.create_index(op.f("ix_rule_choice_compartment"), "rule_choice", ["compartment"])
    op.create_index(op.f("ix_rule_choice_vaccine"), "rule_choice", ["vaccine"])


def _occasion() -> None:
    op.create_table(
        "occasion",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("facility", sa.String(length=64), nullable=True),
        sa.Column("equipment", sa.String(length=64), nullable=True),
        sa.Column("feeder", sa.String(length=200), nullable=True),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "case when facility is null then 0 else 1 end + "
            "case when equipment is null then 0 else 1 end + "
            "case when feeder is null then 0 else 1 end = 1",
            name=op.f("ck_occasion_scope"),
        ),
        sa.CheckConstraint('"end" is null or "end" > start', name=op.f("ck_occasion_order")),
        sa.ForeignKeyConstraint(["facility"], ["facility.code"], name=op.f("fk_occasion_facility_facility")),
        sa.ForeignKeyConstraint(["equipment"], ["equipment.code"], name=op.f("fk_occasion_equipment_equipment")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_occasion")),
    )
    op.create_index(op.f("ix_occasion_facility"), "occasion", ["facility"])
    op.create_index(op.f("ix_occasion_equipment"), "occasion", ["equipment"])
    op.create_index(op.f("ix_occasion_feeder"), "occasion", ["feeder"])


def _session_hours() -> None:
    op.create_table(
        "session_hours",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("facility", sa.String(length=64), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("from_min", sa.Integer(), nullable=False),
        sa.Column("to_min", sa.Integer(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=True),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("weekday between 0 and 6", name=op.f("ck_session_hours_weekday")),
        sa.CheckConstraint(
            "from_min >= 0 and from_min < to_min and to_min <= 1440", name=op.f("ck_session_hours_minutes")
        ),
        sa.CheckConstraint('"end" is null or "end" > start', name=op.f("ck_session_hours_order")),
        sa.ForeignKeyConstraint(["facility"], ["facility.code"], name=op.f("fk_session_hours_facility_facility")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_hours")),
    )
    op.create_index(op.f("ix_session_hours_facility"), "session_hours", ["facility"])


def _buffer() -> None:
    op.create_table(
        "buffer",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("tau_s", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.String(length=200), nullable=False),
        sa.Column("approved_at", sa.BigInteger(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=True),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("tau_s > 0", name=op.f("ck_buffer_tau")),
        sa.CheckConstraint('"end" is null or "end" > start', name=op.f("ck_buffer_order")),
        sa.ForeignKeyConstraint(["channel"], ["channel.name"], name=op.f("fk_buffer_channel_channel")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_buffer")),
    )
    op.create_index(op.f("ix_buffer_channel"), "buffer", ["channel"])


def _calibration() -> None:
    op.create_table(
        "calibration",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("device", sa.String(length=200), nullable=False),
        sa.Column("certificate", sa.String(length=200), nullable=False),
        sa.Column("done_on", sa.String(length=40), nullable=False),
        sa.Column("due_on", sa.String(length=40), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calibration")),
    )
    op.create_index("ix_calibration_device_done_on", "calibration", ["device", "done_on"])


def _hold() -> None:
    op.create_table(
        "hold",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("excursion", sa.String(length=64), nullable=False),
        sa.Column("lot", sa.String(length=64), nullable=False),
        sa.Column("facility", sa.String(length=64), nullable=False),
        sa.Column("compartment", sa.Integer(), nullable=True),
        sa.Column("doses", sa.Integer(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("lifted_at", sa.BigInteger(), nullable=True),
        sa.Column("lifted_why", sa.String(length=40), nullable=True),
        sa.CheckConstraint("doses > 0", name=op.f("ck_hold_doses")),
        sa.ForeignKeyConstraint(["excursion"], ["excursion.id"], name=op.f("fk_hold_excursion_excursion")),
        sa.ForeignKeyConstraint(["lot"], ["lot.id"], name=op.f("fk_hold_lot_lot")),
        sa.ForeignKeyConstraint(["facility"], ["facility.code"], name=op.f("fk_hold_facility_facility")),
        sa.ForeignKeyConstraint(["compartment"], ["compartment.id"], name=op.f("fk_hold_compartment_compartment")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hold")),
    )
    op.create_index(op.f("ix_hold_facility"), "hold", ["facility"])
    op.create_index(op.f("ix_hold_lot"), "hold", ["lot"])
    op.create_index(
        "uq_hold_in_force",
        "hold",
        ["excursion", "lot"],
        unique=True,
        sqlite_where=sa.text("lifted_at is null"),
        postgresql_where=sa.text("lifted_at is null"),
    )
