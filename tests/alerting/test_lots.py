"""Which lots an excursion concerns: the same alone and among others, each with its own time out, by one look."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerting.excursion.cases import Concerned
from alerting.excursion.exposure import time_out
from alerting.excursion.policy import Explanation
from alerting.excursion.stretch import Place, stretches_of
from alerting.excursion.stretch import Stay as At
from alerting.excursion.verdicts import Verdict, judge
from alerting.findings import findings_of
from alerting.lots import Stock, stock_of
from alerting.occasions import near, occasions_of
from coldchain.archive import cases, equipment, lots
from coldchain.archive.equipment import NewCompartment, Purpose
from coldchain.archive.lots import Inside, Lot, NewMovement, Reason, Stay
from coldchain.excursion import Case, LotShare, LotsKnown
from coldchain.reading import Trace
from coldchain.series.embedded import EmbeddedSeries
from tests.alerting.cast import BY, HOUR, MINUTE, PROBE, T0, Clinic, stock, trace_of
from tests.alerting.rulebook import HEAT, traces

DAY = 24 * HOUR
NO, COMPARTMENT, FACILITY = LotsKnown.NO, LotsKnown.COMPARTMENT, LotsKnown.FACILITY


def warm(start: int, minutes: int = 90) -> Trace:
    """Ninety minutes at 16 °C."""
    return trace_of([5.0, *[16.0] * minutes, 5.0, 5.0, 5.0], start=start)


def verdicts_of(clinic: Clinic, *some: Trace, purpose: str = "vaccine") -> list[Verdict]:
    """What the site's own rules say of some traces, in the clinic's compartment."""
    place = Place(MINUTE, "2-8", equipment="F1", compartment=clinic.compartment, purpose=purpose)
    stretches = stretches_of([At(place, 0, None)], clinic.court.packs, ["cn-2017"])
    return [verdict for trace in some for verdict in judge(stretches, trace)]


async def weigh(clinic: Clinic, verdicts: Sequence[Verdict]) -> list[Concerned]:
    found = [finding.facts for finding in await findings_of(clinic.court.bench(), verdicts)]
    return [Concerned(facts.lots_known, facts.lots) for facts in found]


async def receive(clinic: Clinic, number: str, at: int, *, until: int | None = None, at_other: bool = False) -> None:
    """Ten doses come, and may go again."""
    async with clinic.archive.writing() as tx:
        target = clinic.compartment
        if at_other:
            other = NewCompartment(equipment="F1", name="two", name_zh="二", name_en="two", purpose=Purpose.VACCINE,
                                   profile="2-8")  # fmt: skip
            await equipment.put_compartments(tx, [other], BY)
            target = (await equipment.compartment(tx, "F1", "two")).id
        vaccine = lots.Vaccine(code="HepB", name_zh="乙肝疫苗", name_en="Hepatitis B", freeze_sensitive=True)
        await lots.put_vaccines(tx, [vaccine], BY)
        await lots.put_lots(tx, [Lot(id=number, number=number, vaccine="HepB", maker="M", expires_on="2028-05-01")], BY)
        await lots.move(tx, NewMovement(lot=number, at=at, doses=10, reason=Reason.RECEIVED, target=target), BY)
        if until is not None:
            gone = NewMovement(lot=number, at=until, doses=10, reason=Reason.DISPOSED, source=target)
            await lots.move(tx, gone, BY)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The channels that were read, one for each question to the series."""
    asked: list[str] = []
    read = EmbeddedSeries.read

    async def counted(series: EmbeddedSeries, channel: str, start: int, end: int) -> Trace:
        asked.append(channel)
        return await read(series, channel, start, end)

    monkeypatch.setattr(EmbeddedSeries, "read", counted)
    return asked


# ── Alone or among others ──


async def concerned_cases(clinic: Clinic) -> list[Case]:
    async with clinic.archive.reading() as tx:
        found = await cases.anchored(tx, {PROBE: (0, 2**60)})
    return sorted((case for case in found if case.facts.rule == "cn-2017/heat"), key=lambda case: case.anchor)


