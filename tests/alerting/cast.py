"""One small cast: township clinic Amberhill, fridge F1 with a cold compartment, its probe, its mains, and one lot.

`Clinic` plays the collector (readings durable, then the arrival journal) and drives alerting step by step.
"""

import itertools
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from alerting.decide import Chunk, Court, Decided, decide, settle
from alerting.excursion.policy import load_policy
from alerting.excursion.rules import Pack, load_packs, rules_by_id
from alerting.feed import Follower, Source
from alerting.judge import Judge
from alerting.timelines import Timelines
from alerting.watch import Watch
from coldchain.archive import documents, equipment, journal, lots, people, places
from coldchain.archive.audit import By
from coldchain.archive.backdating import Correction
from coldchain.archive.db import Archive, Tx
from coldchain.archive.equipment import EquipmentType, NewAssignment, NewCompartment, Purpose
from coldchain.archive.journal import Fence
from coldchain.archive.lots import NewMovement, Reason
from coldchain.archive.places import FacilityKind
from coldchain.reading import Fault, Trace
from coldchain.series import Series
from coldchain.wire import Arrival, ArrivedBatch

MINUTE = 60_000
HOUR = 60 * MINUTE
T0 = 1_782_700_800_000  # a round hour in 2026
BY = By("tests", T0, "the cast")
SINCE = T0 - 5 * MINUTE  # the probes hang there
ARRIVES = T0 + 10 * 24 * HOUR  # what arrives is late, unless a test says otherwise
GATEWAY = "gw-1"
PROBE = f"{GATEWAY}/28ff641e/temperature"
MAINS = f"{GATEWAY}/plug/power"
Value = float | None


def trace_of(values: Sequence[Value], *, start: int = T0, step: int = MINUTE, channel: str = PROBE) -> Trace:
    """One reading a step; None is a sensor fault, "…" does not exist: leave readings out with `sparse`."""
    times = [start + step * i for i in range(len(values))]
    return Trace(channel, times, list(values), [0 if v is not None else int(Fault.GARBLED) for v in values])


def sparse(pairs: Iterable[tuple[float, Value]], *, channel: str = PROBE) -> Trace:
    """(minute, value) pairs."""
    rows = sorted(pairs, key=lambda pair: pair[0])
    values = [value for _, value in rows]
    codes = [0 if v is not None else int(Fault.GARBLED) for v in values]
    return Trace(channel, [T0 + round(minute * MINUTE) for minute, _ in rows], values, codes)


async def furnish(tx: Tx) -> int:
    """The clinic with its fridge, probe, mains and keeper; returns the compartment."""
    code = "511900012000"
    await places.put_regions(tx, [places.Region(code="510000000000", level=1, name_zh="省", name_en="Province")], BY)
    facility = places.Facility(
        code=code,
        region="510000000000",
        name_zh="琥珀镇卫生院",
        name_en="Amberhill clinic",
        short_zh="琥珀镇",
        kind=FacilityKind.TOWNSHIP_CLINIC,
    )
    await places.put_facilities(tx, [facility], BY)
    fridge = equipment.Equipment(
        code="F1",
        facility=code,
        name_zh="一号冰箱",
        name_en="fridge F1",
        short_zh="一号",
        type=EquipmentType.DOMESTIC_FRIDGE,
    )
    await equipment.put_equipment(tx, [fridge], BY)
    cold = NewCompartment(
        equipment="F1", name="cold", name_zh="冷藏室", name_en="cold", purpose=Purpose.VACCINE, profile="2-8"
    )
    await equipment.put_compartments(tx, [cold], BY)
    await equipment.assign(tx, NewAssignment(channel=PROBE, equipment="F1", compartment="cold", start=SINCE), BY)
    await equipment.assign(tx, NewAssignment(channel=MAINS, equipment="F1", start=SINCE), BY)
    await people.put_persons(tx, [people.NewPerson(name="Ada", facility=code, post="keeper")], BY)
    return (await equipment.compartment(tx, "F1", "cold")).id


