"""What stock lacked of second people: approvals, confirmed consents, witnesses; what a file brought in undecided.

A maker's line that is there was approved by nobody, and a consent confirmed by nobody: both must be done now.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from coldchain.archive.migrations.altering import altering

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

NEW = ("undecided", "set_apart", "unusable_report", "disposal", "answered")
# Of the general list that comes along, those that it says may lie thawed.
THAWED = ("OPV", "COVID-mRNA-U", "COVID-mRNA-F")


def upgrade() -> None:
    """To this version."""
    _add("vaccine", sa.Column("may_thaw", sa.Boolean(), nullable=False, server_default=sa.false()))
    thawed = sa.text("update vaccine set may_thaw = true where code in :codes and profile in ('frozen', 'ultra-cold')")
    op.get_bind().execute(thawed.bindparams(sa.bindparam("codes", THAWED, expanding=True)))
    with altering("price") as batch:
        batch.add_column(sa.Column("region", sa.String(length=64), nullable=True))
        batch.create_foreign_key("fk_price_region_region", "region", ["region"], ["code"])
    _add(
        "stability",
        sa.Column("entered_by", sa.String(length=200), nullable=False, server_default=""),
        sa.Column("approved_at", sa.BigInteger(), nullable=True),
        sa.Column("approved_by", sa.String(length=200), nullable=True),
    )
    _add(
        "custody",
        sa.Column("confirmed_at", sa.BigInteger(), nullable=True),
        sa.Column("confirmed_by", sa.String(length=200), nullable=True),
    )
    _add(
        "stock_count_line",
        sa.Column("unusable", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("why_unusable", sa.Text(), nullable=False, server_default=""),
    )
    with altering("stock_count_line") as batch:
        batch.create_check_constraint(op.f("ck_stock_count_line_unusable"), "unusable between 0 and counted")
    _tables()


def downgrade() -> None:
    """Back to the one before: what was set apart, witnessed and reported of it is lost; movements and counts stay."""
    for name in reversed(NEW):
        op.drop_table(name)
    with altering("stock_count_line") as batch:
        batch.drop_constraint(op.f("ck_stock_count_line_unusable"), type_="check")
        batch.drop_column("why_unusable")
        batch.drop_column("unusable")
    for table, names in (
        ("custody", ("confirmed_by", "confirmed_at")),
        ("stability", ("approved_by", "approved_at", "entered_by")),
    ):
        with altering(table) as batch:
            for name in names:
                batch.drop_column(name)
    with altering("price") as batch:
        batch.drop_constraint("fk_price_region_region", type_="foreignkey")
        batch.drop_column("region")
    with altering("vaccine") as batch:
        batch.drop_column("may_thaw")


def _add(table: str, *columns: sa.Column[Any]) -> None:
    """New columns; rows that are there get the default, rows to come must say it."""
    defaulted = [column.name for column in columns if column.server_default is not None]
    for column in columns:
        op.add_column(table, column)
    with altering(table) as batch:
        for name in defaulted:
            batch.alter_column(name, server_default=None)


def _tables() -> None:
    _table(
        "undecided",
        _ref("movement", "movement.id"), _ref("facility", "facility.code"), _ref("receipt", "receipt.id", nullable=True),
        _by(),
    )  # fmt: skip
    op.create_index("ix_undecided_movement", "undecided", ["movement"], unique=True)
    op.create_index("ix_undecided_facility", "undecided", ["facility"])
    op.create_index("ix_undecided_receipt", "undecided", ["receipt"])
    _table(
        "set_apart",
        _ref("lot", "lot.id"), _ref("compartment", "compartment.id"), _doses(),
        sa.Column("why", sa.Text(), nullable=False), sa.Column("since", sa.BigInteger(), nullable=False),
        _ref("count", "stock_count.id"), _by(), _withdrawn(), _some("set_apart"),
    )  # fmt: skip
    op.create_index("ix_set_apart_lot_compartment", "set_apart", ["lot", "compartment"])
    op.create_index("ix_set_apart_count", "set_apart", ["count"])
    _table(
        "unusable_report",
        _ref("facility", "facility.code"), _ref("lot", "lot.id"), sa.Column("why", sa.String(length=40), nullable=False),
        _doses(), sa.Column("told", sa.String(length=200), nullable=False),
        sa.Column("told_at", sa.BigInteger(), nullable=False), _ref("document", "document.sha256", nullable=True),
        sa.Column("note", sa.Text(), nullable=False), _by(), _withdrawn(), _some("unusable_report"),
    )  # fmt: skip
    op.create_index("ix_unusable_report_facility_lot", "unusable_report", ["facility", "lot"])
    _table(
        "disposal",
        _ref("movement", "movement.id"), sa.Column("witness", sa.String(length=200), nullable=False),
        sa.Column("organisation", sa.String(length=200), nullable=False), _ref("document", "document.sha256"), _by(),
    )  # fmt: skip
    op.create_index("ix_disposal_movement", "disposal", ["movement"], unique=True)
    _table(
        "answered",
        sa.Column("actor", sa.String(length=200), nullable=False), sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("asked", sa.String(length=64), nullable=False), sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
    )  # fmt: skip
    op.create_index("uq_answered_actor_key", "answered", ["actor", "key"], unique=True)
    op.create_index("ix_answered_at", "answered", ["at"])


Ref = tuple[sa.Column[Any], str]  # a column, and what it refers to


def _table(name: str, *parts: sa.Column[Any] | sa.CheckConstraint | Ref) -> None:
    """A table with a number; its references are named by the convention."""
    items: list[Any] = [sa.Column("id", sa.Integer(), autoincrement=True, nullable=False)]
    for part in parts:
        if isinstance(part, tuple):
            column, target = part
            key = f"fk_{name}_{column.name}_{target.partition('.')[0]}"
            items += [column, sa.ForeignKeyConstraint([column.name], [target], name=key)]
        else:
            items.append(part)
    op.create_table(name, *items, sa.PrimaryKeyConstraint("id", name=f"pk_{name}"))


def _ref(name: str, target: str, *, nullable: bool = False) -> Ref:
    is_text = target == "lot.id" or not target.endswith(".id")
    kind = sa.String(length=64) if is_text else sa.Integer()
    return sa.Column(name, kind, nullable=nullable), target


def _doses() -> sa.Column[Any]:
    return sa.Column("doses", sa.Integer(), nullable=False)


def _by() -> sa.Column[Any]:
    return sa.Column("by", sa.String(length=200), nullable=False)


def _withdrawn() -> sa.Column[Any]:
    return sa.Column("withdrawn_at", sa.BigInteger(), nullable=True)


def _some(table: str) -> sa.CheckConstraint:
    return sa.CheckConstraint("doses > 0", name=f"ck_{table}_doses")
