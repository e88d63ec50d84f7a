"""The county's policy: who hears of what, from when, at night too or not, and when the use of a lot stops. Pure.

A deviation is any believed reading outside its band; it is always recorded. Whether it is an alarm or a hold is decided
here, by one table `[[when]]` of kind × threshold × patience × lead time; never in a rule pack, which quotes what others
wrote. `[[occasion]]` says what a session or a delivery explains. Before: `cases` and the watch, which write it down.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from alerting.excursion import occasions as words
from alerting.excursion.occasions import Occasion
from alerting.excursion.stretch import VACCINE
from alerting.excursion.toml import Table, open_toml
from alerting.excursion.verdicts import Verdict
from coldchain.excursion import Certainty, Kind, Severity
from coldchain.profile import PROFILES

SHIPPED: Final = Path(__file__).parents[1] / "policy"
PURPOSES: Final = (VACCINE, "ice_packs", "empty")
ORDER: Final = (Severity.NOTE, Severity.WARNING, Severity.CRITICAL)
REACH_MS: Final = 2 * 3_600_000  # from an occasion to what it may explain; what lies further is not looked up
_KINDS: Final = {kind.value: kind for kind in Kind}
_SEVERITIES: Final = {severity.value: severity for severity in ORDER}
_NIGHTS: Final = {"tell": False, "wait": True}
_FORESEEN: Final = frozenset({Kind.POWER_LOSS, Kind.FORECAST})  # a forecast stands beside them
# Seen of a device or a gateway, not of a compartment: they know neither a profile nor a purpose.
_PLACELESS: Final = _FORESEEN | {
    Kind.SILENCE,
    Kind.DISAGREEMENT,
    Kind.DRIFT,
    Kind.SPOOL_NEARLY_FULL,
    Kind.CLOCK_LOST,
    Kind.CLOCK_WRONG,
    Kind.OFFSET_SET,
    Kind.CALIBRATION_EXPIRED,
}


@dataclass(frozen=True, slots=True)
class Loudness:
    """What follows from an event: how loud it is, how surely, what it stops, and whether people may sleep."""

    severity: Severity
    certainty: Certainty = Certainty.CERTAIN
    is_held: bool = False
    waits_at_night: bool = False
    explained: str | None = None  # by an occasion of this kind


@dataclass(frozen=True, slots=True)
class Row:
    """One `[[when]]`: such an event is so loud once it has lasted so long (gone so far, leaves so little time)."""

    kinds: frozenset[Kind]
    profiles: frozenset[str]
    purposes: frozenset[str]
    after_ms: int
    severity: Severity
    worse_than_mc: int | None = None
    lead_ms: int | None = None
    waits_at_night: bool = False
    is_held: bool = False

    def concerns(self, verdict: Verdict) -> bool:
        """True when the row is about such an excursion, however long it lasts and far it goes."""
        place = verdict.place
        return (
            verdict.kind in self.kinds
            and place.profile in self.profiles
            and place.purpose in self.purposes
            and self.lead_ms is None
        )

    def is_passed_by(self, kind: Kind, extreme_mc: int | None) -> bool:
        """True when it has gone as far as the row asks."""
        if self.worse_than_mc is None:
            return True
        if extreme_mc is None:
            return False
        return extreme_mc < self.worse_than_mc if kind.is_cold else extreme_mc > self.worse_than_mc

    def leaves_too_little(self, lead_ms: int | None) -> bool:
        """True when so little time is left until the limit is passed; a row that asks for none is content."""
        return self.lead_ms is None or (lead_ms is not None and lead_ms <= self.lead_ms)

    def says_the_same_as(self, other: "Row") -> bool:
        """True when one event can meet both rows at the same moment."""
        return (
            (self.after_ms, self.worse_than_mc, self.lead_ms) == (other.after_ms, other.worse_than_mc, other.lead_ms)
            and bool(self.kinds & other.kinds)
            and bool(self.profiles & other.profiles)
            and bool(self.purposes & other.purposes)
        )


@dataclass(frozen=True, slots=True)
class Explanation:
    """One `[[occasion]]`: what an occasion of this kind accounts for, in heat alone. Frost has no excuse."""

    kind: str
    profiles: frozenset[str]
    limit_mc: int
    most_ms: int
    before_ms: int
    after_ms: int

    def accounts_for(self, verdict: Verdict, occasion: Occasion) -> bool:
        """True when the occasion explains the excursion, as far as it has gone by now."""
        return (
            occasion.kind == self.kind
            and verdict.kind is Kind.HEAT
            and verdict.place.profile in self.profiles
            and occasion.start - self.before_ms <= verdict.first_bad <= occasion.end + self.after_ms
            and verdict.extreme_mc is not None
            and verdict.extreme_mc <= self.limit_mc
            and _most(verdict, verdict.run_ms) <= self.most_ms
        )


@dataclass(frozen=True, slots=True)
class Policy:
    """A county's choices."""

    name: str
    rows: tuple[Row, ...]
    explanations: tuple[Explanation, ...]
    silence_while_out: Severity

    def loudness(self, verdict: Verdict, occasions: Sequence[Occasion] = ()) -> Loudness:
        """How loud an excursion is, and whether it is only so by counting unknown time.

        The silence before the first bad reading is not counted: it was told as silence, and a gateway that comes back
        after a night would ring for every opened door. Unknown time alone never holds a lot.
        """
        explained = self._explanation(verdict, occasions)
        if explained is not None:
            return Loudness(Severity.NOTE, verdict.certainty, explained=explained)
        run_ms, extreme_mc = _felt(verdict)
        rows = [r for r in self.rows if r.concerns(verdict) and r.is_passed_by(verdict.kind, extreme_mc)]
        certain = [row for row in rows if row.after_ms <= run_ms]
        possible = [row for row in rows if row.after_ms <= _most(verdict, run_ms)]
        severity = _loudest(possible)
        # a row that asks for no time of its own rests on the pack's patience: that must be met without guessing
        known = [row for row in certain if row.after_ms > 0 or verdict.certainty is Certainty.CERTAIN]
        return Loudness(
            severity,
            verdict.certainty if severity is _loudest(certain) else Certainty.POSSIBLE,
            is_held=any(row.is_held for row in known),
            waits_at_night=_all_wait(possible, severity),
        )

    def loudness_of(
        self, kind: Kind, lasted_ms: int, *, lead_ms: int | None = None, is_out: bool = False
    ) -> Loudness | None:
        """How loud an observation is; None while none of the rows of its kind is met. A kind without rows is a note.

        Args:
            kind: what is observed.
            lasted_ms: for how long.
            lead_ms: in how long a limit is forecast to be passed; None = nobody knows.
            is_out: the last that was heard before a silence was an exceedance.
        """
        rows = [row for row in self.rows if kind in row.kinds and VACCINE in row.purposes]
        if not rows:
            return Loudness(Severity.NOTE)
        met = [row for row in rows if row.after_ms <= lasted_ms and row.leaves_too_little(lead_ms)]
        if not met:
            return None
        severity, waits = _loudest(met), _all_wait(met, _loudest(met))
        if kind is Kind.SILENCE and is_out and ORDER.index(self.silence_while_out) >= ORDER.index(severity):
            severity, waits = self.silence_while_out, False
        return Loudness(severity, waits_at_night=waits)

    def _explanation(self, verdict: Verdict, occasions: Sequence[Occasion]) -> str | None:
        accounts = (e.kind for e in self.explanations for occasion in occasions if e.accounts_for(verdict, occasion))
        return next(accounts, None)


