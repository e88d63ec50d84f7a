"""What each compartment's days came to, and manual evidence."""

import sqlalchemy as sa
from alembic import op

from coldchain.archive.migrations.altering import altering

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

HEATS = ("mkt_heat", "vvm2_heat", "vvm14_heat", "vvm30_heat", "nominal2_heat", "nominal_heat")


def upgrade() -> None:
    """To this version."""
    op.create_table(
        "exposure_day",
        sa.Column("compartment", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("day", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sensor_ms", sa.BigInteger(), nullable=False),
        sa.Column("manual_ms", sa.BigInteger(), nullable=False),
        sa.Column("low_mc", sa.Integer(), nullable=True),
        sa.Column("high_mc", sa.Integer(), nullable=True),
        sa.Column("manual_low_mc", sa.Integer(), nullable=True),
        sa.Column("manual_high_mc", sa.Integer(), nullable=True),
        sa.Column("hot", sa.JSON(), nullable=False),
        sa.Column("cold", sa.JSON(), nullable=True),
        *(sa.Column(name, sa.Double(), nullable=False) for name in HEATS),
        sa.Column("built_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["compartment"], ["compartment.id"], name="fk_exposure_day_compartment_compartment"),
        sa.PrimaryKeyConstraint("compartment", "day", name="pk_exposure_day"),
    )
    op.create_table(
        "ledger_day",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("day", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("channel", "day", name="pk_ledger_day"),
    )
    with altering("ledger_day") as batch:
        batch.create_index("ix_ledger_day_day", ["day"])
    _evidence()
    _given()
    with altering("excursion") as batch:
        batch.create_index("ix_excursion_compartment_first_bad", ["compartment", "first_bad"])
        batch.create_index("ix_excursion_first_bad", ["first_bad", "id"])


def _evidence() -> None:
    op.create_table(
        "manual_evidence",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("compartment", sa.Integer(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.Column("departure_c", sa.Double(), nullable=True),
        sa.Column("return_c", sa.Double(), nullable=True),
        sa.Column("low_c", sa.Double(), nullable=True),
        sa.Column("high_c", sa.Double(), nullable=True),
        sa.Column("ice_out", sa.String(length=40), nullable=True),
        sa.Column("ice_back", sa.String(length=40), nullable=True),
        sa.Column("signed_by", sa.String(length=200), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("run", sa.Integer(), nullable=True),
        sa.Column("document", sa.String(length=64), nullable=True),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint('"end" > start', name="ck_manual_evidence_order"),
        sa.ForeignKeyConstraint(["compartment"], ["compartment.id"], name="fk_manual_evidence_compartment_compartment"),
        sa.ForeignKeyConstraint(["document"], ["document.sha256"], name="fk_manual_evidence_document_document"),
        sa.PrimaryKeyConstraint("id", name="pk_manual_evidence"),
    )
    with altering("manual_evidence") as batch:
        batch.create_index("ix_manual_evidence_compartment_start", ["compartment", "start"])


def _given() -> None:
    op.create_table(
        "given",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("lot", sa.String(length=64), nullable=False),
        sa.Column("facility", sa.String(length=64), nullable=False),
        sa.Column("given_on", sa.String(), nullable=False),
        sa.Column("doses", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("doses > 0", name="ck_given_doses"),
        sa.ForeignKeyConstraint(["lot"], ["lot.id"], name="fk_given_lot_lot"),
        sa.ForeignKeyConstraint(["facility"], ["facility.code"], name="fk_given_facility_facility"),
        sa.PrimaryKeyConstraint("id", name="pk_given"),
    )
    with altering("given") as batch:
        batch.create_index(
            "uq_given_lot_facility_given_on_source", ["lot", "facility", "given_on", "source"], unique=True
        )
        batch.create_index("ix_given_facility", ["facility"])


def downgrade() -> None:
    """Back to the one before."""
    with altering("excursion") as batch:
        batch.drop_index("ix_excursion_first_bad")
        batch.drop_index("ix_excursion_compartment_first_bad")
    for table in ("given", "manual_evidence", "ledger_day", "exposure_day"):
        op.drop_table(table)
