"""Who was told of an excursion, when, by which path, and what was answered: the part of the evidence that goes on growing.

case, those merged with it ─► their alarms, also where these are about later cases ─► stories ─► evidence, as it is when frozen
                                                                                             └► appendix: what came since

A decision rests on the excursion's facts (`changed.facts_of`). What was told of it is evidence of how people acted: a late
receipt or a cause written next week stands in the appendix, chained row by row, and makes no decision due again.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import or_, select

from coldchain.archive import images, tables
from coldchain.archive.db import Tx
from coldchain.archive.disposition.dossiers import dossier_row, version_row
from coldchain.archive.edge import EdgeNotice
from coldchain.archive.rows import Record
from coldchain.archive.tables import Base
from coldchain.archive.telling import plain, story
from coldchain.archive.telling.story import Message, Story

Plain = dict[str, Any]
_NOT_TOLD: Final = frozenset({"claim", "claimed_until", "try_after"})  # how a notice is sent, not what was told
_ROWS: Final = {"transitions": "transition", "notices": "notice", "replies": "notice_reply"}
_OF_NOTICES: Final = {"attempts": "notice_attempt", "receipts": "notice_receipt"}


class Appendix(Record, frozen=True, kw_only=True):
    """What is known today of who was told, beside what was frozen of it; rows by the names that the chains give them."""

    dossier: int
    version: int
    frozen_sha256: str | None  # None: nothing is frozen, or it was before there were appendices
    sha256: str
    new: list[str]
    changed: list[str]
    alarms: list[Plain]


async def alarms_of(tx: Tx, cases: Sequence[str]) -> list[Plain]:
    """Every alarm that ever was about one of these cases, with its whole story."""
    alarm, folded = tables.Alarm, tables.FoldedCase
    before = select(folded.alarm).where(folded.excursion.in_(cases))
    query = select(alarm).where(or_(alarm.excursion.in_(cases), alarm.id.in_(before))).order_by(alarm.id)
    return [_alarm(row, await story.story(tx, row.id)) for row in list(await tx.scalars(query))]


async def merged_with(tx: Tx, excursion: str) -> list[str]:
    """This excursion and all that were merged into it, or into which it was: one trouble, however it was cut."""
    row = tables.Excursion
    found, asked = {excursion}, {excursion}
    while asked:
        into = select(row.merged_into).where(row.id.in_(asked), row.merged_into.is_not(None))
        query = select(row.id).where(or_(row.merged_into.in_(asked), row.id.in_(into)))
        asked = set(await tx.scalars(query)) - found
        found |= asked
    return sorted(found)


async def appendix(tx: Tx, number: int) -> Appendix:
    """What is known now of who was told, and what of it came after the version in force was frozen.

    Raises:
        BadInput: when there is no such dossier.
    """
    row = await dossier_row(tx, number)
    version = await version_row(tx, row)
    now = await alarms_of(tx, await merged_with(tx, row.excursion))
    frozen = json.loads(version.evidence) if version.evidence else {}
    then, rows = dict(_rows(frozen.get("alarms", []))), dict(_rows(now))
    return Appendix(
        dossier=number,
        version=row.version,
        frozen_sha256=frozen.get("alarms_sha256"),
        sha256=images.digest(now),
        new=[name for name in rows if name not in then],
        changed=[name for name in rows if name in then and _says_otherwise(then[name], rows[name])],
        alarms=now,
    )


def _rows(alarms: Iterable[Plain]) -> Iterator[tuple[str, Plain]]:
    """Every row of these stories by its name in the chains; what gateways said is in none, and has a name of our own."""
    for alarm in alarms:
        yield f"alarm/{alarm['id']}", alarm
        for part, kind in _ROWS.items():
            yield from _named(kind, alarm.get(part, ()))
        for notice in alarm["notices"]:
            for part, kind in _OF_NOTICES.items():
                yield from _named(kind, notice.get(part, ()))
        for event in alarm.get("at_edge", ()):
            yield "/".join(str(event[key]) for key in ("gateway", "channel", "anchor", "at", "person", "answer")), event


def _named(kind: str, rows: Iterable[Plain]) -> Iterator[tuple[str, Plain]]:
    for row in rows:
        yield f"{kind}/{row['id']}", row


def _says_otherwise(then: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Of what both say; rows below are compared by themselves."""
    return any(then[key] != value for key, value in now.items() if key in then and not isinstance(value, list))


def _alarm(row: tables.Alarm, told: Story) -> Plain:
    return _image(row) | {
        "cases": told.cases,
        "cost_fen": told.cost_fen,
        "transitions": [_image(each) for each in told.steps],
        "notices": [_notice(each, told.names) for each in told.messages],
        "replies": [_image(each) | {"from": plain.masked(each.phone_number)} for each in told.replies],
        "at_edge": [_at_edge(each) for each in told.at_edge],
    }


def _notice(message: Message, names: Mapping[str, str]) -> Plain:
    row = message.notice
    return _image(row) | {
        "name": names.get(row.person, row.person),
        "to": plain.to(message),
        "attempts": [_image(each) for each in message.attempts],
        "receipts": [_image(each) for each in message.receipts],
    }


def _at_edge(event: EdgeNotice) -> Plain:
    said: Plain = msgspec.to_builtins(event)
    return {key: value for key, value in said.items() if key != "phone_number"} | {
        "to": plain.masked(event.phone_number)
    }


def _image(row: Base) -> Plain:
    """As the chains have it: a number by its fingerprint."""
    return {name: value for name, value in images.image_of(row).items() if name not in _NOT_TOLD}
