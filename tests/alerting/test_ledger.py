"""The books of whole days: which become due and when, and that their rows are what the readings say."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from alerting.ledger import exposures, loop
from alerting.ledger.days import ChannelDay
from alerting.ledger.due import Due
from alerting.ledger.loop import LEASE, Ledger
from coldchain import clock
from coldchain.archive import documents, equipment, journal, tables
from coldchain.archive.db import Archive, Tx
from coldchain.archive.equipment import NewAssignment, NewCompartment, Purpose
from coldchain.archive.evidence import roots
from coldchain.archive.exposure import days as kept
from coldchain.archive.exposure import evidence
from coldchain.archive.exposure.evidence import NewEvidence
from coldchain.archive.journal import Fence
from coldchain.errors import Unavailable
from coldchain.exposure import DAY, Exposure, total
from coldchain.ledger import outside, raw, stays
from coldchain.ledger.outside import Ground
from coldchain.ledger.raw import Window
from coldchain.profile import PROFILES
from coldchain.reading import Trace
from coldchain.series import Series
from tests.alerting.cast import BY, GATEWAY, HOUR, MINUTE, PROBE, SINCE, T0, Clinic, trace_of

D0 = T0 - T0 % DAY + DAY  # the first whole day of which there may be readings
OTHER = f"{GATEWAY}/28ff77aa/temperature"
FAR = D0 + 400 * DAY


@dataclass
class Books:
    """A clinic whose days are kept."""

    clinic: Clinic
    due: Due
    fence: Fence
    made: list[ChannelDay] = field(default_factory=list)

    async def keep(self, at: int = FAR) -> list[ChannelDay]:
        """What the loop does at a look; returns the days that were made."""
        await self.due.follow(self.fence, at)
        found = []
        while days := await self.due.ready(at):
            await exposures.build(self.clinic.archive, self.clinic.series, days, at)
            await self.due.made(days, self.fence)
            found += days
        return found

    async def rows(self, compartment: int | None = None) -> dict[int, Exposure]:
        async with self.clinic.archive.reading() as tx:
            return await kept.between(tx, compartment or self.clinic.compartment, 0, FAR * 2)

    async def raw(self, start: int, end: int) -> Exposure:
        windows = list(Window(self.clinic.compartment, start, end).days())
        return total(await raw.went_through(self.clinic.archive, self.clinic.series, windows))


@pytest.fixture
async def books(clinic: Clinic) -> Books:
    due = Due(clinic.archive, clinic.series)
    async with clinic.archive.writing() as tx:
        fence = await journal.take_lease(tx, LEASE, "tests", 0, 10)
    assert fence is not None
    await due.start()
    return Books(clinic, due, fence)


def day(channel: str, n: int) -> ChannelDay:
    return ChannelDay(channel, D0 + n * DAY)


def hours(start: float, count: float, celsius: float = 5.0, channel: str = PROBE) -> Trace:
    """Readings a minute, from an hour of the first day on."""
    return trace_of([celsius] * round(count * 60), start=D0 + round(start * HOUR), channel=channel)


# ── What becomes due ──


async def test_a_past_day_is_ready_at_once_and_made_once(books: Books):
    await books.clinic.arrive(hours(8, 2))
    assert await books.keep() == [day(PROBE, 0)]
    assert await books.keep() == []


async def test_many_arrivals_of_a_day_are_made_together(books: Books):
    for hour in range(6):
        await books.clinic.arrive(hours(hour + 1, 0.5))
    assert await books.keep() == [day(PROBE, 0)]


async def test_today_is_made_an_hour_after_its_end(books: Books):
    await books.clinic.arrive(hours(8, 2))
    assert await books.keep(D0 + 12 * HOUR) == []
    assert await books.keep(D0 + DAY + HOUR - 1) == []
    assert await books.keep(D0 + DAY + HOUR) == [day(PROBE, 0)]


async def test_a_reading_near_midnight_also_tells_what_was_before_it(books: Books):
    await books.clinic.arrive(hours(23, 0.99))
    assert await books.keep() == [day(PROBE, 1), day(PROBE, 0)]
    before = (await books.rows())[D0]
    await books.clinic.arrive(hours(24, 1))
    assert day(PROBE, 0) in await books.keep()
    after = (await books.rows())[D0]
    assert after.sensor_ms == before.sensor_ms + 2 * MINUTE  # from 23:58 to the first of the next day


async def test_what_was_marked_is_not_forgotten_by_a_restart(books: Books):
    await books.clinic.arrive(hours(8, 2))
    await books.keep(D0 + 12 * HOUR)
    again = Books(books.clinic, Due(books.clinic.archive, books.clinic.series), books.fence)
    await again.due.start()
    assert await again.keep() == [day(PROBE, 0)]


async def test_a_correction_of_where_a_probe_hung_makes_its_days_due(books: Books):
    for n in range(3):
        await books.clinic.arrive(hours(24 * n + 8, 1))
    await books.keep()
    async with books.clinic.archive.writing() as tx:
        await equipment.unassign(tx, PROBE, D0 + DAY, BY_LATER)
    assert await books.keep() == [day(PROBE, 2), day(PROBE, 1)]
    assert [row.sensor_ms for row in (await books.rows()).values()] == [59 * MINUTE, 0, 0]


async def test_what_only_changes_verdicts_makes_nothing_due(books: Books):
    await books.clinic.arrive(hours(8, 2))
    await books.keep()
    record = NewCompartment(equipment="F1", name="cold", name_zh="冷藏室", name_en="cold", purpose=Purpose.VACCINE,
                            profile="frozen")  # fmt: skip
    async with books.clinic.archive.writing() as tx:
        await equipment.put_compartments(tx, [record], BY)
    assert await books.keep() == []


async def shown_by_paper(tx: Tx, new: NewEvidence) -> NewEvidence:
    """Of a refrigerator nobody's word is enough."""
    paper = await documents.add(tx, "read.txt", b"as it was read", None, BY_LATER)
    return replace(new, document=paper.sha256)


