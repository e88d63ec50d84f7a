"""Thermometers against each other and against their certificates, once an hour: disagreement, drift, calibration expired.

    hourly and daily rollups ─► pairs (excursion/, pure) ─┐
    certificates ─────────────────────────────────────────┴─► observations beside the readings, which stay judged

The second of two probes is the subject, the first what it is held against: it has hung there longer. With three in a
compartment, two are held against the first.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any, Final

from alerting.excursion.observations import Seen, loudest
from alerting.excursion.pairs import Apart, Mean, base_of, disagreement, drift
from alerting.excursion.policy import Policy
from alerting.sightings import News, Over, compare
from alerting.survey import Hung, Survey
from coldchain.archive.cases import Observation
from coldchain.archive.metrology.certificates import Calibration
from coldchain.excursion import Kind
from coldchain.series import DAY, HOUR, Rollup, Series, Span

KINDS: Final = (Kind.DISAGREEMENT, Kind.DRIFT, Kind.CALIBRATION_EXPIRED)
HOURS: Final = 48  # looked back for an hour in which both spoke
ARRIVING_MS: Final = HOUR // 6  # so long after its end an hour's readings have come, as a rule
KNOWN_SHARE: Final = 0.5  # of an hour or day, or its mean says too little
BASE_WITHIN: Final = 40 * DAY  # the first fortnight of common days is found within so many
RECENT: Final = 14 * DAY


@dataclass(frozen=True, slots=True)
class Pair:
    """Two probes in one compartment, both there since then."""

    first: Hung
    second: Hung
    since: int


@dataclass(frozen=True, slots=True)
class Found:
    """What the rollups say of a pair; `is_known` = both spoke lately, so that nothing found means that nothing is."""

    pair: Pair
    apart: Apart | None
    is_known: bool


class Probes:
    """Looks at them once an hour of domain time."""

    def __init__(self, policy: Policy, zone: tzinfo = UTC) -> None:
        self._policy = policy
        self._zone = zone
        self._looked = -1

    def is_due(self, at: int) -> bool:
        """True once an hour, and at first."""
        return (at - ARRIVING_MS) // HOUR != self._looked

    async def look(
        self,
        series: Series,
        survey: Survey,
        certificates: Mapping[str, Calibration],
        known: Mapping[Kind, Sequence[Observation]],
    ) -> News:
        """What is news of pairs and certificates."""
        at = survey.at
        pairs = pairs_of(survey.hung, certificates, self._zone)
        apart = await _apart(series, pairs, at)
        moved = await _moved(series, pairs, at)
        news = self._compared(Kind.DISAGREEMENT, apart, known, at)
        news = news.and_also(self._compared(Kind.DRIFT, moved, known, at))
        old = expired(survey.hung, certificates, self._policy, self._zone, at)
        news = news.and_also(compare(old, known[Kind.CALIBRATION_EXPIRED], lambda _: Over(at)))
        self._looked = (at - ARRIVING_MS) // HOUR
        return news

    def _compared(
        self, kind: Kind, found: Sequence[Found], known: Mapping[Kind, Sequence[Observation]], at: int
    ) -> News:
        begun = {each.subject: each.start for each in known[kind]}
        unknown = {each.pair.second.channel for each in found if not each.is_known}
        seen = [
            _seen(kind, each.pair, each.apart, self._policy, begun.get(each.pair.second.channel, each.apart.start), at)
            for each in found
            if each.apart is not None
        ]
        return compare(seen, known[kind], lambda old: None if old.subject in unknown else Over(at))


def pairs_of(hung: Iterable[Hung], certificates: Mapping[str, Calibration], zone: tzinfo) -> list[Pair]:
    """Each compartment's probes against the one that has hung there longest; anew after a calibration of either."""
    compartments: dict[int, list[Hung]] = defaultdict(list)
    for each in hung:
        compartments[each.compartment].append(each)
    found = []
    for its in compartments.values():
        first, *others = sorted(its, key=lambda each: (each.since, each.channel))
        for other in others:
            done = [certificates[h.device].done_on for h in (first, other) if h.device in certificates]
            since = [first.since, other.since, *(midnight(date.fromisoformat(day), zone) for day in done)]
            found.append(Pair(first, other, max(since)))
    return found


