"""Which packs judge where, from when to when, as people chose it; what they did not choose, the site's default packs judge.

    compartment > equipment > facility   the most specific choice replaces the default packs
    vaccine                              is added wherever doses of it lie, for as long as they do

A choice is ended, or withdrawn as entered by mistake; both make the engine judge again what it judged. The archive does
not know which packs there are: whoever lets people choose passes the names that are loaded. What reaches back to where
probes have spoken needs a `Correction`.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from sqlalchemy import ColumnElement, or_, select

from coldchain import clock
from coldchain.archive import audit, backdating, changes, doubtful, lots, tables
from coldchain.archive.audit import By
from coldchain.archive.backdating import Correction
from coldchain.archive.changes import Touched
from coldchain.archive.db import Tx
from coldchain.archive.doubtful import earlier
from coldchain.archive.rows import Record, in_batches, record_of
from coldchain.archive.stock.staying import Span
from coldchain.errors import BadInput

PACK: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
SCOPES: Final = ("compartment", "equipment", "facility", "vaccine")  # of the first three, the first given here wins
_FOREVER: Final = 2**62

Place = tuple[str, int | None]  # a compartment of a piece of equipment; None: the equipment as a whole
_Where = tuple[str, str]  # a scope, and which of its kind


class NewChoice(Record, frozen=True, kw_only=True):
    """From `start` on (until `end`, if that is known) this pack judges; exactly one of the four says where."""

    pack: str
    start: int
    end: int | None = None
    facility: str | None = None
    equipment: str | None = None
    compartment: int | None = None
    vaccine: str | None = None

    @property
    def scope(self) -> str:
        """Which of the four it is.

        Raises:
            BadInput: when it is none, or more than one.
        """
        given = [name for name in SCOPES if getattr(self, name) is not None]
        if len(given) != 1:
            raise BadInput(
                "scope", f"{' and '.join(given) or 'nothing'} says where", f"give one of {', '.join(SCOPES)}"
            )
        return given[0]


class RuleChoice(NewChoice, frozen=True, kw_only=True):
    """… that stands in the archive; withdrawn = entered by mistake, counts no more."""

    id: int
    withdrawn_at: int | None = None


@dataclass(frozen=True, slots=True)
class Chosen:
    """In [start, end) these packs judge, None = the site's default ones, and those of `added` beside them."""

    start: int
    end: int | None
    packs: tuple[str, ...] | None
    added: tuple[str, ...] = ()

    def over(self, default: Sequence[str]) -> tuple[str, ...]:
        """All packs that judge, where `default` are the site's."""
        return tuple(dict.fromkeys([*(default if self.packs is None else self.packs), *self.added]))


async def choose(
    tx: Tx, new: NewChoice, by: By, known: Collection[str] | None = None, correction: Correction | None = None
) -> RuleChoice:
    """Let a pack judge somewhere.

    Args:
        tx: a writing transaction.
        new: which pack, where, from when to when.
        by: who chooses.
        known: the packs that are loaded, if the caller knows them.
        correction: given where the past was chosen wrongly.

    Raises:
        BadInput: when the pack or the place is unknown, the same was chosen for some of that time already, or it reaches
            back silently.
    """
    await audit.begin(tx)
    await _check(tx, new, known)
    row = tables.RuleChoice(
        pack=new.pack, start=new.start, end=new.end, **{name: getattr(new, name) for name in SCOPES}
    )
    touched = await _touched(tx, new, new.start, new.end)
    is_past = await backdating.check(tx, "start", touched, by, correction)
    await changes.enter(tx, by, "chosen", row, touched)
    await backdating.enter(tx, by, "chosen", row, touched, correction if is_past else None)
    return record_of(row, RuleChoice)


async def end_choice(
    tx: Tx, choice: int, end: int, by: By, correction: Correction | None = None
) -> RuleChoice:  # fmt: skip
    """From `end` on the pack judges there no more.

    Raises:
        BadInput: when there is no such choice, it begins later, is over by then, or it would end in the past silently.
    """
    row = await changes.counting(tx, tables.RuleChoice, "choice", choice)
    changes.check_end(row, end)
    touched = await _touched(tx, record_of(row, RuleChoice), end, row.end)
    is_past = await backdating.check(tx, "end", touched, by, correction)
    row.end = end
    await changes.enter(tx, by, "ended", row, touched)
    await backdating.enter(tx, by, "ended", row, touched, correction if is_past else None)
    return record_of(row, RuleChoice)


