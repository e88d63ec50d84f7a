"""As many questions for a county as for a clinic: what is looked up is looked up together."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from alerting.decide import settle
from coldchain.archive import equipment
from coldchain.archive.equipment import NewAssignment
from coldchain.excursion import Kind
from coldchain.reading import Trace
from coldchain.series import DAY, Series
from tests.alerting.cast import BY, MINUTE, T0, Clinic, trace_of
from tests.alerting.watching import another_fridge, both, going_on, hear
from tests.parts.questions import questions


class Counted:
    """A store that counts what it is asked."""

    def __init__(self, series: Series, asked: list[str]) -> None:
        self._series, self._asked = series, asked

    def __getattr__(self, name: str) -> Any:
        self._asked.append(name)
        return getattr(self._series, name)


def of_gateway(number: int, value: float, time: int) -> list[Trace]:
    """What a gateway's probe says, and its plug."""
    said = {f"g{number}/probe/temperature": 5.0, f"g{number}/plug/power": value}
    return [trace_of([each], start=time, channel=channel) for channel, each in said.items()]


async def add_gateways(clinic: Clinic, numbers: Iterable[int]) -> None:
    for number in numbers:
        await another_fridge(clinic, f"E{number}")
        async with clinic.archive.writing() as tx:
            for what, room in (("probe/temperature", "cold"), ("plug/power", None)):
                new = NewAssignment(
                    channel=f"g{number}/{what}", equipment=f"E{number}", compartment=room, start=T0 - DAY
                )
                await equipment.assign(tx, new, BY)


async def looks(clinic: Clinic, at: int) -> int:
    """How many it takes to look around once more."""
    with questions() as asked:
        court = replace(clinic.court, series=Counted(clinic.series, asked))
        await settle(court, clinic.fence, at)
    return len(asked)


@both
async def test_a_look_around_asks_as_little_of_many_silent_gateways_as_of_few(clinic: Clinic):
    """Some lost their mains before, some fell silent before and were back: all that is remembered is there."""
    asked = []
    for numbers in (range(2), range(2, 12)):
        await add_gateways(clinic, numbers)
        start = T0 + numbers.start * DAY
        for minute, value in ((0, 1.0), (1, 0.0), (2, 1.0), (60, 1.0), (61, 0.0)):
            its = [
                trace for number in range(numbers.stop) for trace in of_gateway(number, value, start + minute * MINUTE)
            ]
            await hear(clinic, (start - T0) / MINUTE + minute, *its, trace_of([5.0], start=start + minute * MINUTE))
        await hear(clinic, (start - T0) / MINUTE + 120, trace_of([5.0], start=start + 119 * MINUTE))
        assert len(await going_on(clinic, Kind.POWER_LOSS)) == numbers.stop
        assert len(await going_on(clinic, Kind.SILENCE)) == numbers.stop + 1  # and the clinic's own plug
        asked.append(await looks(clinic, clinic.now + 10_000))
    assert asked[0] == asked[1]


@both
async def test_plugs_that_speak_are_looked_up_together(clinic: Clinic):
    asked = []
    await add_gateways(clinic, range(12))
    for minute, count in ((1, 2), (2, 12)):
        traces = [trace for number in range(count) for trace in of_gateway(number, 1.0, T0 + minute * MINUTE)]
        async with clinic.archive.reading() as tx:
            await clinic.court.timelines.read(tx, [trace.channel for trace in traces])
        async with clinic.archive.writing() as tx:
            with questions() as its:
                await clinic.court.watch.hear(tx, traces, T0 + 3 * MINUTE)
        asked.append(len(its))
    assert asked[0] == asked[1]
