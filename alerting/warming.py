"""Which temperatures are on their way to a limit, and when they will be there: forecasts, and how loud lost mains are by them.

    mains lost ──────────────► readings since, earlier outages, type figure ─► forecast, renewed every five minutes
    usual band left (rollups) ─► readings since ─► forecast                          │
    lost mains that last, planned outages ─────────────────────────────────────────► how loud

One forecast per equipment, of the compartment that is soonest. A newer one replaces it; it is over with its warm-up. It
warns early only where that was shown to be right: see `PROVED`.
"""

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any, Final

from alerting.excursion.departures import SETTLED, USUAL_HOURS, Usual, departure, usual_of
from alerting.excursion.forecast import FIGURES, LOOK_BACK_MS, MINUTE, Basis, Forecast, Points, Way, forecast, points_of
from alerting.excursion.observations import PAUSE_INTERVALS, Seen, loudest
from alerting.excursion.policy import Loudness, Policy
from alerting.sightings import News, Over, is_louder
from alerting.survey import Hung, Survey
from coldchain.archive import cases, occasions
from coldchain.archive.cases import Observation
from coldchain.archive.db import Tx
from coldchain.archive.occasions import OccasionKind
from coldchain.excursion import Kind, Severity
from coldchain.series import HOUR, Series, Span

RENEW_MS: Final = 5 * MINUTE
DEPARTURE_MS: Final = 6 * HOUR  # looked back for when a temperature left its usual band
LONGEST_OUTAGE_MS: Final = 24 * HOUR  # of an earlier one, read at most
OUTAGES: Final = 3  # earlier ones that are asked


class Because(StrEnum):
    """Why a forecast is made."""

    MAINS = "mains"  # they are out
    DEPARTURE = "departure"  # it left its usual band with the mains on: a compressor, a door, a thermostat


# What may warn before a limit is passed, as `python -m bench.forecast` found in some 170 simulated weeks:
# of 242 cuts that went beyond their limit 217 were told within the hour before, half of them 49 minutes or more, and 6 of
# 284 warnings would have been wrong even without mains. Of 48 broken compressors 31 were told, half of them 56 minutes or
# more before, and in 19 fridge-months without trouble none was invented. Where ice or much air stands between the cold
# and the probe a first-order curve does not hold (13 of 35 wrong), and a type's figure is off by an hour either way: both
# are shown only.
PROVED: Final = frozenset({
    (Because.MAINS, Basis.READINGS), (Because.MAINS, Basis.HISTORY), (Because.DEPARTURE, Basis.READINGS),
})  # fmt: skip
PROVED_TYPES: Final = frozenset({"domestic_fridge", "medical_fridge", "freezer"})


