"""Draws the picture of now: sorts the archive's rows by what they belong to, then goes facility by facility."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence

from coldchain import clock
from coldchain.archive import views
from coldchain.archive.db import Archive
from coldchain.archive.tables import (
    Assignment,
    Compartment,
    Equipment,
    Excursion,
    ExcursionRevision,
    Lot,
    Observation,
    Transition,
    Vaccine,
)
from coldchain.archive.views import AlarmCase, Site
from coldchain.excursion import Kind, Severity
from coldchain.profile import profile_of
from coldchain.reading import ChannelName, Quantity, Reading
from dashboards.county import Card, County, Forecast, LotInside, Mains, News, Place, Room, Unit
from dashboards.live import Live
from dashboards.status import GAP_INTERVALS, Probe, Trouble, condition, worst

OFFLINE = "offline"
MINUTE = 60_000
NEWS_FOR_MS = 12 * 60 * MINUTE
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
        steps = await views.transitions(tx, [case.alarm.id for case in cases])
        named = {entry["lot"] for case in cases if case.excursion for entry in case.excursion.lots}
        lots = await views.lot_names(tx, sorted(named))
        recent = await views.recent_revisions(tx, now - NEWS_FOR_MS, MOST_NEWS)
        revisions = await views.revisions(tx, sorted({case.id for _, case in recent}))
    drawing = _Drawing(site, open_excursions, observations, live, now)
    return County(now, drawing.places(), _cards(site, cases, steps, lots), _news(site, recent, revisions))


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
        return Unit(row, rooms, worst(counted), mains, is_open, self.forecast(row))

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
            mains_gone=mains_gone or any(seen.detail.get("cause") == "power" for seen in silent),
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
        losses = [seen.start for seen in self.seen[row.code] if seen.kind == Kind.POWER_LOSS]
        return Mains(
            bool(reading.value),
            min(losses, default=reading.time),
            self.now - reading.time <= GAP_INTERVALS * interval_ms,
        )

    def forecast(self, row: Equipment) -> Forecast | None:
        for seen in self.seen[row.code]:
            told = seen.detail.get("forecast") if seen.kind == Kind.POWER_LOSS else None
            if told:
                return Forecast(float(told["limit_c"]), seen.start + int(told["minutes"]) * MINUTE)
        return None


def _quantity(channel: str) -> Quantity:
    return ChannelName.parse(channel).quantity


def _cards(
    site: Site, cases: Sequence[AlarmCase], steps: Sequence[Transition], lots: dict[str, tuple[Lot, Vaccine]]
) -> list[Card]:
    facilities = {row.code: row for row in site.facilities}
    equipment = {row.code: row for row in site.equipment}
    compartments = {row.id: row for row in site.compartments}
    cards = []
    for case in cases:
        alarm, seen = case.alarm, case.observation
        # A silent gateway is one alarm for all that it watches; where it stands follows from any of that.
        named = [equipment[code] for code in (seen.detail.get("equipment") or [] if seen else []) if code in equipment]
        unit = equipment.get(alarm.equipment or "")
        place = alarm.facility or (named[0].facility if named else "")
        room = compartments.get(case.excursion.compartment or 0) if case.excursion else None
        inside = _lots_inside(case.excursion, lots) if case.excursion else []
        its = [step for step in steps if step.alarm == alarm.id]
        cards.append(Card(case, facilities.get(place), unit, room, inside, its))
    return cards


def _news(
    site: Site, recent: Sequence[tuple[ExcursionRevision, Excursion]], revisions: Sequence[ExcursionRevision]
) -> list[News]:
    facilities = {row.code: row for row in site.facilities}
    equipment = {row.code: row for row in site.equipment}
    known = {(row.excursion, row.revision): row for row in revisions}
    return [
        News(row, known.get((row.excursion, row.revision - 1)), case, facilities[unit.facility], unit)
        for row, case in recent
        if (unit := equipment.get(case.equipment or ""))
    ]


def _lots_inside(excursion: Excursion, lots: dict[str, tuple[Lot, Vaccine]]) -> list[LotInside]:
    """The lots that an excursion names, with their printed numbers."""
    return [
        LotInside(
            entry["lot"],
            lots[entry["lot"]][0].number if entry["lot"] in lots else entry["lot"],
            lots[entry["lot"]][1] if entry["lot"] in lots else None,
            entry.get("doses"),
        )
        for entry in excursion.lots
    ]