async def test_evidence_by_hand_makes_its_days_due(books: Books):
    await books.clinic.arrive(hours(8, 2))
    await books.keep()
    new = NewEvidence(compartment=books.clinic.compartment, start=D0 + 12 * HOUR, end=D0 + 14 * HOUR, signed_by="Ada",
                      departure_c=4.0, return_c=6.5)  # fmt: skip
    async with books.clinic.archive.writing() as tx:
        written = await evidence.enter(tx, await shown_by_paper(tx, new), by=BY_LATER)
    assert await books.keep() == [day(PROBE, 0)]
    row = (await books.rows())[D0]
    assert (row.manual_ms, row.manual_low_mc, row.manual_high_mc) == (2 * HOUR, 4000, 6500)
    async with books.clinic.archive.writing() as tx:
        await evidence.withdraw(tx, written.id, BY_LATER)
    await books.keep()
    assert (await books.rows())[D0].manual_ms == 0


BY_LATER = type(BY)("tests", FAR, "the cast")


async def test_evidence_by_hand_for_a_silent_day_makes_its_row_again(books: Books):
    await books.clinic.arrive(hours(23, 0.99))  # it also told what was after midnight, up to its gap limit
    await books.clinic.arrive(hours(24 * 4, 1))
    await books.keep()
    assert (await books.rows())[D0 + DAY].manual_ms == 0
    new = NewEvidence(compartment=books.clinic.compartment, start=D0 + 36 * HOUR, end=D0 + 38 * HOUR, signed_by="Ada",
                      return_c=6.5)  # fmt: skip
    async with books.clinic.archive.writing() as tx:
        await evidence.enter(tx, await shown_by_paper(tx, new), by=BY_LATER)
    assert day(PROBE, 1) in await books.keep()
    assert (await books.rows())[D0 + DAY].manual_ms == 2 * HOUR


async def test_a_correction_leaps_over_years_of_silence(books: Books):
    await books.clinic.arrive(Trace(PROBE, [D0 + HOUR, D0 + 300 * DAY + HOUR], [5.0, 5.0], [0, 0]))
    await books.keep()
    async with books.clinic.archive.writing() as tx:
        await equipment.unassign(tx, PROBE, D0 + 2 * HOUR, BY_LATER)
    assert await books.keep() == [day(PROBE, 300), day(PROBE, 0)]


