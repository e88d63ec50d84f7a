"""Rows that were written before their table had a chain, or before a column was added, get a dated link: `adopted`.

    tables as they stand ─► last image in the chain? ─┬─► says the same      nothing
                                                      └─► none, or otherwise  link `adopted`, with why

Nothing is proved of such a row from before its adoption; from then on it is watched like any other. A migration's own
code: it knows tables by name alone, and does not change when the models do.

Every migration ends with it (`schema`), so that no column is added and then watched by nobody. What did not say what its
chain says *before* a migration is left as it is, or whoever changed a row would only have to wait for the next version.
"""

import hashlib
import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Final
from zlib import crc32

import sqlalchemy as sa

ACTOR: Final = "coldchain"
GENESIS: Final = "0" * 64
COUNTY: Final = "county"
SHARDS: Final = 64
SOME: Final = 500
# Working tables, derived ones, and an excursion, of which its revisions speak.
LEFT_OUT: Final = frozenset({
    "alembic_version", "audit", "change", "channel", "checkpoint", "cursor", "excursion", "exposure_day",
    "exposure_part", "lease", "ledger_day", "machine_day", "machine_month", "outage", "refused", "root", "session", "spread_day", "stay",
    "stock_picture", "answered",
})  # fmt: skip
PASSING: Final = frozenset({"is_followed", "expanded"})  # marks of work, no statements
SECRET: Final = frozenset({"password_hash", "digest", "phone", "phone_number", "email", "wechat", "wecom"})
FINGERPRINT: Final = "sha256:"
UNDECIDED: Final = ("waiting", "claimed")  # notices that nobody was told yet
# Machines' decisions, and by what each finds its chain; all else is the county's.
ANCHORS: Final = {
    "hold": "excursion", "observation": "subject", "alarm": "id", "transition": "alarm", "notice": "alarm", "seal": "gateway",
}  # fmt: skip
Row = tuple[str, str]  # table, key


@dataclass(frozen=True, slots=True)
class _Said:
    """Where a row's last image stands, and its digest."""

    stream: str
    n: int
    short: bytes


@dataclass(slots=True)
class _Chains:
    """The heads of the chains, and where every row's last image stands in them."""

    heads: dict[str, tuple[int, str]]
    last: dict[Row, _Said]


def has_chains(connection: sa.Connection) -> bool:
    """True when all tables of this archive are chained already, as far as they were there."""
    return sa.inspect(connection).has_table("root")


def misfits(connection: sa.Connection) -> set[Row]:
    """Rows that do not say what their chain says; of what an image lacks, it says nothing."""
    audit, chains = _table(connection, "audit"), _known(connection)
    found = set()
    for name, _, key, image in _rows(connection):
        said = chains.last.get((name, key))
        if said is None or _differing(image, _image(connection, audit, said, image)):
            found.add((name, key))
    return found


def adopt(connection: sa.Connection, at: int, leave: Collection[Row] = frozenset()) -> int:
    """Chain what no chain knows as it stands, but for what is to be left; returns how many links that took."""
    audit, chains = _table(connection, "audit"), _known(connection)
    links: list[dict[str, Any]] = []
    for name, stream, key, image in _rows(connection):
        said = chains.last.get((name, key))
        before = None if said is None else _image(connection, audit, said, image)
        why = _why(image, before)
        if why and (name, key) not in leave:
            links.append(_link(chains.heads, said.stream if said else stream, (name, key), image, why, at))
    for first in range(0, len(links), SOME):
        connection.execute(audit.insert(), links[first : first + SOME])
    return len(links)


def _link(
    heads: dict[str, tuple[int, str]], stream: str, row: Row, image: dict[str, Any], why: str, at: int
) -> dict[str, Any]:
    n, previous = heads.get(stream, (0, GENESIS))
    link = {
        "stream": stream, "n": n + 1, "at": at, "actor": ACTOR, "action": "adopted", "entity": row[0],
        "entity_id": row[1], "image": _canonical(image), "reason": why, "previous": previous,
    }  # fmt: skip
    heads[stream] = n + 1, hashlib.sha256(_canonical(link).encode()).hexdigest()
    return link | {"hash": heads[stream][1]}


