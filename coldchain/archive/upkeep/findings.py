"""What is short of the requirements: probes and their positions, what each level must have, medical grade.

    equipment, compartments, assignments, counted items ─┐
    requirements in force on that day ───────────────────┴─► findings, each with its source and how surely that is known

A finding is for whoever plans and buys. It changes no verdict and holds no vaccine.
"""

from collections import defaultdict
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute

from coldchain.archive import tables
from coldchain.archive.db import Tx
from coldchain.archive.rows import Record
from coldchain.archive.upkeep import days, items, requirements
from coldchain.archive.upkeep.requirements import LevelRule, MedicalRule, Must, ProbeRule, Requirements
from coldchain.archive.upkeep.words import Item, Status
from coldchain.archive.views import Scope
from coldchain.reading import Quantity

VACCINE = "vaccine"  # the purpose of a compartment that is judged as vaccine


class What(StrEnum):
    """What is amiss."""

    PROBES_SHORT = "probes_short"
    POSITION_UNTOLD = "position_untold"  # a probe hangs somewhere, nobody says where
    POSITION_EMPTY = "position_empty"  # no probe where one must be
    LEVEL_SHORT = "level_short"
    NOT_MEDICAL = "not_medical"


class Finding(Record, frozen=True, kw_only=True):
    """Something that is not as it must be; `wanted` and `found` in words or numbers."""

    what: What
    facility: str
    equipment: str | None
    compartment: str | None
    wanted: str
    found: str
    rule: str
    source: str
    certainty: str


class _Piece(NamedTuple):
    """What these checks want of a card."""

    code: str
    facility: str
    type: str
    volume_cold_l: float | None
    is_medical: bool
    started_on: str | None


class _Probe(NamedTuple):
    compartment: int | None
    channel: str
    position: str


class _Room(NamedTuple):
    id: int
    name: str


async def probe_findings(tx: Tx, scope: Scope, at: int) -> list[Finding]:
    """Vaccine compartments in use whose probes are too few or in no told place, by equipment."""
    known = requirements.shipped()
    rules = requirements.in_force(known.probes, days.day_of(at))
    probes: dict[int | None, list[_Probe]] = defaultdict(list)
    for probe in await _probes(tx, scope, at):
        probes[probe.compartment].append(probe)
    rooms = await _rooms(tx, scope)
    found = []
    for card in await _in_use(tx, scope):
        for rule in rules:
            for room in rooms[card.code] if card.type in rule.types else ():
                found += _probes_amiss(card, room.name, rule, probes[room.id], known)
    return found


async def level_findings(tx: Tx, scope: Scope, at: int) -> list[Finding]:
    """What the facilities in scope lack of what their level must have, and refrigerators that are not of medical grade."""
    known, day = requirements.shipped(), days.day_of(at)
    rules = requirements.in_force(known.levels, day)
    pieces: dict[str, list[_Piece]] = defaultdict(list)
    in_use = await _in_use(tx, scope)
    for card in in_use:
        pieces[card.facility].append(card)
    counts = await items.latest(tx, scope, day)
    watched = await _watched(tx, scope, at)
    found = []
    for row in await _facilities(tx, scope):
        its = [rule for rule in rules if row.kind in rule.kinds]
        has = {kind: count.quantity for kind, count in counts.get(row.code, {}).items()}
        found += [lack for rule in its for lack in _lacks(row.code, rule, pieces[row.code], has, watched)]
    medical = requirements.in_force(known.medical, day)
    return found + [lack for card in in_use for rule in medical for lack in _ungraded(card, rule)]


def _probes_amiss(
    card: _Piece, room: str, rule: ProbeRule, probes: Sequence[_Probe], known: Requirements
) -> list[Finding]:
    found = []
    needed = rule.needed(card.volume_cold_l)
    if len(probes) < needed:
        found.append(_finding(What.PROBES_SHORT, rule, card, room, str(needed), str(len(probes))))
    untold = [probe.channel for probe in probes if not probe.position.strip()]
    if untold:
        found.append(_finding(What.POSITION_UNTOLD, rule, card, room, "the position of each probe", ", ".join(untold)))
    for place in rule.positions if probes else ():
        if not any(_is_at(probe.position, known.positions.get(place, (place,))) for probe in probes):
            there = ", ".join(probe.position for probe in probes if probe.position.strip())
            found.append(_finding(What.POSITION_EMPTY, rule, card, room, place, there))
    return found


