"""Vaccines with their facts, lots with their papers; receiving, counting, custody; where lots are, kept ready."""

from collections import defaultdict
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from alembic import op

from coldchain.archive.migrations.altering import altering

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

FOREVER = 2**62  # the end of a stay that goes on
TABLES = (
    "price", "stability", "custody", "stay", "receipt", "receipt_line", "refusal_report", "stock_count", "stock_count_line",
)  # fmt: skip
OF_SOME = ("run", "custody", "passed_over")


def upgrade() -> None:
    """To this version. Of vaccines and lots that are there nothing new is claimed; movements were of free doses."""
    _add("vaccine", *_of_vaccines())
    _add("lot", *_of_lots())
    with altering("lot") as batch:
        batch.create_foreign_key("fk_lot_diluent_lot", "lot", ["diluent"], ["id"])
        batch.create_index("ix_lot_expires_on", ["expires_on"])
        batch.create_index("ix_lot_number", ["number"])
    _price()
    _stability()
    _custody()
    _stay()
    _movement()
    _receipt()
    _count()
    _fill_stays(op.get_bind())


def downgrade() -> None:
    """Back to the one before: what people entered of all this is gone, but for the movements themselves."""
    with altering("movement") as batch:
        batch.drop_constraint(op.f("ck_movement_held"), type_="check")
        batch.drop_constraint("fk_movement_custody_custody", type_="foreignkey")
        batch.drop_constraint("fk_movement_passed_over_lot", type_="foreignkey")
        for name in (*OF_SOME, "source_at", "source_lot", "target_at", "target_lot"):
            batch.drop_index(f"ix_movement_{name}")
        for column in _of_movements():
            batch.drop_column(column.name)
        batch.create_index("ix_movement_source", ["source"])
        batch.create_index("ix_movement_target", ["target"])
    for table in reversed(TABLES):
        op.drop_table(table)
    with altering("lot") as batch:
        batch.drop_constraint("fk_lot_diluent_lot", type_="foreignkey")
        batch.drop_index("ix_lot_expires_on")
        batch.drop_index("ix_lot_number")
        for column in _of_lots():
            batch.drop_column(column.name)
    with altering("vaccine") as batch:
        for column in _of_vaccines():
            batch.drop_column(column.name)


def _movement() -> None:
    _add("movement", *_of_movements())
    with altering("movement") as batch:
        batch.create_check_constraint("held", "held between 0 and doses")
        batch.create_foreign_key("fk_movement_custody_custody", "custody", ["custody"], ["id"])
        batch.create_foreign_key("fk_movement_passed_over_lot", "lot", ["passed_over"], ["id"])
        batch.drop_index("ix_movement_source")
        batch.drop_index("ix_movement_target")
        batch.create_index("ix_movement_source_at", ["source", "at"])
        batch.create_index("ix_movement_target_at", ["target", "at"])
        batch.create_index("ix_movement_source_lot", ["source", "lot", "at", "doses", "withdrawn_at"])
        batch.create_index("ix_movement_target_lot", ["target", "lot", "at", "doses", "withdrawn_at"])
        for name in OF_SOME:
            where = sa.text(f"{name} is not null")
            batch.create_index(f"ix_movement_{name}", [name], sqlite_where=where, postgresql_where=where)