def _table(connection: sa.Connection, name: str) -> sa.Table:
    return sa.Table(name, sa.MetaData(), autoload_with=connection, resolve_fks=False)


def _known(connection: sa.Connection) -> _Chains:
    """What the chains say last of each row: digests only, for there may be millions of links."""
    audit, chains = _table(connection, "audit"), _Chains({}, {})
    query = sa.select(audit.c.stream, audit.c.n, audit.c.entity, audit.c.entity_id, audit.c.image, audit.c.hash)
    query = query.order_by(audit.c.stream, audit.c.n).limit(SOME)
    rest = query
    while some := connection.execute(rest).all():
        for link in some:
            chains.heads[link.stream] = link.n, link.hash
            chains.last[link.entity, link.entity_id] = _Said(link.stream, link.n, _short(link.image))
        rest = query.where(sa.tuple_(audit.c.stream, audit.c.n) > (some[-1].stream, some[-1].n))
    return chains


def _image(connection: sa.Connection, audit: sa.Table, said: _Said, now: dict[str, Any]) -> dict[str, Any]:
    """A row's last image; that of now where it is the same."""
    if said.short == _short(_canonical(now)):
        return now
    query = sa.select(audit.c.image).where(audit.c.stream == said.stream, audit.c.n == said.n)
    found: dict[str, Any] = json.loads(connection.execute(query).scalar_one())
    return {name: _as_shown(name, value) for name, value in found.items()}


def _rows(connection: sa.Connection) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """(table, stream, key, image) of each row that must be chained."""
    for name in sorted(set(sa.inspect(connection).get_table_names()) - LEFT_OUT):
        table = _table(connection, name)
        for row, key in _some(connection, table):
            if name == "notice" and row["state"] in UNDECIDED:
                continue
            image = {column: _shown(column, value) for column, value in row.items() if column not in PASSING}
            if name == "excursion_revision":
                image["case"] = _case(connection, row["excursion"])
            yield name, _stream(name, row, image), key, image


def _some(connection: sa.Connection, table: sa.Table) -> Iterator[tuple[dict[str, Any], str]]:
    """A table's rows with their keys, some at a time."""
    keys = list(table.primary_key)
    query = table.select().order_by(*keys).limit(SOME)
    rest = query
    while rows := connection.execute(rest).mappings().all():
        for row in rows:
            yield dict(row), "/".join(str(row[column.name]) for column in keys)
        rest = query.where(sa.tuple_(*keys) > tuple(rows[-1][column.name] for column in keys))


def _case(connection: sa.Connection, excursion: str) -> dict[str, Any]:
    """What a case says of itself for ever."""
    query = sa.text("select channel, anchor, opened_at, equipment, compartment from excursion where id = :id")
    return dict(connection.execute(query, {"id": excursion}).mappings().one())


def _stream(table: str, row: dict[str, Any], image: dict[str, Any]) -> str:
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
    lacking, differing = sorted(image.keys() - before.keys()), _differing(image, before)
    words = [f"its last image had no {', '.join(lacking)}"] if lacking else []
    words += [f"its last image said otherwise in {', '.join(differing)}"] if differing else []
    return "; ".join(words)


def _differing(image: dict[str, Any], before: dict[str, Any]) -> list[str]:
    return sorted(name for name in image.keys() & before.keys() if image[name] != before[name])


def _shown(name: str, value: Any) -> Any:  # noqa: ANN401 - a value of any column
    if isinstance(value, bytes):
        return f"{FINGERPRINT}{hashlib.sha256(value).hexdigest()}"
    if name in SECRET:
        return f"{FINGERPRINT}{hashlib.sha256(str(value).encode()).hexdigest()[:16]}"
    return value


def _as_shown(name: str, said: Any) -> Any:  # noqa: ANN401 - as above
    is_old = name in SECRET and not (isinstance(said, str) and said.startswith(FINGERPRINT))
    return _shown(name, said) if is_old else said


def _short(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()[:16]


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
