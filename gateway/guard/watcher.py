"""Which channels are out of their band, and since when; pure. After: sampler, spool; before: guard."""

from dataclasses import dataclass
from typing import Final

import msgspec

from coldchain.limits import Band, Run, Side, advance
from coldchain.reading import Quality
from gateway.guard.settings import GuardLimit
from gateway.spoolfile import Stamped

GAP_FACTOR: Final = 3  # a pause of more intervals than this is time of which nothing is known


class Case(msgspec.Struct):
    """An excursion that lasted beyond patience, and what was done about it. It survives a power cut as JSON."""

    series: str
    side: Side
    anchor_ticks: int
    anchor_time: int | None
    value: int  # the newest, in thousandths
    out_ms: int = 0
    rounds: int = 0  # of texts
    round_ticks: int = 0
    has_sounded: bool = False
    is_hushed: bool = False
    is_taken: bool = False  # somebody wrote that they are on the way
    is_over: bool = False
    sounded: str = ""  # what the siren answered
    reached: list[str] = []  # numbers that the network took a text for
    boot: str = ""  # that the ticks are of; filled when it is noted


@dataclass(slots=True)
class _Seen:
    """One channel: the run that may become a case."""

    band: Band
    run: Run | None = None
    anchor_time: int | None = None


class Watcher:
    """Takes readings; `cases` holds those that are out, and those that are over until the guard has said so."""

    def __init__(self, limits: tuple[GuardLimit, ...], interval_s: float) -> None:
        self.cases: dict[str, Case] = {}
        self._channels = {limit.channel: _Seen(_band(limit, interval_s)) for limit in limits}

    def take(self, reading: Stamped) -> bool:
        """A reading as the spool holds it; True when there is something to say."""
        seen = self._channels.get(reading.series)
        if seen is None or reading.value is None or Quality.of(reading.quality).fault:
            return False
        value, before = round(reading.value * 1000), seen.run
        seen.run = advance(before, seen.band, reading.ticks, value)
        case = self.cases.get(reading.series)
        if case and not case.is_over:
            case.value, case.is_over = value, seen.run is None
            case.out_ms = max(case.out_ms, seen.run.run_ms if seen.run else 0)
            return case.is_over
        if seen.run is None:
            return False
        if before is None or before.anchor != seen.run.anchor:
            seen.anchor_time = reading.time
        if not seen.run.is_over_patience(seen.band):
            return False
        run = seen.run
        self.cases[reading.series] = Case(reading.series, run.side, run.anchor, seen.anchor_time, value, run.run_ms)
        return True

    def recall(self, case: Case) -> None:
        """Go on with a case of before a power cut, if its channel is still watched and has none of its own yet."""
        if case.series in self._channels:
            self.cases.setdefault(case.series, case)


def _band(limit: GuardLimit, interval_s: float) -> Band:
    patience_ms, gap_ms = round(limit.patience_min * 60_000), round(GAP_FACTOR * interval_s * 1000)
    return Band(round(limit.low * 1000), round(limit.high * 1000), patience_ms, gap_ms)
