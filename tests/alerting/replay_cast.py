"""Excursions and another platform's alarms, made by hand for the tests of the replay. Times are minutes after T0."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from alerting.excursion.cases import case_id
from coldchain.excursion import Case, CaseState, Certainty, Facts, Kind, LotsKnown, Severity
from tests.alerting.cast import MINUTE, T0

ZONE = ZoneInfo("Asia/Shanghai")


def at(minute: float) -> int:
    return T0 + round(minute * MINUTE)


def local(minute: float) -> str:
    """As a platform there writes it."""
    return datetime.fromtimestamp(at(minute) / 1000, ZONE).strftime("%Y-%m-%d %H:%M:%S")


def case(channel: str, first: float, last: float, *, rule: str = "cn-2017/heat", **facts: Any) -> Case:
    said = Facts(
        kind=Kind.HEAT,
        rule=rule,
        rule_version="1",
        severity=Severity.WARNING,
        certainty=Certainty.CERTAIN,
        is_open=False,
        known_good_before=None,
        first_bad=at(first),
        last_bad=at(last),
        known_good_after=None,
        extreme_mc=9000,
        out_ms=at(last) - at(first),
        unknown_ms=0,
        degree_ms=0,
        mkt_mc=None,
        equipment=None,
        compartment=None,
        lots_known=LotsKnown.NO,
        lots=(),
    )
    said = replace(said, **facts)
    state = CaseState.OPEN if said.is_open else CaseState.CLOSED
    return Case(case_id(channel, rule, at(first)), channel, at(first), at(last), 1, state, None, said)


def export(path: Path, head: str, *rows: str) -> Path:
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return path