@dataclass(frozen=True, slots=True)
class Known:
    """What the archive says of mains and forecasts."""

    losses: Mapping[str, Observation]  # mains that are out now, by equipment
    forecasts: Mapping[str, Observation]  # made before and not replaced, by equipment
    earlier: Mapping[str, Sequence[Observation]]  # outages that ended, by equipment without mains

    def without(self, losses: Container[str]) -> "Known":
        """All but these losses."""
        return replace(self, losses={code: loss for code, loss in self.losses.items() if code not in losses})


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A forecast of one compartment: minutes count from `at`, its newest reading."""

    at: int
    hung: Hung
    because: Because
    forecast: Forecast

    @property
    def passes(self) -> int:
        """When the limit is likely passed."""
        return self.at + self.forecast.minutes * MINUTE


async def known_of(tx: Tx) -> Known:
    """Read it."""
    seen = await cases.open_observations_of(tx, [Kind.POWER_LOSS, Kind.FORECAST])
    losses, forecasts = _by_equipment(seen[Kind.POWER_LOSS]), _by_equipment(seen[Kind.FORECAST])
    earlier = await cases.newest_observations(tx, Kind.POWER_LOSS, losses.keys(), OUTAGES, are_over=True)
    return Known(losses, forecasts, earlier)


async def planned_until(tx: Tx, equipment: str, time: int) -> int | None:
    """The end of an outage that was planned for that time; None when none was."""
    entered = await occasions.occasions_for(tx, equipment, time, time + 1)
    return max((each.end for each in entered if each.kind is OccasionKind.PLANNED_OUTAGE), default=None)


class Warming:
    """Looks for warm-ups; remembers what is slow to read."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._usual: dict[str, Usual] = {}
        self._usual_of = -1  # the hour for which it was read
        self._outages: dict[tuple[int, str], Points] = {}  # (observation, channel)

    async def look(self, series: Series, survey: Survey, known: Known) -> News:
        """What is news of forecasts and lost mains."""
        vaccine = [h for h in survey.hung if h.is_vaccine]
        await self._read_usual(series, vaccine, survey.at)
        leaving = [h for h in vaccine if h.equipment not in known.losses and self._is_leaving(survey, h)]
        out = [h for h in vaccine if h.equipment in known.losses]
        due = {h.equipment for h in (*out, *leaving) if _is_due(survey, h, known.forecasts.get(h.equipment))}
        found = await self._foresee(series, survey, known, [h for h in (*out, *leaving) if h.equipment in due])
        going = known.losses.keys() | {h.equipment for h in leaving}
        news = News()
        for equipment in sorted({*found, *known.forecasts}):
            news = news.and_also(
                self._renewed(equipment, found.get(equipment), known, survey.at, is_going=equipment in going)
            )
        return news.and_also(self._louder(survey, known, found))

    def earlier_points(self, channel: str) -> list[Points]:
        """What is remembered of a channel in earlier outages."""
        return [points for (_, its), points in self._outages.items() if its == channel]

    async def _read_usual(self, series: Series, hung: Sequence[Hung], at: int) -> None:
        """Once an hour: the band that each temperature kept lately."""
        hour = at // HOUR
        if hour == self._usual_of:
            return
        end = (hour - SETTLED) * HOUR
        spans = [Span(h.channel, max(h.since, end - USUAL_HOURS * HOUR), end) for h in hung if h.since < end]
        self._usual = {}
        for span, hours in zip(spans, await series.rollup_spans(spans, HOUR) if spans else [], strict=True):
            usual = usual_of([(each.low, each.high) for each in hours if each.count])
            if usual is not None:
                self._usual[span.channel] = usual
        self._usual_of = hour

    def _is_leaving(self, survey: Survey, hung: Hung) -> bool:
        usual, value, reading = (
            self._usual.get(hung.channel),
            survey.value_of(hung.channel),
            survey.newest.get(hung.channel),
        )
        if usual is None or value is None or reading is None:
            return False
        is_fresh = survey.at - reading.time <= PAUSE_INTERVALS * hung.interval_ms + RENEW_MS
        return is_fresh and usual.is_left(value)

    async def _foresee(self, series: Series, survey: Survey, known: Known, due: Sequence[Hung]) -> dict[str, Foreseen]:
        """The soonest limit of each equipment that is due."""
        due = [h for h in due if h.channel in survey.newest]
        if not due:
            return {}
        traces = await series.read_spans([_span(survey, h, known.losses.get(h.equipment)) for h in due])
        found: dict[str, Foreseen] = {}
        for hung, trace in zip(due, traces, strict=True):
            points = points_of(trace)
            if hung.equipment in known.losses:
                await self._read_outages(series, hung, known.earlier.get(hung.equipment, ()))
                told, because = self._warm_up(survey, hung, points), Because.MAINS
            else:
                told, because = self._departed(survey, hung, points), Because.DEPARTURE
            if told is not None:
                new = Foreseen(points[-1][0], hung, because, told)
                soonest = found.get(hung.equipment)
                found[hung.equipment] = new if soonest is None or new.passes < soonest.passes else soonest
        return found

    def _warm_up(self, survey: Survey, hung: Hung, points: Points) -> Forecast | None:
        if hung.profile.high_c is None or not points:
            return None
        way = Way.up(hung.profile.high_c, survey.room_of(hung.equipment))
        outages, figure = self.earlier_points(hung.channel), FIGURES.get(hung.type)
        return forecast(way, points, points[-1][0], outages=outages, figure=figure)

    def _departed(self, survey: Survey, hung: Hung, points: Points) -> Forecast | None:
        if not points:
            return None
        usual = self._usual[hung.channel]
        way = usual.way(points[-1][1], hung.profile, survey.room_of(hung.equipment))
        return None if way is None else departure(usual, way, points)

    async def _read_outages(self, series: Series, hung: Hung, earlier: Sequence[Observation]) -> None:
        """The readings of earlier outages, once."""
        wanted = [o for o in earlier if o.start >= hung.since and (o.id, hung.channel) not in self._outages]
        spans = [Span(hung.channel, o.start, min(o.end or o.start, o.start + LONGEST_OUTAGE_MS)) for o in wanted]
        for each, trace in zip(wanted, await series.read_spans(spans) if spans else [], strict=True):
            self._outages[each.id, hung.channel] = points_of(trace)
        asked = {o.id for o in earlier}
        for key in [k for k in self._outages if k[1] == hung.channel and k[0] not in asked]:
            del self._outages[key]

    def _renewed(self, equipment: str, new: Foreseen | None, known: Known, at: int, *, is_going: bool) -> News:
        """The forecast of one equipment: made, replaced by a newer one, kept, or over."""
        old, news = known.forecasts.get(equipment), News()
        is_passed = new is not None and new.forecast.minutes == 0  # nothing is left to be foretold: the excursion rings
        if new is not None and not is_passed:
            seen = self._seen(equipment, new, known, at)
            if old is None or _says_something_else(old, seen, new):
                news.over += [] if old is None else [(old.id, Over(at, into=equipment))]
                news.new.append(seen)
        elif old is not None and (not is_going or (is_passed and old.severity is Severity.NOTE)):
            news.over.append((old.id, Over(at)))  # one that rings goes on until the excursion rings in its place
        return news

    def _seen(self, equipment: str, new: Foreseen, known: Known, at: int) -> Seen:
        loss = known.losses.get(equipment)
        loudness = None  # lost mains ring by themselves, by this very forecast
        if loss is None:
            loudness = self._policy.loudness_of(Kind.FORECAST, at - new.at, lead_ms=lead_ms(_detail(new), new.at, at))
        return Seen(Kind.FORECAST, equipment, new.at, loudest([loudness]), equipment, _detail(new))

    def _louder(self, survey: Survey, known: Known, found: Mapping[str, Foreseen]) -> News:
        """Lost mains that last, or leave too little time."""
        news, at = News(), survey.at
        for code, loss in known.losses.items():
            new, old = found.get(code), known.forecasts.get(code)
            foretold, since = (_detail(new), new.at) if new else (old.detail, old.start) if old else (None, at)
            lead = lead_ms(foretold, since, at) if foretold else None
            loudness = loudness_of_loss(
                self._policy, at - loss.start, lead, _left(survey.planned_until(code, at, at), at)
            )
            if is_louder(loudness, loss):
                news.louder.append((loss.id, loudness))
        return news


