"""What is known about probes and machines: points, corrections, probes found wrong; days, spreads, losses of mains."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from coldchain.archive.migrations.altering import altering

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

DOCUMENT = "fk_calibration_document_document"


def upgrade() -> None:
    """To this version. Of the certificates that are there nobody said more than their dates."""
    with altering("calibration") as batch:
        for column in _certificate():
            batch.add_column(column)
        batch.create_foreign_key(DOCUMENT, "document", ["document"], ["sha256"])
    with altering("calibration") as batch:
        batch.alter_column("limit", server_default=None)
        batch.alter_column("note", server_default=None)
    _probes()
    _machines()
    _outages()


def downgrade() -> None:
    """Back to the one before."""
    for table in ("outage", "spread_day", "machine_day", "tolerance_case", "correction", "calibration_point"):
        op.drop_table(table)
    with altering("calibration") as batch:
        batch.drop_constraint(DOCUMENT, type_="foreignkey")
        for column in reversed(_certificate()):
            batch.drop_column(column.name)


def _certificate() -> list[sa.Column[Any]]:
    return [
        sa.Column("uncertainty_mc", sa.Integer(), nullable=True),
        sa.Column("k", sa.Double(), nullable=True),
        sa.Column("limit", sa.String(length=64), nullable=False, server_default=""),
        sa.Column("as_found", sa.String(length=40), nullable=True),
        sa.Column("as_left", sa.String(length=40), nullable=True),
        sa.Column("document", sa.String(length=64), nullable=True),
        sa.Column("note", sa.Text(), nullable=False, server_default=""),
    ]


def _probes() -> None:
    op.create_table(
        "calibration_point",
        sa.Column("calibration", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reference_mc", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("indicated_mc", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["calibration"], ["calibration.id"], name="fk_calibration_point_calibration_calibration"
        ),
        sa.PrimaryKeyConstraint("calibration", "state", "reference_mc", name="pk_calibration_point"),
    )
    op.create_table(
        "correction",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("calibration", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=True),
        sa.Column("proposed_by", sa.String(length=200), nullable=False),
        sa.Column("proposed_at", sa.BigInteger(), nullable=False),
        sa.Column("approved_by", sa.String(length=200), nullable=True),
        sa.Column("approved_at", sa.BigInteger(), nullable=True),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("approved_by is null or approved_by <> proposed_by", name="ck_correction_two_people"),
        sa.CheckConstraint('"end" is null or "end" > start', name="ck_correction_order"),
        sa.ForeignKeyConstraint(["calibration"], ["calibration.id"], name="fk_correction_calibration_calibration"),
        sa.ForeignKeyConstraint(["channel"], ["channel.name"], name="fk_correction_channel_channel"),
        sa.PrimaryKeyConstraint("id", name="pk_correction"),
    )
    with altering("correction") as batch:
        batch.create_index("ix_correction_channel", ["channel"])
        batch.create_index("ix_correction_calibration", ["calibration"])
    op.create_table(
        "tolerance_case",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("calibration", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("since", sa.String(length=10), nullable=True),
        sa.Column("until", sa.String(length=10), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("judged_at", sa.BigInteger(), nullable=True),
        sa.Column("judged_by", sa.String(length=200), nullable=False),
        sa.Column("found", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("closed_by", sa.String(length=200), nullable=False),
        sa.Column("conclusion", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["calibration"], ["calibration.id"], name="fk_tolerance_case_calibration_calibration"),
        sa.PrimaryKeyConstraint("id", name="pk_tolerance_case"),
        sa.UniqueConstraint("calibration", name="uq_tolerance_case_calibration"),
    )
    with altering("tolerance_case") as batch:
        batch.create_index("ix_tolerance_case_channel", ["channel"])


def _machines() -> None:
    counts = (
        "run_ms",
        "run_known_ms",
        "cycles",
        "periods",
        "period_ms",
        "open_ms",
        "open_known_ms",
        "openings",
        "out_ms",
    )
    op.create_table(
        "machine_day",
        sa.Column("equipment", sa.String(length=64), nullable=False),
        sa.Column("day", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("known_ms", sa.Integer(), nullable=False),
        sa.Column("basis", sa.String(length=40), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in (*counts, "mains_known_ms")),
        sa.Column("built_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["equipment"], ["equipment.code"], name="fk_machine_day_equipment_equipment"),
        sa.PrimaryKeyConstraint("equipment", "day", name="pk_machine_day"),
    )
    op.create_table(
        "spread_day",
        sa.Column("compartment", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("day", sa.BigInteger(), autoincrement=False, nullable=False),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("known_ms", "low_mc", "high_mc", "mean_mc", "deviation_mc")
        ),
        sa.Column("built_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["compartment"], ["compartment.id"], name="fk_spread_day_compartment_compartment"),
        sa.PrimaryKeyConstraint("compartment", "day", name="pk_spread_day"),
    )


def _outages() -> None:
    op.create_table(
        "outage",
        sa.Column("equipment", sa.String(length=64), nullable=False),
        sa.Column("start", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=True),
        sa.Column("compartment", sa.Integer(), nullable=True),
        *(sa.Column(name, sa.Integer(), nullable=True) for name in ("limit_mc", "start_mc", "peak_mc")),
        *(sa.Column(name, sa.BigInteger(), nullable=True) for name in ("held_until", "holdover_ms", "held_ms")),
        *(sa.Column(name, sa.Integer(), nullable=True) for name in ("warming_mk_h", "ambient_mc")),
        *(sa.Column(name, sa.BigInteger(), nullable=True) for name in ("catalogue_ms", "back_at")),
        sa.Column("built_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["compartment"], ["compartment.id"], name="fk_outage_compartment_compartment"),
        sa.ForeignKeyConstraint(["equipment"], ["equipment.code"], name="fk_outage_equipment_equipment"),
        sa.PrimaryKeyConstraint("equipment", "start", name="pk_outage"),
    )
    with altering("outage") as batch:
        batch.create_index("ix_outage_equipment_end", ["equipment", "end"])
