"""What a facility's archive lacks, as a list for those who mend it; nothing here refuses anything.

cards, regions ─┐
posts, persons ─┼─► findings_at(instant) ─► [facility, kind, of whom or what, words]
trainings ──────┤
hand-overs ─────┘
"""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Final

from sqlalchemy import select, true

from coldchain import clock
from coldchain.archive import tables
from coldchain.archive.db import Tx
from coldchain.archive.facilities import days, handover, posts, training
from coldchain.archive.facilities.handover import HandOver
from coldchain.archive.facilities.posts import Post, PostKind
from coldchain.archive.facilities.standing import Standing
from coldchain.archive.facilities.training import Lack
from coldchain.archive.places import AT_HOME, LEVELS, FacilityKind
from coldchain.archive.rows import Record
from coldchain.archive.views import Scope

SOON_DAYS: Final = 60  # a licence that ends within is told
# What the official form asks of every unit; a store vaccinates nobody.
ASKED: Final = ("unit_code", "address", "latitude", "head", "telephone", "staff")
ASKED_OF_CLINICS: Final = ("service_form", "service_cycle", "population", "certified_staff", "licensed_on")
STORES: Final = frozenset({FacilityKind.PROVINCE_STORE, FacilityKind.PREFECTURE_STORE, FacilityKind.COUNTY_STORE})
CALLED: Final = frozenset({PostKind.KEEPER, PostKind.DEPUTY, PostKind.DUTY})  # these are called at night


class FindingKind(StrEnum):
    """What is not as it should be."""

    NO_KEEPER = "no_keeper"
    KEEPER_GAP = "keeper_gap"
    NO_DEPUTY = "no_deputy"
    UNTRAINED = "untrained"
    LAPSED = "lapsed"
    NO_PHONE = "no_phone"
    HOLDER_LEFT = "holder_left"
    REGION_LEVEL = "region_level"
    CARD_INCOMPLETE = "card_incomplete"
    LICENCE_ENDED = "licence_ended"
    LICENCE_ENDS = "licence_ends"
    SIGNED_BY_ONE = "signed_by_one"


class Finding(Record, frozen=True, kw_only=True):
    """One thing that a facility's archive lacks; `about` is the column, topic or person that it is of."""

    facility: str
    kind: FindingKind
    about: str
    words: str


async def findings_at(tx: Tx, scope: Scope, at: int) -> list[Finding]:
    """All findings of the facilities in scope that are not closed, by facility."""
    row = tables.Facility
    inside = true() if scope is None else row.code.in_(scope)
    query = select(row).where(inside, row.status != Standing.CLOSED).order_by(row.code)
    levels = {each.code: each.level for each in await tx.execute(select(tables.Region.code, tables.Region.level))}
    held: dict[str, list[Post]] = {}
    for post in await posts.posts_at(tx, scope):
        held.setdefault(post.facility, []).append(post)
    person, post_ = tables.Person, tables.Post
    theirs = select(person).where(person.id.in_(select(post_.person).where(post_.facility.in_(list(held)))))
    people = {each.id: each for each in await tx.scalars(theirs)}
    lacks: dict[str, list[Lack]] = {}
    for lack in await training.lacking(tx, scope, at):
        lacks.setdefault(lack.facility, []).append(lack)
    alone: dict[str, list[HandOver]] = {}
    for each in await handover.uncountersigned(tx, scope):
        alone.setdefault(each.facility, []).append(each)
    found: list[Finding] = []
    for facility in await tx.scalars(query):
        its = held.get(facility.code, [])
        found += of_card(facility, levels[facility.region], days.day_of(at))
        found += of_posts(facility, its, people, at)
        found += [_of_training(lack, people) for lack in lacks.get(facility.code, [])]
        found += [_of_hand_over(each) for each in alone.get(facility.code, [])]
    return found


