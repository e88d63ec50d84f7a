"""Rows that were written before their table had a chain, or before a column was added, get a dated link: `adopted`.

    tables as they stand ─► last image in the chain? ─┬─► says the same      nothing
                                                      └─► none, or otherwise  link `adopted`, with why

Nothing is proved of such a row from before its adoption; from then on it is watched like any other. A migration's own
code: it knows tables by name alone, and does not change when the models do.
"""

import hashlib
import json
from collections.abc import Iterator
from typing import Any, Final
from zlib import crc32

import sqlalchemy as sa

ACTOR: Final = "coldchain"
GENESIS: Final = "0" * 64
COUNTY: Final = "county"
SHARDS: Final = 64
SOME: Final = 500
# Working tables, derived ones, and what is evidence by itself.
LEFT_OUT: Final = frozenset({
    "alembic_version", "audit", "change", "channel", "checkpoint", "cursor", "excursion", "exposure_day",
    "exposure_part", "lease", "ledger_day", "machine_day", "refused", "root", "seal", "session", "stay",
})  # fmt: skip
PASSING: Final = frozenset({"is_followed", "expanded"})  # marks of work, no statements
SECRET: Final = frozenset({"password_hash", "digest", "phone_number", "email", "wechat", "wecom"})
UNDECIDED: Final = ("waiting", "claimed")  # notices that nobody was told yet
# Machines' decisions, and by what each finds its chain; all else is the county's.
ANCHORS: Final = {"hold": "facility", "observation": "subject", "alarm": "id", "transition": "alarm", "notice": "alarm"}


def adopt(connection: sa.Connection, at: int) -> int:
    """Chain what no chain knows as it stands; returns how many links that took."""
    present = sorted(set(sa.inspect(connection).get_table_names()) - LEFT_OUT)
    tables = [sa.Table(name, sa.MetaData(), autoload_with=connection, resolve_fks=False) for name in present]
    audit = sa.Table("audit", sa.MetaData(), autoload_with=connection)
    heads, last = _known(connection, audit)
    count = 0
    for table in tables:
        links = []
        for stream, key, image in _rows(connection, table):
            why = _why(image, last.get((table.name, key)))
            if why:
                n, previous = heads.get(stream, (0, GENESIS))
                link = {
                    "stream": stream, "n": n + 1, "at": at, "actor": ACTOR, "action": "adopted", "entity": table.name,
                    "entity_id": key, "image": _canonical(image), "reason": why, "previous": previous,
                }  # fmt: skip
                heads[stream] = n + 1, hashlib.sha256(_canonical(link).encode()).hexdigest()
                links.append(link | {"hash": heads[stream][1]})
        for first in range(0, len(links), SOME):
            connection.execute(audit.insert(), links[first : first + SOME])
        count += len(links)
    return count


def _known(
    connection: sa.Connection, audit: sa.Table
) -> tuple[dict[str, tuple[int, str]], dict[tuple[str, str], dict[str, Any]]]:
    """The heads of the chains, and every row's last image in them."""
    heads: dict[str, tuple[int, str]] = {}
    last: dict[tuple[str, str], dict[str, Any]] = {}
    for link in connection.execute(audit.select().order_by(audit.c.stream, audit.c.n)):
        heads[link.stream] = link.n, link.hash
        last[link.entity, link.entity_id] = json.loads(link.image)
    return heads, last


def _rows(connection: sa.Connection, table: sa.Table) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(stream, key, image) of each row."""
    gateways = _gateways(connection) if table.name == "excursion_revision" else {}
    keys = [column.name for column in table.primary_key]
    for row in connection.execute(table.select().order_by(*table.primary_key)).mappings():
        if table.name == "notice" and row["state"] in UNDECIDED:
            continue
        image = {name: _shown(name, value) for name, value in row.items() if name not in PASSING}
        if table.name == "excursion_revision":
            image["case"] = gateways[row["excursion"]]
        yield _stream(table.name, row, image), "/".join(str(row[name]) for name in keys), image


def _gateways(connection: sa.Connection) -> dict[str, dict[str, Any]]:
    """What each case says of itself for ever."""
    query = "select id, channel, anchor, opened_at, equipment, compartment from excursion"
    return {
        row["id"]: {k: v for k, v in row.items() if k != "id"} for row in connection.execute(sa.text(query)).mappings()
    }


def _stream(table: str, row: Any, image: dict[str, Any]) -> str:  # noqa: ANN401 - a row of any table
    if table == "excursion_revision":
        return _shard(image["case"]["channel"].split("/")[0])
    if table not in ANCHORS:
        return COUNTY
    anchor = row[ANCHORS[table]]
    return f"shard-{anchor % SHARDS:02}" if isinstance(anchor, int) else _shard(anchor.split("/")[0])


def _shard(anchor: str) -> str:
    return f"shard-{crc32(anchor.encode()) % SHARDS:02}"


def _why(image: dict[str, Any], before: dict[str, Any] | None) -> str:
    if before is None:
        return "not chained before; nothing is proved of it from before this"
    lacking = sorted(image.keys() - before.keys())
    differing = sorted(name for name in image.keys() & before.keys() if image[name] != before[name])
    words = [f"its last image had no {', '.join(lacking)}"] if lacking else []
    words += [f"its last image said otherwise in {', '.join(differing)}"] if differing else []
    return "; ".join(words)


def _shown(name: str, value: Any) -> Any:  # noqa: ANN401 - a value of any column
    if isinstance(value, bytes):
        return f"sha256:{hashlib.sha256(value).hexdigest()}"
    if name in SECRET:
        return f"sha256:{hashlib.sha256(str(value).encode()).hexdigest()[:16]}"
    return value


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
