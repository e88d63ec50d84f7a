"""Which persons the members of a level are at an instant, stand-ins included, and what is wrong with them. Pure.

    post, person, rota, desk, night phone  ─►  persons  ─►  absent? their stand-ins  ─►  still there?

Whatever goes wrong is named and leaves the rest alone: a ring of rotas or of stand-ins ends where it closes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from coldchain.archive.duty.book import Book, Place, Rota
from coldchain.archive.duty.policy import Member, MemberKind
from coldchain.archive.duty.turns import on_duty
from coldchain.archive.duty.words import POSTS_ZH, GapKind, WayKind
from coldchain.archive.facilities.posts import PostKind

# Who is the desk of a region where no rota and nobody on duty is: these of its stores, in this order.
OF_THE_STORE: Final = (PostKind.COUNTY_MANAGER, PostKind.KEEPER, PostKind.DEPUTY, PostKind.HEAD)


@dataclass(frozen=True, slots=True)
class Gap:
    """Something wrong with how people are told, in both languages. It is shown, and stops nothing."""

    kind: GapKind
    told: str
    told_zh: str
    person: int | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """When and where members are asked for."""

    book: Book
    place: Place
    at: int
    zone: ZoneInfo
    is_night: bool


@dataclass(frozen=True, slots=True)
class Found:
    """The persons, and what was wrong."""

    persons: tuple[int, ...] = ()
    gaps: tuple[Gap, ...] = ()


def found_of(moment: Moment, members: Iterable[Member]) -> Found:
    """The persons of several members, nobody twice."""
    found = [_one(moment, member) for member in members]
    persons = dict.fromkeys(person for each in found for person in each.persons)
    return Found(tuple(persons), tuple(dict.fromkeys(gap for each in found for gap in each.gaps)))


def desk(moment: Moment) -> Found:
    """Everybody who may sit at the county's desk, whoever is on duty first; of the nearest region that has anybody."""
    first, rest = _desk(moment)
    persons = dict.fromkeys((*first.persons, *rest.persons))
    return Found(tuple(persons), (*first.gaps, *rest.gaps))


def _one(moment: Moment, member: Member) -> Found:
    if member.kind is MemberKind.DESK:
        found = _at_desk(moment)
    elif member.kind is MemberKind.NIGHT_PHONE:
        found = _night_phone(moment)
    elif member.kind is MemberKind.ROTA:
        found = _standing(moment, _of_rota(moment, member.number))
    elif member.kind is MemberKind.PERSON:
        found = _standing(moment, Found((member.number,)))
    else:
        found = _of_post(moment, member)
    return Found(found.persons) if member.is_optional else found


def _of_post(moment: Moment, member: Member) -> Found:
    facility = member.facility or moment.place.facility
    if not facility:
        return Found()  # what concerns several facilities has no keeper: the levels behind it take over
    found = _standing(moment, Found(moment.book.holders(facility, member.post, moment.at)))
    if found.persons or found.gaps:
        return found
    zh = f"{_named(moment, facility)}无{POSTS_ZH.get(member.post, member.post)}"
    return Found(gaps=(Gap(GapKind.POST_VACANT, f"nobody is {member.post} of {facility}", zh),))


def _named(moment: Moment, facility: str) -> str:
    """A facility as people call it, as far as it is known."""
    place = moment.place if facility == moment.place.facility else moment.book.places.get(facility)
    return place.name if place is not None and place.name else facility


def _night_phone(moment: Moment) -> Found:
    """Whoever's name the ward's night line stands under; by day the ward is reached as everybody is."""
    if not moment.is_night or not moment.place.is_ward:
        return Found()
    here = moment.book.people_of(moment.place.facility)
    with_line = [each.id for each in here if any(way.kind is WayKind.WARD_NIGHT for way in each.addresses)]
    there = tuple(number for number in with_line if moment.book.contacts[number].is_there(moment.at))
    if there:
        return Found(there)  # the line is answered whoever is on leave
    told = f"{moment.place.facility} has a maternity ward and no phone that is answered at night"
    zh = f"{_named(moment, moment.place.facility)}设有产房，但无夜间有人接听的电话"
    return Found(gaps=(Gap(GapKind.NO_NIGHT_PHONE, told, zh),))