async def test_a_batch_that_spans_years_marks_only_days_with_readings(books: Books):
    assert await books.keep() == []
    await books.clinic.arrive(Trace(PROBE, [D0 + HOUR, D0 + 300 * DAY + HOUR], [5.0, 5.0], [0, 0]))
    assert await books.keep() == [day(PROBE, 300), day(PROBE, 0)]


async def test_days_that_nobody_can_make_wait_and_stop_no_others(books: Books):
    await books.clinic.arrive(hours(8, 1))
    await books.clinic.arrive(hours(32, 1))
    await books.due.follow(books.fence, FAR)
    books.due.set_aside([day(PROBE, 1)])
    assert await books.due.ready(FAR) == [day(PROBE, 0)]
    await books.due.start()
    assert await books.due.ready(FAR) == [day(PROBE, 1), day(PROBE, 0)]


async def test_who_lost_the_lease_marks_nothing(books: Books):
    await books.clinic.arrive(hours(8, 1))
    async with books.clinic.archive.writing() as tx:
        await journal.take_lease(tx, LEASE, "another", 10_000, 100)
    with pytest.raises(Unavailable, match="another process holds it"):
        await books.due.follow(books.fence, FAR)
    async with books.clinic.archive.reading() as tx:
        assert await kept.waiting(tx, FAR, 9) == []


# ── What the rows say ──


async def test_of_two_probes_in_a_compartment_the_hottest_and_the_coldest_are_kept(books: Books):
    async with books.clinic.archive.writing() as tx:
        await equipment.assign(tx, NewAssignment(channel=OTHER, equipment="F1", compartment="cold", start=SINCE), BY)
    await books.clinic.arrive(hours(8, 1, 1.0), hours(8, 1, 9.0, OTHER))
    await books.keep()
    row = (await books.rows())[D0]
    assert (row.hot.ms[5], row.cold.ms[3], row.low_mc, row.high_mc) == (59 * MINUTE, 59 * MINUTE, 1000, 9000)
    assert row == await books.raw(D0, D0 + DAY)


async def test_a_row_found_earlier_does_not_replace_one_found_later(books: Books):
    key = (books.clinic.compartment, D0)
    async with books.clinic.archive.writing() as tx:
        await kept.put(tx, {key: Exposure(total_ms=DAY, sensor_ms=2)}, FAR)
        await kept.put(tx, {key: Exposure(total_ms=DAY, sensor_ms=1)}, FAR - 1)
    assert (await books.rows())[D0].sensor_ms == 2
    async with books.clinic.archive.writing() as tx:
        await kept.put(tx, {key: Exposure(total_ms=DAY, sensor_ms=3)}, FAR)
    assert (await books.rows())[D0].sensor_ms == 3