async def stock(tx: Tx, compartment: int, *, at: int = 1, doses: int = 120) -> None:
    """A lot of hepatitis B vaccine comes into the compartment."""
    vaccine = lots.Vaccine(code="HepB", name_zh="乙肝疫苗", name_en="Hepatitis B", freeze_sensitive=True)
    await lots.put_vaccines(tx, [vaccine], BY)
    lot = lots.Lot(id="L-1", number="202605011", vaccine="HepB", maker="M", expires_on="2028-05-01")
    await lots.put_lots(tx, [lot], BY)
    new = NewMovement(lot="L-1", at=at, doses=doses, reason=Reason.RECEIVED, target=compartment)
    await lots.move(tx, new, BY)


async def a_correction(tx: Tx) -> Correction:
    """Somebody shows that the past was entered wrongly."""
    paper = await documents.add(tx, "order.txt", b"it was another one all along", None, BY)
    return Correction(reason="entered wrongly", document=paper.sha256)


@dataclass
class Clinic:
    """The cast at work."""

    archive: Archive
    series: Series
    compartment: int
    court: Court
    follower: Follower
    fence: Fence
    now: int = T0
    collector: str = "main"
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    async def arrive(self, *traces: Trace) -> Arrival:
        """Readings become durable, then their arrival."""
        await self.series.write(list(traces))
        number = next(self.numbers)
        batches = [
            ArrivedBatch(GATEWAY, "ab" * 16, number, [trace.channel], trace.t[0], trace.t[-1], "cd" * 32)
            for trace in traces
        ]
        arrival = Arrival(self.collector, 7, number, batches)
        await self.series.write_arrivals([arrival])
        return arrival

    async def decide(self, chunk: Chunk) -> Decided:
        self.now += 1
        decided = await decide(self.court, chunk, self.fence, self.now)
        self.follower.moved(chunk)
        self.now = decided.until
        return decided

    async def sweep(self, at: int | None = None) -> None:
        """What alerting does every ten seconds."""
        self.now = max(self.now, at or 0)
        await self.decide(self.follower.elapsed(self.court.judge, self.court.newest, self.now))
        async for arrived in self.follower.catch_up():
            await self.decide(arrived)
        async for corrected in self.follower.corrections(self.court.judge, self.court.newest):
            await self.decide(corrected)
        self.now += 1
        await settle(self.court, self.fence, self.now)

    async def hear(self, *traces: Trace) -> None:
        """Arrive and be decided about at once."""
        await self.arrive(*traces)
        await self.sweep()

    async def restarted(self) -> "Clinic":
        """The same clinic after alerting was started again."""
        again = await clinic_of(self.archive, self.series, self.compartment)
        again.numbers, again.now, again.collector = self.numbers, self.now, self.collector
        return again


async def clinic_of(
    archive: Archive,
    series: Series,
    compartment: int,
    *,
    rules: Sequence[str] = ("cn-2017", "watch"),
    packs: Mapping[str, Pack] | None = None,
    now: int = T0,
) -> Clinic:
    """Alerting, freshly started."""
    packs = packs or load_packs()
    policy, zone = load_policy("default"), ZoneInfo("Asia/Shanghai")
    timelines = Timelines(packs, rules)
    watch = Watch(policy, timelines, zone)
    rules_of = rules_by_id(packs)
    court = Court(archive, series, Judge(series), watch, timelines, policy, packs, rules, rules_of, zone)
    follower = Follower(Source(archive, series, timelines))
    async with archive.writing() as tx:
        fence = await journal.take_lease(tx, "alerting", "tests", 0, 10)
    assert fence is not None
    await follower.start(court.judge)
    await watch.refill(series)
    return Clinic(archive, series, compartment, court, follower, fence, now)


@asynccontextmanager
async def opened_clinic(archive: Archive, series: Series) -> AsyncIterator[Clinic]:
    """A furnished clinic."""
    async with archive.writing() as tx:
        compartment = await furnish(tx)
    clinic = await clinic_of(archive, series, compartment)
    await clinic.sweep()  # the corrections that furnishing wrote
    clinic.now = ARRIVES
    yield clinic
