"""A rule is data: one limit of one pack, with its operator written out, its source and the date from which it holds.

Packs are TOML files; they quote limits and recording duties, nothing else. Who is told, and when, is the county's
policy and stands in `policy`. After: a file. Before: `stretch`, which says when a rule judged a channel.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

from alerting.excursion.toml import Table, open_toml
from coldchain.excursion import Kind
from coldchain.profile import PROFILES

SHIPPED: Final = Path(__file__).parents[1] / "rules"
KINDS: Final = {kind.value: kind for kind in (Kind.HEAT, Kind.FREEZE)}
GAP_FACTOR: Final = 3  # a pause of more intervals than this is time of which nothing is known


class Operator(StrEnum):
    """Which values are bad, as the pack writes it."""

    ABOVE = ">"
    AT_OR_ABOVE = ">="
    BELOW = "<"
    AT_OR_BELOW = "<="

    @property
    def sign(self) -> int:
        """1 when heat is bad, -1 when cold is: `sign * (value - limit)` is how far out a value is."""
        return 1 if self in {Operator.ABOVE, Operator.AT_OR_ABOVE} else -1

    @property
    def least(self) -> int:
        """The smallest distance (m°C) that is out: 0 when the limit itself is bad, else 1."""
        return 0 if self in {Operator.AT_OR_ABOVE, Operator.AT_OR_BELOW} else 1


@dataclass(frozen=True, slots=True)
class Rule:
    """One limit in one version. `id` is pack/name without the version: an excursion keeps it through corrections."""

    id: str
    version: str
    kind: Kind
    profile: str
    operator: Operator
    limit_mc: int
    patience_ms: int = 0  # known time out of the band before the rule speaks; met at >=
    gap_factor: int = GAP_FACTOR
    hysteresis_mc: int = 0  # how far inside a reading must be to end an excursion …
    hold_ms: int = 0  # … and for how long
    source: str = ""
    _sign: int = field(init=False, repr=False, compare=False)
    _least: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # looked up once a rule, not once a reading
        object.__setattr__(self, "_sign", self.operator.sign)
        object.__setattr__(self, "_least", self.operator.least)

    def distance(self, value_mc: int) -> int:
        """How far out a value is; negative inside."""
        return self._sign * (value_mc - self.limit_mc)

    def is_bad(self, value_mc: int) -> bool:
        """True outside the limit."""
        return self._sign * (value_mc - self.limit_mc) >= self._least

    def is_well(self, value_mc: int) -> bool:
        """True when inside by more than the hysteresis: only such a reading ends a confirmed excursion."""
        return self._sign * (value_mc - self.limit_mc) < self._least - self.hysteresis_mc


@dataclass(frozen=True, slots=True)
class Version:
    """A pack as it was from `valid_from` (ms UTC) until the next version. The oldest also judges what is older."""

    name: str
    valid_from: int
    source: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Pack:
    """A rule pack with all its versions, the oldest first."""

    name: str
    title_zh: str
    title_en: str
    versions: tuple[Version, ...]

    def rules_of(self, profile: str, time: int) -> tuple[Rule, ...]:
        """The rules for a profile that are in force at a time."""
        version = self.versions[0]
        for later in self.versions[1:]:
            if later.valid_from <= time:
                version = later
        return tuple(rule for rule in version.rules if rule.profile == profile)

    def changes(self) -> list[int]:
        """The times at which a later version takes over."""
        return [version.valid_from for version in self.versions[1:]]


def load_pack(name: str) -> Pack:
    """Read a pack: one of those shipped, by name, or any `.toml` file.

    Raises:
        BadInput: with file, line, what is wrong and the cure.
    """
    return _pack(open_toml(name, SHIPPED, "rules"))


def _pack(table: Table) -> Pack:
    table.only("pack", "title_zh", "title_en", "version")
    name = table.name("pack")
    versions = tuple(_version(name, version) for version in table.tables("version"))
    for earlier, later, at in zip(versions, versions[1:], table.tables("version")[1:], strict=False):
        if later.valid_from <= earlier.valid_from:
            raise at.bad("valid_from", f"{later.name} does not come after {earlier.name}", "write the oldest first")
    return Pack(name, table.string("title_zh"), table.string("title_en"), versions)


def _version(pack: str, table: Table) -> Version:
    table.only("version", "valid_from", "source", "recording", "rule")
    version, source = table.name("version"), table.string("source")
    rules = tuple(_rule(pack, version, source, rule) for rule in table.tables("rule"))
    _check_band(rules, table.tables("rule"))
    return Version(version, table.time("valid_from"), source, rules)


def _rule(pack: str, version: str, source: str, table: Table) -> Rule:
    table.only(
        "name", "kind", "profile", "operator", "limit_c", "patience_min", "gap_factor", "hysteresis_c", "hold_min", "source"
    )  # fmt: skip
    rule = Rule(
        id=f"{pack}/{table.name('name')}",
        version=version,
        kind=table.choice("kind", KINDS),
        profile=table.choice("profile", {name: name for name in PROFILES}),
        operator=table.choice("operator", {o.value: o for o in Operator}),
        limit_mc=table.thousandths("limit_c"),
        patience_ms=60 * table.thousandths("patience_min", 0),
        gap_factor=table.whole("gap_factor", GAP_FACTOR),
        hysteresis_mc=table.thousandths("hysteresis_c", 0),
        hold_ms=60 * table.thousandths("hold_min", 0),
        source=table.string("source", source),
    )
    _check_rule(rule, table)
    return rule


def _check_rule(rule: Rule, table: Table) -> None:
    heats = rule.operator.sign > 0
    if heats != (rule.kind is Kind.HEAT):
        raise table.bad("operator", f"{rule.operator} with kind {rule.kind}", "heat is > or >=, freeze is < or <=")
    for name, value in (
        ("patience_min", rule.patience_ms),
        ("hysteresis_c", rule.hysteresis_mc),
        ("hold_min", rule.hold_ms),
    ):
        if value < 0:
            raise table.bad(name, "is negative", "write 0 or more")
    if rule.gap_factor < 1:
        raise table.bad("gap_factor", f"{rule.gap_factor} is too small", "write 1 or more; 3 is usual")


def _check_band(rules: tuple[Rule, ...], tables: list[Table]) -> None:
    """Names are unique, and in each profile every cold limit lies under every hot one: else no value would be good."""
    seen: set[str] = set()
    for rule, table in zip(rules, tables, strict=True):
        if rule.id in seen:
            raise table.bad("name", f"{rule.id} is there twice", "give each rule of a version its own name")
        seen.add(rule.id)
        for other in rules:
            if _cross(rule, other):
                raise table.bad(
                    "limit_c",
                    f"low {rule.limit_mc / 1000:g} is not below high {other.limit_mc / 1000:g} of {other.id}",
                    "let low < high within a profile",
                )


def _cross(low: Rule, high: Rule) -> bool:
    is_pair = low.kind is Kind.FREEZE and high.kind is Kind.HEAT and low.profile == high.profile
    return is_pair and low.limit_mc >= high.limit_mc


def rules_by_id(packs: Mapping[str, Pack]) -> dict[tuple[str, str], Rule]:
    """(rule id, version) → rule, over all packs: what an old excursion was judged by."""
    return {(rule.id, rule.version): rule for pack in packs.values() for v in pack.versions for rule in v.rules}