def expired(
    hung: Iterable[Hung], certificates: Mapping[str, Calibration], policy: Policy, zone: tzinfo, at: int
) -> list[Seen]:
    """The devices that measure with a certificate that has run out. A device without any never had one, as far as we know."""
    devices = {each.device: each for each in hung if each.device in certificates}
    found = []
    for device, its in sorted(devices.items()):
        certificate = certificates[device]
        end = midnight(date.fromisoformat(certificate.due_on) + timedelta(days=1), zone)
        if end <= at:
            detail = {"due_on": certificate.due_on, "certificate": certificate.certificate}
            loudness = loudest([policy.loudness_of(Kind.CALIBRATION_EXPIRED, at - end)])
            found.append(Seen(Kind.CALIBRATION_EXPIRED, device, end, loudness, its.equipment, detail))
    return found


def midnight(day: date, zone: tzinfo) -> int:
    """When a day begins, ms UTC."""
    return round(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() * 1000)


async def _apart(series: Series, pairs: Sequence[Pair], at: int) -> list[Found]:
    end = (at - ARRIVING_MS) // HOUR * HOUR
    spans = [_both(pair, max(pair.since, end - HOURS * HOUR), end) for pair in pairs]
    means = await _means(series, spans, HOUR)
    return [
        Found(pair, disagreement(one, other), _meet(one, other))
        for pair, (one, other) in zip(pairs, means, strict=True)
    ]


async def _moved(series: Series, pairs: Sequence[Pair], at: int) -> list[Found]:
    """Against the first fortnight; days that are part of it are not compared with themselves."""
    end = at // DAY * DAY
    bases = await _means(series, [_both(p, p.since, min(p.since + BASE_WITHIN, end)) for p in pairs], DAY)
    lately = await _means(series, [_both(p, max(p.since, end - RECENT), end) for p in pairs], DAY)
    found = []
    for pair, (one, other), (first, second) in zip(pairs, lately, bases, strict=True):
        base = base_of(first, second)
        if base is None:
            continue
        later = [mean for mean in other if mean.start > base.until]
        found.append(Found(pair, drift(one, later, base.by_k), _meet(one, later)))
    return found


def _both(pair: Pair, start: int, end: int) -> tuple[Span, Span]:
    start, end = -(-start // HOUR) * HOUR, max(start, end)
    return Span(pair.first.channel, start, max(start, end)), Span(pair.second.channel, start, max(start, end))


async def _means(
    series: Series, spans: Sequence[tuple[Span, Span]], step: int
) -> list[tuple[Sequence[Mean], Sequence[Mean]]]:
    flat = [span for both in spans for span in both]
    rows = [_known(its, step) for its in (await series.rollup_spans(flat, step) if flat else [])]
    return list(zip(rows[::2], rows[1::2], strict=True))


def _known(rollups: Iterable[Rollup], step: int) -> list[Mean]:
    return [Mean(each.start, each.mean) for each in rollups if each.seconds_known * 1000 >= KNOWN_SHARE * step]


def _meet(one: Sequence[Mean], other: Sequence[Mean]) -> bool:
    return bool({each.start for each in one} & {each.start for each in other})


def _seen(kind: Kind, pair: Pair, apart: Apart, policy: Policy, start: int, at: int) -> Seen:
    detail: dict[str, Any] = {
        "against": pair.first.channel,
        "by_k": apart.by_k,
        "compartment": pair.second.compartment,
    }
    loudness = loudest([policy.loudness_of(kind, max(0, at - start))])
    return Seen(kind, pair.second.channel, apart.start, loudness, pair.second.equipment, detail)
