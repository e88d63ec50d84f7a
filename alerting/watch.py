"""Watching: what should be speaking and is silent, whether the mains hold, what gateways say, which limits come near.

    fresh readings ─► mains lost or back, silences that are over          in the transaction that decides about them
    every few seconds, once nothing is left to catch up:
      survey ─► silence · health · warming · probes ─► News ─► written

What is seen is written as it was seen. It ends, and is never made again backwards.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, tzinfo
from typing import Any, Final

from alerting import patience, sightings, warming
from alerting.excursion.forecast import FIGURES, Forecast, Way, forecast
from alerting.excursion.observations import (
    Mains,
    MainsEvent,
    Seen,
    Silence,
    mains_events,
    silences,
    subjects_of,
)
from alerting.excursion.policy import ORDER, Policy
from alerting.excursion.stretch import VACCINE
from alerting.health import KINDS as HEALTH
from alerting.health import Gateways
from alerting.probes import KINDS as PROBES
from alerting.probes import Probes
from alerting.sightings import News, Over, compare, is_louder
from alerting.survey import Survey, believed, broken_at, spoken, survey
from alerting.timelines import Timelines
from alerting.warming import Warming, loudness_of_loss, planned_until
from coldchain.archive import cases, views
from coldchain.archive.cases import Observation
from coldchain.archive.db import Archive, Tx
from coldchain.archive.metrology import certificates as certificates_of
from coldchain.excursion import Kind
from coldchain.profile import PROFILES
from coldchain.reading import ChannelName, Quantity, Reading, Trace, is_believed
from coldchain.series import Series

FAULTS: Final = 64  # readings looked at first for one that is believed
OUTAGE_EARLY_MS: Final = 10 * 60_000  # so much before its time the mains may be cut
SEEN: Final = (Kind.SILENCE, *HEALTH, *PROBES)


class Watch:
    """What was last heard of every channel and gateway, and the observations that follow from it."""

    def __init__(self, policy: Policy, timelines: Timelines, zone: tzinfo = UTC) -> None:
        self.gateways = Gateways()  # whoever hears health messages tells it
        self._policy = policy
        self._timelines = timelines
        self._newest: dict[str, Reading] = {}  # believed: whoever says nothing else is silent
        self._spoke: dict[str, int] = {}  # when anything was said
        self._broken: dict[int, int] = {}  # silences of which something was heard again, and when first
        self._warming = Warming(policy)
        self._probes = Probes(policy, zone)

    async def refill(self, series: Series) -> None:
        """Learn the newest readings of every channel from the store."""
        newest = await series.newest()
        self._spoke = {channel: reading.time for channel, reading in newest.items()}
        found = [
            each if is_believed(each.quality) else await _believed_before(series, each) for each in newest.values()
        ]
        self._newest = {each.channel: each for each in found if each is not None}

    def newest_time(self, channel: str) -> int | None:
        """When a channel last spoke, believed or not."""
        return self._spoke.get(channel)

    async def hear(self, tx: Tx, fresh: Sequence[Trace], at: int) -> bool:
        """Take readings that are newer than all before them; False when surely nothing was written for that."""
        for trace in fresh:
            if trace.t:
                self._spoke[trace.channel] = max(trace.t[-1], self._spoke.get(trace.channel, trace.t[-1]))
        traces = [trace for trace in map(_believed, fresh) if trace.t]
        if not traces:
            return False
        for trace in traces:
            self._note(trace)
        is_over = await self._end_silences(tx, traces)
        power = [(trace, self._equipment_of(trace)) for trace in traces if _name(trace).quantity is Quantity.POWER]
        subjects = {equipment or _name(trace).gateway for trace, equipment in power}
        newest = await cases.newest_observations(tx, Kind.POWER_LOSS, subjects, 1)
        losses = {subject: its[0] for subject, its in newest.items()}
        for trace, equipment in power:
            await self._mains(tx, trace, equipment, losses, at)
        return is_over or bool(power)

    async def survey(self, tx: Tx, at: int) -> Survey:
        """Look around: what should be speaking, and what was last heard of it."""
        return await survey(tx, self._newest, self._spoke, at)

    async def look(self, archive: Archive, series: Series, around: Survey) -> News:
        """What the archive does not say yet of all that is watched; nothing is written."""
        at = around.at
        silent = [_planned(each, around) for each in silences(around.heard, self._policy, at)]
        async with archive.reading() as tx:
            known = await cases.open_observations_of(tx, SEEN)
            mains = await warming.known_of(tx)
            holdovers = await patience.learned(tx, silent, known[Kind.SILENCE], around)
            certificates = await certificates_of.latest(tx) if self._probes.is_due(at) else {}
        self._broken = {seen.id: self._broken[seen.id] for seen in known[Kind.SILENCE] if seen.id in self._broken}
        by_gateway = spoken(self._newest)
        broken = {seen.id: broken_at(seen, by_gateway) for seen in known[Kind.SILENCE]} | self._broken
        silent = [
            patience.patient(each, holdovers.get(each.subject), patience.lost_at(each, mains.losses), at)
            for each in silent
        ]
        news = silence_news(silent, known[Kind.SILENCE], broken, at)
        news = news.and_also(self._health_news(around, known))
        unwatched = self._unwatched(around, mains.losses)
        news.over += [(loss.id, Over(at)) for loss in unwatched.values()]
        news = news.and_also(await self._warming.look(series, around, mains.without(unwatched)))
        if self._probes.is_due(at):
            news = news.and_also(await self._probes.look(series, around, certificates, known))
        return news

    async def write(self, tx: Tx, news: News, at: int) -> None:
        """Let the archive say it."""
        await sightings.write(tx, news, at)

    def _note(self, trace: Trace) -> None:
        known = self._newest.get(trace.channel)
        if known is None or known.time < trace.t[-1]:
            self._newest[trace.channel] = Reading(trace.channel, trace.t[-1], trace.v[-1], trace.q[-1])

    async def _end_silences(self, tx: Tx, traces: Sequence[Trace]) -> bool:
        """A silence of which everything was heard again is over at once; one of which something is missing waits for `look`.

        True when one is over.
        """
        over: dict[int, int] = {}
        going_on = await cases.open_observations(tx, Kind.SILENCE)
        said = _by_subject(traces) if going_on else {}
        for seen in going_on:
            after = [t for trace in said.get(seen.subject, ()) for t in trace.t if t > seen.start]
            if not after:
                continue
            broken = min(after)
            self._broken[seen.id] = min(broken, self._broken.get(seen.id, broken))
            if all(self._spoke_after(channel, seen.start) for channel in seen.detail.get("channels", ())):
                over[seen.id] = self._broken[seen.id]
        await cases.end_observations(tx, over)
        return bool(over)

    def _spoke_after(self, channel: str, time: int) -> bool:
        newest = self._newest.get(channel)
        return newest is not None and newest.time > time

    def _health_news(self, around: Survey, known: Mapping[Kind, Sequence[Observation]]) -> News:
        seen, news = self.gateways.seen(self._policy, around.watched_by(), around.at), News()
        for kind in HEALTH:
            its = [each for each in seen if each.kind is kind]
            changed = [old for old in known[kind] if _says_otherwise(old, its)]
            news.over += [(old.id, Over(around.at)) for old in changed]
            going_on = [old for old in known[kind] if old not in changed]
            news = news.and_also(compare(its, going_on, lambda old: self._health_over(old, around.at)))
        return news

    def _health_over(self, old: Observation, at: int) -> Over | None:
        """Nothing, while the gateway has not said since we started how it is."""
        if not self.gateways.knows(old.subject, old.kind):
            return None
        return Over(min(at, self.gateways.heard_at(old.subject.partition("/")[0]) or at))

    def _unwatched(self, around: Survey, losses: Mapping[str, Observation]) -> dict[str, Observation]:
        """Lost mains of which nothing can be heard again: what said so hangs elsewhere now, or nowhere."""
        if not losses:
            return {}
        placed = {str(h.channel): h.equipment for h in around.heard if h.channel.quantity is Quantity.POWER}
        loose = [ChannelName.parse(channel) for channel in self._newest.keys() - placed.keys()]
        watched = {*placed.values(), *(name.gateway for name in loose if name.quantity is Quantity.POWER)}
        return {code: loss for code, loss in losses.items() if loss.subject not in watched}

    def _equipment_of(self, trace: Trace) -> str | None:
        stay = self._timelines[trace.channel].place_at(trace.t[-1])
        return stay.place.equipment if stay else None

    async def _mains(
        self, tx: Tx, trace: Trace, equipment: str | None, losses: dict[str, Observation], at: int
    ) -> None:
        """`losses`: the last of every subject; what is written here joins them."""
        subject = equipment or _name(trace).gateway
        last = losses.get(subject)
        for event in mains_events(trace, is_lost=last is not None and last.end is None):
            if event.is_lost and (last is None or event.time > (last.end or last.start)):
                last = await self._lost(tx, event, subject, equipment, at)
            elif last is not None and last.end is None:
                await self._back(tx, last, event.time, at)
                last = await cases.observation(tx, last.id)
        if last is not None:
            losses[subject] = last

    async def _lost(self, tx: Tx, event: MainsEvent, subject: str, equipment: str | None, at: int) -> Observation:
        soonest = await self._forecast(tx, equipment, event.time) if equipment else None
        until = await planned_until(tx, equipment, event.time) if equipment else None
        detail: dict[str, Any] = {"forecast": asdict(soonest) if soonest else None, "planned": until}
        loudness = loudness_of_loss(self._policy, 0, None, None if until is None else until - event.time)
        seen = Seen(Kind.POWER_LOSS, subject, event.time, loudness, equipment, detail)
        return await cases.observe(tx, sightings.observation(seen, at))

    async def _back(self, tx: Tx, loss: Observation, time: int, at: int) -> None:
        """An outage that is found late, already over, is as loud as its length."""
        until = loss.detail.get("planned")
        left = None if until is None or until < time else until - loss.start
        loudness = loudness_of_loss(self._policy, time - loss.start, None, left)
        louder = [(loss.id, loudness)] if loss.seen_at == at and is_louder(loudness, loss) else []
        await sightings.write(tx, News(louder=louder, over=[(loss.id, Over(time))]), at)

    async def _forecast(self, tx: Tx, equipment: str, time: int) -> Forecast | None:
        """The soonest breach among the compartments that hold vaccine, as far as can be said at the instant of the loss."""
        stands = await views.equipment_of(tx, equipment)
        if stands is None:
            return None
        channels = [a.channel for a in await views.assignments_of(tx, equipment, time, time + 1)]
        await self._timelines.read(tx, channels)
        found = [self._at_once(channel, stands.type, time) for channel in channels]
        return min((each for each in found if each), key=lambda each: each.minutes, default=None)

    def _at_once(self, channel: str, kind: str, time: int) -> Forecast | None:
        """By earlier outages, if they were read since the start, else by the type's figure."""
        stay, value = self._timelines[channel].place_at(time), believed(self._newest.get(channel))
        is_temperature = ChannelName.parse(channel).quantity is Quantity.TEMPERATURE
        if stay is None or value is None or not is_temperature or stay.place.purpose != VACCINE:
            return None
        limit_c = PROFILES[stay.place.profile].high_c
        if limit_c is None:
            return None
        outages = self._warming.earlier_points(channel)
        return forecast(Way.up(limit_c), [(time, value)], time, outages=outages, figure=FIGURES.get(kind))


