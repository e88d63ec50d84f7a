"""What a replay says, as JSON: the API's shape for excursions, and what compares them beside it. After: `tables`."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from alerting.replay.compare import Comparison, Lone
from alerting.replay.recording import Tally
from alerting.replay.vendor import Missed, Parallel, Placed, Told, Unjudged
from alerting.replay.vendor_file import Alarm
from alerting.replay.whatif import Outcome
from coldchain.clock import iso
from coldchain.excursion import Case, excursion_shape

Shape = dict[str, Any]


@dataclass(slots=True)
class Totals:
    """What another platform made of a channel's excursions."""

    excursions: int = 0  # that ought to be told
    told: int = 0  # of these, late or in time
    late: int = 0  # of those told
    missed: int = 0
    invented: int = 0
    doubled: int = 0
    needless: int = 0


def shapes_of(outcome: Outcome, cases: Iterable[Case]) -> list[Shape]:
    """Excursions as the API shows them."""
    return [_shape(outcome, case) for case in cases]


def figures_of(outcome: Outcome) -> Shape:
    """How much was read, and how long that took."""
    return {
        "channels": len(outcome.judged),
        "readings": outcome.readings,
        "read_s": round(outcome.reading.seconds, 3),
        "engine_s": round(outcome.engine.seconds, 3),
    }


def recording_of(outcome: Outcome) -> list[Shape]:
    """How the duty to record was kept, by channel and pack; empty where no pack names one."""
    merged: dict[tuple[str, str, int, int], list[Tally]] = defaultdict(list)
    for channel, heard in sorted(outcome.heard.items()):
        for tally in heard.tallies:
            merged[channel, tally.pack, tally.duty.normal_ms, tally.duty.out_of_band_ms].append(tally)
    found = []
    for (channel, pack, normal_ms, out_of_band_ms), tallies in merged.items():
        longest = max((tally.longest for tally in tallies if tally.longest is not None), default=None)
        found.append(
            {
                "channel": channel,
                "pack": pack,
                "duty_min": _minutes(normal_ms),
                "duty_out_of_band_min": _minutes(out_of_band_ms),
                "longest_pause_min": None if longest is None else _minutes(longest[0]),
                "longest_pause_from": None if longest is None else iso(longest[1]),
                "pauses_beyond": sum(tally.beyond for tally in tallies),
                "pauses_beyond_out_of_band": sum(tally.beyond_out_of_band for tally in tallies),
            }
        )
    return found


def comparison_of(outcome: Outcome, comparison: Comparison, others: Sequence[str]) -> Shape:
    """What other rules would change."""
    return {
        "with": list(others),
        "new": [_lone(outcome, lone) for lone in comparison.new],
        "gone": [_lone(outcome, lone) for lone in comparison.gone],
        "changed": [
            {
                "before": _shape(outcome, change.before),
                "after": _shape(outcome, change.after),
                "fields": {name: list(values) for name, values in change.fields.items()},
            }
            for change in comparison.changed
        ],
        "same": comparison.same,
    }


def parallel_of(parallel: Parallel) -> Shape:
    """What another platform made of the same time."""
    late = [told.late_ms for told in parallel.told]
    channels = totals_of(parallel)
    whole = Totals(*(sum(values) for values in zip(*(asdict(t).values() for t in channels.values()), strict=True)))
    return {
        "totals": {
            **asdict(whole),
            "undecided": len(parallel.undecided),
            "unjudged": len(parallel.unjudged),
            "median_late_min": _minutes(median(late)) if late else None,
            "most_late_min": _minutes(max(late)) if late else None,
        },
        "channels": [{"channel": channel, **asdict(totals)} for channel, totals in channels.items()],
        "told": [_told(told) for told in parallel.told],
        "missed": [_missed(missed) for missed in parallel.missed],
        "undecided": [_excursion(case) for case in parallel.undecided],
        "invented": [_alarm(placed.alarm) for placed in parallel.invented],
        "doubled": [_alarm(placed.alarm) for placed in parallel.doubled],
        "needless": [_alarm(placed.alarm) for placed in parallel.needless],
        "unjudged": [_unjudged(unjudged) for unjudged in parallel.unjudged],
    }


def totals_of(parallel: Parallel) -> Mapping[str, Totals]:
    """By channel; an alarm that told nothing counts where it may belong first."""
    by_channel: dict[str, Totals] = defaultdict(Totals)
    for told in parallel.told:
        totals = by_channel[told.case.channel]
        totals.excursions += 1
        totals.told += 1
        totals.late += told.is_late
    for missed in parallel.missed:
        totals = by_channel[missed.case.channel]
        totals.excursions += 1
        totals.missed += 1
    for name in ("invented", "doubled", "needless"):
        alarms: list[Placed] = getattr(parallel, name)
        for placed in alarms:
            totals = by_channel[min(placed.channels)]
            setattr(totals, name, getattr(totals, name) + 1)
    return dict(sorted(by_channel.items()))


def _shape(outcome: Outcome, case: Case) -> Shape:
    compartment = case.facts.compartment
    return excursion_shape(case, None if compartment is None else outcome.compartments.get(compartment))


def _lone(outcome: Outcome, lone: Lone) -> Shape:
    return {**_shape(outcome, lone.case), "within": lone.within}


def _excursion(case: Case) -> Shape:
    return {
        "excursion": case.id,
        "channel": case.channel,
        "kind": case.facts.kind.value,
        "rule": case.facts.rule,
        "severity": case.facts.severity.value,
        "certainty": case.facts.certainty.value,
        "first_bad": iso(case.facts.first_bad),
        "last_bad": iso(case.facts.last_bad),
    }


def _told(told: Told) -> Shape:
    return {
        **_excursion(told.case),
        "alarm": _alarm(told.placed.alarm),
        "late_min": _minutes(told.late_ms),
        "late": told.is_late,
        "was_over": told.was_over,
    }


def _missed(missed: Missed) -> Shape:
    its = {"within_their_patience": missed.is_within_patience, "channel_in_their_file": missed.is_named}
    return {**_excursion(missed.case), **its}


def _alarm(alarm: Alarm) -> Shape:
    return {
        "line": alarm.line,
        "name": alarm.name,
        "facility": alarm.facility or None,
        "kind": alarm.kind or None,
        "start": iso(alarm.start),
        "end": None if alarm.end is None else iso(alarm.end),
        "told": None if alarm.told is None else iso(alarm.told),
    }


def _unjudged(unjudged: Unjudged) -> Shape:
    return {**_alarm(unjudged.alarm), "why": unjudged.why}


def _minutes(ms: float) -> float:
    return round(ms / 60_000, 3)
