"""A county's data into the archive: references checked first, then inserted in small transactions.

    county.load_county(path)  ─►  import_county(archive, county, by)  ─►  rows, each with its link in the audit trail

Doing it twice changes nothing. What people changed since is set back to what the file says, but for what has a time of
its own: probes that were moved, movements that were withdrawn, choices and approvals that were ended stay so.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from coldchain import clock
from coldchain.archive import equipment, lots, occasions, places, probes, rule_choices, tables
from coldchain.archive.audit import By
from coldchain.archive.county import Channel, County, Movement, Post, Receipt, RuleChoice
from coldchain.archive.db import Archive, Tx
from coldchain.archive.equipment import NewAssignment
from coldchain.archive.facilities import card, persons, posts
from coldchain.archive.facilities.posts import NewPost
from coldchain.archive.lots import NewMovement, Reason
from coldchain.archive.metrology import certificates
from coldchain.archive.metrology.certificates import NewCalibration
from coldchain.archive.occasions import Hours
from coldchain.archive.probes import NewBuffer
from coldchain.archive.rule_choices import NewChoice
from coldchain.errors import BadInput

T = TypeVar("T")

CHUNK_S: Final = 0.1  # a transaction takes no further batch after this, so that it stays below 0.2 s
BATCH: Final = 10  # rows between two looks at the clock


@dataclass(frozen=True, slots=True)
class Imported:
    """How many rows were inserted or changed, by list."""

    counts: dict[str, int]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class _Week:
    """A facility's sessions from `start` on."""

    facility: str
    start: int
    hours: tuple[Hours, ...]


async def import_county(archive: Archive, county: County, by: By, *, where: str = "") -> Imported:
    """Insert what is not there, change what is otherwise, leave what is so already.

    Raises:
        BadInput: when something refers to nothing; then nothing was written. When doses or assignments contradict what
            is in the archive; then what stands before it in the file was written, and importing again goes on.
    """
    async with archive.reading() as tx:
        await _check_references(tx, county, where)
    counts: dict[str, int] = {}
    stages: list[tuple[str, Sequence[Any], Callable[[Tx, Sequence[Any], By], Awaitable[int]]]] = [
        ("regions", sorted(county.regions, key=lambda each: each.level), places.put_regions),
        ("facilities", county.facilities, card.put_cards),
        ("persons", county.persons, persons.put_persons),
        ("posts", sorted(county.posts, key=lambda each: each.start), _put_posts),
        ("equipment", county.equipment, equipment.put_equipment),
        ("compartments", county.compartments, equipment.put_compartments),
        ("channels", county.channels, _put_channels),
        ("vaccines", county.vaccines, lots.put_vaccines),
        ("lots", sorted(county.lots, key=lambda each: isinstance(each.diluent, str)), lots.put_lots),
        ("movements", _movements(county), _put_movements),
        ("calibrations", county.calibrations, _put_calibrations),
        ("buffers", county.buffers, _put_buffers),
        ("session_hours", _weeks(county), _put_weeks),
        ("rule_choices", county.rule_choices, _put_choices),
    ]
    for name, items, put in stages:
        try:
            counts[name] = await _in_chunks(archive, items, put, by)
        except BadInput as error:
            raise BadInput(f"{name}: {error.field}", error.wrong, error.cure, where=where) from None
    return Imported(counts)


async def _in_chunks(
    archive: Archive, items: Sequence[T], put: Callable[[Tx, Sequence[T], By], Awaitable[int]], by: By
) -> int:
    """Put all items, in transactions short enough that nobody waits for them."""
    count = 0
    left = list(items)
    while left:
        async with archive.writing() as tx:
            enough = clock.monotonic() + CHUNK_S
            while left:
                count += await put(tx, left[:BATCH], by)
                del left[:BATCH]
                if clock.monotonic() >= enough:
                    break
    return count


async def _put_channels(tx: Tx, items: Sequence[Channel], by: By) -> int:
    count = 0
    for item in items:
        new = NewAssignment(
            channel=item.name,
            equipment=item.equipment,
            compartment=item.compartment,
            position=item.position,
            interval_s=item.interval_s,
            start=item.start,
        )
        before = await equipment.assignments_of(tx, item.name)
        if not await _was_so(tx, before, new):
            await equipment.assign(tx, new, by)
            count += 1
    return count


async def _was_so(tx: Tx, before: Sequence[equipment.Assignment], new: NewAssignment) -> bool:
    """True when an assignment of before begins so, whatever became of it since: a probe moved later stays moved."""
    place = (await equipment.compartment(tx, new.equipment, new.compartment)).id if new.compartment else None
    wanted = (new.equipment, place, new.position, new.interval_s, new.start)
    return any(wanted == (old.equipment, old.compartment, old.position, old.interval_s, old.start) for old in before)


async def _put_movements(tx: Tx, items: Sequence[Movement], by: By) -> int:
    count = 0
    for item in items:
        new = NewMovement(
            lot=item.lot,
            at=item.at,
            doses=item.doses,
            reason=item.reason,
            source=await _compartment(tx, item.source),
            target=await _compartment(tx, item.target),
            document=item.document,
            counterparty=item.counterparty,
            handed_by=item.handed_by,
            taken_by=item.taken_by,
            temperature_c=item.temperature_c,
            remark=item.remark,
        )
        if not await lots.is_entered(tx, new):
            await lots.move(tx, new, by)
            count += 1
    return count