@pytest.mark.parametrize("is_together", [False, True])
async def test_what_came_first_after_an_excursion_says_nothing_about_it(clinic: Clinic, is_together: bool):
    async with clinic.archive.writing() as tx:
        await stock(tx, clinic.compartment, at=T0 + 2 * DAY)
    await clinic.sweep()
    await clinic.arrive(warm(T0))
    if not is_together:
        await clinic.sweep()
    await clinic.hear(warm(T0 + 3 * DAY))
    known = [
        (case.facts.lots_known, [share.lot for share in case.facts.lots]) for case in await concerned_cases(clinic)
    ]
    assert known == [(NO, []), (COMPARTMENT, ["L-1"])]


async def test_each_of_some_excursions_concerns_what_it_would_concern_alone(clinic: Clinic):
    await receive(clinic, "elsewhere", T0 + DAY, until=T0 + 3 * DAY, at_other=True)
    await receive(clinic, "here", T0 + 4 * DAY, until=T0 + 5 * DAY)
    some = verdicts_of(clinic, *(warm(T0 + day * DAY) for day in range(7)))
    alone = [one for verdict in some for one in await weigh(clinic, [verdict])]
    assert [each.known for each in alone] == [NO, FACILITY, FACILITY, NO, COMPARTMENT, COMPARTMENT, COMPARTMENT]
    assert [len(each.lots) for each in alone] == [0, 1, 1, 0, 1, 0, 0]
    assert await weigh(clinic, some) == alone
    assert await weigh(clinic, some[::-1]) == alone[::-1]


async def test_where_no_vaccine_was_kept_the_facilitys_lots_are_not_named(clinic: Clinic):
    await receive(clinic, "elsewhere", T0 - DAY, at_other=True)
    [packs] = verdicts_of(clinic, warm(T0), purpose="ice_packs")
    [vaccine] = verdicts_of(clinic, warm(T0 + DAY))
    assert [each.known for each in await weigh(clinic, [packs, vaccine])] == [NO, FACILITY]


async def test_a_place_that_is_no_compartment_has_no_stock(clinic: Clinic):
    [one] = verdicts_of(clinic, warm(T0))
    async with clinic.archive.reading() as tx:
        assert await stock_of(tx, [replace(one, place=replace(one.place, compartment=None))]) == {}


@pytest.mark.parametrize(("came", "known"), [(0, COMPARTMENT), (1, NO)])
async def test_what_came_with_the_last_bad_reading_was_there(clinic: Clinic, came: int, known: LotsKnown):
    [one] = verdicts_of(clinic, warm(T0))
    at = one.last_bad + came
    inside = Inside(Lot(id="L", number="L", vaccine="V", maker="M", expires_on=""),
                    (Stay("L", clinic.compartment, at, None, ((at, 5),)),), 5)  # fmt: skip
    assert Stock([inside], at).at(one)[0] is known


async def test_what_explains_an_excursion_does_not_depend_on_what_it_is_judged_with(clinic: Clinic):
    """Even with a policy that looks further than anybody can write."""
    async with clinic.archive.writing() as tx:
        await stock(tx, clinic.compartment, at=T0)
    far = Explanation("delivery", frozenset({"2-8"}), 20_000, 3 * HOUR, 0, 3 * HOUR)
    policy = replace(clinic.court.policy, explanations=(far,))
    early, late = verdicts_of(clinic, warm(T0 + 100 * MINUTE, 10), warm(T0 + 150 * MINUTE, 10))
    async with clinic.archive.reading() as tx:
        together = (await occasions_of(tx, [early, late], clinic.court.zone))[late.place]
    assert policy.loudness(late, together).explained == "delivery"
    assert [policy.loudness(each, near(each, together)).explained for each in (early, late)] == ["delivery", None]


@pytest.mark.parametrize(("minutes", "count"), [(120, 1), (120.001, 0), (-120, 1), (-120.001, 0)])
async def test_occasions_are_looked_for_up_to_two_hours_away_and_no_further(clinic: Clinic, minutes: float, count: int):
    async with clinic.archive.writing() as tx:
        await stock(tx, clinic.compartment, at=T0)
    [one] = verdicts_of(clinic, warm(T0 + round(minutes * MINUTE) - MINUTE, 10))
    async with clinic.archive.reading() as tx:
        found = (await occasions_of(tx, [one], clinic.court.zone))[one.place]
    assert len(found) == len(near(one, found)) == count


# ── Each lot's own time ──


