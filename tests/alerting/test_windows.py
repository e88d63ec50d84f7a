"""Windows: from calm to calm around what came late, at a cost in proportion to the readings in between."""

from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerting import feed, windows
from alerting.excursion import calm
from alerting.excursion.rule import Rule
from alerting.excursion.verdicts import judge
from alerting.windows import Span, Unheard, calm_after, window_around
from coldchain.archive import rule_choices
from coldchain.archive.rule_choices import NewChoice
from coldchain.reading import Fault, Trace
from coldchain.series import Series
from coldchain.series.embedded import EmbeddedSeries
from tests.alerting.cast import BY, HOUR, MINUTE, PROBE, T0, Clinic, a_correction, trace_of
from tests.alerting.rulebook import BY_ID, RULES, USUAL, always, traces

LONG = 4000
LATE = Span(T0 + LONG * MINUTE, T0 + LONG * MINUTE)  # one reading after all of them
ON_REAL_STORES = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@dataclass
class Work:
    """Readings that came from the store, and readings that were looked at for calm."""

    read: int = 0
    looked_at: int = 0


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Work:
    """Counts what windows do; small pages stand for a history of many large ones."""
    done = Work()
    take = calm.Search.take

    def looked_at(search: calm.Search, piece: Trace) -> Iterator[int]:
        done.looked_at += len(piece)
        return take(search, piece)

    monkeypatch.setattr(calm.Search, "take", looked_at)
    monkeypatch.setattr(windows, "MOST", 128)
    for name in ("read", "before", "after"):
        monkeypatch.setattr(EmbeddedSeries, name, counted(name, done))
    return done


def counted(name: str, done: Work) -> object:
    ask = getattr(EmbeddedSeries, name)

    async def asked(series: EmbeddedSeries, *args: object, **options: object) -> Trace:
        trace: Trace = await ask(series, *args, **options)
        done.read += len(trace)
        return trace

    return asked


def faults(count: int) -> Trace:
    return Trace(PROBE, [T0 + MINUTE * i for i in range(count)], [None] * count, [int(Fault.GARBLED)] * count)


HISTORIES = {
    "only faults": (faults(LONG), USUAL),
    "still": (trace_of([5.0] * LONG), USUAL),
    "a broken fridge": (trace_of([20.0, 20.1] * (LONG // 2)), USUAL),
    "a sum that never rests": (trace_of([9.0, 5.0] * (LONG // 2)), (BY_ID["ship/hot"],)),
    "a hold that is never met": (trace_of([5.0, 7.9] * (LONG // 2)), (BY_ID["own/held"],)),
}


@pytest.mark.parametrize("history", HISTORIES)
async def test_what_is_never_calm_is_read_once_before_a_reading(series: Series, work: Work, history: str):
    trace, rules = HISTORIES[history]
    await series.write([trace])
    window = await window_around(series, PROBE, LATE, always(*rules), Unheard())
    assert window.trace.t[:1] == trace.t[:1]
    assert len(window.trace) == work.read == LONG
    assert work.looked_at <= 3 * LONG


@pytest.mark.parametrize("history", HISTORIES)
async def test_what_is_never_calm_is_read_once_after_a_reading(series: Series, work: Work, history: str):
    trace, rules = HISTORIES[history]
    await series.write([trace])
    window = await window_around(series, PROBE, Span(T0, T0), always(*rules), Unheard())
    assert window.is_to_the_newest
    assert len(window.trace) == work.read == LONG
    assert work.looked_at <= LONG


async def test_a_calm_channel_costs_a_page_on_either_side(series: Series, work: Work):
    await series.write([trace_of([5.0, 5.1] * 500)])
    window = await window_around(series, PROBE, Span(T0 + HOUR, T0 + HOUR), always(*USUAL), Unheard())
    assert len(window.trace) == 4  # its proof, itself, and after it the pair of which the second is the proof
    assert work.read == 2 * windows.FIRST + 1


@ON_REAL_STORES
@given(
    trace=traces(),
    rules=st.lists(st.sampled_from(RULES), min_size=1, max_size=3, unique=True),
    touched=st.tuples(st.integers(0, 39), st.integers(0, 39)),
)
async def test_a_window_in_many_pages_decides_what_all_readings_would(
    clinic: Clinic, trace: Trace, rules: Sequence[Rule], touched: tuple[int, int]
):
    channel, stretches = f"{id(trace)}-{touched}/x/temperature", always(*rules)
    await clinic.series.write([Trace(channel, trace.t, trace.v, trace.q)])
    first, last = sorted(trace.t[min(at, len(trace) - 1)] for at in touched)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(windows, "FIRST", 1)
        patch.setattr(windows, "MOST", 3)
        window = await window_around(clinic.series, channel, Span(first, last), stretches, Unheard())
        found = judge(stretches, window.trace)
    whole = judge(stretches, Trace(channel, trace.t, trace.v, trace.q))
    assert found == [v for v in whole if window.start <= v.first_bad <= window.end]


@pytest.mark.parametrize(("until", "proof"), [(T0 + 99 * MINUTE, T0 + 50 * MINUTE), (T0 + 49 * MINUTE, None)])
async def test_calm_is_looked_for_up_to_what_is_known(series: Series, until: int, proof: int | None):
    await series.write([trace_of([9.0] * 50 + [5.0] * 50)])
    stretches = always(BY_ID["cn/heat"])
    assert await calm_after(series, PROBE, T0, stretches, until) == proof


async def test_a_long_correction_of_what_stands_still_judges_it_once(
    clinic: Clinic, work: Work, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(feed, "SLICE_MS", HOUR)
    await clinic.hear(trace_of([5.0] * LONG))
    work.read = 0
    async with clinic.archive.writing() as tx:
        await rule_choices.choose(
            tx, NewChoice(pack="who-pqs", equipment="F1", start=T0 - HOUR), BY, None, await a_correction(tx)
        )
    await clinic.sweep()
    assert LONG <= work.read <= 2.1 * LONG


async def test_a_long_correction_is_cut_where_it_is_calm(clinic: Clinic, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(feed, "SLICE_MS", HOUR)
    monkeypatch.setattr(feed, "SLICES", 2)
    await clinic.hear(trace_of([4.0, 4.1, *[9.5, 9.6] * 50, 4.0, 4.1] * 4))
    async with clinic.archive.writing() as tx:
        await rule_choices.choose(
            tx, NewChoice(pack="who-pqs", equipment="F1", start=T0 - HOUR), BY, None, await a_correction(tx)
        )
    pieces = []
    async for chunk in clinic.follower.corrections(clinic.court.judge, clinic.court.newest):
        clinic.follower.moved(chunk)
        pieces.append([tuple((time - T0) / MINUTE for time in astuple(touch.span)) for touch in chunk.touches])
    almost = -1 / MINUTE
    assert pieces == [
        [(0, 102 + almost), (102, 206 + almost)],
        [(206, 310 + almost), (310, 414 + almost)],
        [(414, 415)],
    ]