async def _put_posts(tx: Tx, items: Sequence[Post], by: By) -> int:
    count = 0
    for item in items:
        person = await persons.number_of(tx, item.facility, item.person)
        new = NewPost(person=person, facility=item.facility, post=item.post, start=item.start, end=item.end)
        if not await posts.is_entered(tx, new):
            await posts.begin(tx, new, by)
            count += 1
    return count


async def _put_calibrations(tx: Tx, items: Sequence[NewCalibration], by: By) -> int:
    new = [item for item in items if not await certificates.is_entered(tx, item)]
    for item in new:
        await certificates.add(tx, item, by)
    return len(new)


async def _put_buffers(tx: Tx, items: Sequence[NewBuffer], by: By) -> int:
    new = [item for item in items if not await probes.is_buffer_entered(tx, item)]
    for item in new:
        await probes.approve_buffer(tx, item, by)
    return len(new)


async def _put_weeks(tx: Tx, items: Sequence[_Week], by: By) -> int:
    count = 0
    for week in items:
        if not await occasions.are_entered(tx, week.facility, week.hours, week.start):
            count += len(await occasions.set_session_hours(tx, week.facility, week.hours, by, start=week.start))
    return count


async def _put_choices(tx: Tx, items: Sequence[RuleChoice], by: By) -> int:
    count = 0
    for item in items:
        inside = None if item.compartment is None else f"{item.equipment}/{item.compartment}"
        new = NewChoice(
            pack=item.pack,
            start=item.start,
            end=item.end,
            facility=item.facility,
            equipment=item.equipment if inside is None else None,
            compartment=await _compartment(tx, inside),
            vaccine=item.vaccine,
        )
        if not await rule_choices.is_entered(tx, new):
            await rule_choices.choose(tx, new, by)
            count += 1
    return count


async def _compartment(tx: Tx, place: str | None) -> int | None:
    if place is None:
        return None
    code, _, name = place.rpartition("/")
    return (await equipment.compartment(tx, code, name)).id


def _movements(county: County) -> list[Movement]:
    """Receipts and movements in time; of one instant, what arrives before what leaves."""
    receipts = [
        Movement(
            lot=each.lot,
            at=each.at,
            doses=each.doses,
            reason=Reason.RECEIVED,
            target=f"{each.equipment}/{each.compartment}",
            document=each.document,
            counterparty=each.supplier,
            temperature_c=each.temperature_c,
        )
        for each in county.receipts
    ]
    return sorted([*receipts, *county.movements], key=lambda each: (each.at, each.source is not None))


def _weeks(county: County) -> list[_Week]:
    """The session hours of a facility that begin together, in time."""
    found: dict[tuple[int, str], list[Hours]] = {}
    for each in county.session_hours:
        its = Hours(weekday=each.weekday, from_min=each.from_min, to_min=each.to_min)
        found.setdefault((each.start, each.facility), []).append(its)
    return [_Week(facility, start, tuple(found[start, facility])) for start, facility in sorted(found)]


async def _check_references(tx: Tx, county: County, where: str) -> None:
    """Everything referred to must stand in the file or in the archive."""
    known = {
        "region": {each.code for each in county.regions} | await _codes(tx, tables.Region.code),
        "facility": {each.code for each in county.facilities} | await _codes(tx, tables.Facility.code),
        "equipment": {each.code for each in county.equipment} | await _codes(tx, tables.Equipment.code),
        "vaccine": {each.code for each in county.vaccines} | await _codes(tx, tables.Vaccine.code),
        "lot": {each.id for each in county.lots} | await _codes(tx, tables.Lot.id),
        "compartment": {f"{each.equipment}/{each.name}" for each in county.compartments}
        | {f"{each.equipment}/{each.name}" for each in await equipment.compartments(tx)},
    }
    for field, kind, code in _references(county):
        if code is not None and code not in known[kind]:
            wrong = f"{kind} {code!r} is neither in this file nor in the archive"
            raise BadInput(field, wrong, "add it, or correct the code", where=where)


def _references(county: County) -> Iterator[tuple[str, str, str | None]]:
    """(field, kind, code) of all that is referred to."""
    for name, field, kind in (
        ("regions", "parent", "region"),
        ("facilities", "region", "region"),
        ("persons", "facility", "facility"),
        ("posts", "facility", "facility"),
        ("equipment", "facility", "facility"),
        ("compartments", "equipment", "equipment"),
        ("channels", "equipment", "equipment"),
        ("lots", "vaccine", "vaccine"),
        ("receipts", "lot", "lot"),
        ("movements", "lot", "lot"),
        ("movements", "source", "compartment"),
        ("movements", "target", "compartment"),
        ("session_hours", "facility", "facility"),
        ("rule_choices", "facility", "facility"),
        ("rule_choices", "equipment", "equipment"),
        ("rule_choices", "vaccine", "vaccine"),
    ):
        for n, item in enumerate(getattr(county, name)):
            yield f"{name}[{n}].{field}", kind, getattr(item, field)
    inside: dict[str, Sequence[Channel | Receipt | RuleChoice]] = {
        "channels": county.channels,
        "receipts": county.receipts,
        "rule_choices": county.rule_choices,
    }
    for name, items in inside.items():
        for n, each in enumerate(items):
            if each.compartment is not None:
                yield f"{name}[{n}].compartment", "compartment", f"{each.equipment}/{each.compartment}"


async def _codes(tx: Tx, column: InstrumentedAttribute[str]) -> set[str]:
    return set(await tx.scalars(select(column)))
