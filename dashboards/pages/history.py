"""The excursions and events of one piece of equipment in a window, gathered from the archive; before: equipment."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from coldchain.archive import views
from coldchain.archive.db import Tx
from coldchain.archive.tables import Assignment, ExcursionRevision, Observation
from coldchain.archive.views import ExcursionWish, Scope
from coldchain.reading import ChannelName
from dashboards.county import Unit
from dashboards.history import (
    EVERYTHING,
    TEMPERATURES,
    WATCHED,
    Event,
    Fold,
    Told,
    event_of_case,
    folded,
    is_counting,
    joined,
    news_of,
)

MOST_EXCURSIONS = 50
MOST_EVENTS = 500  # of a probe that stammers; folded by kind


@dataclass(frozen=True, slots=True)
class History:
    """What a page shows of it, in this order."""

    excursions: list[Told]
    deviations: list[Told]
    events: list[Fold]

    @property
    def told(self) -> list[Told]:
        """All of temperature."""
        return [*self.excursions, *self.deviations]


async def history_of(tx: Tx, scope: Scope, unit: Unit, start: int, end: int) -> History:
    """The history of [start, end)."""
    code = unit.row.code
    wish = ExcursionWish(scope, start, end, code, kinds=TEMPERATURES)
    rows = (await views.excursions(tx, wish, MOST_EXCURSIONS))[:MOST_EXCURSIONS]
    revisions: dict[str, list[ExcursionRevision]] = defaultdict(list)
    for revision in await views.revisions(tx, [row.id for row, _ in rows]):
        revisions[revision.excursion].append(revision)
    told = [Told(row, compartment, news_of(revisions[row.id])) for row, compartment in rows]
    return History(
        [one for one in told if not one.is_quiet],
        [one for one in told if one.is_quiet],
        folded(await _events(tx, ExcursionWish(scope, start, end, code, kinds=WATCHED), start, end)),
    )


async def _events(tx: Tx, wish: ExcursionWish, start: int, end: int) -> list[Event]:
    assert wish.equipment is not None
    cases = await views.excursions(tx, wish, MOST_EVENTS)
    stays = await views.assignments_of(tx, wish.equipment, start, end)
    subjects = {EVERYTHING, *(subject for stay in stays for subject in subjects_of(stay))}
    seen = await views.observations_of(tx, wish.equipment, subjects, (start, end), MOST_EVENTS)
    return [
        *(event_of_case(case) for case, _ in cases if is_counting(case)),
        *joined(one for one in seen if _is_of(one, wish.equipment, stays)),
    ]


def subjects_of(stay: Assignment) -> tuple[str, str, str]:
    """What may be said of the channel: of itself, its device, its gateway."""
    name = ChannelName.parse(stay.channel)
    return stay.channel, f"{name.gateway}/{name.device}", name.gateway


def _is_of(seen: Observation, equipment: str, stays: Sequence[Assignment]) -> bool:
    """A gateway that came from elsewhere brings nothing along of what was seen of it there."""
    if seen.subject == EVERYTHING or seen.equipment == equipment or equipment in _named(seen):
        return True
    return any(
        seen.subject in subjects_of(stay)
        and (stay.end is None or seen.start < stay.end)
        and (seen.end is None or seen.end > stay.start)
        for stay in stays
    )


def _named(seen: Observation) -> Iterable[str]:
    return seen.detail.get("equipment") or ()
