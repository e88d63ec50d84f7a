"""Observations say in a column whether they wait for the morning; names of rule versions have the length that packs allow."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from coldchain.archive.migrations.altering import altering

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

WAITS = "waits_at_night"  # the word that stood in an observation's detail
LONG, SHORT = 64, 40
VERSIONED = ("excursion", "excursion_revision")

_seen = sa.table("observation", sa.column("id", sa.Integer), sa.column("detail", sa.JSON), sa.column(WAITS, sa.Boolean))


def upgrade() -> None:
    """To this version. What an observation said in its detail it says in the column; its alarm must not hear it as news."""
    op.add_column("observation", sa.Column(WAITS, sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(sa.update(_seen).where(_seen.c.detail[WAITS].as_boolean()).values({WAITS: True}))
    with altering("observation") as batch:
        batch.alter_column(WAITS, server_default=None)
    for table in VERSIONED:
        _retype(table, SHORT, LONG)


def downgrade() -> None:
    """Back to the one before: the word returns to the detail, and of a long version's name the beginning stays."""
    for table in VERSIONED:
        name = sa.column("rule_version", sa.String)
        cut = sa.update(sa.table(table, name)).where(sa.func.length(name) > SHORT)
        op.execute(cut.values(rule_version=sa.func.substr(name, 1, SHORT)))
        _retype(table, LONG, SHORT)
    _write_into_detail()
    with altering("observation") as batch:
        batch.drop_column(WAITS)


def _retype(table: str, before: int, after: int) -> None:
    with altering(table) as batch:
        batch.alter_column(
            "rule_version",
            existing_type=sa.String(length=before),
            type_=sa.String(length=after),
            existing_nullable=False,
        )


def _write_into_detail() -> None:
    connection = op.get_bind()
    waiting = connection.execute(sa.select(_seen.c.id, _seen.c.detail).where(_seen.c[WAITS].is_(sa.true()))).all()
    said: list[dict[str, Any]] = [{"key": row.id, "said": {**row.detail, WAITS: True}} for row in waiting]
    if said:
        change = sa.update(_seen).where(_seen.c.id == sa.bindparam("key"))
        connection.execute(change.values(detail=sa.bindparam("said", type_=sa.JSON)), said)
