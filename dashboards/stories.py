"""An alarm's whole story, and what people do there: take it, say what it was, move the lots away, close it.

archive (alarm, arrows, messages, replies, lots beside it) ─► story ─► `pages.story`, `api.alarm_stories`
a person's act ─► in scope? ─► `telling.taking`, `stock.moving` ─► story as it is then
"""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import Request

from coldchain import clock
from coldchain.archive import lots, tables, views
from coldchain.archive.alarms import Alarm
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.rows import record_of
from coldchain.archive.stock import moving, state
from coldchain.archive.stock.words import Lot, Movement, NewMovement, Reason
from coldchain.archive.telling import story, taking, together
from coldchain.archive.telling.story import Story
from coldchain.archive.telling.taking import Act, Closing
from coldchain.archive.views import AlarmCase
from coldchain.errors import BadInput
from dashboards.access import Viewer
from dashboards.api.writing import by_of
from dashboards.cards import lots_inside
from dashboards.county import Card
from dashboards.parts import Parts, parts_of
from dashboards.problems import NotFound


@dataclass(frozen=True, slots=True)
class Lying:
    """Doses of a lot in the compartment that an alarm is about."""

    lot: tables.Lot
    vaccine: tables.Vaccine
    doses: int


@dataclass(frozen=True, slots=True)
class Shelf:
    """A compartment that lots may be moved to."""

    row: tables.Compartment
    equipment: tables.Equipment


@dataclass(frozen=True, slots=True)
class Told:
    """All that a page or a program is told of one alarm."""

    card: Card
    story: Story
    lying: list[Lying]
    shelves: list[Shelf]
    parts: list[Alarm]  # of its facility, told in the same message: whoever takes it takes them as well
    names: dict[str, tables.Equipment]  # of their equipment


async def case_of(tx: Tx, viewer: Viewer, number: int) -> AlarmCase:
    """An alarm in scope.

    Raises:
        NotFound: there is none.
    """
    case = await views.alarm(tx, viewer.scope, number)
    if case is None:
        raise NotFound("alarm", number)
    return case


async def told(parts: Parts, viewer: Viewer, number: int) -> Told:
    """One alarm's whole story.

    Raises:
        NotFound: there is none in scope.
    """
    county = (await parts.picture.now()).within(viewer.scope)
    stores = {place.row.code for place in county.places if place.row.kind in moving.STORES}
    async with parts.archive.reading() as tx:
        case = await case_of(tx, viewer, number)
        card = await card_of(tx, case)
        lying, shelves = await _lying(tx, card), await _shelves(tx, card, stores)
        parts_of_it = await together.parts(tx, number)
        units = {
            each.equipment: await tx.get(tables.Equipment, each.equipment) for each in parts_of_it if each.equipment
        }
        names = {code: unit for code, unit in units.items() if unit}
        return Told(card, await story.story(tx, number), lying, shelves, parts_of_it, names)


async def card_of(tx: Tx, case: AlarmCase) -> Card:
    """An alarm with its place and its lots."""
    alarm, excursion = case.alarm, case.excursion
    unit = await tx.get(tables.Equipment, alarm.equipment) if alarm.equipment else None
    place = await tx.get(tables.Facility, alarm.facility) if alarm.facility else None
    room = await tx.get(tables.Compartment, excursion.compartment) if excursion and excursion.compartment else None
    named = await views.lot_names(tx, [entry["lot"] for entry in excursion.lots] if excursion else [])
    inside = lots_inside(excursion, named) if excursion else []
    return Card(case, place, unit, room, inside, await views.transitions(tx, [alarm.id]))


async def take(request: Request, viewer: Viewer, act: Act) -> list[Alarm]:
    """Write what somebody says of an alarm in scope, and of its facility's parts of the same message.

    Returns:
        Those others, as they are then.

    Raises:
        NotFound: there is none in scope.
        BadInput: it is over, or they say what cannot be.
    """
    parts = parts_of(request)
    async with parts.archive.writing() as tx:
        await case_of(tx, viewer, int(act.alarm))
        _, *others = await together.take(tx, act)
    await shown_anew(parts)
    return others


