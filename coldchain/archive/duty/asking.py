"""Who is told, asked of the archive: one snapshot of what `who` needs, then the pure question.

archive ─► `read` (a facility's part, or all of it) ─► book ─► `levels_in`, as often as one likes
"""

import logging
from collections.abc import Collection, Mapping
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select

from coldchain.archive import tables
from coldchain.archive.db import Tx
from coldchain.archive.duty import special, ways
from coldchain.archive.duty.book import Absence, Book, Contact, Holding, InForce, Place, Rota, Shift, Store, Turn
from coldchain.archive.duty.policy import MemberKind, Policy, member_of, policy_of
from coldchain.archive.duty.who import Asked, Level, Told, told
from coldchain.archive.facilities import days
from coldchain.archive.places import FacilityKind
from coldchain.archive.places import lineage as lineage_of
from coldchain.errors import BadInput
from coldchain.excursion import Severity

log = logging.getLogger(__name__)

STORES = (FacilityKind.COUNTY_STORE, FacilityKind.PREFECTURE_STORE, FacilityKind.PROVINCE_STORE)
CLOSED = "closed"
AHEAD_MS = 86_400_000  # so far ahead a book is good for


async def levels_for(
    tx: Tx, *, equipment: str | None, facility: str | None, region: str | None, severity: Severity, at: int
) -> list[Level]:
    """Who is told of an alarm, level after level: people and numbers distinct, the county's desk at the tail.

    Whoever asks for many alarms at once reads the book once: `read`, then `levels_in`.

    Args:
        tx: one snapshot.
        equipment: what it is about; its facility is known then.
        facility: where it is, when it is about no single piece.
        region: where, when it is about several facilities; all three None: the desks of everywhere.
        severity: how loud; nobody is told of a note, so it has no levels.
        at: when, ms UTC.

    Returns:
        In order. A level without people is left out and the next takes its time; where nobody at all is found, one level
        without people stands there, with the gap.

    Raises:
        BadInput: when one of them is not in the archive.
    """
    asked = await asked_for(tx, equipment=equipment, facility=facility, region=region, severity=severity, at=at)
    return told(asked).levels


async def asked_for(
    tx: Tx, *, equipment: str | None, facility: str | None, region: str | None, severity: Severity, at: int
) -> Asked:
    """The question of `levels_for` with all that it needs, for who wants gaps and the policy in force too.

    Raises:
        BadInput: when one of them is not in the archive.
    """
    place = await place_of(tx, equipment=equipment, facility=facility, region=region, at=at)
    book = await read(tx, at, [place.facility] if place.facility else [])
    return Asked(book, place, severity, at, equipment or "")


def levels_in(
    book: Book, *, equipment: str | None, facility: str | None, region: str | None = None, severity: Severity, at: int
) -> Told:
    """The same of a book of the whole archive, with every gap by its kind. A place that it does not know is everywhere."""
    where = book.stands.get(equipment, facility) if equipment else facility
    place = book.places.get(where or "") or _around(book, region)
    return told(Asked(book, place, severity, at, equipment or ""))


def _around(book: Book, region: str | None) -> Place:
    """A region as the places in it have it."""
    inside = (each.lineage for each in book.places.values() if region in each.lineage)
    lineage = next(inside, ())
    return Place(lineage=lineage[lineage.index(region) :] if region is not None and lineage else ())


async def place_of(
    tx: Tx, *, equipment: str | None, facility: str | None, region: str | None, at: int | None = None
) -> Place:
    """Where an alarm is; with the special days around an instant, where one is given.

    Raises:
        BadInput: when it is not in the archive.
    """
    if equipment is not None:
        row = await tx.get(tables.Equipment, equipment)
        if row is None:
            raise BadInput(
                "equipment", f"{equipment[:80]!r} is not in the archive", "import it first, or correct the code"
            )
        facility = row.facility
    if facility is not None:
        places = await places_of(tx, [facility], at)
        if facility not in places:
            raise BadInput(
                "facility", f"{facility[:80]!r} is not in the archive", "import it first, or correct the code"
            )
        return places[facility]
    if region is None:
        return Place()
    lineage = await lineage_of(tx, region)
    if not lineage:
        raise BadInput("region", f"{region[:80]!r} is not in the archive", "import it first, or correct the code")
    return Place(lineage=tuple(lineage))