async def test_lots_that_were_there_throughout_need_no_look_at_the_readings(clinic: Clinic, reads: list[str]):
    await receive(clinic, "L-1", T0 - DAY)
    await receive(clinic, "L-2", T0 - DAY, until=T0 + DAY)
    await receive(clinic, "gone", T0 - 2 * DAY, until=T0 - DAY)
    await clinic.series.write([warm(T0)])
    [one] = verdicts_of(clinic, warm(T0))
    [concerned] = await weigh(clinic, [one])
    assert concerned.lots == tuple(LotShare(number, "HepB", 10, one.out_ms) for number in ("L-1", "L-2"))
    assert reads == []


async def test_many_lots_that_came_meanwhile_are_told_by_one_look_each_excursion(clinic: Clinic, reads: list[str]):
    await receive(clinic, "M-throughout", T0 - DAY)
    for n in range(10):
        await receive(clinic, f"M-{n}", T0 + (11 + n) * MINUTE, until=T0 + (31 + n) * MINUTE)
    await receive(clinic, "M-to-come", T0 + 80 * MINUTE)
    some = [warm(T0), warm(T0 + 4 * HOUR)]
    await clinic.series.write(some)
    first, second = await weigh(clinic, verdicts_of(clinic, *some))
    assert {share.lot: share.out_ms for share in first.lots if share.lot < "M-a"} == {
        f"M-{n}": 20 * MINUTE for n in range(10)
    }
    whole = {share.lot: share.out_ms for share in first.lots}["M-throughout"]
    coming = {share.lot: share.out_ms for share in first.lots}["M-to-come"]
    assert 90 * MINUTE < whole < 92 * MINUTE
    assert coming == whole - (80 * MINUTE - 16_364)  # the line left the band so long after T0
    assert [share.lot for share in second.lots] == ["M-throughout", "M-to-come"]
    assert reads == [PROBE]  # of the second nothing is asked: both were there throughout


async def test_a_further_reading_of_a_long_excursion_costs_one_look_however_many_lots_came(
    clinic: Clinic, reads: list[str]
):
    for n in range(8):
        await receive(clinic, f"M-{n}", T0 + n * HOUR + MINUTE)
    await clinic.sweep()
    minutes = 9 * 60
    await clinic.hear(trace_of([5.0, *[9.0, 9.1] * (minutes // 2)]))
    reads.clear()
    await clinic.hear(trace_of([9.0], start=T0 + (minutes + 1) * MINUTE))
    assert len(reads) <= 1  # the site's one rule that speaks of it
    [case] = await concerned_cases(clinic)
    assert len(case.facts.lots) == 8


@settings(max_examples=100, deadline=None, derandomize=True)
@given(traces(), st.lists(st.integers(-2, 130), min_size=1, max_size=4))
def test_the_parts_together_are_the_whole(trace: Trace, cuts: list[int]):
    out = time_out(HEAT, 3 * MINUTE, trace)
    edges = [0, *sorted(T0 + cut * MINUTE // 2 for cut in cuts), 2**60]
    parts = [out.within(start, end) for start, end in pairwise(edges)]
    assert sum(parts) == out.within(0, 2**60)
    assert all(0 <= part <= end - start for part, (start, end) in zip(parts, pairwise(edges), strict=True))


async def test_a_receipt_entered_late_reaches_the_cases_that_know_their_lots_by_facility_only(clinic: Clinic):
    fridge = equipment.Equipment(
        code="F2", facility="511900012000", name_zh="二号冰箱", name_en="fridge F2", short_zh="二号",
        type=equipment.EquipmentType.DOMESTIC_FRIDGE,
    )  # fmt: skip
    cold = NewCompartment(
        equipment="F2", name="cold", name_zh="冷藏室", name_en="cold", purpose=Purpose.VACCINE, profile="2-8"
    )
    async with clinic.archive.writing() as tx:
        await equipment.put_equipment(tx, [fridge], BY)
        await equipment.put_compartments(tx, [cold], BY)
        other = (await equipment.compartment(tx, "F2", "cold")).id
    await clinic.hear(trace_of([5.0, *[9.5, 9.6] * 40, 5.0]))
    assert [case.facts.lots_known for case in await concerned_cases(clinic)] == [NO]
    async with clinic.archive.writing() as tx:
        await stock(tx, other)
    await clinic.sweep()
    [case] = await concerned_cases(clinic)
    assert (case.facts.lots_known, [share.doses for share in case.facts.lots]) == (FACILITY, [120])
