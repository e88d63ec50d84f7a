"""Who is told: the county's duty desk, the ward's night phone, whose numbers were asked for, and who is on leave.

A county that enters no policy is told by the one that ships; so does this one.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final

from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.duty import absences, rotas, ways
from coldchain.archive.duty.absences import NewAbsence
from coldchain.archive.duty.rotas import NewRota, NewTurn
from coldchain.archive.duty.ways import NewWord, Said
from coldchain.archive.duty.words import WayKind
from coldchain.archive.facilities import contacts
from coldchain.archive.facilities.contacts import NewPhone
from coldchain.archive.facilities.numbers import PhoneKind
from coldchain.archive.facilities.posts import PostKind
from coldchain.archive.places import FacilityKind
from coldchain.up.life.acts import Act, Stage
from coldchain.up.life.cast import OF_THE_STORE, Member, managers

COUNTY: Final = "519921000000"
STORE: Final = "519921000"
NIGHT_LINE: Final = "0819-5559999"
UNASKED: Final = ("519921105", "519921110")  # nobody has asked there for a quarter
ON_LEAVE: Final = "519921103"  # its keeper, this week; the deputy stands in
WEEK: Final = range(8)  # Monday to Sunday, and holidays


def acts(stage: Stage, members: Sequence[Member]) -> Iterator[Act]:
    """Everything about duty."""
    day = stage.calendar
    first, _ = managers(members)
    yield Act(day.at(-400, 10), first, _found_desk)
    for facility in stage.county.facilities:
        if facility.kind is FacilityKind.MATERNITY_WARD:
            yield Act(day.at(-400, 11), first, partial(_give_line, facility=facility.code))
    asked = [each for each in members if each.facility not in UNASKED]
    yield Act(day.at(-40, 9), first, partial(_ask, asked=asked))
    yield Act(day.at(-3, 16), first, _take_leave)


async def _found_desk(tx: Tx, stage: Stage, by: By) -> None:
    """Three people in turn, a day each, round the clock."""
    desk = await rotas.add(tx, NewRota(name="县疾控中心值班", region=COUNTY, is_desk=True), by)
    for weekday in WEEK:
        post = OF_THE_STORE[weekday % len(OF_THE_STORE)]
        person = stage.made[f"person/{STORE}/{post}"]
        new = NewTurn(rota=desk.id, person=person, weekday=weekday, from_min=480, to_min=480 + 1440, start=by.at)
        await rotas.add_turn(tx, new, by)


async def _give_line(tx: Tx, stage: Stage, by: By, *, facility: str) -> None:
    """The ward's line stands under the name of a nurse, beside her own."""
    person = stage.made[f"person/{facility}/{PostKind.VACCINATOR}"]
    own = (await contacts.phones_of(tx, [person])).get(person, [])
    numbers = [NewPhone(kind=each.kind, phone_number=each.phone_number) for each in own]
    line = NewPhone(kind=PhoneKind.WARD_NIGHT, phone_number=NIGHT_LINE)
    await contacts.set_phones(tx, person, [*numbers, line], by)


async def _ask(tx: Tx, stage: Stage, by: By, *, asked: Sequence[Member]) -> None:
    """Is this still your number? Yes."""
    numbers = [stage.made[f"person/{each.facility}/{each.post}"] for each in asked]
    for person, its in (await ways.known(tx, numbers)).items():
        for each in its:
            if each.kind is not WayKind.MAIL:
                new = NewWord(person=person, kind=each.kind, address=each.address, said=Said.CONFIRMED)
                await ways.say(tx, new, by)


async def _take_leave(tx: Tx, stage: Stage, by: By) -> None:
    keeper, deputy = (stage.made[f"person/{ON_LEAVE}/{post}"] for post in (PostKind.KEEPER, PostKind.DEPUTY))
    start, end = stage.calendar.at(-2, 8), stage.calendar.at(5, 18)
    await absences.enter(tx, NewAbsence(person=keeper, start=start, end=end, stand_in=deputy, why="年休假"), by)
