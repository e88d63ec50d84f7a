"""Any order of arrival, any batching, doubled batches, restarts: the same excursions; and for one journal the same cases."""

import itertools
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerting.decide import Chunk
from alerting.excursion.rules import Pack, Version
from alerting.excursion.verdicts import Verdict, judge
from alerting.judge import Touch
from alerting.windows import Span
from coldchain.archive import cases, equipment, probes
from coldchain.archive.db import Archive
from coldchain.archive.equipment import NewAssignment
from coldchain.archive.probes import NewBuffer
from coldchain.excursion import Case, CaseState
from coldchain.reading import Trace
from coldchain.series import Series
from tests.alerting.cast import BY, MINUTE, T0, Clinic, a_correction, clinic_of, opened_clinic
from tests.alerting.rulebook import BY_ID, calm_traces, traces

numbers = itertools.count(1)
COUNTING = (CaseState.OPEN, CaseState.CLOSED)


@dataclass(frozen=True)
class Journal:
    """Batches in the order of their arrival, doubled ones too; after some of them alerting is started again."""

    batches: Sequence[Trace]
    restarts: frozenset[int]
    chunk: int


@st.composite
def journals(draw: st.DrawFn) -> Journal:
    trace = draw(traces())
    cuts = sorted({0, len(trace), *draw(st.lists(st.integers(0, len(trace)), max_size=7))})
    parts = [Trace(trace.channel, trace.t[a:b], trace.v[a:b], trace.q[a:b]) for a, b in pairwise(cuts)]
    order = draw(st.permutations(range(len(parts))))
    doubled = draw(st.lists(st.sampled_from(range(len(parts))), max_size=2))
    restarts = draw(st.frozensets(st.integers(0, 8), max_size=2))
    return Journal([parts[i] for i in [*order, *doubled]], restarts, draw(st.integers(1, 4)))


@pytest.fixture
async def pair(archive: Archive, series: Series) -> AsyncIterator[Clinic]:
    async with opened_clinic(archive, series) as clinic:
        yield clinic


@pytest.fixture
async def site(archive: Archive, series: Series) -> AsyncIterator[Clinic]:
    """A clinic that obeys a sum and a run: few enough rules for calm between excursions."""
    its = [BY_ID["ship/hot"], BY_ID["cn/heat"]]
    packs = {rule.id: Pack(rule.id, "", "", (Version("1", 0, "", (rule,)),)) for rule in its}
    async with opened_clinic(archive, series) as clinic:
        site = await clinic_of(archive, series, clinic.compartment, rules=list(packs), packs=packs)
        site.now = clinic.now
        yield site


async def fresh_channel(clinic: Clinic) -> str:
    channel = f"gw-1/probe-{next(numbers)}/temperature"
    async with clinic.archive.writing() as tx:
        await equipment.assign(tx, NewAssignment(channel=channel, equipment="F1", compartment="cold", start=0), BY)
    return channel


async def cases_of(clinic: Clinic, channel: str) -> list[Case]:
    async with clinic.archive.reading() as tx:
        return await cases.anchored(tx, {channel: (0, 2**60)})


def facts(verdict: Verdict) -> tuple[object, ...]:
    return (verdict.rule, verdict.first_bad, verdict.last_bad, verdict.known_good_before, verdict.known_good_after,
            verdict.extreme_mc, verdict.out_ms, verdict.unknown_ms, verdict.degree_ms, verdict.mkt_mc)  # fmt: skip


def facts_of(case: Case) -> tuple[object, ...]:
    said = case.facts
    return (said.rule, said.first_bad, said.last_bad, said.known_good_before, said.known_good_after,
            said.extreme_mc, said.out_ms, said.unknown_ms, said.degree_ms, said.mkt_mc)  # fmt: skip


def touches_of(batches: Sequence[Trace], channel: str) -> list[Touch]:
    return [Touch(channel, Span(batch.t[0], batch.t[-1])) for batch in batches]


async def play_live(clinic: Clinic, journal: Journal, channel: str) -> Clinic:
    """Every batch is decided about as it arrives."""
    for number, batch in enumerate(journal.batches):
        await clinic.series.write([replace(batch, channel=channel)])
        await clinic.decide(Chunk(touches_of([batch], channel)))
        if number in journal.restarts:
            clinic = await clinic.restarted()
    return clinic