def _believed(trace: Trace) -> Trace:
    """Of a trace, what is believed."""
    if not any(trace.q):
        return trace
    keep = [at for at, code in enumerate(trace.q) if is_believed(code)]
    return Trace(trace.channel, [trace.t[i] for i in keep], [trace.v[i] for i in keep], [trace.q[i] for i in keep])


async def _believed_before(series: Series, newest: Reading) -> Reading | None:
    """The last believed reading of a channel that says only faults now; None when it never said anything else."""
    count = FAULTS
    while True:
        trace = await series.before(newest.channel, newest.time, count)
        its = _believed(trace)
        if its.t:
            return its.readings()[-1]
        if len(trace) < count:
            return None
        count *= 4


def _says_otherwise(old: Observation, seen: Sequence[Seen]) -> bool:
    """True where a device adds something else than it was said to: that is another offset, seen anew."""
    now = next((each for each in seen if each.subject == old.subject), None)
    return now is not None and now.detail.get("offsets") != old.detail.get("offsets")


def silence_news(
    silent: Sequence[Silence], known: Sequence[Observation], broken: Mapping[int, int | None], at: int
) -> News:
    """What is news of silences: one cause is one event, whether it grows wider or narrower.

    Args:
        silent: what is silent now.
        known: the open observations of silence.
        broken: the first reading after each began, if anything of it was heard again.
        at: now.
    """
    by_channel = {channel: each for each in silent for channel in each.channels}
    later = {each.subject: each.later() for each in silent}

    def unsaid(old: Observation) -> dict[str, Any]:
        return {name: it for name, it in later.get(old.subject, {}).items() if old.detail.get(name) != it}

    def over(old: Observation) -> Over:
        within = [by_channel[channel] for channel in old.detail.get("channels", ()) if channel in by_channel]
        heard_at = broken.get(old.id)
        into = max(within, key=lambda each: (ORDER.index(each.loudness.severity), len(each.channels)), default=None)
        return Over(at if heard_at is None else heard_at, into.subject if into else None)

    more = [(old.id, said) for old in known if (said := unsaid(old))]
    return compare([each.seen() for each in silent], known, over).and_also(News(more=more))


def _planned(silence: Silence, around: Survey) -> Silence:
    """It carries until when an outage was planned, if it fell silent with it; that makes it no quieter."""
    if silence.mains is Mains.ON or silence.is_faulty:
        return silence
    first, last = silence.start, silence.start + OUTAGE_EARLY_MS
    ends = [around.planned_until(code, first, last) for code in silence.equipment]
    known = [end for end in ends if end is not None]
    return replace(silence, planned=max(known)) if known and len(known) == len(ends) else silence


def _by_subject(traces: Iterable[Trace]) -> dict[str, list[Trace]]:
    """What was said of each subject."""
    found: dict[str, list[Trace]] = defaultdict(list)
    for trace in traces:
        for subject in subjects_of(_name(trace)):
            found[subject].append(trace)
    return found


def _name(trace: Trace) -> ChannelName:
    return ChannelName.parse(trace.channel)
