"""Rows that were written before their table had a chain, or before a column was added, get a dated link: `adopted`.

    tables as they stand ─► last image in the chain? ─┬─► says the same      nothing
                                                      └─► none, or otherwise  link `adopted`, with why

Nothing is proved of such a row from before its adoption; from then on it is watched like any other. A migration's own
code: it knows tables by name alone, and does not change when the models do.

Every migration ends with it (`schema`), so that no column is added and then watched by nobody. What did not say what its
chain says *before* a migration is left as it is, or whoever changed a row would only have to wait for the next version.
Rows are looked at some at a time, their last images found by the row: an archive may have millions of both.
"""

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from zlib import crc32

import sqlalchemy as sa

ACTOR: Final = "coldchain"
GENESIS: Final = "0" * 64
COUNTY: Final = "county"
SHARDS: Final = 64
SOME: Final = 500  # rows held at once …
BULKY: Final = frozenset({"document", "dossier_version"})  # … but for those of megabytes each
# Working tables, derived ones, and an excursion, of which its revisions speak.
LEFT_OUT: Final = frozenset({
    "alembic_version", "audit", "change", "channel", "checkpoint", "cursor", "excursion", "exposure_day",
    "exposure_part", "lease", "ledger_day", "machine_day", "machine_month", "machine_year", "record_month", "outage", "refused", "root", "session", "spread_day", "stay",
    "stock_picture", "answered", "folded_case",
})  # fmt: skip
PASSING: Final = frozenset({"is_followed", "expanded"})  # marks of work, no statements
SECRET: Final = frozenset(
    {"password_hash", "digest", "phone", "phone_number", "email", "wechat", "wecom", "sent_to", "fingerprint"}
)
FINGERPRINT: Final = "sha256:"
UNDECIDED: Final = ("waiting", "claimed", "folded")  # notices that nobody was told yet
# Machines' decisions, and by what each finds its chain; all else is the county's.
ANCHORS: Final = {
    "hold": "excursion", "observation": "subject", "alarm": "id", "transition": "alarm", "notice": "alarm", "seal": "gateway", "edge_notice": "gateway",
    "notice_attempt": "alarm", "notice_receipt": "provider", "notice_reply": "provider",
    "drill": "facility", "way_question": "person",
}  # fmt: skip
_ENCODER: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
_WORD: Final = re.compile(r"[a-z_][a-z_0-9]*")
_PARENTS: Final = {"excursion_revision": {"excursion_revision", "excursion"}}  # of what else its images speak
Row = tuple[str, str]  # table, key
Links = dict[str, tuple[str, str]]  # by key: the chain of a row's last image, and that image


@dataclass(frozen=True, slots=True)
class _Rows:
    """Some rows of a table: (stream, key, image) of each as it stands, and what the chains said of them last."""

    table: str
    rows: list[tuple[str, str, dict[str, Any]]]
    last: Links

    def said(self, key: str, image: dict[str, Any]) -> dict[str, Any] | None:
        """A row's last image, as one of now would show it; None: no chain knows it."""
        if key not in self.last:
            return None
        said = self.last[key][1]
        if said == _canonical(image):
            return image  # as nearly every row
        found: dict[str, Any] = json.loads(said)
        return {name: _as_shown(name, value) for name, value in found.items()}


def has_chains(connection: sa.Connection) -> bool:
    """True when all tables of this archive are chained already, as far as they were there."""
    return sa.inspect(connection).has_table("root")


def misfits(connection: sa.Connection, only: Collection[str]) -> frozenset[Row]:
    """Rows of these tables that do not say what their chain says, or of which it knows nothing.

    Of the others nothing has to be known: nothing of them is adopted, and an archive may have millions of rows.
    """
    found = set()
    for some in _all(connection, _chained(connection, only)):
        for _, key, image in some.rows:
            said = some.said(key, image)
            if said is None or (said is not image and _differing(image, said)):
                found.add((some.table, key))
    return frozenset(found)


