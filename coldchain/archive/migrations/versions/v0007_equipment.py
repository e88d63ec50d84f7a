"""The life of equipment: its whole card, statuses and places by the day, papers, counted things, repairs, requests, care."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from coldchain.archive.migrations.altering import altering

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

REPLACES = "fk_equipment_replaces_equipment"


def upgrade() -> None:
    """To this version.

    Of the equipment that is there nobody said any of the new columns. Its status and place were as its card says, as
    long as anybody knows: such a history has no rows.
    """
    for column in _card():
        op.add_column("equipment", column)
    with altering("equipment") as batch:
        for column in _card():
            if column.server_default is not None:
                batch.alter_column(column.name, server_default=None)
        batch.create_foreign_key(REPLACES, "equipment", ["replaces"], ["code"])
    _documents()
    _life()
    _books()
    _requests()


def downgrade() -> None:
    """Back to the one before."""
    for table in (
        "care", "change_request", "repair", "item_count", "equipment_document", "equipment_place", "equipment_status",
        "filing",
    ):  # fmt: skip
        op.drop_table(table)
    with altering("equipment") as batch:
        batch.drop_constraint(REPLACES, type_="foreignkey")
        for column in reversed(_card()):
            batch.drop_column(column.name)


def _card() -> list[sa.Column[Any]]:
    return [
        sa.Column("national_code", sa.String(length=64), nullable=False, server_default=""),
        sa.Column("manufacturer", sa.String(length=200), nullable=False, server_default=""),
        sa.Column("funding", sa.String(length=200), nullable=False, server_default=""),
        sa.Column("allotted_by", sa.String(length=200), nullable=False, server_default=""),
        sa.Column("price_fen", sa.BigInteger(), nullable=True),
        sa.Column("door", sa.String(length=40), nullable=False, server_default=""),
        sa.Column("cold_bags", sa.Integer(), nullable=True),
        sa.Column("power_w", sa.Integer(), nullable=True),
        sa.Column("refrigerant", sa.String(length=40), nullable=False, server_default=""),
        sa.Column("pqs_code", sa.String(length=64), nullable=False, server_default=""),
        sa.Column("holdover_h_catalogue", sa.Double(), nullable=True),
        sa.Column("holdover_source", sa.String(length=200), nullable=False, server_default=""),
        sa.Column("produced_on", sa.String(length=10), nullable=True),
        sa.Column("arrived_on", sa.String(length=10), nullable=True),
        sa.Column("scrapped_on", sa.String(length=10), nullable=True),
        sa.Column("replaces", sa.String(length=64), nullable=True),
    ]


def _documents() -> None:
    op.create_table(
        "filing",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("document", sa.String(length=64), nullable=False),
        sa.Column("facility", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("added_by", sa.String(length=200), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["document"], ["document.sha256"], name="fk_filing_document_document"),
        sa.ForeignKeyConstraint(["facility"], ["facility.code"], name="fk_filing_facility_facility"),
        sa.PrimaryKeyConstraint("id", name="pk_filing"),
    )
    with altering("filing") as batch:
        batch.create_index("ix_filing_facility", ["facility"])
        batch.create_index("uq_filing_document_facility", ["document", "facility"], unique=True)
    op.create_table(
        "equipment_document",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("equipment", sa.String(length=64), nullable=False),
        sa.Column("document", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("added_by", sa.String(length=200), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["document"], ["document.sha256"], name="fk_equipment_document_document_document"),
        sa.ForeignKeyConstraint(["equipment"], ["equipment.code"], name="fk_equipment_document_equipment_equipment"),
        sa.PrimaryKeyConstraint("id", name="pk_equipment_document"),
    )
    with altering("equipment_document") as batch:
        batch.create_index("ix_equipment_document_equipment", ["equipment"])


def _life() -> None:
    op.create_table(
        "equipment_status",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("equipment", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("since", sa.String(length=10), nullable=True),
        sa.Column("until", sa.String(length=10), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("document", sa.String(length=64), nullable=True),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.CheckConstraint("since is null or until is null or until >= since", name="ck_equipment_status_order"),
        sa.ForeignKeyConstraint(["document"], ["document.sha256"], name="fk_equipment_status_document_document"),
        sa.ForeignKeyConstraint(["equipment"], ["equipment.code"], name="fk_equipment_status_equipment_equipment"),
        sa.PrimaryKeyConstraint("id", name="pk_equipment_status"),
    )
    with altering("equipment_status") as batch:
        batch.create_index("ix_equipment_status_equipment", ["equipment"])
    op.create_table(
        "equipment_place",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("equipment", sa.String(length=64), nullable=False),
        sa.Column("facility", sa.String(length=64), nullable=False),
        sa.Column("since", sa.String(length=10), nullable=True),
        sa.Column("until", sa.String(length=10), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("document", sa.String(length=64), nullable=True),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.CheckConstraint("since is null or until is null or until >= since", name="ck_equipment_place_order"),
        sa.ForeignKeyConstraint(["document"], ["document.sha256"], name="fk_equipment_place_document_document"),
        sa.ForeignKeyConstraint(["equipment"], ["equipment.code"], name="fk_equipment_place_equipment_equipment"),
        sa.ForeignKeyConstraint(["facility"], ["facility.code"], name="fk_equipment_place_facility_facility"),
        sa.PrimaryKeyConstraint("id", name="pk_equipment_place"),
    )
    with altering("equipment_place") as batch:
        batch.create_index("ix_equipment_place_equipment", ["equipment"])
        batch.create_index("ix_equipment_place_facility", ["facility"])


def _books() -> None:
    op.create_table(
        "item_count",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("facility", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("counted_on", sa.String(length=10), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("quantity >= 0", name="ck_item_count_quantity"),
        sa.ForeignKeyConstraint(["facility"], ["facility.code"], name="fk_item_count_facility_facility"),
        sa.PrimaryKeyConstraint("id", name="pk_item_count"),
    )
    with altering("item_count") as batch:
        batch.create_index("ix_item_count_facility_kind_counted_on", ["facility", "kind", "counted_on"])
    op.create_table(
        "repair",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("equipment", sa.String(length=64), nullable=False),
        sa.Column("broken_on", sa.String(length=10), nullable=False),
        sa.Column("repaired_on", sa.String(length=10), nullable=True),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("done", sa.Text(), nullable=False),
        sa.Column("repairer", sa.String(length=200), nullable=False),
        sa.Column("cost_fen", sa.BigInteger(), nullable=True),
        sa.Column("document", sa.String(length=64), nullable=True),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("cost_fen is null or cost_fen >= 0", name="ck_repair_cost"),
        sa.CheckConstraint("repaired_on is null or repaired_on >= broken_on", name="ck_repair_order"),
        sa.ForeignKeyConstraint(["document"], ["document.sha256"], name="fk_repair_document_document"),
        sa.ForeignKeyConstraint(["equipment"], ["equipment.code"], name="fk_repair_equipment_equipment"),
        sa.PrimaryKeyConstraint("id", name="pk_repair"),
    )
    with altering("repair") as batch:
        batch.create_index("ix_repair_equipment", ["equipment"])
    op.create_table(
        "care",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("equipment", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("done_at", sa.BigInteger(), nullable=False),
        sa.Column("frost_mm", sa.Double(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("frost_mm is null or frost_mm >= 0", name="ck_care_frost"),
        sa.ForeignKeyConstraint(["equipment"], ["equipment.code"], name="fk_care_equipment_equipment"),
        sa.PrimaryKeyConstraint("id", name="pk_care"),
    )
    with altering("care") as batch:
        batch.create_index(
            "ix_care_equipment_kind_withdrawn_at_done_at", ["equipment", "kind", "withdrawn_at", "done_at"]
        )
        batch.create_index("ix_care_done_at_id", ["done_at", "id"])


def _requests() -> None:
    op.create_table(
        "change_request",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("facility", sa.String(length=64), nullable=False),
        sa.Column("equipment", sa.String(length=64), nullable=True),
        sa.Column("successor", sa.String(length=64), nullable=True),
        sa.Column("wanted_on", sa.String(length=10), nullable=False),
        sa.Column("wanted", sa.Text(), nullable=False),
        sa.Column("phone", sa.String(length=64), nullable=False),
        sa.Column("document", sa.String(length=64), nullable=True),
        sa.Column("applicant", sa.String(length=200), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("is_granted", sa.Boolean(), nullable=True),
        sa.Column("decided_by", sa.String(length=200), nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("is_applied", sa.Boolean(), nullable=False),
        sa.Column("handler", sa.String(length=200), nullable=True),
        sa.Column("handled_at", sa.BigInteger(), nullable=True),
        sa.Column("handled", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["document"], ["document.sha256"], name="fk_change_request_document_document"),
        sa.ForeignKeyConstraint(["equipment"], ["equipment.code"], name="fk_change_request_equipment_equipment"),
        sa.ForeignKeyConstraint(["facility"], ["facility.code"], name="fk_change_request_facility_facility"),
        sa.ForeignKeyConstraint(["successor"], ["equipment.code"], name="fk_change_request_successor_equipment"),
        sa.PrimaryKeyConstraint("id", name="pk_change_request"),
    )
    with altering("change_request") as batch:
        batch.create_index("ix_change_request_equipment", ["equipment"])
        batch.create_index("ix_change_request_facility_state", ["facility", "state"])