def loudness_of_loss(policy: Policy, lasted_ms: int, lead: int | None, planned_ms: int | None) -> Loudness:
    """How loud lost mains are. What was planned is a note, unless a limit is passed before it is over.

    Args:
        policy: the county's.
        lasted_ms: for how long they have been out.
        lead: in how long a limit is passed, as far as a forecast that has proved itself says.
        planned_ms: how long the outage was planned to go on from now; None = it was not, or no longer.
    """
    if planned_ms is not None and (lead is None or lead >= planned_ms):
        return Loudness(Severity.NOTE)
    return loudest([policy.loudness_of(Kind.POWER_LOSS, lasted_ms, lead_ms=lead)])


def lead_ms(detail: Mapping[str, Any], since: int, at: int) -> int | None:
    """How much time a forecast leaves from `at` on; None where it has not proved itself."""
    is_proved = (Because(detail["because"]), Basis(detail["basis"])) in PROVED and detail["type"] in PROVED_TYPES
    if not is_proved:
        return None
    return max(0, since + int(detail["minutes"]) * MINUTE - at)


def _left(until: int | None, at: int) -> int | None:
    return None if until is None or until <= at else until - at


def _detail(new: Foreseen) -> dict[str, Any]:
    said = {"channel": new.hung.channel, "type": new.hung.type, "because": new.because.value}
    return {**asdict(new.forecast), **said}


def _is_due(survey: Survey, hung: Hung, old: Observation | None) -> bool:
    reading = survey.newest.get(hung.channel)
    return reading is not None and (old is None or reading.time - old.start >= RENEW_MS)


def _says_something_else(old: Observation, seen: Seen, new: Foreseen) -> bool:
    """A forecast that told somebody stands until it is louder, or the limit is expected outside of what was told."""
    if old.severity is Severity.NOTE or is_louder(seen.loudness, old):
        return True
    early, late = old.detail["early"], old.detail["late"]
    is_sooner = new.passes < old.start + early * MINUTE
    return is_sooner or (late is not None and new.passes > old.start + late * MINUTE)


def _span(survey: Survey, hung: Hung, loss: Observation | None) -> Span:
    newest = survey.newest[hung.channel].time
    first = newest - DEPARTURE_MS if loss is None else max(loss.start, newest - LOOK_BACK_MS)
    return Span(hung.channel, min(max(first, hung.since), newest), newest + 1)


def _by_equipment(seen: Iterable[Observation]) -> dict[str, Observation]:
    found: dict[str, list[Observation]] = defaultdict(list)
    for each in seen:
        found[each.equipment or each.subject].append(each)
    return {code: min(its, key=lambda each: each.start) for code, its in found.items()}