def _felt(verdict: Verdict) -> tuple[int, int | None]:
    """For how long and how far: by the product's own temperature where that is approved, in heat alone."""
    is_product = verdict.kind is Kind.HEAT and verdict.place.buffer_ms is not None
    if is_product and verdict.product_run_ms is not None and verdict.product_mc is not None:
        return verdict.product_run_ms, verdict.product_mc
    return verdict.run_ms, verdict.extreme_mc


def _most(verdict: Verdict, run_ms: int) -> int:
    """The longest that it can have lasted, from its first bad reading on.

    Only what a vaccine feels is feared: a door that was open before a gap is not thought to have been open throughout.
    """
    if not verdict.kind.is_temperature:
        return run_ms
    return run_ms + verdict.unknown_ms - verdict.unknown_before_ms


def _loudest(rows: Iterable[Row]) -> Severity:
    """A note when there are none."""
    return max((row.severity for row in rows), key=ORDER.index, default=Severity.NOTE)


def _all_wait(rows: Iterable[Row], severity: Severity) -> bool:
    """True when every row that is so loud lets people sleep; who hears nothing need not wait for it."""
    loud = [row for row in rows if row.severity is severity]
    return severity is not Severity.NOTE and all(row.waits_at_night for row in loud)


def load_policy(name: str) -> Policy:
    """Read a policy: one of those shipped, by name, or any `.toml` file.

    Raises:
        BadInput: with file, line, what is wrong and the cure.
    """
    table = open_toml(name, SHIPPED, "policy")
    table.only("policy", "silence_while_out", "when", "occasion")
    rows, explanations = table.tables("when"), table.tables("occasion", least=0)
    return Policy(
        table.name("policy"),
        _rows(rows),
        _explanations(explanations),
        table.choice("silence_while_out", _SEVERITIES),
    )


def _rows(tables: Sequence[Table]) -> tuple[Row, ...]:
    rows: list[Row] = []
    for table in tables:
        row = _row(table)
        if any(row.says_the_same_as(other) for other in rows):
            raise table.bad("after_min", "another row has the same kind and thresholds", "keep one of the two")
        rows.append(row)
    return tuple(rows)