async def read(
    tx: Tx,
    at: int,
    facilities: Collection[str] | None = None,
    zone: ZoneInfo = days.SITE,
    *,
    places: Collection[str] | None = None,
) -> Book:
    """What `who` looks at, as it stands at an instant.

    Args:
        tx: one snapshot.
        at: of posts, absences, shifts and policies those are read that hold then or within a day, so that a book of the
            morning answers for the night.
        facilities: whose people, beside those of stores and rotas; None: everybody's.
        zone: of the site.
        places: the facilities that will be asked about by their code; None: all, or none where only some people are read.
    """
    stores = await _stores(tx)
    policies = await policies_at(tx, at)
    rotas = await _rotas(tx, at, zone)
    absences = await _absences(tx, at)
    named = _named(policies, rotas, absences)
    wanted = None if facilities is None else {*facilities, *(each.facility for each in stores), *named[1]}
    holdings = await _holdings(tx, at, wanted)
    persons = {each.person for each in holdings} | named[0]
    return Book(
        contacts=await _contacts(tx, persons, wanted),
        holdings=holdings,
        rotas=rotas,
        absences=absences,
        stores=stores,
        policies=policies,
        places=await places_of(tx, places, at, zone) if facilities is None or places is not None else {},
        stands=await _stands(tx) if facilities is None else {},
    )


def _named(
    policies: Collection[InForce], rotas: Mapping[int, Rota], absences: Collection[Absence]
) -> tuple[set[int], set[str]]:
    """The persons and the facilities that these speak of."""
    members = [member_of(text) for each in policies for step in each.policy.steps for text in step.members]
    persons = {each.number for each in members if each.kind is MemberKind.PERSON}
    for rota in rotas.values():
        persons |= {turn.person for turn in rota.turns} | {shift.person for shift in rota.shifts}
    persons |= {each.stand_in for each in absences if each.stand_in is not None}
    return persons, {each.facility for each in members if each.facility}


async def _parents(tx: Tx, regions: Collection[str]) -> dict[str, str | None]:
    """These regions and all that they lie in, each with the one it lies in; a province has many that nobody asks for."""
    row = tables.Region
    first = select(row.code, row.parent).where(row.code.in_(set(regions))).cte("above", recursive=True)
    above = first.union(select(row.code, row.parent).join(first, row.code == first.c.parent))
    return dict((await tx.execute(select(above.c.code, above.c.parent))).all())


def _up(region: str | None, parents: Mapping[str, str | None]) -> list[str]:
    """A region and those it lies in, the nearest first; empty when there is no such region."""
    found: list[str] = []
    while region is not None and region in parents and region not in found:
        found.append(region)
        region = parents[region]
    return found


async def places_of(
    tx: Tx, only: Collection[str] | None, at: int | None = None, zone: ZoneInfo = days.SITE
) -> dict[str, Place]:
    """These facilities by their codes, None: all of them; with the special days around an instant, where one is given."""
    row = tables.Facility
    query = select(row.code, row.name_zh, row.region, row.kind, row.has_maternity)
    if only is not None:
        query = query.where(row.code.in_(only))
    found = (await tx.execute(query)).all()
    parents = await _parents(tx, [region for _, _, region, *_ in found])
    entered = [] if at is None else await special.around(tx, at, zone)
    above = {code: tuple(_up(region, parents)) for code, _, region, *_ in found}
    return {
        code: Place(
            code, name, above[code], kind == FacilityKind.MATERNITY_WARD or has_maternity,
            special.at_place(entered, code, above[code]),
        )
        for code, name, _, kind, has_maternity in found
    }  # fmt: skip


async def _stands(tx: Tx) -> dict[str, str]:
    row = tables.Equipment
    return dict((await tx.execute(select(row.code, row.facility))).all())


async def _stores(tx: Tx) -> tuple[Store, ...]:
    row = tables.Facility
    query = select(row.code, row.region).where(row.kind.in_(STORES), row.status != CLOSED).order_by(row.code)
    return tuple(Store(code, region) for code, region in await tx.execute(query))


