"""Draws the picture of now: sorts the archive's rows by what they belong to, then goes facility by facility."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from coldchain import clock
from coldchain.archive import holds, views
from coldchain.archive.db import Archive
from coldchain.archive.tables import (
    Assignment,
    Compartment,
    Equipment,
    Excursion,
    Observation,
)
from coldchain.archive.views import Site
from coldchain.excursion import Kind, Severity
from coldchain.profile import profile_of
from coldchain.reading import ChannelName, Quantity, Reading
from dashboards.cards import cards_of, held_of, news_of
from dashboards.county import County, Forecast, Mains, Place, Room, Unit
from dashboards.live import Live
from dashboards.status import GAP_INTERVALS, Probe, State, Trouble, condition, worst

OFFLINE = "offline"
NEWS_FOR_MS = 12 * 3_600_000
MOST_DUE = 500  # of the whole site: alarms that nobody closed yet
MOST_NEWS = 200  # of the whole site; a page shows the newest of its scope


class Picture:
    """Builds the county at most every `fresh_s`; many who look at once share one."""

    def __init__(self, archive: Archive, live: Live, fresh_s: float) -> None:
        self._archive = archive
        self._live = live
        self._fresh_s = fresh_s
        self._lock = asyncio.Lock()
        self._county: County | None = None
        self._built_at = -1e9

    async def now(self, *, fresh: bool = False) -> County:
        """The county as it is; with `fresh`, surely after whatever the caller just did.

        Raises:
            Unavailable: the archive does not answer.
        """
        async with self._lock:
            if fresh or self._county is None or clock.monotonic() - self._built_at > self._fresh_s:
                self._county = await look(self._archive, self._live, clock.now())
                self._built_at = clock.monotonic()
            return self._county


async def look(archive: Archive, live: Live, now: int) -> County:
    """The county at `now`."""
    async with archive.reading() as tx:
        site = await views.site(tx, now)
        open_excursions = await views.open_excursions(tx)
        observations = await views.open_observations(tx)
        cases = await views.open_alarms(tx)
        due = await views.unclosed_alarms(tx, MOST_DUE)
        steps = await views.transitions(tx, [case.alarm.id for case in cases])
        held = await holds.open(tx, None)
        because = await views.excursions_of(tx, {hold.excursion for hold in held})
        named = {entry["lot"] for case in cases if case.excursion for entry in case.excursion.lots}
        named |= {hold.lot for hold in held}
        lots = await views.lot_names(tx, sorted(named))
        recent = await views.recent_revisions(tx, now - NEWS_FOR_MS, MOST_NEWS)
        revisions = await views.revisions(tx, sorted({case.id for _, case in recent}))
    places = _Drawing(site, open_excursions, observations, live, now).places()
    forecasts = {unit.row.code: unit.forecast for place in places for unit in place.units}
    return County(
        now,
        places,
        held_of(site, held, because, lots),
        cards_of(site, cases, steps, lots, forecasts),
        news_of(site, recent, revisions),
        sorted(cards_of(site, due, [], {}, {}), key=lambda card: -card.case.alarm.id),
    )


async def look_at(archive: Archive, live: Live, now: int, codes: Collection[str]) -> tuple[list[Place], Site]:
    """These pieces as they are at `now`, where they stand, and the rows that this was drawn from."""
    async with archive.reading() as tx:
        site = await views.site(tx, now, codes)
        excursions = await views.open_excursions(tx)
        observations = await views.open_observations(tx)
    return _Drawing(site, excursions, observations, live, now).places(), site


class _Drawing:
    """Sorts the rows by what they belong to, then draws facility by facility."""

    def __init__(
        self, site: Site, excursions: Sequence[Excursion], observations: Sequence[Observation], live: Live, now: int
    ) -> None:
        self.site, self.live, self.now = site, live, now
        self.units: dict[str, list[Equipment]] = defaultdict(list)
        self.rooms: dict[str, list[Compartment]] = defaultdict(list)
        self.channels: dict[str, list[Assignment]] = defaultdict(list)
        self.troubles: dict[int, list[Trouble]] = defaultdict(list)
        self.seen: dict[str, list[Observation]] = defaultdict(list)
        for unit in site.equipment:
            self.units[unit.facility].append(unit)
        for room in site.compartments:
            self.rooms[room.equipment].append(room)
        for assignment in site.assignments:
            self.channels[assignment.equipment].append(assignment)
        for case in excursions:
            if case.compartment is not None and Kind(case.kind).is_temperature:
                self.troubles[case.compartment].append(
                    Trouble(Kind(case.kind), case.first_bad, Severity(case.severity))
                )
        self.silent: dict[str, Observation] = {}
        for observation in observations:
            self.seen[observation.equipment or ""].append(observation)
            if observation.kind == Kind.SILENCE:
                self.silent[observation.subject] = observation

    def places(self) -> list[Place]:
        return [
            Place(facility, self.site.regions[facility.region], [self.unit(row) for row in self.units[facility.code]])
            for facility in self.site.facilities
        ]

    def unit(self, row: Equipment) -> Unit:
        channels = self.channels[row.code]
        mains = self.mains(row, channels)
        rooms = [self.room(room, channels, mains_gone=bool(mains and not mains.is_on)) for room in self.rooms[row.code]]
        counted = [room.condition.state for room in rooms if room.row.purpose == "vaccine"]
        door = self.newest_of(channels, Quantity.DOOR)
        is_open = bool(door and door[0].value and self.now - door[0].time <= GAP_INTERVALS * door[1])
        return Unit(row, rooms, worst(counted), mains, is_open, still_to_come(self.forecast(row), counted))

    def room(self, row: Compartment, channels: Iterable[Assignment], *, mains_gone: bool) -> Room:
        probes = [
            self.probe(assignment)
            for assignment in channels
            if assignment.compartment == row.id and _quantity(assignment.channel) is Quantity.TEMPERATURE
        ]
        gateways = {ChannelName.parse(probe.channel).gateway for probe in probes}
        silent = [self.silent[gateway] for gateway in gateways if gateway in self.silent]
        found = condition(
            profile := profile_of(row.profile),
            probes,
            self.troubles[row.id],
            self.now,
            offline=bool(gateways) and all(self.is_offline(gateway) for gateway in gateways),
            mains_gone=mains_gone or any(seen.detail.get("mains") == "lost" for seen in silent),
        )
        return Room(row, profile, probes, found)

    def probe(self, assignment: Assignment) -> Probe:
        channel = assignment.channel
        return Probe(
            channel,
            assignment.position,
            assignment.interval_s * 1000,
            self._since(self.live.newest.get(channel), assignment),
            self._since(self.live.believed.get(channel), assignment),
        )

    def _since(self, reading: Reading | None, assignment: Assignment) -> Reading | None:
        """A probe that was moved here brings none of what it measured elsewhere."""
        return reading if reading and reading.time >= assignment.start else None

    def is_offline(self, gateway: str) -> bool:
        """Nothing at all is heard of it: it said farewell, or alerting finds it silent as a whole."""
        health = self.live.gateways.get(gateway)
        return gateway in self.silent or (health is not None and health.state == OFFLINE)

    def newest_of(self, channels: Iterable[Assignment], quantity: Quantity) -> tuple[Reading, int] | None:
        found = [
            (reading, assignment.interval_s * 1000)
            for assignment in channels
            if _quantity(assignment.channel) is quantity
            and (reading := self._since(self.live.believed.get(assignment.channel), assignment))
        ]
        return max(found, key=lambda pair: pair[0].time, default=None)

    def mains(self, row: Equipment, channels: Iterable[Assignment]) -> Mains | None:
        found = self.newest_of(channels, Quantity.POWER)
        if found is None:
            return None
        reading, interval_ms = found
        loss = next((seen for seen in self.seen[row.code] if seen.kind == Kind.POWER_LOSS), None)
        planned = loss.detail.get("planned") if loss else None
        return Mains(
            bool(reading.value),
            loss.start if loss else reading.time,
            self.now - reading.time <= GAP_INTERVALS * interval_ms,
            planned if planned and planned > self.now else None,
        )

    def forecast(self, row: Equipment) -> Forecast | None:
        """From what is running; else from the moment when the mains were lost."""
        seen = {one.kind: one for one in self.seen[row.code]}
        if running := seen.get(Kind.FORECAST):
            return Forecast.told(running.detail, running.start)
        loss = seen.get(Kind.POWER_LOSS)
        told = loss.detail.get("forecast") if loss else None
        return Forecast.told(told, loss.start) if loss and told else None


def still_to_come(expected: Forecast | None, states: Collection[State]) -> Forecast | None:
    """What is measured need not be expected any more."""
    if expected is None:
        return None
    passed = {State.HEAT, State.HIGH} if expected.is_rising else {State.FREEZE, State.LOW}
    return None if passed & set(states) else expected


def _quantity(channel: str) -> Quantity:
    return ChannelName.parse(channel).quantity