async def close(request: Request, viewer: Viewer, number: int, cause: str, measure: str) -> None:
    """Write cause and measure of an alarm that is over.

    Raises:
        NotFound: there is none in scope.
        BadInput: it goes on, is closed already, or something is left empty.
    """
    parts = parts_of(request)
    async with parts.archive.writing() as tx:
        await case_of(tx, viewer, number)
        await taking.close(tx, Closing(number, cause, measure, viewer.display, clock.now()))
    await shown_anew(parts)


async def move_lots(
    request: Request, viewer: Viewer, number: int, target: int, which: Sequence[str] | None = None
) -> list[Movement]:
    """Move lots out of the compartment that an alarm is about: all of each, held doses stay held. All, or none.

    Raises:
        NotFound: there is no such alarm or compartment in scope.
        BadInput: nothing lies there, or a lot may not be moved there.
    """
    parts = parts_of(request)
    by = by_of(viewer, f"alarm {number}")
    async with parts.archive.writing() as tx:
        card = await card_of(tx, await case_of(tx, viewer, number))
        here = await _lying(tx, card)
        chosen = [each for each in here if which is None or each.lot.id in which]
        if card.compartment is None or not chosen or (which is not None and len(set(which)) != len(chosen)):
            raise BadInput(
                "lots", "are not in that compartment now", "look at the alarm again, and choose of what is there"
            )
        goal = await _shelf(tx, viewer, target)
        done = [await _moved(tx, card, each, target, by) for each in chosen]
        note = f"{goal.equipment.code} {goal.row.name}: {', '.join(each.lot.number for each in chosen)}"
        await taking.take(tx, Act(number, "moved", viewer.display, by.at, note=note[: taking.LONGEST_NOTE]))
    await shown_anew(parts)
    return done


async def shown_anew(parts: Parts) -> None:
    """Let every open page know."""
    await parts.picture.now(fresh=True)
    parts.live.changed()


async def _moved(tx: Tx, card: Card, lying: Lying, target: int, by: By) -> Movement:
    assert card.compartment is not None
    found = await state.state(tx, record_of(lying.lot, Lot), None, by.at)
    held = sum(
        each.held
        for each in found.lying
        if (each.equipment, each.name) == (card.compartment.equipment, card.compartment.name)
    )
    new = NewMovement(
        lot=lying.lot.id, at=by.at, doses=lying.doses, reason=Reason.MOVED, source=card.compartment.id, target=target,
        held=min(held, lying.doses), remark=by.reason,
    )  # fmt: skip
    return await moving.enter(tx, new, by)


async def _shelf(tx: Tx, viewer: Viewer, compartment: int) -> Shelf:
    found = (await views.compartments_of(tx, [compartment])).get(compartment)
    if found is None or not viewer.sees(found[1].facility):
        raise NotFound("compartment", compartment)
    return Shelf(*found)


async def _lying(tx: Tx, card: Card) -> list[Lying]:
    if card.compartment is None:
        return []
    now = clock.now()
    inside = await lots.in_compartment(tx, card.compartment.id, now, now + 1)
    names = await views.lot_names(tx, [each.lot.id for each in inside])
    return [Lying(*names[each.lot.id], each.doses) for each in inside if each.doses]


async def _shelves(tx: Tx, card: Card, stores: set[str]) -> list[Shelf]:
    """Where else vaccine may lie: in the same facility first, then back in a store that the caller sees."""
    if card.facility is None or card.compartment is None:
        return []
    home = card.facility.code
    its = await views.covered(tx, frozenset({home, *stores}))
    found = await views.compartments_of(tx, sorted(its.compartments - {card.compartment.id}))
    fit = [Shelf(*pair) for pair in found.values() if pair[0].purpose == "vaccine"]
    return sorted(fit, key=lambda shelf: (shelf.equipment.facility != home, shelf.row.id))
