"""Who is told: levels of people with their ways, distinct in people and numbers, the county's desk at the tail. Pure.

    policy in force there ─► members of each step ─► persons ─► ways by channel ─► levels ─► enough of them? the desk fills the tail
                                                       └───────────┴─────► gaps: named, shown, and nothing waits for them

Asked of the archive by `asking.levels_for`. A channel is the policy's word: `words.carriers` says which opened ones carry it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from coldchain.archive.duty.book import Address, Book, Contact, InForce, Place
from coldchain.archive.duty.members import Found, Gap, Moment, desk, found_of
from coldchain.archive.duty.policy import MemberKind, Policy, Step, member_of, shipped
from coldchain.archive.duty.quiet import night_of
from coldchain.archive.duty.words import ADDRESSED, MEANS_ZH, NUMBERS, WAYS_ZH, GapKind, Means, WayKind, means_of
from coldchain.archive.facilities import days
from coldchain.excursion import Severity

STILL = frozenset({Means.MAIL, Means.PAGE})  # they make no sound in a bedroom


@dataclass(frozen=True, slots=True)
class Way:
    """One path to a person. `channel` is the policy's word (`voice`, `sms`, or a provider's own channel: `words.carriers`)."""

    channel: str
    address: str  # +86…, an id, an e-mail address; of `page` the person's number
    is_quiet_now: bool = False  # it makes a sound in quiet hours: it is held if the alarm may wait (`quiet.may_wait`)


@dataclass(frozen=True, slots=True)
class Reach:
    """Somebody who is told, and their ways in the order in which they are tried."""

    person: int
    name: str
    ways: list[Way]
    language: str = "zh"


@dataclass(frozen=True, slots=True)
class Level:
    """A step of the ladder: so many minutes after the alarm was raised these people are told, all of them together."""

    n: int  # from 1
    after_min: int
    repeat_min: int  # said again so often while nobody goes; 0: once
    receipt_min: int  # no receipt within so long: that person's next way at once
    people: list[Reach]
    gaps: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked: about which place or piece of equipment, how loud, when."""

    book: Book
    place: Place
    severity: Severity
    at: int
    equipment: str = ""
    zone: ZoneInfo = days.SITE


@dataclass(frozen=True, slots=True)
class Told:
    """The answer, with every gap by its kind, and the policy that it comes from; no number: what ships."""

    levels: list[Level]
    gaps: list[Gap]
    policy: Policy
    number: int | None = None


def who(asked: Asked) -> list[Level]:
    """Who is told, level after level; nobody of a note."""
    return told(asked).levels


def told(asked: Asked) -> Told:
    """… with all gaps."""
    policy, number = in_force(asked)
    steps = policy.levels(asked.severity)
    if not steps:
        return Told([], [], policy, number)
    ladder = _Ladder(asked, policy)
    for step in steps:
        ladder.add(step)
    if asked.severity is Severity.CRITICAL or not ladder.levels:
        ladder.fill(steps[-1])
    return Told(ladder.levels, ladder.gaps, policy, number)


def in_force(asked: Asked) -> tuple[Policy, int | None]:
    """The most specific policy that says something of this severity, and its number."""
    place, severity = asked.place, asked.severity
    own = [each for each in asked.book.policies if each.policy.levels(severity)]

    def reach(each: InForce) -> int | None:
        """How far the policy reaches: the less, the more it is meant; None where it does not reach here."""
        if each.equipment is not None:
            return -2 if each.equipment == asked.equipment else None
        if each.facility is not None:
            return -1 if each.facility == place.facility else None
        if each.region is not None:
            return place.lineage.index(each.region) if each.region in place.lineage else None
        return len(place.lineage)

    reaching = [(distance, each) for each in own if (distance := reach(each)) is not None]
    if not reaching:
        return shipped(), None
    nearest = min(reaching, key=lambda one: (one[0], -one[1].id))[1]
    return nearest.policy, nearest.id


