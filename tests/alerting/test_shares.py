"""Minutes of each lot, in a fridge whose lots moved in and out, are those of a computation that asks every second.

Back-dated and withdrawn movements, gaps, faults, two probes and evidence by hand; nothing here knows of stays or rows.
"""

import random
from collections import defaultdict
from dataclasses import dataclass, field, replace
from itertools import pairwise

import pytest
from msgspec import structs

from coldchain.archive import cases, documents, equipment, lots, tables, views
from coldchain.archive.audit import By
from coldchain.archive.equipment import NewAssignment, NewCompartment, Purpose
from coldchain.archive.exposure import evidence
from coldchain.archive.exposure.evidence import NewEvidence
from coldchain.archive.lots import Lot, NewMovement, Reason
from coldchain.excursion import Case
from coldchain.exposure import BANDS, EDGES_MC, Exposure
from coldchain.ledger import lots as ledger
from coldchain.ledger import stays
from coldchain.ledger.lots import Passage
from coldchain.ledger.raw import Window
from coldchain.reading import Trace
from tests.alerting.cast import BY, GATEWAY, HOUR, MINUTE, PROBE, T0, Clinic, stock, trace_of

OTHER = f"{GATEWAY}/28ff77aa/temperature"
SECOND = 1000
LENGTH = 5 * HOUR
LATER = By("tests", T0 + 400 * 24 * HOUR, "the cast")
NUMBERS = ("A", "B", "C")
GAP = 3 * MINUTE


@dataclass
class Told:
    """What a test knows by itself: readings by probe, movements that count, what people vouch for."""

    readings: dict[str, list[tuple[int, int]]]
    moves: list[NewMovement]
    vouched: list[tuple[int, int]]
    _middles: dict[str, dict[int, float]] = field(default_factory=dict)

    def at(self, channel: str, second: int) -> float | None:
        """m°C in the middle of a second, between two readings that know."""
        if channel not in self._middles:
            self._middles[channel] = {
                time: va + (vb - va) * (time + SECOND / 2 - a) / (b - a)
                for (a, va), (b, vb) in pairwise(self.readings[channel])
                if b - a <= GAP
                for time in range(a, b, SECOND)
            }
        return self._middles[channel].get(second)

    def inside(self, lot: str, compartment: int, time: int) -> bool:
        level = 0
        for move in self.moves:
            if move.lot == lot and move.at <= time:
                level += move.doses * ((move.target == compartment) - (move.source == compartment))
        return level > 0


def band_of(mc: float) -> int:
    return sum(mc > edge for edge in EDGES_MC)


