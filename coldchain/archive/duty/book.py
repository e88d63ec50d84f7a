"""What `who` looks at: people with their addresses, posts, rotas, absences and policies, as they stand. Pure records.

`asking` fills a book from the archive; everything behind it is arithmetic.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from coldchain.archive.duty.policy import Policy
from coldchain.archive.duty.words import WayKind
from coldchain.archive.facilities.calendar import DayKind

R = TypeVar("R")
K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Address:
    """Where somebody is reached. `bad_since`: known to be wrong or dead, and nobody has said otherwise since."""

    kind: WayKind
    address: str
    bad_since: int | None = None
    verified_at: int | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody who may be told; `channels` is what they want to be tried first."""

    id: int
    name: str
    facility: str
    addresses: tuple[Address, ...] = ()
    left_at: int | None = None
    language: str = "zh"
    channels: tuple[str, ...] = ()

    def is_there(self, at: int) -> bool:
        """True until they left."""
        return self.left_at is None or self.left_at > at


@dataclass(frozen=True, slots=True)
class Holding:
    """From–to, a person holds a post at a facility."""

    person: int
    facility: str
    post: str
    start: int
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """From–to, a person has these hours of a weekday (7: of a holiday), every so many weeks from the week of `start`."""

    person: int
    weekday: int
    from_min: int
    to_min: int
    start: int
    end: int | None = None
    every_weeks: int = 1


@dataclass(frozen=True, slots=True)
class Shift:
    """A dated duty: instead of all turns, or of one person's."""

    person: int
    start: int
    end: int
    instead_of: int | None = None


@dataclass(frozen=True, slots=True)
class Special:
    """A day that is not what its weekday says, where a rota is; `as_weekday` of a make-up day."""

    kind: DayKind
    as_weekday: int | None = None


@dataclass(frozen=True, slots=True)
class Rota:
    """A rota with its turns and shifts, and the special days of its place."""

    id: int
    name: str
    region: str | None = None
    facility: str | None = None
    is_desk: bool = False
    otherwise: int | None = None
    turns: tuple[Turn, ...] = ()
    shifts: tuple[Shift, ...] = ()
    days: Mapping[str, Special] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Absence:
    """Somebody is away."""

    person: int
    start: int
    end: int
    stand_in: int | None = None


@dataclass(frozen=True, slots=True)
class Store:
    """A store of vaccine, whose people are the desk of its region where no rota says otherwise."""

    facility: str
    region: str


@dataclass(frozen=True, slots=True)
class InForce:
    """A policy of a county's own and its place: none of the three is everywhere."""

    id: int
    policy: Policy
    region: str | None = None
    facility: str | None = None
    equipment: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where an alarm is: `lineage` are its regions, the nearest first; empty facility: it is about several."""

    facility: str = ""
    name: str = ""
    lineage: tuple[str, ...] = ()
    is_ward: bool = False  # it has a maternity ward: somebody is awake there at night
    days: Mapping[str, Special] = field(
        default_factory=dict, hash=False
    )  # that are not what their weekday says, by date


@dataclass(frozen=True, slots=True)
class Book:
    """One snapshot, of one instant; a county asks it hundreds of times, so that it opens at the place and the person."""

    contacts: Mapping[int, Contact]
    holdings: tuple[Holding, ...] = ()
    rotas: Mapping[int, Rota] = field(default_factory=dict)
    absences: tuple[Absence, ...] = ()
    stores: tuple[Store, ...] = ()
    policies: tuple[InForce, ...] = ()
    places: Mapping[str, Place] = field(default_factory=dict)  # by facility
    stands: Mapping[str, str] = field(default_factory=dict)  # equipment → facility
    _posts: Mapping[tuple[str, str], tuple[Holding, ...]] = field(init=False, repr=False, compare=False)
    _people: Mapping[str, tuple[Contact, ...]] = field(init=False, repr=False, compare=False)
    _away: Mapping[int, tuple[Absence, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Put its slips where they are looked for."""
        object.__setattr__(self, "_posts", _by(self.holdings, lambda each: (each.facility, each.post)))
        object.__setattr__(self, "_people", _by(self.contacts.values(), lambda each: each.facility))
        object.__setattr__(self, "_away", _by(self.absences, lambda each: each.person))

    def holders(self, facility: str, post: str, at: int) -> tuple[int, ...]:
        """Who holds a post then, in the order in which they began."""
        held = self._posts.get((facility, post), ())
        return tuple(each.person for each in held if each.start <= at and (each.end is None or each.end > at))

    def people_of(self, facility: str) -> tuple[Contact, ...]:
        """Everybody who is read of a facility."""
        return self._people.get(facility, ())

    def away(self, person: int, at: int) -> list[Absence]:
        """The absences of somebody at an instant."""
        return [each for each in self._away.get(person, ()) if each.start <= at < each.end]


def _by(rows: Iterable[R], key: Callable[[R], K]) -> dict[K, tuple[R, ...]]:
    found: dict[K, list[R]] = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return {name: tuple(its) for name, its in found.items()}
