"""Observations, made and ended: which channels should be speaking, what was last heard of them, and whether the mains hold.

    fresh readings ─► mains lost or back, silences broken          in the transaction that decides about them
    every few seconds, once nothing is left to catch up ─► who is silent now

What is seen is written as it was seen. When readings come back the observation ends; it is never made again backwards.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict

from alerting.excursion.forecast import Forecast, forecast
from alerting.excursion.observations import Heard, MainsEvent, Silence, mains_events, subjects_of
from alerting.excursion.policy import ORDER, Policy
from alerting.timelines import Timelines
from coldchain.archive import cases, views
from coldchain.archive.cases import NewObservation, Observation
from coldchain.archive.db import Tx
from coldchain.excursion import Kind
from coldchain.profile import PROFILES
from coldchain.reading import ChannelName, Quantity, Reading, Trace, is_believed
from coldchain.series import Series


class Watch:
    """What was last heard of every channel, and the observations that follow from it."""

    def __init__(self, policy: Policy, timelines: Timelines) -> None:
        self._policy = policy
        self._timelines = timelines
        self._newest: dict[str, Reading] = {}

    async def refill(self, series: Series) -> None:
        """Learn the newest reading of every channel from the store."""
        self._newest = await series.newest()

    def newest_time(self, channel: str) -> int | None:
        """When a channel last spoke."""
        reading = self._newest.get(channel)
        return None if reading is None else reading.time

    async def hear(self, tx: Tx, fresh: Sequence[Trace], at: int) -> None:
        """Take readings that are newer than all before them."""
        traces = [trace for trace in fresh if trace.t]
        if not traces:
            return
        for seen in await cases.open_observations(tx, Kind.SILENCE):
            times = [t for trace in traces if seen.subject in subjects_of(_name(trace)) for t in trace.t]
            broken = min((t for t in times if t > seen.start), default=None)
            if broken is not None:
                await cases.end_observation(tx, seen.id, broken)
        for trace in traces:
            self._note(trace)
        for trace in traces:
            if _name(trace).quantity is Quantity.POWER:
                await self._mains(tx, trace, at)

    def _note(self, trace: Trace) -> None:
        known = self._newest.get(trace.channel)
        if known is None or known.time < trace.t[-1]:
            self._newest[trace.channel] = Reading(trace.channel, trace.t[-1], trace.v[-1], trace.q[-1])

    async def _mains(self, tx: Tx, trace: Trace, at: int) -> None:
        stay = self._timelines[trace.channel].place_at(trace.t[-1])
        equipment = stay.place.equipment if stay else None
        subject = equipment or _name(trace).gateway
        last = await cases.last_observation(tx, Kind.POWER_LOSS, subject)
        for event in mains_events(trace, is_lost=last is not None and last.end is None):
            if event.is_lost and (last is None or event.time > (last.end or last.start)):
                last = await self._lost(tx, event, subject, equipment, at)
            elif last is not None and last.end is None:
                await cases.end_observation(tx, last.id, event.time)
                last = await cases.last_observation(tx, Kind.POWER_LOSS, subject)

    async def _lost(self, tx: Tx, event: MainsEvent, subject: str, equipment: str | None, at: int) -> Observation:
        soonest = await self._forecast(tx, equipment, event.time) if equipment else None
        return await cases.observe(
            tx,
            NewObservation(
                kind=Kind.POWER_LOSS,
                subject=subject,
                severity=self._policy.power_loss,
                start=event.time,
                seen_at=at,
                equipment=equipment,
                detail={"forecast": asdict(soonest) if soonest else None},
            ),
        )

    async def _forecast(self, tx: Tx, equipment: str, time: int) -> Forecast | None:
        """The soonest breach among the compartments that hold vaccine."""
        stands = await views.equipment_of(tx, equipment)
        if stands is None:
            return None
        channels = [a.channel for a in await views.assignments_of(tx, equipment, time, time + 1)]
        await self._timelines.read(tx, channels)
        found = [forecast(stands.type, *pair) for pair in self._warm_ups(channels, time)]
        return min((each for each in found if each), key=lambda each: each.minutes, default=None)

    def _warm_ups(self, channels: Iterable[str], time: int) -> Iterable[tuple[float, float]]:
        """(temperature now, limit) of each channel that measures a vaccine compartment."""
        for channel in channels:
            stay, reading = self._timelines[channel].place_at(time), self._newest.get(channel)
            if stay is None or reading is None or reading.value is None or not is_believed(reading.quality):
                continue
            limit_c = PROFILES[stay.place.profile].high_c
            is_temperature = ChannelName.parse(channel).quantity is Quantity.TEMPERATURE
            if is_temperature and stay.place.purpose == "vaccine" and limit_c is not None:
                yield reading.value, limit_c

    async def heard(self, tx: Tx, at: int) -> list[Heard]:
        """What was last heard of every channel that should be speaking."""
        heard = []
        for assignment in (await views.site(tx, at)).assignments:
            reading = self._newest.get(assignment.channel)
            heard.append(
                Heard(
                    channel=ChannelName.parse(assignment.channel),
                    interval_ms=assignment.interval_s * 1000,
                    last=max(assignment.start, reading.time if reading else assignment.start),
                    value=reading.value if reading else None,
                    equipment=assignment.equipment,
                )
            )
        return heard

    async def write(self, tx: Tx, silent: Sequence[Silence], at: int) -> None:
        """Let the archive say who is silent."""
        quiet = {seen.subject: seen for seen in await cases.open_observations(tx, Kind.SILENCE)}
        wanted = {each.subject for each in silent}
        for subject, seen in quiet.items():
            if subject not in wanted:
                await cases.end_observation(tx, seen.id, self._broken(seen) or at)
        for each in silent:
            known = quiet.get(each.subject)
            if known is None:
                await cases.observe(tx, _observation(each, at))
            elif ORDER.index(each.severity) > ORDER.index(known.severity):
                await cases.make_louder(tx, known.id, each.severity)

    def _broken(self, seen: Observation) -> int | None:
        """The earliest newest reading after a silence began; None when it ends for another cause, such as a wider one."""
        times = (r.time for c, r in self._newest.items() if seen.subject in subjects_of(ChannelName.parse(c)))
        return min((time for time in times if time > seen.start), default=None)


def is_news(silent: Iterable[Silence], known: Iterable[Observation]) -> bool:
    """True when the archive does not say yet who is silent."""
    said = {seen.subject: ORDER.index(seen.severity) for seen in known}
    now = {each.subject: ORDER.index(each.severity) for each in silent}
    return now.keys() != said.keys() or any(loud > said[subject] for subject, loud in now.items())


def _observation(silent: Silence, at: int) -> NewObservation:
    return NewObservation(
        kind=Kind.SILENCE,
        subject=silent.subject,
        severity=silent.severity,
        start=silent.start,
        seen_at=at,
        equipment=silent.equipment[0] if silent.equipment else None,
        detail={
            "cause": silent.cause.value,
            "is_out": silent.is_out,
            "equipment": list(silent.equipment),
            "channels": list(silent.channels),
        },
    )


def _name(trace: Trace) -> ChannelName:
    return ChannelName.parse(trace.channel)