def readings(rng: random.Random, channel: str) -> Trace:
    """Minutes with gaps and faults, and a warm and a cold hour."""
    times, values, codes = [], [], []
    level, away = 5.0, 0
    for n in range(-3, LENGTH // MINUTE + 4):
        aim = 11.0 if 60 <= n < 130 else -1.0 if 200 <= n < 240 else 5.0
        level += rng.gauss(0, 0.5) + (aim - level) * 0.08
        away = away - 1 if away else rng.choice([0] * 40 + [2, 4, 12])
        if away:
            continue
        is_fault = rng.random() < 0.02
        times.append(T0 + n * MINUTE + 2 * SECOND)
        values.append(None if is_fault else round(level, 2))
        codes.append(int(is_fault))
    return Trace(channel, times, values, codes)


async def move(clinic: Clinic, told: Told, new: NewMovement) -> int:
    async with clinic.archive.writing() as tx:
        number = (await lots.move(tx, new, LATER)).id
    told.moves.append(new)
    return number


async def lived(clinic: Clinic, seed: int) -> tuple[Told, int]:
    """A random morning of the clinic; returns what is known of it, and the second compartment."""
    rng = random.Random(seed)
    second = NewCompartment(
        equipment="F1", name="two", name_zh="二", name_en="two", purpose=Purpose.VACCINE, profile="2-8"
    )
    async with clinic.archive.writing() as tx:
        await equipment.put_compartments(tx, [second], BY)
        await equipment.assign(
            tx, NewAssignment(channel=OTHER, equipment="F1", compartment="cold", start=T0 - HOUR), BY
        )
        two = (await equipment.compartment(tx, "F1", "two")).id
        vaccine = lots.Vaccine(code="HepB", name_zh="乙肝疫苗", name_en="Hepatitis B", freeze_sensitive=True)
        await lots.put_vaccines(tx, [vaccine], BY)
        some = [Lot(id=n, number=n, vaccine="HepB", maker="M", expires_on="2030-05-01") for n in NUMBERS]
        await lots.put_lots(tx, some, BY)
    told = Told({}, [], [])
    for channel in (PROBE, OTHER):
        trace = readings(rng, channel)
        await clinic.arrive(trace)
        rows = zip(trace.t, trace.v, strict=True)
        told.readings[channel] = [(t, round(v * 1000)) for t, v in rows if v is not None]
    await clinic.sweep()
    await stocked(clinic, told, rng, two)
    begin = T0 + rng.randrange(LENGTH // SECOND) * SECOND
    told.vouched = [(begin, begin + 30 * MINUTE)]
    new = NewEvidence(compartment=clinic.compartment, start=begin, end=begin + 30 * MINUTE, signed_by="A", return_c=5.0)
    async with clinic.archive.writing() as tx:
        paper = await documents.add(tx, "read.txt", b"as it was read", None, LATER)
        await evidence.enter(tx, structs.replace(new, document=paper.sha256), LATER)
    await clinic.sweep()
    return told, two


async def stocked(clinic: Clinic, told: Told, rng: random.Random, two: int) -> None:
    """Lots come, go over and back; entered in any order, and some by mistake."""
    here = clinic.compartment
    for number in NUMBERS:
        came = T0 + rng.randrange(-600, 3600) * SECOND
        await move(clinic, told, NewMovement(lot=number, at=came, doses=50, reason=Reason.RECEIVED, target=here))
        over, back = sorted(T0 + rng.randrange(4000, LENGTH // SECOND) * SECOND for _ in range(2))
        if back == over:
            continue
        await move(
            clinic, told, NewMovement(lot=number, at=over, doses=50, reason=Reason.MOVED, source=here, target=two)
        )
        await move(
            clinic, told, NewMovement(lot=number, at=back, doses=50, reason=Reason.MOVED, source=two, target=here)
        )
        mistake = NewMovement(lot=number, at=came - HOUR, doses=9, reason=Reason.RECEIVED, target=here)
        entered = await move(clinic, told, mistake)
        async with clinic.archive.writing() as tx:
            await lots.withdraw(tx, entered, LATER)
        told.moves.remove(mistake)
        early = NewMovement(lot=number, at=came - 10 * MINUTE, doses=3, reason=Reason.RECEIVED, target=here)
        await move(clinic, told, early)  # back-dated: some had come before


def asked(told: Told, spans: list[tuple[int, int]]) -> tuple[list[int], list[int], int, int]:
    """Seconds per band of the hottest and coldest, seconds by hand, seconds unknown."""
    hot, cold, manual, unknown = [0] * BANDS, [0] * BANDS, 0, 0
    for start, end in spans:
        for time in range(start, end, SECOND):
            values = [v for channel in told.readings if (v := told.at(channel, time)) is not None]
            if values:
                hot[band_of(max(values))] += 1
                cold[band_of(min(values))] += 1
            elif any(a <= time < b for a, b in told.vouched):
                manual += 1
            else:
                unknown += 1
    return hot, cold, manual, unknown


def agrees(found: Exposure, told: Told, spans: list[tuple[int, int]]) -> None:
    hot, cold, manual, unknown = asked(told, spans)
    assert (found.manual_ms, found.unknown_ms) == (manual * SECOND, unknown * SECOND)
    assert found.sensor_ms == sum(hot) * SECOND
    for bands, seconds in ((found.hot, hot), (found.cold, cold)):
        for ms, expected in zip(bands.ms, seconds, strict=True):
            assert ms == pytest.approx(expected * SECOND, abs=SECOND * 20)


@pytest.mark.parametrize("seed", range(2))
async def test_what_each_stay_of_each_lot_went_through_is_what_every_second_says(clinic: Clinic, seed: int):
    told, _ = await lived(clinic, seed)
    end = T0 + LENGTH
    for number in NUMBERS:
        async with clinic.archive.reading() as tx:
            its = [stay for stay in await lots.stays(tx, number) if stay.compartment == clinic.compartment]
        windows = [Window(stay.compartment, stay.start, min(stay.end or end, end)) for stay in its]
        found = await stays.went_through(clinic.archive, clinic.series, windows)
        for window, each in zip(windows, found, strict=True):
            agrees(each, told, [(window.start, window.end)])
        seconds = [s for s in range(T0 - 2 * HOUR, end, SECOND) if told.inside(number, clinic.compartment, s)]
        assert len(seconds) * SECOND == sum(window.end - window.start for window in windows)


async def test_what_a_lot_went_through_is_the_sum_of_its_way(clinic: Clinic):
    _, two = await lived(clinic, 7)
    async with clinic.archive.reading() as tx:
        [(lot, vaccine)] = (await views.lot_names(tx, ["A"])).values()
        story = await ledger.story_of(tx, lot, vaccine)
    found = await ledger.tell(clinic.archive, clinic.series, story, story.ends(), T0 + LENGTH)
    by_place: dict[int, list[Passage]] = defaultdict(list)
    for passage in found.passages:
        by_place[passage.leg.stay.compartment].append(passage)
    assert set(by_place) == {clinic.compartment, two}
    assert all(passage.went.sensor_ms == 0 for passage in by_place[two])  # nothing hangs there
    counted = [passage.went for passage in found.passages if passage.is_counted]
    assert found.worst.total_ms == sum(each.total_ms for each in counted)
    assert found.excursions


async def test_who_gave_out_all_doses_is_still_told_while_others_have_some(clinic: Clinic):
    async with clinic.archive.writing() as tx:
        await stock(tx, clinic.compartment, at=T0)
        away = NewMovement(lot="L-1", at=T0 + HOUR, doses=120, reason=Reason.ISSUED, source=clinic.compartment)
        await lots.move(tx, away, BY)
        [(lot, vaccine)] = (await views.lot_names(tx, ["L-1"])).values()
        story = await ledger.story_of(tx, lot, vaccine)
    elsewhere = replace(story.stays[0], start=T0 + 9, end=None, compartment=-1)
    (_, unit), place = story.rooms[clinic.compartment], tables.Compartment(id=-1)
    rooms = story.rooms | {-1: (place, tables.Equipment(facility="other"))}
    two = replace(story, stays=[*story.stays, elsewhere], rooms=rooms)
    assert two.ends(frozenset({unit.facility})) == story.stays
    assert two.ends() == [elsewhere]
    assert two.ends(frozenset({"nowhere"})) == []


async def test_doses_that_came_back_unopened_bring_their_past_and_were_out_of_sight_meanwhile(clinic: Clinic):
    here = clinic.compartment
    await clinic.arrive(trace_of([9.0] * 61))
    async with clinic.archive.writing() as tx:
        await stock(tx, here, at=T0)
        away = NewMovement(lot="L-1", at=T0 + HOUR, doses=120, reason=Reason.ISSUED, source=here)
        back = NewMovement(lot="L-1", at=T0 + 3 * HOUR, doses=50, reason=Reason.RETURNED, target=here)
        for new in (away, back):
            await lots.move(tx, new, BY)
        [(lot, vaccine)] = (await views.lot_names(tx, ["L-1"])).values()
        story = await ledger.story_of(tx, lot, vaccine)
    told = await ledger.tell(clinic.archive, clinic.series, story, story.ends(), T0 + 4 * HOUR)
    assert (told.worst.outside_ms(2.0, 8.0), told.worst.unknown_ms) == (HOUR, 3 * HOUR)
    assert [(each.leg.start, each.leg.end) for each in told.passages] == [(T0, T0 + HOUR), (T0 + 3 * HOUR, None)]


async def cases_of(clinic: Clinic, channel: str) -> list[Case]:
    async with clinic.archive.reading() as tx:
        found = await cases.anchored(tx, {channel: (0, 2**60)})
    return [case for case in found if case.facts.rule == "cn-2017/heat" and case.state != "withdrawn"]


@pytest.mark.parametrize("seed", range(2))
async def test_an_excursion_says_of_each_lot_how_long_it_was_out(clinic: Clinic, seed: int):
    told, _ = await lived(clinic, seed)
    found = [(channel, case) for channel in (PROBE, OTHER) for case in await cases_of(clinic, channel)]
    assert found
    for channel, case in found:
        facts = case.facts
        start = facts.known_good_before or facts.first_bad
        end = facts.known_good_after or facts.last_bad
        for share in facts.lots:
            seconds = [
                second
                for second in range(start, end, SECOND)
                if (mc := told.at(channel, second)) is not None and mc > 8000
                if told.inside(share.lot, clinic.compartment, second)
            ]
            assert share.out_ms == pytest.approx(len(seconds) * SECOND, abs=SECOND * 12), (channel, share)
            assert share.out_ms <= facts.out_ms