def of_card(row: tables.Facility, level: int, day: str) -> Iterator[Finding]:
    """What its card lacks, or says against its place and its day."""
    kind = FacilityKind(row.kind)
    if level not in AT_HOME.get(kind, (level,)):
        words = f"a {kind} does not lie in a {LEVELS[level - 1]} as such: name the division that it is in"
        yield Finding(facility=row.code, kind=FindingKind.REGION_LEVEL, about=row.region, words=words)
    asked = ASKED if kind in STORES else (*ASKED, *ASKED_OF_CLINICS)
    empty = [name for name in asked if getattr(row, name) in (None, "")]
    if empty:
        words = f"{len(empty)} of {len(asked)} columns are empty"
        yield Finding(facility=row.code, kind=FindingKind.CARD_INCOMPLETE, about=", ".join(empty), words=words)
    if row.licensed_until is not None:
        yield from _of_licence(row.code, row.licensed_until, day)


def of_posts(
    row: tables.Facility, held: Sequence[Post], people: Mapping[int, tables.Person], at: int
) -> Iterator[Finding]:
    """Who is missing on its posts, and who cannot be reached or is gone."""
    now = [post for post in held if post.holds_at(at)]
    keepers = [post for post in held if post.post is PostKind.KEEPER]
    if not any(post.post is PostKind.KEEPER for post in now):
        words = "nobody is its cold-chain keeper: begin the post of somebody"
        yield Finding(facility=row.code, kind=FindingKind.NO_KEEPER, about="keeper", words=words)
    elif not any(post.post is PostKind.DEPUTY for post in now):
        words = "nobody stands in for its keeper"
        yield Finding(facility=row.code, kind=FindingKind.NO_DEPUTY, about="deputy", words=words)
    for start, end in posts.gaps(keepers, at):
        if end < at:
            words = f"nobody was its keeper from {clock.iso(start)} to {clock.iso(end)}"
            yield Finding(facility=row.code, kind=FindingKind.KEEPER_GAP, about=days.day_of(start), words=words)
    for post in now:
        yield from _of_holder(post, people[post.person], at)


def _of_holder(post: Post, person: tables.Person, at: int) -> Iterator[Finding]:
    if person.left_at is not None and person.left_at <= at:
        words = f"{person.name} left and is still its {post.post}: hand the post over"
        yield Finding(facility=post.facility, kind=FindingKind.HOLDER_LEFT, about=person.name, words=words)
    elif post.post in CALLED and not person.phone:
        words = f"{person.name} is its {post.post} and has no number to be called at"
        yield Finding(facility=post.facility, kind=FindingKind.NO_PHONE, about=person.name, words=words)


def _of_training(lack: Lack, people: Mapping[int, tables.Person]) -> Finding:
    name = people[lack.person].name
    kind = FindingKind.UNTRAINED if lack.until is None else FindingKind.LAPSED
    since = "was never trained in it" if lack.until is None else f"was trained until {lack.until}"
    words = f"{name}, {lack.post}, {since}; asked: {lack.source} ({lack.certainty})"
    return Finding(facility=lack.facility, kind=kind, about=f"{name}: {lack.topic}", words=words)


def _of_hand_over(each: HandOver) -> Finding:
    words = f"{each.leaver_name} to {each.taker_name} at {clock.iso(each.at)}: only {each.signed_by} signed it"
    about = f"hand-over {each.id}"
    return Finding(facility=each.facility, kind=FindingKind.SIGNED_BY_ONE, about=about, words=words)


def _of_licence(facility: str, until: str, day: str) -> Iterator[Finding]:
    if until < day:
        words = f"its licence ended with {until}"
        yield Finding(facility=facility, kind=FindingKind.LICENCE_ENDED, about=until, words=words)
    elif until < days.after(day, SOON_DAYS):
        words = f"its licence ends with {until}"
        yield Finding(facility=facility, kind=FindingKind.LICENCE_ENDS, about=until, words=words)