def story(seed: int) -> tuple[list[Trace], list[Trace]]:
    """Three days of two probes with gaps, faults and warm hours; the same in batches that arrive anyhow."""
    rng = random.Random(seed)
    whole, batches = [], []
    for channel in (PROBE, OTHER):
        values: list[float | None] = []
        level = 5.0
        for _ in range(3 * 24 * 12):
            level += rng.gauss(0, 0.7) + (5 - level) * 0.03
            values.append(None if rng.random() < 0.02 else round(level, 2))
        pairs = [(D0 + n * 5 * MINUTE + 7, v) for n, v in enumerate(values) if n // 30 % 9 != rng.randrange(9)]
        trace = Trace(
            channel, [t for t, _ in pairs], [v for _, v in pairs], [0 if v is not None else 1 for _, v in pairs]
        )
        whole.append(trace)
        batches += [
            Trace(channel, trace.t[at : at + 40], trace.v[at : at + 40], trace.q[at : at + 40])
            for at in range(0, len(pairs), 40)
        ]
    rng.shuffle(batches)
    return whole, batches


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"], indirect=True)
@pytest.mark.parametrize("seed", range(2))
async def test_late_data_in_any_order_gives_the_same_rows_and_rows_with_raw_edges_are_all_raw(books: Books, seed: int):
    clinic = books.clinic
    async with clinic.archive.writing() as tx:
        for channel in (PROBE, OTHER):
            new = NewAssignment(channel=channel, equipment="F1", compartment="cold", start=D0 - 1, interval_s=300)
            await equipment.assign(tx, new, BY)
    rng = random.Random(seed)
    for batch in story(seed)[1]:
        await clinic.arrive(batch)
        if rng.random() < 0.3:
            await books.keep()
    await books.keep()
    rows = await books.rows()
    assert [rows[D0 + n * DAY] for n in range(3)] == [
        await books.raw(D0 + n * DAY, D0 + (n + 1) * DAY) for n in range(3)
    ]
    start, end = D0 + rng.randrange(DAY), D0 + 2 * DAY + rng.randrange(DAY)
    windows = [Window(clinic.compartment, start, end), Window(clinic.compartment, start, end - HOUR)]
    found = await stays.went_through(clinic.archive, clinic.series, windows)
    alone = await stays.went_through(clinic.archive, clinic.series, windows, rows={})
    for one, two in zip(found, alone, strict=True):
        assert one.heat == pytest.approx(two.heat, rel=1e-12)
        assert (one.hot, one.cold, one.sensor_ms, one.low_mc) == (two.hot, two.cold, two.sensor_ms, two.low_mc)
    assert (found[0].total_ms, found[1].total_ms) == (end - start, end - start - HOUR)


@pytest.mark.parametrize("seed", range(2))
async def test_how_bad_it_was_until_many_moments_is_what_each_comes_to_by_itself(books: Books, seed: int):
    clinic, rng = books.clinic, random.Random(seed)
    for batch in story(seed)[1]:
        await clinic.arrive(batch)
    await books.keep()
    start = D0 + rng.randrange(-DAY, DAY)
    window = Window(clinic.compartment, start, D0 + 9 * DAY)
    moments = {rng.randrange(start, window.end) for _ in range(12)} | {start, D0 + 2 * DAY, window.end}
    for rows in (await stays.rows_of(clinic.archive, [window]), {}):
        around = Ground(clinic.archive, clinic.series, rows, PROFILES["2-8"])
        found = (await outside.until(around, {window: moments}))[window]
        alone = [Window(clinic.compartment, start, at) for at in sorted(moments)]
        for at, each in zip(alone, await stays.went_through(clinic.archive, clinic.series, alone), strict=True):
            assert found[at.end] == (each.outside_ms(2.0, 8.0), each.unknown_ms, each.total_ms)


async def test_decades_of_silence_are_one_stretch_and_readings_within_are_found(books: Books):
    clinic = books.clinic
    await clinic.arrive(hours(8, 1), hours(24 * 3650 + 8, 1))
    async with clinic.archive.reading() as tx:
        assert await kept.waiting(tx, FAR, 9) == []  # no row is kept yet
    window = Window(clinic.compartment, D0 - 20_000 * DAY, D0 + 20_000 * DAY)
    [parts] = await raw.parted(clinic.archive, clinic.series, [window])
    assert len(parts) == 5
    [found] = await stays.went_through(clinic.archive, clinic.series, [window])
    assert (found.total_ms, found.sensor_ms) == (40_000 * DAY, 2 * 59 * MINUTE)


async def test_a_reading_before_midnight_is_found_from_the_day_after(books: Books):
    clinic = books.clinic
    await clinic.arrive(Trace(PROBE, [D0 - MINUTE, D0 + MINUTE], [5.0, 5.0], [0, 0]), hours(24 * 3 - 0.02, 1))
    gap = 3 * MINUTE
    assert await raw.spoken(clinic.series, PROBE, D0 + DAY, D0 + 3 * DAY, gap) == {D0 + 2 * DAY}
    assert await raw.spoken(clinic.series, PROBE, D0 - DAY, D0 + 2 * DAY, gap) == {D0 - DAY, D0}


async def test_a_day_that_is_to_be_made_again_is_reckoned_from_readings_meanwhile(books: Books):
    await books.clinic.arrive(hours(8, 1))
    await books.keep()
    await books.clinic.arrive(hours(10, 1))
    await books.due.follow(books.fence, FAR)
    window = Window(books.clinic.compartment, D0, D0 + DAY)
    [found] = await stays.went_through(books.clinic.archive, books.clinic.series, [window])
    assert found.sensor_ms == 2 * 59 * MINUTE


# ── The task ──


class Lame:
    """A book that cannot be made: of any day, or of one only."""

    def __init__(self, day: ChannelDay | None = None) -> None:
        self.asked = 0
        self.day = day

    async def build(self, _archive: Archive, _series: Series, days: Sequence[ChannelDay], _at: int) -> None:
        self.asked += 1
        if self.day is None or self.day in days:
            raise ValueError("a mistake")


async def kept_rows(archive: Archive) -> int:
    async with archive.reading() as tx:
        return len(list(await tx.scalars(select(tables.ExposureDay.day))))


async def until_kept(archive: Archive, count: int) -> None:
    async with asyncio.timeout(60):
        while await kept_rows(archive) < count:
            await asyncio.sleep(0.02)


async def test_the_task_keeps_books_and_gives_its_lease_back(clinic: Clinic):
    await clinic.arrive(hours(8, 1))
    ledger = Ledger(clinic.archive, clinic.series, lease_s=3, look_s=0.05)
    task = asyncio.create_task(ledger.work())
    await until_kept(clinic.archive, 1)
    await clinic.arrive(hours(32, 1))
    await until_kept(clinic.archive, 2)
    task.cancel()
    await asyncio.wait([task])
    async with clinic.archive.writing() as tx:
        assert await journal.take_lease(tx, LEASE, "next", clock.wall(), 1000) is not None


async def test_a_mistake_in_one_book_does_not_end_the_task(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    lame = Lame()
    monkeypatch.setattr(loop, "BOOKS", (exposures.build, lame.build))
    await clinic.arrive(hours(8, 1))
    task = asyncio.create_task(Ledger(clinic.archive, clinic.series, lease_s=3, look_s=0.05).work())
    await until_kept(clinic.archive, 1)
    await clinic.arrive(hours(32, 1))
    await until_kept(clinic.archive, 2)
    assert not task.done()
    assert lame.asked == 2
    task.cancel()
    await asyncio.wait([task])
    assert "books not made" in caplog.text


async def test_one_day_that_cannot_be_made_stops_no_others(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr(loop, "BOOKS", (Lame(day(PROBE, 1)).build, exposures.build))
    for n in range(3):
        await clinic.arrive(hours(24 * n + 8, 1))
    task = asyncio.create_task(Ledger(clinic.archive, clinic.series, lease_s=3, look_s=0.05).work())
    await until_kept(clinic.archive, 2)
    task.cancel()
    await asyncio.wait([task])
    async with clinic.archive.reading() as tx:
        assert await kept.waiting(tx, FAR, 9) == [(PROBE, D0 + DAY)]
    assert f"day={D0 + DAY}" in caplog.text


async def until_root(archive: Archive) -> None:
    async with asyncio.timeout(60):
        while True:
            async with archive.reading() as tx:
                if await roots.newest(tx) is not None:
                    return
            await asyncio.sleep(0.02)


async def test_the_days_root_is_taken_though_there_was_nothing_to_seal(clinic: Clinic):
    task = asyncio.create_task(Ledger(clinic.archive, clinic.series, lease_s=3, look_s=0.05).work())
    await until_root(clinic.archive)
    task.cancel()
    await asyncio.wait([task])


async def test_the_days_root_is_taken_though_the_series_does_not_answer(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
):
    async def away() -> dict[tuple[str, int], int]:
        raise Unavailable("series: away")

    monkeypatch.setattr(clinic.series, "heads", away)
    task = asyncio.create_task(Ledger(clinic.archive, clinic.series, lease_s=3, look_s=0.05).work())
    await until_root(clinic.archive)
    task.cancel()
    await asyncio.wait([task])
