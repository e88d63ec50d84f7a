"""After a start nothing is remembered of any channel: what their windows begin with is read for all of them together."""

from collections import Counter

import pytest

from alerting.judge import Draft, Judge, Touch
from alerting.windows import AHEAD_MS, Span, Unheard, read_ahead, window_around
from coldchain.series import Series
from coldchain.series.embedded import EmbeddedSeries
from tests.alerting.cast import HOUR, MINUTE, T0, trace_of
from tests.alerting.rulebook import USUAL, always

ALONE = ("read", "before", "after")
CHANNELS = [f"gw-{n}/28ff/temperature" for n in range(12)]
NEWEST = T0 + 2 * HOUR


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often the store was asked what."""
    found: Counter[str] = Counter()
    for name in (*ALONE, "read_spans", "before_each"):
        monkeypatch.setattr(EmbeddedSeries, name, counted(name, found))
    return found


def counted(name: str, found: Counter[str]) -> object:
    ask = getattr(EmbeddedSeries, name)

    async def asked(series: EmbeddedSeries, *args: object, **options: object) -> object:
        found[name] += 1
        return await ask(series, *args, **options)

    return asked


async def write(series: Series) -> None:
    """Two hours of each channel; every third was warm for the last."""
    for n, channel in enumerate(CHANNELS):
        warm = [9.0 if n % 3 == 0 else 4.0, 9.1 if n % 3 == 0 else 4.1] * 30
        await series.write([trace_of([*[4.0, 4.1] * 30, *warm, 5.0], channel=channel)])


def started(series: Series) -> Judge:
    judge = Judge(series)
    judge.start(dict.fromkeys(CHANNELS, NEWEST), is_new=False)
    return judge


def touches(*, is_correction: bool) -> list[Touch]:
    span = Span(NEWEST - 5 * MINUTE, NEWEST)
    return [Touch(channel, span, is_correction=is_correction) for channel in CHANNELS]


async def judged(judge: Judge, asked_of: list[Touch]) -> Draft:
    return await judge.judge(asked_of, dict.fromkeys(CHANNELS, always(*USUAL)))


@pytest.mark.parametrize("is_correction", [False, True])
async def test_all_channels_after_a_start_are_looked_at_with_few_questions(
    series: Series, asked: Counter[str], *, is_correction: bool
):
    await write(series)
    await judged(started(series), touches(is_correction=is_correction)[:2])
    of_two = {name: asked[name] for name in ("read_spans", "before_each")}
    asked.clear()
    draft = await judged(started(series), touches(is_correction=is_correction))
    assert len(draft.judgements) == len(CHANNELS)
    assert {name: asked[name] for name in ("read_spans", "before_each")} == of_two
    assert asked["read"] == asked["after"] == 0
    assert asked["before"] <= len(CHANNELS[::3])  # what is warm is followed back until it was calm


@pytest.mark.parametrize("is_correction", [False, True])
async def test_what_is_judged_together_is_judged_as_alone(series: Series, *, is_correction: bool):
    await write(series)
    together = await judged(started(series), touches(is_correction=is_correction))
    alone = [await judged(started(series), [touch]) for touch in touches(is_correction=is_correction)]
    assert together.judgements == [each for draft in alone for each in draft.judgements]
    assert together.memory == {channel: its for draft in alone for channel, its in draft.memory.items()}
    assert together.fresh == [trace for draft in alone for trace in draft.fresh]
    assert {verdict.channel for each in together.judgements for verdict in each.verdicts} == set(CHANNELS[::3])


async def test_a_window_that_was_read_ahead_is_the_window_that_is_read_alone(series: Series):
    await write(series)
    spans = {channel: Span(T0 + n * 10 * MINUTE, T0 + (n * 10 + 3) * MINUTE) for n, channel in enumerate(CHANNELS)}
    ahead = await read_ahead(series, spans)
    for channel, span in spans.items():
        about = (series, channel, span, always(*USUAL), Unheard())
        assert await window_around(*about, ahead) == await window_around(*about)


async def test_long_windows_are_not_read_ahead(series: Series, asked: Counter[str]):
    await read_ahead(series, {CHANNELS[0]: Span(T0, T0 + AHEAD_MS)})
    assert not asked