def _row(table: Table) -> Row:
    table.only(
        "kinds", "profiles", "purposes", "after_min", "worse_than_c", "lead_min", "severity", "at_night", "hold"
    )  # fmt: skip
    row = Row(
        kinds=frozenset(table.choices("kinds", _KINDS)),
        profiles=frozenset(table.choices("profiles", {name: name for name in PROFILES})),
        purposes=frozenset(table.choices("purposes", {name: name for name in PURPOSES})),
        after_ms=_minutes(table, "after_min"),
        severity=table.choice("severity", _SEVERITIES),
        worse_than_mc=table.thousandths("worse_than_c") if "worse_than_c" in table.values else None,
        lead_ms=_minutes(table, "lead_min") if "lead_min" in table.values else None,
        waits_at_night=table.choice("at_night", _NIGHTS) if "at_night" in table.values else False,
        is_held=table.flag("hold"),
    )
    _check_kinds(row, table)
    _check_consequences(row, table)
    return row


def _check_kinds(row: Row, table: Table) -> None:
    """Each threshold is asked only of events that have it."""
    watched = _named(kind for kind in row.kinds if not kind.is_temperature)
    if row.worse_than_mc is not None and watched:
        raise table.bad("worse_than_c", f"{watched} has no temperature", "name temperature kinds alone")
    unforeseen = _named(row.kinds - _FORESEEN)
    if row.lead_ms is not None and unforeseen:
        raise table.bad("lead_min", f"nothing is forecast of {unforeseen}", f"name {_named(_FORESEEN)} alone")
    placeless = _named(row.kinds & _PLACELESS)
    for field in ("profiles", "purposes"):
        if field in table.values and placeless:
            raise table.bad(field, f"{placeless} is seen of a device, not of a compartment", "give it a row of its own")


def _check_consequences(row: Row, table: Table) -> None:
    felt = _named(kind for kind in row.kinds if kind.is_temperature)
    if row.waits_at_night and felt and VACCINE in row.purposes:
        raise table.bad("at_night", f"{felt} of vaccine cannot wait", 'write "tell", or purposes without vaccine')
    if not row.is_held:
        return
    if VACCINE not in row.purposes or any(not kind.is_temperature for kind in row.kinds):
        raise table.bad("hold", "only temperatures of vaccine hold lots", "name temperature kinds and purpose vaccine")
    if row.severity is Severity.NOTE:
        raise table.bad("hold", "nobody would be told", 'write severity = "warning" or "critical"')


def _explanations(tables: Sequence[Table]) -> tuple[Explanation, ...]:
    found: list[Explanation] = []
    for table in tables:
        one = _explanation(table)
        if any(one.kind == other.kind and one.profiles & other.profiles for other in found):
            raise table.bad("kind", f"{one.kind} is there twice for one profile", "keep one of the two")
        found.append(one)
    return tuple(found)


def _explanation(table: Table) -> Explanation:
    table.only("kind", "profiles", "limit_c", "most_min", "before_min", "after_min")
    names = {name: name for name, profile in PROFILES.items() if profile.high_c is not None}
    one = Explanation(
        kind=table.choice("kind", {name: name for name in words.KINDS}),
        profiles=frozenset(table.choices("profiles", names) if "profiles" in table.values else ("2-8",)),
        limit_mc=table.thousandths("limit_c"),
        most_ms=_minutes(table, "most_min"),
        before_ms=_reach(table, "before_min"),
        after_ms=_reach(table, "after_min"),
    )
    _check_limit(one, table)
    if one.most_ms == 0:
        raise table.bad("most_min", "0 explains nothing", "write the minutes that it accounts for")
    return one


def _reach(table: Table, field: str) -> int:
    value = _minutes(table, field, 0)
    if value >= REACH_MS:
        most = f"{REACH_MS // 60_000}"
        raise table.bad(
            field, f"{value / 60_000:g} is further than an occasion is looked for", f"write less than {most}"
        )
    return value


def _check_limit(one: Explanation, table: Table) -> None:
    """A limit inside the band would explain nothing; one that is meant to explain cold is always so."""
    for name in sorted(one.profiles):
        high_c = PROFILES[name].high_c
        if high_c is not None and one.limit_mc <= high_c * 1000:
            raise table.bad(
                "limit_c",
                f"{one.limit_mc / 1000:g} is not warmer than {name}, and cold is never explained",
                f"write more than {high_c:g}",
            )


def _minutes(table: Table, field: str, default: int | None = None) -> int:
    value = table.thousandths(field, default) * 60
    if value < 0:
        raise table.bad(field, "is negative", "write 0 or more minutes")
    return value


def _named(kinds: Iterable[Kind]) -> str:
    return ", ".join(sorted(kind.value for kind in kinds))