@contextmanager
def touched(connection: sa.Connection) -> Iterator[set[str]]:
    """The tables that any statement names meanwhile, be it only to look: what none names is afterwards what it was."""
    words: set[str] = set()

    def _on_statement(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        words.update(_WORD.findall(statement.lower()))

    sa.event.listen(connection, "before_cursor_execute", _on_statement)
    try:
        yield words
    finally:
        sa.event.remove(connection, "before_cursor_execute", _on_statement)


def adopt(
    connection: sa.Connection, at: int, leave: Collection[Row] = frozenset(), only: Collection[str] | None = None
) -> int:
    """Chain what no chain knows as it stands.

    Args:
        connection: in the migration's transaction.
        at: the time of the links.
        leave: what is not to be made good.
        only: tables that are to be looked at; None is all of them.

    Returns:
        How many links that took.
    """
    audit, heads, count = _table(connection, "audit"), _Heads(connection), 0
    for some in _all(connection, _chained(connection, only)):
        links = []
        for stream, key, image in some.rows:
            why = _why(image, some.said(key, image))
            if why and (some.table, key) not in leave:
                known = some.last.get(key)
                links.append(_link(heads, known[0] if known else stream, (some.table, key), image, why, at))
        if links:
            connection.execute(audit.insert(), links)
        count += len(links)
    return count


class _Heads(dict[str, tuple[int, str]]):
    """The last link of each chain, looked up when it is first asked for."""

    def __init__(self, connection: sa.Connection) -> None:
        super().__init__()
        self._connection, self._audit = connection, _table(connection, "audit")

    def __missing__(self, stream: str) -> tuple[int, str]:
        audit = self._audit
        query = sa.select(audit.c.n, audit.c.hash).where(audit.c.stream == stream).order_by(audit.c.n.desc()).limit(1)
        found = self._connection.execute(query).one_or_none()
        self[stream] = (found.n, found.hash) if found else (0, GENESIS)
        return self[stream]


def _link(heads: _Heads, stream: str, row: Row, image: dict[str, Any], why: str, at: int) -> dict[str, Any]:
    n, previous = heads[stream]
    link = {
        "stream": stream, "n": n + 1, "at": at, "actor": ACTOR, "action": "adopted", "entity": row[0],
        "entity_id": row[1], "image": _canonical(image), "reason": why, "previous": previous,
    }  # fmt: skip
    heads[stream] = n + 1, hashlib.sha256(_canonical(link).encode()).hexdigest()
    return link | {"hash": heads[stream][1]}


def _table(connection: sa.Connection, name: str) -> sa.Table:
    return sa.Table(name, sa.MetaData(), autoload_with=connection, resolve_fks=False)


def _has_rows(connection: sa.Connection, name: str) -> bool:
    """Asked before a table is read off the database, which takes longer than to migrate it while it is empty."""
    return connection.execute(sa.select(sa.literal(1)).select_from(sa.table(name)).limit(1)).first() is not None


def _chained(connection: sa.Connection, only: Collection[str] | None) -> list[str]:
    names = sorted(set(sa.inspect(connection).get_table_names()) - LEFT_OUT)
    return [name for name in names if only is None or _PARENTS.get(name, {name}) & set(only)]


def _all(connection: sa.Connection, names: Iterable[str]) -> Iterator[_Rows]:
    """The rows of these tables that must be chained, table by table, some at a time: there may be millions."""
    audit = _table(connection, "audit")
    for name in filter(partial(_has_rows, connection), names):
        for page in _pages(connection, _table(connection, name)):
            cases = _cases(connection, page) if name == "excursion_revision" else {}
            rows = []
            for row, key in page:
                if name == "notice" and row["state"] in UNDECIDED:
                    continue
                image = {column: _shown(column, value) for column, value in row.items() if column not in PASSING}
                if name == "excursion_revision":
                    image["case"] = cases[row["excursion"]]
                rows.append((_stream(name, row, image), key, image))
            yield _Rows(name, rows, _last(connection, audit, name, [key for _, key, _ in rows]))


def _pages(connection: sa.Connection, table: sa.Table) -> Iterator[list[tuple[dict[str, Any], str]]]:
    """A table's rows with their keys, in the order of these; what is bulky comes one by one."""
    keys = list(table.primary_key)
    query = table.select().order_by(*keys).limit(1 if table.name in BULKY else SOME)
    rest = query
    while rows := connection.execute(rest).mappings().all():
        yield [(dict(row), "/".join(str(row[column.name]) for column in keys)) for row in rows]
        rest = query.where(sa.tuple_(*keys) > tuple(rows[-1][column.name] for column in keys))


def _last(connection: sa.Connection, audit: sa.Table, table: str, keys: Sequence[str]) -> Links:
    """The last image of each of these rows that has one; found by the row, for a chain may have millions of links."""
    ends = sa.select(audit.c.stream, sa.func.max(audit.c.n).label("n"))
    ends = ends.where(audit.c.entity == table, audit.c.entity_id.in_(keys)).group_by(audit.c.entity_id, audit.c.stream)
    its = ends.subquery()
    query = sa.select(audit.c.entity_id, audit.c.stream, audit.c.image)
    query = query.join(its, (audit.c.stream == its.c.stream) & (audit.c.n == its.c.n)).order_by(audit.c.stream)
    return {key: (stream, image) for key, stream, image in connection.execute(query)}


def _cases(connection: sa.Connection, page: Iterable[tuple[dict[str, Any], str]]) -> dict[str, dict[str, Any]]:
    """What the cases of these revisions say of themselves for ever."""
    query = sa.text("select id, channel, anchor, opened_at, equipment, compartment from excursion where id in :ids")
    ids = sorted({row["excursion"] for row, _ in page})
    found = connection.execute(query.bindparams(sa.bindparam("ids", expanding=True)), {"ids": ids}).mappings()
    return {row["id"]: {name: value for name, value in row.items() if name != "id"} for row in found}


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
    if before is image:
        return ""
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


def _canonical(value: object) -> str:
    return _ENCODER.encode(value)
