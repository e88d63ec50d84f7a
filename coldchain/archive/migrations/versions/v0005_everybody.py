"""The silence of all gateways has a subject that no gateway can have; `site` is a name like any other."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BEFORE, NOW = "site", "*"

_seen = sa.table(
    "observation",
    sa.column("id", sa.Integer),
    sa.column("kind", sa.String),
    sa.column("subject", sa.String),
    sa.column("detail", sa.JSON),
)
_is_silence = _seen.c.kind == "silence"


def upgrade() -> None:
    """To this version. A silence that went on in one of all gateways names that one."""
    _rename(BEFORE, NOW, _is_of_others)


def downgrade() -> None:
    """Back to the one before."""
    _rename(NOW, BEFORE, lambda _: True)


def _is_of_others(detail: dict[str, Any]) -> bool:
    """A gateway may have had that very name: all that fell silent with it is its own."""
    return any(not channel.startswith(f"{BEFORE}/") for channel in detail.get("channels", ()))


def _rename(before: str, after: str, is_meant: Callable[[dict[str, Any]], bool]) -> None:
    connection = op.get_bind()
    went_into = sa.and_(_seen.c.subject != before, _seen.c.detail["into"].as_string() == before)
    rows = connection.execute(sa.select(_seen).where(_is_silence, sa.or_(_seen.c.subject == before, went_into))).all()
    for row in rows:
        if not is_meant(row.detail):
            continue
        said = {"subject": after} if row.subject == before else {"detail": {**row.detail, "into": after}}
        connection.execute(sa.update(_seen).where(_seen.c.id == row.id).values(said))
