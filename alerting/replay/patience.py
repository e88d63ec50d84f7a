"""What other patience would have made of it: the same policy, minutes more or less patient, and how many alarms that is. Pure.

Only rows about temperatures are moved: a deviation is recorded all the same, it is told sooner or later, or not at all.
Before: `whatif`. After: `compare`, `report`.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from alerting.excursion.policy import Policy
from coldchain.excursion import Case, Severity

MINUTE = 60_000


def with_patience(policy: Policy, minutes: float) -> Policy:
    """A policy that waits so many minutes longer (or, below zero, less long) before a temperature is told; never below none."""
    by_ms = round(minutes * MINUTE)
    rows = tuple(
        replace(row, after_ms=max(0, row.after_ms + by_ms)) if all(kind.is_temperature for kind in row.kinds) else row
        for row in policy.rows
    )
    return replace(policy, rows=rows)


def alarms_of(cases: Sequence[Case]) -> dict[str, Any]:
    """How many of these would have been told, how loud, and of how many pieces of equipment."""
    told = [case for case in cases if case.facts.severity is not Severity.NOTE]
    return {
        "excursions": len(cases),
        "alarms": len(told),
        "critical": sum(case.facts.severity is Severity.CRITICAL for case in told),
        "held": sum(case.facts.is_held for case in told),
        "equipment": len({case.facts.equipment or case.channel for case in told}),
    }
