"""How many doses of a lot are held in one place, and whose hold shrinks when some of them leave. Pure.

Several excursions may name the same doses: all that stood in the refrigerator. Doses of a lot are alike, so a place
holds *portions*: those that always stood here, and those that each movement brought. In a portion the largest claim says
how many are held; portions add up. An excursion known only by facility names doses that may stand in any compartment
there, so they are none beside those.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar


class Held(Protocol):
    """A hold, as a row or as a record."""

    @property
    def id(self) -> int: ...  # noqa: D102 - as the table's
    @property
    def excursion(self) -> str: ...  # noqa: D102
    @property
    def compartment(self) -> int | None: ...  # noqa: D102
    @property
    def movement(self) -> int | None: ...  # noqa: D102
    @property
    def doses(self) -> int: ...  # noqa: D102
    @property
    def since(self) -> int: ...  # noqa: D102


H = TypeVar("H", bound=Held)


@dataclass(frozen=True, slots=True)
class Portion(Generic[H]):
    """Holds on the same doses."""

    holds: Sequence[H]

    @property
    def claims(self) -> Mapping[str, int]:
        """How many doses each excursion holds."""
        found: dict[str, int] = defaultdict(int)
        for hold in self.holds:
            found[hold.excursion] += hold.doses
        return found

    @property
    def doses(self) -> int:
        """How many are held."""
        return max(self.claims.values())

    def less(self, doses: int) -> list[tuple[H, int]]:
        """By how much each hold shrinks when so many of them leave."""
        found = []
        left = dict.fromkeys(self.claims, doses)
        for hold in self.holds:
            if taken := min(left[hold.excursion], hold.doses):
                left[hold.excursion] -= taken
                found.append((hold, taken))
        return found


def held_by(holds: Iterable[H]) -> int:
    """How many doses these holds hold together, of one lot at one facility, or in one compartment of it."""
    somewhere, stood, brought = 0, 0, 0
    for (compartment, movement), portion in _portions(holds).items():
        if movement is not None:
            brought += portion.doses
        elif compartment is None:
            somewhere += portion.doses
        else:
            stood += portion.doses
    return max(somewhere, stood) + brought


def movable(holds: Iterable[H]) -> int:
    """How many held doses can leave a compartment: those held in it, and those of which nobody knows where they are."""
    return sum(portion.doses for portion in _in_one_place(holds))


def shrunk(holds: Iterable[H], doses: int, excursion: str | None = None) -> list[tuple[H, int]]:
    """By how much each of these holds on one place shrinks when so many held doses leave it, the longest held first.

    With `excursion`, only doses that it holds leave.
    """
    found = []
    for portion in _in_one_place(holds):
        taken = min(doses, portion.doses if excursion is None else portion.claims.get(excursion, 0))
        found += portion.less(taken) if taken else []
        doses -= taken
    return found


def _portions(holds: Iterable[H]) -> Mapping[tuple[int | None, int | None], Portion[H]]:
    found: dict[tuple[int | None, int | None], list[H]] = defaultdict(list)
    for hold in holds:
        found[hold.compartment, hold.movement].append(hold)
    return {key: Portion(its) for key, its in found.items()}


def _in_one_place(holds: Iterable[H]) -> list[Portion[H]]:
    """What nobody knows the compartment of may be the doses that always stood in this one."""
    found: dict[int | None, list[H]] = defaultdict(list)
    for hold in holds:
        found[hold.movement].append(hold)
    return [Portion(its) for its in sorted(found.values(), key=lambda its: min((hold.since, hold.id) for hold in its))]
