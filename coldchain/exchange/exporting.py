"""Everything in open formats: datasets as tables, tables as CSV, XLSX or JSON.

    archive ─► rows of a dataset ─► Table (titles in Chinese and English, cells) ─► bytes

A dataset of a kind that can be imported has the titles and words of its form: exported, edited, and sent again. Times are
ISO 8601 by the site's clocks and with their offset, in columns that say so: they read like the pages' and mean one moment.
"""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, tzinfo
from typing import Any, Final

from coldchain import sheets
from coldchain.archive import extracts, tabular
from coldchain.archive.db import Tx
from coldchain.archive.disposition.abnormal import lines
from coldchain.archive.extracts import Wanted
from coldchain.archive.facilities import card, persons, posts
from coldchain.archive.stock import register as registers
from coldchain.archive.upkeep import cards
from coldchain.clock import iso
from coldchain.errors import BadInput
from coldchain.exchange import abnormal
from coldchain.exchange.cells import Choice
from coldchain.exchange.form import Column, Form
from coldchain.exchange.forms import equipment, facilities, people
from coldchain.exchange.kinds import KINDS
from coldchain.exchange.titles import TITLES
from coldchain.sheets import Cell, Row

FORMATS: Final[Mapping[str, str]] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}
AT: Final = "ISO 8601"  # stands in the title of every column of times
WHOLE: Final = "table-"  # before the name of a table as it stands
_TIMES: Final = frozenset({
    "at", "first_bad", "last_bad", "start", "end", "since", "until", "anchor", "known_good_before", "known_good_after",
    "evidence_start", "evidence_end", "held_until", "heard_to",
})  # fmt: skip
_WORDS: Final[Mapping[str, Sequence[Choice]]] = {
    "facilities.kind": facilities.KINDS,
    "facilities.service_form": facilities.SERVICE_FORMS,
    "facilities.service_cycle": facilities.CYCLES,
    "people.post": people.POSTS,
    "equipment.type": equipment.TYPES,
    "equipment.status": equipment.STATUSES,
    "equipment.door": equipment.DOORS,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks for. `with_phones` False: numbers and addresses are not theirs to see."""

    wanted: Wanted
    zone: tzinfo
    at: int
    facility: str | None = None
    with_phones: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """A dataset: its fields, a title for each, and rows of cells."""

    name: str
    fields: Sequence[str]
    titles: Sequence[str]
    rows: Sequence[Row]


Maker = Callable[[Tx, Asked], Awaitable[Table]]


async def table(tx: Tx, name: str, asked: Asked) -> Table:
    """One dataset.

    Raises:
        BadInput: when there is none of that name, or it has too many rows.
    """
    if name not in DATASETS:
        raise BadInput("name", f"{name[:40]!r} is no dataset", f"choose one of {', '.join(DATASETS)}")
    return await DATASETS[name](tx, asked)


def written(found: Table, form: str) -> bytes:
    """A table as csv, xlsx or json.

    Raises:
        BadInput: when the format is none of these.
    """
    if form == "csv":
        return sheets.write_csv([found.titles, *found.rows])
    if form == "xlsx":
        return sheets.write_xlsx([(found.name, [found.titles, *found.rows])])
    if form == "json":
        items = [dict(zip(found.fields, row, strict=True)) for row in found.rows]
        return json.dumps({"name": found.name, "items": items}, ensure_ascii=False).encode()
    raise BadInput("format", f"{form[:20]!r} is none", f"choose one of {', '.join(FORMATS)}")


def template(name: str, zone: tzinfo) -> bytes:
    """An empty sheet of a kind that can be sent, and a second one that tells what may stand in its columns.

    Raises:
        BadInput: when there is no such kind.
    """
    if name not in KINDS:
        raise BadInput("kind", f"{name[:40]!r} is no kind of sheet", f"choose one of {', '.join(KINDS)}")
    form = KINDS[name].form(zone)
    told: list[Row] = [("列 Column", "字段 Field", "必填 Required", "可填 Words", "也可写作 Other titles")]
    for column in form.columns:
        words = "、".join(f"{each.zh} ({each.en})" for each in _WORDS.get(f"{name}.{column.field}", ()))
        told.append(
            (title(column), column.field, "是 yes" if column.is_required else "", words, "、".join(column.also))
        )
    return sheets.write_xlsx([(form.zh, [[title(column) for column in form.columns]]), ("说明 Notes", told)])


def title(column: Column) -> str:
    """A column's title in both languages; what stands in brackets is passed over when it is read again."""
    return column.zh if column.zh == column.en else f"{column.zh} ({column.en})"


def _form_table(form: Form, rows: Sequence[Mapping[str, Any]]) -> Table:
    """Rows under the titles of a form, in its words."""
    fields = [column.field for column in form.columns]
    cells = [[_as_sent(f"{form.name}.{field}", row.get(field)) for field in fields] for row in rows]
    return Table(form.name, fields, [title(column) for column in form.columns], cells)


def _as_sent(name: str, value: Any) -> Cell:  # noqa: ANN401 - whatever a record holds
    """A value as a sheet has it that is sent to us."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if value is None or value == "":
        return None
    zh = next((each.zh for each in _WORDS.get(name, ()) if each.value == value), None)
    return zh if zh is not None else _cell(value)


def _cell(value: Any) -> Cell:  # noqa: ANN401 - whatever a row holds
    if value is None or isinstance(value, bool | int | float):
        return value
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else str(value)


async def _facilities(tx: Tx, asked: Asked) -> Table:
    shown = await card.cards(tx, await extracts.facilities(tx, asked.wanted))
    return _form_table(facilities.FORM, [_fields(each.card) for each in shown])


async def _people(tx: Tx, asked: Asked) -> Table:
    found = await persons.persons(tx, scope=asked.wanted.scope, limit=extracts.MOST + 1)
    extracts.check_count(len(found))
    since = {
        (post.person, post.facility, str(post.post)): post.start
        for post in await posts.posts_at(tx, asked.wanted.scope)
        if post.holds_at(asked.at)
    }
    rows = []
    for each in found:
        row = _fields(each) | {"since": _midnight(since.get((each.id, each.facility, each.post)), asked.zone)}
        rows.append(
            row if asked.with_phones else {name: row.get(name) for name in ("facility", "name", "post", "since")}
        )
    return _form_table(people.form(asked.zone), rows)


async def _equipment(tx: Tx, asked: Asked) -> Table:
    found = await cards.cards(tx, asked.wanted.scope, with_gone=True)
    extracts.check_count(len(found))
    rows = []
    for each in found:
        price = None if each.price_fen is None else each.price_fen / 100
        rows.append(_fields(each) | {"price_yuan": price, "unit_cold": "升", "unit_frozen": "升"})
    return _form_table(equipment.FORM, rows)


async def _stock(tx: Tx, asked: Asked) -> Table:
    rows = [dict(row) | {"at": iso(asked.at, asked.zone)} for row in await extracts.stock(tx, asked.wanted)]
    return _form_table(KINDS["stock"].form(asked.zone), rows)


async def _given(tx: Tx, asked: Asked) -> Table:
    return _form_table(KINDS["given"].form(asked.zone), [dict(row) for row in await extracts.given(tx, asked.wanted)])


async def _register(tx: Tx, asked: Asked) -> Table:
    if asked.facility is None:
        raise BadInput("facility", "a register is one facility's", "name the facility")
    wish = registers.Wish(asked.facility, start=asked.wanted.start, end=asked.wanted.end)
    lines = await registers.lines(tx, wish, extracts.MOST + 1)
    extracts.check_count(len(lines))
    fields = [name for name in registers.Line.__dataclass_fields__ if name != "movement"]
    rows = [[_shown(name, getattr(line, name), asked.zone) for name in fields] for line in lines]
    titles = {**registers.HEADINGS, "at": "时间", "lot": "批次", "kept": "代管数量"}
    return Table(
        "register", [_name(name) for name in fields], [_title(name, titles.get(name, "")) for name in fields], rows
    )


def _plain(name: str, ask: Callable[[Tx, Wanted], Awaitable[extracts.Rows]]) -> Maker:
    """A dataset whose columns are the archive's own."""

    async def make(tx: Tx, asked: Asked) -> Table:
        found = await ask(tx, asked.wanted)
        fields = [str(field) for field in found[0]] if found else []
        rows = [[_shown(field, row[field], asked.zone) for field in fields] for row in found]
        return _table(name, fields, rows)

    return make


def _whole(name: str) -> Maker:
    """A table of the archive as it stands."""

    async def make(tx: Tx, asked: Asked) -> Table:
        found = await tabular.rows(tx, name, asked.wanted, with_phones=asked.with_phones)
        fields = tabular.columns(name, with_phones=asked.with_phones)
        rows = [[_shown(field, row[field], asked.zone) for field in fields] for row in found]
        return _table(f"{WHOLE}{name}", fields, rows)

    return make


def _table(name: str, fields: Sequence[str], rows: Sequence[Row]) -> Table:
    return Table(
        name, [_name(field) for field in fields], [_title(field, TITLES.get(field, "")) for field in fields], rows
    )


def _is_time(field: str) -> bool:
    return field in _TIMES or field.endswith("_at")


def _name(field: str) -> str:
    return f"{field}_iso" if _is_time(field) else field


def _title(field: str, zh: str) -> str:
    said = f"{field}, {AT}" if _is_time(field) else field
    return f"{zh} ({said})" if zh else said


def _shown(field: str, value: Any, zone: tzinfo) -> Cell:  # noqa: ANN401 - whatever a row holds
    if isinstance(value, int) and not isinstance(value, bool):
        if _is_time(field):
            return iso(value, zone)
        if field == "day":
            return datetime.fromtimestamp(value / 1000, UTC).date().isoformat()
    return _cell(value)


def _fields(record: Any) -> dict[str, Any]:  # noqa: ANN401 - a record of the archive
    return {name: getattr(record, name) for name in record.__struct_fields__}


def _midnight(at: int | None, zone: tzinfo) -> str | None:
    """The day that begins at this moment; a post begun within a day has none to write, and is left alone."""
    if at is None:
        return None
    moment = datetime.fromtimestamp(at / 1000, zone)
    return moment.date().isoformat() if moment.time() == time() else None


async def _abnormal(tx: Tx, asked: Asked) -> Table:
    found = await lines(tx, asked.wanted)
    extracts.check_count(len(found))
    rows = [abnormal.cells(each, asked.zone) for each in found]
    return Table(abnormal.NAME, list(abnormal.COLUMNS), abnormal.titles(), rows)


DATASETS: Final[Mapping[str, Maker]] = {
    "facilities": _facilities,
    "people": _people,
    "equipment": _equipment,
    "vaccines": _plain("vaccines", extracts.vaccines),
    "lots": _plain("lots", extracts.lots),
    "stock": _stock,
    "register": _register,
    "movements": _plain("movements", extracts.movements),
    "excursions": _plain("excursions", extracts.excursions),
    abnormal.NAME: _abnormal,
    "repairs": _plain("repairs", extracts.repairs),
    "care": _plain("care", extracts.care),
    "calibrations": _plain("calibrations", extracts.calibrations),
    "records": _plain("records", extracts.records),
    "exposure-days": _plain("exposure-days", extracts.exposure_days),
    "given": _given,
    **{f"{WHOLE}{name}": _whole(name) for name in tabular.names()},
}