def _is_at(position: str, words: Sequence[str]) -> bool:
    return any(word in position.casefold() for word in words)


def _lacks(
    facility: str, rule: LevelRule, pieces: Sequence[_Piece], has: dict[Item, int], watched: set[str]
) -> list[Finding]:
    lacking = [must for must in rule.must if not _has(must, pieces, has, watched)]
    return [
        Finding(
            what=What.LEVEL_SHORT, facility=facility, equipment=None, compartment=None, wanted=must.name, found="none",
            rule=rule.name, source=rule.source, certainty=rule.certainty,
        )
        for must in lacking
    ]  # fmt: skip


def _has(must: Must, pieces: Sequence[_Piece], has: dict[Item, int], watched: set[str]) -> bool:
    return (
        any(card.type in must.any_of for card in pieces)
        or any(has.get(item, 0) > 0 for item in must.items)
        or (must.monitored and any(card.code in watched for card in pieces))
    )


def _ungraded(card: _Piece, rule: MedicalRule) -> list[Finding]:
    if card.is_medical or card.type not in rule.types or (card.started_on or "") < rule.started_from:
        return []
    return [_finding(What.NOT_MEDICAL, rule, card, None, "medical grade", f"in use since {card.started_on}")]


def _finding(
    what: What, rule: ProbeRule | MedicalRule, card: _Piece, room: str | None, wanted: str, found: str
) -> Finding:
    return Finding(
        what=what, facility=card.facility, equipment=card.code, compartment=room, wanted=wanted, found=found,
        rule=rule.name, source=rule.source, certainty=rule.certainty,
    )  # fmt: skip


async def _in_use(tx: Tx, scope: Scope) -> list[_Piece]:
    row = tables.Equipment
    query = select(row.code, row.facility, row.type, row.volume_cold_l, row.is_medical, row.started_on)
    query = query.where(row.status.in_([Status.NORMAL, Status.REPAIR])).order_by(row.code)
    return [
        _Piece(*each) for each in await tx.execute(query.where(true() if scope is None else row.facility.in_(scope)))
    ]


async def _rooms(tx: Tx, scope: Scope) -> dict[str, list[_Room]]:
    """The vaccine compartments of each piece."""
    row = tables.Compartment
    query = select(row.id, row.equipment, row.name).where(row.purpose == VACCINE, _stands_in(row.equipment, scope))
    query = query.order_by(row.equipment, row.id)
    found: dict[str, list[_Room]] = defaultdict(list)
    for number, equipment, name in await tx.execute(query):
        found[equipment].append(_Room(number, name))
    return found


async def _probes(tx: Tx, scope: Scope, at: int) -> list[_Probe]:
    """The temperature probes that hang somewhere at that moment."""
    row, channel = tables.Assignment, tables.Channel
    query = select(row.compartment, row.channel, row.position)
    query = query.join(channel, channel.name == row.channel).where(channel.quantity == Quantity.TEMPERATURE.value)
    query = query.where(row.start <= at, or_(row.end.is_(None), row.end > at), _stands_in(row.equipment, scope))
    query = query.order_by(row.channel)
    return [_Probe(*each) for each in await tx.execute(query)]


async def _watched(tx: Tx, scope: Scope, at: int) -> set[str]:
    """The equipment that something measures the temperature of at that moment."""
    row, channel = tables.Assignment, tables.Channel
    query = select(row.equipment).join(channel, channel.name == row.channel).distinct()
    query = query.where(channel.quantity == Quantity.TEMPERATURE.value, _stands_in(row.equipment, scope))
    return set(await tx.scalars(query.where(row.start <= at, or_(row.end.is_(None), row.end > at))))


def _stands_in(equipment: InstrumentedAttribute[str], scope: Scope) -> ColumnElement[bool]:
    """True for what belongs to a piece that stands in scope."""
    if scope is None:
        return true()
    return equipment.in_(select(tables.Equipment.code).where(tables.Equipment.facility.in_(scope)))


async def _facilities(tx: Tx, scope: Scope) -> list[tables.Facility]:
    row = tables.Facility
    return list(
        await tx.scalars(select(row).where(true() if scope is None else row.code.in_(scope)).order_by(row.code))
    )
