"""`coldchain replay`: the engine over a file, by the very code that judges live. A what-if: it writes nothing.

A row is `channel,time,value`, in the order of arrival; an empty value is a sensor fault. The order changes nothing, and
of two values at one time the first holds, as in the store.
"""

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median_low

from alerting.excursion.cases import Concerned, Scope, finding_of, reconcile
from alerting.excursion.policy import Policy
from alerting.excursion.rules import Pack
from alerting.excursion.stretch import BEGINNING, NEVER, Place, Stay, stretches_of
from alerting.excursion.verdicts import judge
from coldchain.clock import parse_iso
from coldchain.errors import BadInput
from coldchain.excursion import Case
from coldchain.reading import GOOD, ChannelName, Fault, Quantity, Trace, fault_of

COLUMNS = ("channel", "time", "value")
DEFAULT_INTERVAL_MS = 60_000  # of a channel with a single reading


@dataclass(frozen=True, slots=True)
class WhatIf:
    """By which rules, at what place, and how often the channels spoke (None = each channel's median spacing)."""

    packs: Sequence[Pack]
    policy: Policy
    profile: str = "2-8"
    interval_ms: int | None = None


def read_csv(path: Path) -> list[Trace]:
    """Read a file.

    Raises:
        BadInput: with the file, the line, what is wrong and the cure.
    """
    values: dict[str, dict[int, float | None]] = defaultdict(dict)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for channel, time, value in _rows(str(path), csv.reader(file)):
                values[channel].setdefault(time, value)
    except OSError as error:
        raise BadInput("csv", f"{path}: {error.strerror}", "name a file that can be read") from None
    except UnicodeDecodeError:
        raise BadInput("csv", f"{path} is not UTF-8", "save it as UTF-8") from None
    return [_trace(channel, rows) for channel, rows in sorted(values.items())]


def _rows(file: str, reader: Iterator[list[str]]) -> Iterator[tuple[str, int, float | None]]:
    for number, row in enumerate(reader, 1):
        if not row or (number == 1 and tuple(cell.strip().lower() for cell in row) == COLUMNS):
            continue
        where = f"{file}:{number}"
        if len(row) != len(COLUMNS):
            raise BadInput("row", f"{len(row)} columns", "write channel,time,value", where=where)
        channel, time, value = (cell.strip() for cell in row)
        if not channel:
            raise BadInput("channel", "is empty", "name one", where=where)
        try:
            yield channel, parse_iso(time), float(value) if value else None
        except BadInput as error:
            raise BadInput(error.field, error.wrong, error.cure, where=where) from None
        except ValueError:
            raise BadInput(
                "value", f"{value!r} is no number", "write degrees Celsius, or nothing", where=where
            ) from None


def _trace(channel: str, rows: dict[int, float | None]) -> Trace:
    times = sorted(rows)
    quantity = _quantity(channel)
    values = [rows[time] for time in times]
    codes = [int(Fault.NOT_A_NUMBER if value is None else fault_of(quantity, value)) for value in values]
    return Trace(channel, times, [v if q == GOOD else None for v, q in zip(values, codes, strict=True)], codes)


def _quantity(channel: str) -> Quantity:
    """What a channel measures; a name of another form is taken as a temperature."""
    try:
        return ChannelName.parse(channel).quantity
    except BadInput:
        return Quantity.TEMPERATURE


def replay(traces: Iterable[Trace], what_if: WhatIf) -> list[Case]:
    """The cases that would stand in the archive, by channel and time."""
    found: list[Case] = []
    for trace in traces:
        if _quantity(trace.channel) is not Quantity.TEMPERATURE:
            continue
        place = Place(what_if.interval_ms or _interval(trace), what_if.profile)
        verdicts = judge(stretches_of([Stay(place, BEGINNING, None)], what_if.packs), trace)
        findings = [finding_of(verdict, what_if.policy, Concerned()) for verdict in verdicts]
        at = trace.t[-1]  # a what-if is decided when its last reading is known: it has no other clock
        revisions = reconcile(Scope(trace.channel, BEGINNING, NEVER), [], findings, at)
        found += [revision.after for revision in revisions]
    return sorted(found, key=lambda case: (case.channel, case.anchor, case.facts.rule))


def _interval(trace: Trace) -> int:
    spacing = [later - earlier for earlier, later in pairwise(trace.t)]
    return median_low(spacing) if spacing else DEFAULT_INTERVAL_MS