def _at_desk(moment: Moment) -> Found:
    first, rest = _desk(moment)
    if first.persons:
        return first
    told = f"nobody is on duty at the desk for {moment.place.facility or 'all'}"
    told += ": somebody of the store is told instead" if rest.persons else ""
    zh = "县级值班岗无人在岗" + ("，改通知疾控中心冷库人员" if rest.persons else "")
    return Found(rest.persons[:1], (*first.gaps, Gap(GapKind.NO_DESK, told, zh)))


def _desk(moment: Moment) -> tuple[Found, Found]:
    """Who is on duty there, and who else may be asked."""
    book, lineage = moment.book, moment.place.lineage
    rotas = [rota for rota in book.rotas.values() if rota.is_desk]
    for region in lineage:
        its_rotas = [rota for rota in rotas if rota.region == region]
        its_stores = [store.facility for store in book.stores if store.region == region]
        if its_rotas or its_stores:
            return _sitting(moment, its_rotas, its_stores)
    if lineage:
        return _sitting(moment, [rota for rota in rotas if rota.region is None], [])
    return _sitting(moment, rotas, [store.facility for store in book.stores])


def _sitting(moment: Moment, rotas: list[Rota], stores: list[str]) -> tuple[Found, Found]:
    by_rota = [_standing(moment, _of_rota(moment, rota.id)) for rota in rotas]
    by_post = _standing(moment, Found(_of_posts(moment, stores, [PostKind.DUTY])))
    first = _together([*by_rota, by_post])
    return first, Found(_standing(moment, Found(_of_posts(moment, stores, OF_THE_STORE))).persons)


def _of_posts(moment: Moment, stores: list[str], posts: Iterable[PostKind]) -> tuple[int, ...]:
    return tuple(person for post in posts for store in stores for person in moment.book.holders(store, post, moment.at))


def _together(several: Iterable[Found]) -> Found:
    all_ = list(several)
    persons = dict.fromkeys(person for each in all_ for person in each.persons)
    return Found(tuple(persons), tuple(gap for each in all_ for gap in each.gaps))


def _of_rota(moment: Moment, number: int) -> Found:
    """Who has its duty; an empty one asks the rota that it names, and a ring of them asks nobody twice."""
    gaps: list[Gap] = []
    seen: list[int] = []
    asked: int | None = number
    while asked is not None:
        rota = moment.book.rotas.get(asked)
        if rota is None:
            gaps.append(Gap(GapKind.ROTA_UNKNOWN, f"there is no rota {asked} any more", f"{asked} 号值班表已不存在"))
            break
        if asked in seen:
            ring = " → ".join(str(each) for each in [*seen, asked])
            gaps.append(
                Gap(GapKind.LOOP, f"rotas refer to each other in a ring: {ring}", f"值班表互相转接成环：{ring}")
            )
            break
        seen.append(asked)
        if persons := on_duty(rota, moment.at, moment.zone):
            return Found(tuple(persons), tuple(gaps))
        told = f"nobody has the duty of rota {rota.id} {rota.name!r}"
        gaps.append(Gap(GapKind.ROTA_EMPTY, told, f"“{rota.name}”值班表此时无人值班"))
        asked = rota.otherwise
    return Found(gaps=tuple(gaps))


def _standing(moment: Moment, found: Found) -> Found:
    """These persons, or whoever stands in for them."""
    persons: dict[int, None] = {}
    gaps = list(found.gaps)
    for person in found.persons:
        stands, gap = _stand_in(moment, person)
        if gap is not None:
            gaps.append(gap)
        if stands is not None:
            persons[stands] = None
    return Found(tuple(persons), tuple(gaps))


def _stand_in(moment: Moment, person: int) -> tuple[int | None, Gap | None]:
    seen: list[int] = []
    asked = person
    while True:
        contact = moment.book.contacts.get(asked)
        name = contact.name if contact else f"person {asked}"
        if contact is None or not contact.is_there(moment.at):
            return None, Gap(GapKind.GONE, f"{name} is not there any more", f"{name}已离岗", asked)
        away = moment.book.away(asked, moment.at)
        if not away:
            return asked, None
        stands = next((each.stand_in for each in away if each.stand_in is not None), None)
        if stands is None:
            return None, Gap(GapKind.ABSENT, f"{name} is away and nobody stands in", f"{name}不在岗，无人代班", asked)
        seen.append(asked)
        if stands in seen:
            told = f"{name} is away and stands in for whoever stands in for them"
            return None, Gap(GapKind.LOOP, told, f"{name}不在岗，且与代班人互相代班", asked)
        asked = stands