async def withdraw_choice(tx: Tx, choice: int, by: By, correction: Correction | None = None) -> RuleChoice:
    """Take back a choice that was entered by mistake: it never was.

    Raises:
        BadInput: when there is none, it was taken back before, or it has judged something and nobody says why.
    """
    row = await changes.counting(tx, tables.RuleChoice, "choice", choice)
    touched = await _touched(tx, record_of(row, RuleChoice), row.start, row.end)
    is_past = await backdating.check(tx, "choice", touched, by, correction)
    row.withdrawn_at = by.at
    await changes.enter(tx, by, "withdrawn", row, touched)
    await backdating.enter(tx, by, "withdrawn", row, touched, correction if is_past else None)
    return record_of(row, RuleChoice)


async def is_entered(tx: Tx, new: NewChoice) -> bool:
    """True when this was chosen once, whatever became of it since."""
    where = {name: getattr(new, name) for name in SCOPES}
    return await changes.is_entered(tx, tables.RuleChoice, pack=new.pack, start=new.start, **where)


async def choices_for(tx: Tx, places: Iterable[Place]) -> dict[Place, list[Chosen]]:
    """What was chosen for each of these places, in time; between them, the default judges."""
    found: dict[Place, list[Chosen]] = {}
    for some in in_batches(places):
        facilities = await _facilities(tx, {code for code, _ in some})
        choices = await _counting(tx, some, facilities.values())
        rooms = {room for _, room in some if room is not None}
        vaccines = {where for scope, where in choices if scope == "vaccine"}
        inside = await lots.spans_of_vaccines(tx, vaccines, rooms) if vaccines else {}
        for place in some:
            found[place] = timeline_of(_of_place(place, facilities.get(place[0], ""), choices, inside))
    return found


async def listed(tx: Tx, facility: str | None = None) -> list[RuleChoice]:
    """All choices, the withdrawn too; or those for a facility, its equipment and compartments, and for any vaccine."""
    row = tables.RuleChoice
    query = select(row).order_by(row.id)
    if facility is not None:
        stands = select(tables.Equipment.code).where(tables.Equipment.facility == facility)
        inside = select(tables.Compartment.id).where(tables.Compartment.equipment.in_(stands))
        query = query.where(
            or_(
                row.facility == facility,
                row.equipment.in_(stands),
                row.compartment.in_(inside),
                row.vaccine.is_not(None),
            )
        )
    return [record_of(each, RuleChoice) for each in await tx.scalars(query)]


def timeline_of(choices: Iterable[NewChoice]) -> list[Chosen]:
    """Cut what was chosen into times in which the same packs judge; times of the default alone are left out. Pure."""
    spans = [(choice, choice.start, _FOREVER if choice.end is None else choice.end) for choice in choices]
    cuts = sorted({cut for _, start, end in spans for cut in (start, end)})
    found: list[Chosen] = []
    for start, end in pairwise(cuts):
        packs, added = _in_force([choice for choice, first, last in spans if first <= start and last >= end])
        until = None if end == _FOREVER else end
        if found and (found[-1].end, found[-1].packs, found[-1].added) == (start, packs, added):
            found[-1] = replace(found[-1], end=until)
        elif packs is not None or added:
            found.append(Chosen(start, until, packs, added))
    return found


def _in_force(choices: Sequence[NewChoice]) -> tuple[tuple[str, ...] | None, tuple[str, ...]]:
    """The packs that replace the default, and those that join."""
    by_scope = {name: [c.pack for c in choices if getattr(c, name) is not None] for name in SCOPES}
    packs = next((by_scope[name] for name in SCOPES[:3] if by_scope[name]), None)
    added = dict.fromkeys(pack for pack in by_scope["vaccine"] if pack not in (packs or ()))
    return (None if packs is None else tuple(packs)), tuple(added)


