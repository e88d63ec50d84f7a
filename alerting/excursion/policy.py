"""The county's policy: how loud an excursion or an observation is, and for whom it is only a note.

A deviation is any believed reading outside its band; it is always recorded. Whether it is an alarm is decided here, from
how long it is known to last and how far it goes; never in a rule pack, which quotes what others wrote. Pure.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from alerting.excursion.toml import Table, open_toml
from alerting.excursion.verdicts import Verdict
from coldchain.excursion import Certainty, Kind, Severity
from coldchain.profile import PROFILES

SHIPPED: Final = Path(__file__).parents[1] / "policy"
PURPOSES: Final = ("vaccine", "ice_packs", "empty")
ORDER: Final = (Severity.NOTE, Severity.WARNING, Severity.CRITICAL)
MINUTE: Final = 60_000
_KINDS: Final = {kind.value: kind for kind in Kind if kind.is_temperature}
_SEVERITIES: Final = {severity.value: severity for severity in ORDER}


@dataclass(frozen=True, slots=True)
class Step:
    """One row: excursions of this kind are this loud once they have lasted so long (and gone so far)."""

    kinds: tuple[Kind, ...]
    profiles: tuple[str, ...]
    purposes: tuple[str, ...]
    after_ms: int
    severity: Severity
    worse_than_mc: int | None = None

    def concerns(self, verdict: Verdict) -> bool:
        """True when the row is about such an excursion, however long it lasts."""
        return (
            verdict.kind in self.kinds
            and verdict.place.profile in self.profiles
            and verdict.place.purpose in self.purposes
            and self._is_so_far(verdict)
        )

    def _is_so_far(self, verdict: Verdict) -> bool:
        if self.worse_than_mc is None:
            return True
        is_cold = verdict.kind in {Kind.FREEZE, Kind.CUMULATIVE_FREEZE}
        return verdict.extreme_mc < self.worse_than_mc if is_cold else verdict.extreme_mc > self.worse_than_mc


@dataclass(frozen=True, slots=True)
class SilenceStep:
    """How loud a silence is once it has lasted so long."""

    after_ms: int
    severity: Severity


@dataclass(frozen=True, slots=True)
class Policy:
    """A county's choices."""

    name: str
    steps: tuple[Step, ...]
    silence: tuple[SilenceStep, ...]
    silence_while_out: Severity
    power_loss: Severity

    def loudness(self, verdict: Verdict) -> tuple[Severity, Certainty]:
        """How loud an excursion is, and whether it is only so by counting unknown time.

        The silence before the first bad reading is not counted: it was told as silence, and a gateway that comes back
        after a night would ring for every opened door.
        """
        most = verdict.run_ms + verdict.unknown_ms - verdict.unknown_before_ms
        steps = [step for step in self.steps if step.concerns(verdict)]
        certain = loudest(step.severity for step in steps if step.after_ms <= verdict.run_ms)
        possible = loudest(step.severity for step in steps if step.after_ms <= most)
        if certain == possible:
            return certain, verdict.certainty
        return possible, Certainty.POSSIBLE

    def loudness_of_silence(self, lasted_ms: int, *, is_out: bool) -> Severity | None:
        """How loud a silence is; None while it is none. `is_out`: the last that was heard was an exceedance."""
        reached = [step.severity for step in self.silence if step.after_ms <= lasted_ms]
        if not reached:
            return None
        return loudest([*reached, self.silence_while_out]) if is_out else loudest(reached)


def loudest(severities: Iterable[Severity]) -> Severity:
    """The loudest of some; a note when there is none."""
    return max(severities, key=ORDER.index, default=Severity.NOTE)


def load_policy(name: str) -> Policy:
    """Read a policy: the shipped `default`, or any `.toml` file.

    Raises:
        BadInput: with file, line, what is wrong and the cure.
    """
    table = open_toml(name, SHIPPED, "policy")
    table.only("policy", "excursion", "silence", "silence_while_out", "power_loss")
    return Policy(
        table.name("policy"),
        tuple(_step(step) for step in table.tables("excursion")),
        tuple(_silence(step) for step in table.tables("silence")),
        table.choice("silence_while_out", _SEVERITIES),
        table.choice("power_loss", _SEVERITIES),
    )


def _step(table: Table) -> Step:
    table.only("kinds", "profiles", "purposes", "after_min", "worse_than_c", "severity")
    return Step(
        table.choices("kinds", _KINDS),
        table.choices("profiles", {name: name for name in PROFILES}),
        table.choices("purposes", {name: name for name in PURPOSES}),
        _minutes(table),
        table.choice("severity", _SEVERITIES),
        table.thousandths("worse_than_c") if "worse_than_c" in table.values else None,
    )


def _silence(table: Table) -> SilenceStep:
    table.only("after_min", "severity")
    return SilenceStep(_minutes(table), table.choice("severity", _SEVERITIES))


def _minutes(table: Table) -> int:
    after = table.thousandths("after_min") * 60
    if after < 0:
        raise table.bad("after_min", "is negative", "write 0 or more minutes")
    return after