def _of_vaccines() -> list[sa.Column[Any]]:
    return [
        _text("who_code", 40),
        _text("info_codes", 200),
        _text("funding", 40, "programme"),
        _text("heat_group", 40),
        _text("light", 40, "yes"),
        _text("presentation", 40),
        sa.Column("is_diluent", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("needs_diluent", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("note", sa.Text(), nullable=False, server_default=""),
        _text("catalogue", 200),
        sa.Column("certainty", sa.JSON(), nullable=False, server_default="{}"),
    ]


def _of_lots() -> list[sa.Column[Any]]:
    return [
        _text("product", 200),
        _text("approval_number", 200),
        _text("batch_release", 200),
        sa.Column("produced_on", sa.String(), nullable=True),
        _text("spec", 200),
        _text("dosage_form", 200),
        _text("unit", 40, "vial"),
        _text("trace_code", 40),
        _text("gtin", 40),
        sa.Column("funding", sa.String(length=40), nullable=True),
        sa.Column("price_fen", sa.Integer(), nullable=True),
        sa.Column("diluent", sa.String(length=64), nullable=True),
    ]


def _of_movements() -> list[sa.Column[Any]]:
    return [
        sa.Column("held", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("run", sa.Integer(), nullable=True),
        sa.Column("custody", sa.Integer(), nullable=True),
        _text("counterparty", 200),
        _text("handed_by", 200),
        _text("taken_by", 200),
        sa.Column("temperature_c", sa.Double(), nullable=True),
        sa.Column("remark", sa.Text(), nullable=False, server_default=""),
        sa.Column("passed_over", sa.String(length=64), nullable=True),
        sa.Column("confirmed_at", sa.BigInteger(), nullable=True),
        sa.Column("confirmed_by", sa.String(length=200), nullable=True),
    ]


def _text(name: str, length: int, default: str = "") -> sa.Column[Any]:
    return sa.Column(name, sa.String(length=length), nullable=False, server_default=default)


def _add(table: str, *columns: sa.Column[Any]) -> None:
    """New columns; rows that are there get the default, rows to come must say it."""
    defaulted = [column.name for column in columns if column.server_default is not None]
    for column in columns:
        op.add_column(table, column)
    with altering(table) as batch:
        for name in defaulted:
            batch.alter_column(name, server_default=None)


def _fill_stays(bind: sa.Connection) -> None:
    """Of each lot and compartment the runs of levels above nothing, as the movements that count make them."""
    steps: dict[tuple[str, int], list[tuple[int, int]]] = defaultdict(list)
    book = sa.text("select lot, at, source, target, doses from movement where withdrawn_at is null")
    for lot, at, source, target, doses in bind.execute(book):
        if source is not None:
            steps[lot, source].append((at, -doses))
        if target is not None:
            steps[lot, target].append((at, doses))
    rows = [stay for (lot, place), its in steps.items() for stay in _stays(lot, place, its)]
    if rows:
        insert = (
            'insert into stay (lot, compartment, start, "end", doses) values (:lot, :compartment, :start, :end, :doses)'
        )
        bind.execute(sa.text(insert), rows)


def _stays(lot: str, compartment: int, steps: list[tuple[int, int]]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    start: int | None = None
    level = 0
    for at, group in groupby(sorted(steps), key=lambda step: step[0]):
        level += sum(doses for _, doses in group)
        if level > 0 and start is None:
            start = at
        elif level <= 0 and start is not None:
            found.append({"lot": lot, "compartment": compartment, "start": start, "end": at, "doses": 0})
            start = None
    if start is not None:
        found.append({"lot": lot, "compartment": compartment, "start": start, "end": FOREVER, "doses": level})
    return found


def _price() -> None:
    op.create_table(
        "price",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("vaccine", sa.String(length=64), nullable=False),
        sa.Column("maker", sa.String(length=200), nullable=False),
        sa.Column("fen", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.String(length=10), nullable=False),
        sa.Column("valid_to", sa.String(length=10), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("fen >= 0", name=op.f("ck_price_fen")),
        sa.CheckConstraint("valid_to is null or valid_to > valid_from", name=op.f("ck_price_order")),
        sa.ForeignKeyConstraint(["vaccine"], ["vaccine.code"], name=op.f("fk_price_vaccine_vaccine")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price")),
    )
    op.create_index("ix_price_vaccine_maker", "price", ["vaccine", "maker"])


def _stability() -> None:
    op.create_table(
        "stability",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("vaccine", sa.String(length=64), nullable=False),
        sa.Column("maker", sa.String(length=200), nullable=False),
        sa.Column("product", sa.String(length=200), nullable=False),
        sa.Column("low_c", sa.Double(), nullable=True),
        sa.Column("high_c", sa.Double(), nullable=True),
        sa.Column("max_cumulative_hours", sa.Double(), nullable=False),
        sa.Column("max_count", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("document_no", sa.String(length=200), nullable=False),
        sa.Column("document", sa.String(length=64), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("certainty", sa.String(length=40), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("valid_to", sa.BigInteger(), nullable=True),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("low_c is null or high_c is null or low_c < high_c", name=op.f("ck_stability_band")),
        sa.CheckConstraint("max_count is null or max_count > 0", name=op.f("ck_stability_count")),
        sa.CheckConstraint("max_cumulative_hours > 0", name=op.f("ck_stability_hours")),
        sa.CheckConstraint("valid_to is null or valid_to > valid_from", name=op.f("ck_stability_order")),
        sa.ForeignKeyConstraint(["document"], ["document.sha256"], name=op.f("fk_stability_document_document")),
        sa.ForeignKeyConstraint(["vaccine"], ["vaccine.code"], name=op.f("fk_stability_vaccine_vaccine")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stability")),
    )
    op.create_index("ix_stability_vaccine_maker", "stability", ["vaccine", "maker"])


def _custody() -> None:
    op.create_table(
        "custody",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("lot", sa.String(length=64), nullable=False),
        sa.Column("doses", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("keeper", sa.String(length=64), nullable=False),
        sa.Column("source", sa.Integer(), nullable=False),
        sa.Column("target", sa.Integer(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("consented_by", sa.String(length=200), nullable=False),
        sa.Column("consented_at", sa.BigInteger(), nullable=False),
        sa.Column("consent", sa.String(length=64), nullable=True),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("returned_at", sa.BigInteger(), nullable=True),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("doses > 0", name=op.f("ck_custody_doses")),
        sa.ForeignKeyConstraint(["consent"], ["document.sha256"], name=op.f("fk_custody_consent_document")),
        sa.ForeignKeyConstraint(["keeper"], ["facility.code"], name=op.f("fk_custody_keeper_facility")),
        sa.ForeignKeyConstraint(["lot"], ["lot.id"], name=op.f("fk_custody_lot_lot")),
        sa.ForeignKeyConstraint(["owner"], ["facility.code"], name=op.f("fk_custody_owner_facility")),
        sa.ForeignKeyConstraint(["source"], ["compartment.id"], name=op.f("fk_custody_source_compartment")),
        sa.ForeignKeyConstraint(["target"], ["compartment.id"], name=op.f("fk_custody_target_compartment")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custody")),
    )
    op.create_index("ix_custody_keeper", "custody", ["keeper"])
    op.create_index("ix_custody_lot", "custody", ["lot"])
    op.create_index("ix_custody_owner", "custody", ["owner"])
    op.create_index("ix_custody_target", "custody", ["target"])


def _stay() -> None:
    op.create_table(
        "stay",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("lot", sa.String(length=64), nullable=False),
        sa.Column("compartment", sa.Integer(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.Column("doses", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["compartment"], ["compartment.id"], name=op.f("fk_stay_compartment_compartment")),
        sa.ForeignKeyConstraint(["lot"], ["lot.id"], name=op.f("fk_stay_lot_lot")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stay")),
    )
    op.create_index("ix_stay_compartment_end", "stay", ["compartment", "end", "start"])
    op.create_index("ix_stay_lot_compartment", "stay", ["lot", "compartment"])
    op.create_index("ix_stay_end_lot", "stay", ["end", "lot"])


def _receipt() -> None:
    op.create_table(
        "receipt",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("facility", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.String(length=200), nullable=False),
        sa.Column("supplier", sa.String(length=200), nullable=False),
        sa.Column("transport", sa.String(length=40), nullable=False),
        sa.Column("plate", sa.String(length=40), nullable=False),
        sa.Column("arrival_c", sa.Double(), nullable=True),
        sa.Column("ambient_c", sa.Double(), nullable=True),
        sa.Column("record", sa.String(length=64), nullable=True),
        sa.Column("run", sa.Integer(), nullable=True),
        sa.Column("record_low_c", sa.Double(), nullable=True),
        sa.Column("record_high_c", sa.Double(), nullable=True),
        sa.Column("papers_complete", sa.Boolean(), nullable=False),
        sa.Column("missing", sa.Text(), nullable=False),
        sa.Column("handed_by", sa.String(length=200), nullable=False),
        sa.Column("taken_by", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.Column("settled_by", sa.String(length=200), nullable=True),
        sa.Column("papers", sa.String(length=64), nullable=True),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["facility"], ["facility.code"], name=op.f("fk_receipt_facility_facility")),
        sa.ForeignKeyConstraint(["papers"], ["document.sha256"], name=op.f("fk_receipt_papers_document")),
        sa.ForeignKeyConstraint(["record"], ["document.sha256"], name=op.f("fk_receipt_record_document")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt")),
    )
    op.create_index("ix_receipt_facility_at", "receipt", ["facility", "at"])
    op.create_index("ix_receipt_run", "receipt", ["run"])
    op.create_index(
        "ix_receipt_unsettled",
        "receipt",
        ["facility"],
        sqlite_where=sa.text("state <> 'accepted'"),
        postgresql_where=sa.text("state <> 'accepted'"),
    )
    op.create_table(
        "receipt_line",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("receipt", sa.Integer(), nullable=False),
        sa.Column("lot", sa.String(length=64), nullable=False),
        sa.Column("doses", sa.Integer(), nullable=False),
        sa.Column("compartment", sa.Integer(), nullable=False),
        sa.Column("movement", sa.Integer(), nullable=True),
        sa.CheckConstraint("doses > 0", name=op.f("ck_receipt_line_doses")),
        sa.ForeignKeyConstraint(
            ["compartment"], ["compartment.id"], name=op.f("fk_receipt_line_compartment_compartment")
        ),
        sa.ForeignKeyConstraint(["lot"], ["lot.id"], name=op.f("fk_receipt_line_lot_lot")),
        sa.ForeignKeyConstraint(["movement"], ["movement.id"], name=op.f("fk_receipt_line_movement_movement")),
        sa.ForeignKeyConstraint(["receipt"], ["receipt.id"], name=op.f("fk_receipt_line_receipt_receipt")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt_line")),
    )
    op.create_index("ix_receipt_line_lot", "receipt_line", ["lot", "compartment"])
    op.create_index("ix_receipt_line_receipt", "receipt_line", ["receipt"])
    op.create_table(
        "refusal_report",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("receipt", sa.Integer(), nullable=False),
        sa.Column("authority", sa.String(length=40), nullable=False),
        sa.Column("told", sa.String(length=200), nullable=False),
        sa.Column("told_at", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.String(length=64), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["document"], ["document.sha256"], name=op.f("fk_refusal_report_document_document")),
        sa.ForeignKeyConstraint(["receipt"], ["receipt.id"], name=op.f("fk_refusal_report_receipt_receipt")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refusal_report")),
    )
    op.create_index("ix_refusal_report_receipt", "refusal_report", ["receipt"])


def _count() -> None:
    op.create_table(
        "stock_count",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("compartment", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("counted_by", sa.String(length=200), nullable=False),
        sa.Column("witness", sa.String(length=200), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("posted_at", sa.BigInteger(), nullable=True),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["compartment"], ["compartment.id"], name=op.f("fk_stock_count_compartment_compartment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_count")),
    )
    op.create_index("ix_stock_count_compartment", "stock_count", ["compartment"])
    op.create_table(
        "stock_count_line",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("lot", sa.String(length=64), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("booked", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("movement", sa.Integer(), nullable=True),
        sa.CheckConstraint("counted >= 0", name=op.f("ck_stock_count_line_counted")),
        sa.ForeignKeyConstraint(["count"], ["stock_count.id"], name=op.f("fk_stock_count_line_count_stock_count")),
        sa.ForeignKeyConstraint(["lot"], ["lot.id"], name=op.f("fk_stock_count_line_lot_lot")),
        sa.ForeignKeyConstraint(["movement"], ["movement.id"], name=op.f("fk_stock_count_line_movement_movement")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_count_line")),
    )
    op.create_index("uq_stock_count_line_count_lot", "stock_count_line", ["count", "lot"], unique=True)