async def play_behind(clinic: Clinic, journal: Journal, channel: str) -> Clinic:
    """All readings are in the store before alerting begins to follow the journal, some lines at a time."""
    await clinic.series.write([replace(batch, channel=channel) for batch in journal.batches])
    for at in range(0, len(journal.batches), journal.chunk):
        await clinic.decide(Chunk(touches_of(journal.batches[at : at + journal.chunk], channel)))
        if at in journal.restarts:
            clinic = await clinic.restarted()
    return clinic


async def verdicts_of(clinic: Clinic, channel: str) -> list[Verdict]:
    async with clinic.archive.reading() as tx:
        await clinic.court.timelines.read(tx, [channel])
    trace = await clinic.series.read(channel, 0, 2**60)
    return judge(clinic.court.timelines[channel].stretches, trace)


ON_REAL_STORES = settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@ON_REAL_STORES
@given(journal=journals())
async def test_the_excursions_are_those_of_all_readings_at_once(pair: Clinic, journal: Journal):
    for play in (play_live, play_behind):
        channel = await fresh_channel(pair)
        clinic = await play(pair, journal, channel)
        counting = [case for case in await cases_of(clinic, channel) if case.state in COUNTING]
        assert sorted(map(facts_of, counting), key=str) == sorted(
            map(facts, await verdicts_of(clinic, channel)), key=str
        )
        assert all(case.facts.first_bad <= case.anchor <= case.facts.last_bad for case in counting)


@ON_REAL_STORES
@given(journal=journals())
async def test_one_journal_gives_the_same_cases_under_any_chunking_and_restart(pair: Clinic, journal: Journal):
    ends = []
    for plan in (
        replace(journal, restarts=frozenset()),
        replace(journal, chunk=1),
        journal,
    ):
        channel = await fresh_channel(pair)
        clinic = await play_live(pair, plan, channel)
        ends.append([(c.anchor, c.state, facts_of(c)) for c in await cases_of(clinic, channel)])
    channel = await fresh_channel(pair)
    whole = replace(journal, restarts=frozenset(), chunk=len(journal.batches))
    clinic = await play_behind(pair, whole, channel)
    ends.append([(c.anchor, c.state, facts_of(c)) for c in await cases_of(clinic, channel)])
    assert all(end == ends[0] for end in ends)


@ON_REAL_STORES
@given(trace=calm_traces(), minutes=st.tuples(st.integers(-9, 40), st.integers(1, 30)))
async def test_a_correction_of_some_time_gives_what_judging_all_of_it_anew_gives(
    site: Clinic, trace: Trace, minutes: tuple[int, int]
):
    """A buffer is of another place, so that whatever goes on begins anew with it, and after it once more."""
    channel, start = await fresh_channel(site), T0 + minutes[0] * MINUTE
    await site.hear(replace(trace, channel=channel))
    before = await counting_facts(site, channel)
    new = NewBuffer(channel=channel, tau_s=300, source="a study", approved_by="Ada", start=start,
                    end=start + minutes[1] * MINUTE)  # fmt: skip
    async with site.archive.writing() as tx:
        buffer = await probes.approve_buffer(tx, new, BY, await a_correction(tx))
    await site.sweep()
    assert await counting_facts(site, channel) == sorted(map(facts, await verdicts_of(site, channel)), key=str)
    async with site.archive.writing() as tx:
        await probes.withdraw_buffer(tx, buffer.id, BY, await a_correction(tx))
    await site.sweep()
    assert await counting_facts(site, channel) == before


async def counting_facts(clinic: Clinic, channel: str) -> list[tuple[object, ...]]:
    counting = [case for case in await cases_of(clinic, channel) if case.state in COUNTING]
    return sorted(map(facts_of, counting), key=str)


async def test_nothing_is_remembered_that_was_not_decided(clinic: Clinic):
    judged = clinic.court.judge
    await clinic.court.judge.judge([Touch("gw-1/x/temperature", Span(T0, T0 + 1))], {})
    assert not judged.goes_on("gw-1/x/temperature", T0 + 2)