async def _facilities(tx: Tx, codes: Collection[str]) -> dict[str, str]:
    """Where these pieces of equipment stand."""
    piece = tables.Equipment
    rows = await tx.execute(select(piece.code, piece.facility).where(piece.code.in_(codes)))
    return {row.code: row.facility for row in rows}


async def _counting(tx: Tx, places: Sequence[Place], facilities: Iterable[str]) -> dict[_Where, list[RuleChoice]]:
    """The choices that count for any of these places, by what they were made for."""
    row, rooms = tables.RuleChoice, {room for _, room in places if room is not None}
    within = [row.equipment.in_({code for code, _ in places}), row.facility.in_(set(facilities))]
    within += [row.compartment.in_(rooms), row.vaccine.is_not(None)] if rooms else []
    found: dict[_Where, list[RuleChoice]] = defaultdict(list)
    for each in await tx.scalars(select(row).where(or_(*within), row.withdrawn_at.is_(None))):
        choice = record_of(each, RuleChoice)
        found[choice.scope, str(getattr(choice, choice.scope))].append(choice)
    return found


def _of_place(
    place: Place,
    facility: str,
    choices: Mapping[_Where, Sequence[RuleChoice]],
    inside: Mapping[tuple[str, int], Sequence[Span]],
) -> Iterator[NewChoice]:
    """Those of one place in the order in which they were made; a vaccine's for as long as doses of it were there."""
    equipment, compartment = place
    at = {("equipment", equipment), ("facility", facility), ("compartment", str(compartment))}
    at |= {where for where in choices if where[0] == "vaccine"} if compartment is not None else set()
    for choice in sorted([each for where in at for each in choices.get(where, ())], key=lambda each: each.id):
        if choice.vaccine is None or compartment is None:
            yield choice
        else:
            yield from _while_inside(choice, choice.vaccine, inside.get((choice.vaccine, compartment), ()))


def _while_inside(choice: RuleChoice, vaccine: str, there: Sequence[Span]) -> Iterator[NewChoice]:
    """A vaccine's choice, cut to the times when doses of it were in the compartment."""
    for start, end in there:
        first, last = max(choice.start, start), earlier(choice.end, end)
        if last is None or first < last:
            yield NewChoice(pack=choice.pack, vaccine=vaccine, start=first, end=last)


async def _check(tx: Tx, new: NewChoice, known: Collection[str] | None) -> None:
    scope = new.scope
    if not PACK.fullmatch(new.pack) or (known is not None and new.pack not in known):
        there = f"use one of {', '.join(sorted(known))}" if known else "use a pack's name, such as cn-2017"
        raise BadInput("pack", f"{new.pack[:80]!r} is no pack", there)
    changes.check_span(new.start, new.end)
    if await tx.get(_KINDS[scope], getattr(new, scope)) is None:
        raise BadInput(scope, f"{getattr(new, scope)!r} is not in the archive", "import it first, or correct the code")
    row = tables.RuleChoice
    same = select(row).where(
        row.pack == new.pack, getattr(row, scope) == getattr(new, scope), row.withdrawn_at.is_(None)
    )
    for each in await tx.scalars(same):
        if _overlap(each, new):
            wrong = f"{new.pack} is chosen there since {clock.iso(each.start)} (number {each.id})"
            raise BadInput("start", wrong, "leave it so, or end that one first")


def _overlap(row: tables.RuleChoice, new: NewChoice) -> bool:
    return (row.end is None or row.end > new.start) and (new.end is None or new.end > row.start)


async def _touched(tx: Tx, choice: NewChoice, start: int, end: int | None) -> list[Touched]:
    """Every channel that was ever assigned within the choice's scope in [start, end)."""
    return await doubtful.channels(tx, _within(choice), start, end)


def _within(choice: NewChoice) -> ColumnElement[bool]:
    if choice.facility is not None:
        return doubtful.at_facility(choice.facility)
    if choice.vaccine is not None:
        return doubtful.with_vaccine(choice.vaccine)
    if choice.equipment is not None:
        return tables.Assignment.equipment == choice.equipment
    return tables.Assignment.compartment == choice.compartment


_KINDS: Final = {
    "compartment": tables.Compartment,
    "equipment": tables.Equipment,
    "facility": tables.Facility,
    "vaccine": tables.Vaccine,
}