async def policies_at(tx: Tx, at: int) -> tuple[InForce, ...]:
    """The policies that counties have in force then."""
    row = tables.DutyPolicy
    query = select(row).where(row.withdrawn_at.is_(None), row.start <= at, or_(row.end.is_(None), row.end > at))
    read = [(each, _policy(each)) for each in await tx.scalars(query.order_by(row.id))]
    return tuple(
        InForce(each.id, policy, each.region, each.facility, each.equipment)
        for each, policy in read
        if policy is not None
    )


def _policy(row: tables.DutyPolicy) -> Policy | None:
    """None for one that no version of today would let in: then the next wider place's holds, and no alarm waits for it."""
    try:
        return policy_of(row.content, f"policy {row.id}")
    except BadInput as error:
        log.warning("nobody is told by this policy, enter another: %s", error)
        return None


async def _holdings(tx: Tx, at: int, wanted: Collection[str] | None) -> tuple[Holding, ...]:
    row = tables.Post
    query = select(row.person, row.facility, row.post, row.start, row.end).where(row.withdrawn_at.is_(None))
    query = query.where(row.start <= at + AHEAD_MS, or_(row.end.is_(None), row.end > at)).order_by(row.start, row.id)
    if wanted is not None:
        query = query.where(row.facility.in_(wanted))
    return tuple(Holding(*each) for each in await tx.execute(query))


async def _absences(tx: Tx, at: int) -> tuple[Absence, ...]:
    row = tables.Absence
    query = select(row.person, row.start, row.end, row.stand_in).where(row.withdrawn_at.is_(None))
    query = query.where(row.start <= at + AHEAD_MS, row.end > at).order_by(row.start, row.id)
    return tuple(Absence(*each) for each in await tx.execute(query))


async def _rotas(tx: Tx, at: int, zone: ZoneInfo) -> dict[int, Rota]:
    row, place = tables.Rota, tables.Facility
    query = select(row, place.region).outerjoin(place, place.code == row.facility).where(row.withdrawn_at.is_(None))
    standing = (await tx.execute(query.order_by(row.id))).all()
    if not standing:
        return {}
    turns, shifts, entered = await _turns(tx, at), await _shifts(tx, at), await special.around(tx, at, zone)
    parents = await _parents(tx, [region for each, own in standing if (region := each.region or own)])
    return {
        each.id: Rota(
            each.id, each.name, each.region, each.facility, each.is_desk, each.otherwise,
            tuple(turns.get(each.id, ())), tuple(shifts.get(each.id, ())),
            special.at_place(entered, each.facility, _up(each.region or own, parents)),
        )
        for each, own in standing
    }  # fmt: skip


async def _turns(tx: Tx, at: int) -> dict[int, list[Turn]]:
    row = tables.RotaTurn
    query = select(row).where(row.withdrawn_at.is_(None), or_(row.end.is_(None), row.end > at))
    found: dict[int, list[Turn]] = {}
    for each in await tx.scalars(query.order_by(row.from_min, row.id)):
        turn = Turn(each.person, each.weekday, each.from_min, each.to_min, each.start, each.end, each.every_weeks)
        found.setdefault(each.rota, []).append(turn)
    return found


async def _shifts(tx: Tx, at: int) -> dict[int, list[Shift]]:
    row = tables.RotaShift
    query = select(row).where(row.withdrawn_at.is_(None), row.end > at, row.start <= at + AHEAD_MS)
    found: dict[int, list[Shift]] = {}
    for each in await tx.scalars(query.order_by(row.start, row.id)):
        found.setdefault(each.rota, []).append(Shift(each.person, each.start, each.end, each.instead_of))
    return found


async def _contacts(tx: Tx, persons: Collection[int], facilities: Collection[str] | None) -> dict[int, Contact]:
    """These persons, and everybody at these facilities: a ward's night line may stand under anybody's name."""
    row = tables.Person
    query = select(row.id, row.name, row.facility, row.left_at)
    if facilities is not None:
        query = query.where(or_(row.id.in_(persons), row.facility.in_(facilities)))
    found = list(await tx.execute(query.order_by(row.id)))
    numbers = [number for number, *_ in found]
    known, wishes = await ways.known(tx, numbers), await ways.wishes(tx, numbers)
    return {
        number: Contact(
            number, name, facility, ways.addresses(known.get(number, ())), left_at,
            wish.language, wish.channels,
        )
        for number, name, facility, left_at in found
        for wish in [wishes.get(number) or ways.Wish(person=number)]
    }  # fmt: skip