class _Ladder:
    """What is built level by level: whose numbers are taken, who counts, and which times are free."""

    def __init__(self, asked: Asked, policy: Policy) -> None:
        night = night_of(policy.quiet, asked.place.days, asked.at, asked.zone).is_now
        self.levels: list[Level] = []
        self.gaps: list[Gap] = []
        self._asked, self._policy = asked, policy
        self._moment = Moment(asked.book, asked.place, asked.at, asked.zone, night)
        self._starts: list[int] = []
        self._owner: dict[str, int] = {}  # number → whose it is
        self._had: set[tuple[int, str, str]] = set()  # (person, channel, address) that a level before has
        self._waiting: list[Gap] = []  # of levels without people

    def add(self, step: Step) -> None:
        """A level of a step; one without people leaves its time to the next."""
        self._starts.append(step.after_min)
        self._put(step, found_of(self._moment, [member_of(text) for text in step.members]))

    def fill(self, last: Step) -> None:
        """Let the county's desk fill what is lacking of distinct people and numbers, and say so."""
        lacking, has_desk = self._lacking(), any(member_of(each).kind is MemberKind.DESK for each in last.members)
        if not lacking and self.levels:
            return
        reached = set(self._owner.values())
        sitting = [person for person in desk(self._moment).persons if person not in reached]
        before = self._count()
        people, gaps = self._enough(sitting, last.channels)
        if people:
            self._append(last, people, joins=has_desk)
        added, most = self._count() - before, self._policy.people
        place = self._asked.place.facility or "all"
        if added and before < most and not has_desk:
            words = f"{before} of {most} distinct people and numbers at {place}; the county's desk fills the tail"
            zh = f"{self._name}仅有 {before} 人（号码各不相同），应有 {most} 人，由县级值班补足"
            gaps.append(Gap(GapKind.FILLED, words, zh))
        if self._asked.severity is Severity.CRITICAL and self._count() < most:
            words = f"{self._count()} of {most} distinct people and numbers for {place}, the county's desk included"
            zh = f"{self._name}连同县级值班仅有 {self._count()} 人（号码各不相同），应有 {most} 人"
            gaps.append(Gap(GapKind.TOO_FEW, words, zh))
        self._say_nobody(last, gaps)

    def _enough(self, persons: Iterable[int], channels: Sequence[str]) -> tuple[list[Reach], list[Gap]]:
        people, gaps = [], []
        for person in persons:
            if self.levels and not self._lacking():
                break
            reach, its = self._reach(person, channels)
            gaps += its
            if reach is not None:
                people.append(reach)
        return people, gaps

    def _append(self, last: Step, people: list[Reach], *, joins: bool) -> None:
        """To the last level where that is the desk's own, else behind it."""
        if joins and self.levels:
            self.levels[-1].people.extend(people)
            return
        after = self.levels[-1].after_min + self._policy.tail_min if self.levels else 0
        self.levels.append(Level(len(self.levels) + 1, after, last.repeat_min, last.receipt_min, people))

    def _say_nobody(self, last: Step, gaps: list[Gap]) -> None:
        if not self.levels:
            told = f"nobody can be told for {self._asked.place.facility or 'all'}"
            gaps.append(Gap(GapKind.NOBODY, told, f"{self._name}无人可通知"))
            self.levels.append(Level(1, 0, last.repeat_min, last.receipt_min, []))
        self._note(self.levels[-1], [*self._waiting, *gaps])
        self._waiting = []

    def _put(self, step: Step, found: Found) -> None:
        people, gaps = [], list(found.gaps)
        for person in found.persons:
            reach, its = self._reach(person, step.channels)
            gaps += its
            if reach is not None:
                people.append(reach)
        if not people:
            self._waiting += gaps
            return
        level = Level(len(self.levels) + 1, self._starts[len(self.levels)], step.repeat_min, step.receipt_min, people)
        self.levels.append(level)
        self._note(level, [*self._waiting, *gaps])
        self._waiting = []

    def _note(self, level: Level, gaps: Iterable[Gap]) -> None:
        for gap in gaps:
            if gap not in self.gaps:
                self.gaps.append(gap)
                level.gaps.append(gap.told)

    @property
    def _name(self) -> str:
        """The place, as people call it."""
        return self._asked.place.name or self._asked.place.facility or "本县"

    def _count(self) -> int:
        """Distinct people with a number that is theirs alone."""
        return len(set(self._owner.values()))

    def _lacking(self) -> int:
        return max(0, self._policy.people - self._count())

    def _reach(self, number: int, channels: Sequence[str]) -> tuple[Reach | None, list[Gap]]:
        contact = self._asked.book.contacts[number]
        ways, gaps = self._ways(contact, channels)
        new = [way for way in ways if (number, way.channel, way.address) not in self._had]
        if not new or all(means_of(way.channel) is Means.PAGE for way in ways):
            if ways and not new:
                return None, gaps  # a level before has told them all this
            zh = f"{contact.name}没有可用于{'、'.join(_zh(channel) for channel in channels)}的联系方式"
            told = f"{contact.name} has no address for {', '.join(channels)}"
            gaps.append(Gap(GapKind.NO_WAY, told, zh, number))
        if not new:
            return None, gaps
        self._had |= {(number, way.channel, way.address) for way in new}
        return Reach(number, contact.name, new, contact.language), gaps

    def _ways(self, contact: Contact, channels: Sequence[str]) -> tuple[list[Way], list[Gap]]:
        gaps: list[Gap] = []
        good: list[Way] = []
        bad: list[Way] = []
        for channel in _ordered(channels, contact.channels):
            means = means_of(channel)
            assert means is not None  # the policy was checked
            if means is Means.PAGE:
                good.append(Way(channel, str(contact.id)))
                continue
            found = self._addresses(contact, means)
            if means is Means.SMS and not found and any(each.kind is WayKind.FIXED for each in contact.addresses):
                told = f"{contact.name} has only a fixed line, no text reaches it"
                gaps.append(Gap(GapKind.FIXED_LINE, told, f"{contact.name}只有固定电话，收不到短信", contact.id))
            for address in found:
                if means in NUMBERS and self._owner.get(address.address, contact.id) != contact.id:
                    gaps.append(self._shared(contact, address))
                    continue
                if address.bad_since is not None:
                    zh = f"{contact.name}的{WAYS_ZH[address.kind]}已知不通或有误"
                    told = f"{contact.name}: a {address.kind} is known to be bad"
                    gaps.append(Gap(GapKind.BAD_NUMBER, told, zh, contact.id))
                    bad.append(self._way(channel, means, address))
                    continue
                if means in NUMBERS:
                    self._owner[address.address] = contact.id
                good.append(self._way(channel, means, address))
        return [*good, *bad], list(dict.fromkeys(gaps))

    def _way(self, channel: str, means: Means, address: Address) -> Way:
        is_soft = self._asked.severity is not Severity.CRITICAL and means not in STILL
        return Way(channel, address.address, is_quiet_now=is_soft and self._moment.is_night)

    def _shared(self, contact: Contact, address: Address) -> Gap:
        other = self._asked.book.contacts[self._owner[address.address]].name
        told, zh = (
            f"{contact.name} has the number of {other}: they are one",
            f"{contact.name}与{other}同一号码，只算一人",
        )
        return Gap(GapKind.SHARED_NUMBER, told, zh, contact.id)

    def _addresses(self, contact: Contact, means: Means) -> list[Address]:
        """Those that the means can use, in their order; at night a ward's line before all others."""
        usable = [each for each in contact.addresses if each.kind in ADDRESSED[means]]
        if means is Means.VOICE and self._moment.is_night:
            return sorted(usable, key=_is_no_night_line)
        return [each for each in usable if each.kind is not WayKind.WARD_NIGHT] or usable


def _zh(channel: str) -> str:
    means = means_of(channel)
    return channel if means is None else MEANS_ZH[means]


def _ordered(channels: Sequence[str], wished: Sequence[str]) -> list[str]:
    """The policy's channels, those that the person wants first before the others."""
    if not wished:
        return list(dict.fromkeys(channels))
    wanted = [channel for wish in wished for channel in channels if channel == wish or means_of(channel) == wish]
    return list(dict.fromkeys([*wanted, *channels]))


def _is_no_night_line(address: Address) -> bool:
    return address.kind is not WayKind.WARD_NIGHT
