"""Checks of rules that single fields cannot show: do the fields of a rule, and the rules of a version, go together?

Each complaint names file, line and cure. After: `rule`. Before: `rules`, which reads a pack and asks here.
"""

from collections.abc import Sequence

from alerting.excursion.rule import KIND_OF_FAULT, Reads, Rule
from alerting.excursion.toml import Table
from coldchain.reading import Quantity


def check_rule(rule: Rule, table: Table, unit: str) -> None:
    """What single fields cannot show."""
    if rule.gap_factor < 1:
        raise table.bad("gap_factor", f"{rule.gap_factor} is too small", "write 1 or more; 3 is usual")
    if rule.reads is Reads.FAULT and rule.kind not in {KIND_OF_FAULT[fault] for fault in rule.faults}:
        raise table.bad("kind", f"{rule.kind} is none of its faults", "let kind name one of the faults")
    if rule.reads is not Reads.VALUE:
        return
    is_heat = rule.operator.sign > 0
    if rule.kind.is_temperature and is_heat == rule.kind.is_cold:
        cure = "heat is > or >=, freeze is < or <="
        raise table.bad("operator", f"{rule.operator} with kind {rule.kind}", cure)
    if not rule.is_line and (rule.until is not None or rule.hysteresis):
        raise table.bad(
            "until" if rule.until is not None else "hysteresis", f"of {rule.quantity}, which is 0 or 1", "leave it out"
        )
    if rule.until is not None:
        if rule.distance(rule.until) >= 0:
            side = "below" if is_heat else "above"
            raise table.bad("until" + unit, "is not on the good side of the limit", f"write a value {side} it")
        if rule.hysteresis:
            raise table.bad("hysteresis" + unit, "stands beside until" + unit, "write one of the two")


def check_version(rules: Sequence[Rule], tables: Sequence[Table]) -> None:
    """What single rules cannot show: names are unique, and low limits lie under high ones."""
    _check_names(rules, tables)
    _check_bands(rules, tables)


def _check_names(rules: Sequence[Rule], tables: Sequence[Table]) -> None:
    seen: set[str] = set()
    for rule, table in zip(rules, tables, strict=True):
        if rule.id in seen:
            raise table.bad("name", f"{rule.id} is there twice", "give each rule of a version its own name")
        seen.add(rule.id)


def _check_bands(rules: Sequence[Rule], tables: Sequence[Table]) -> None:
    """Wherever two rules judge together, every low limit lies under every high one: else no value would be good."""
    values = [(rule, table) for rule, table in zip(rules, tables, strict=True) if rule.reads is Reads.VALUE]
    lows = [(rule, table) for rule, table in values if rule.operator.sign < 0]
    highs = [(rule, table) for rule, table in values if rule.operator.sign > 0]
    for low, low_table in lows:
        for high, high_table in highs:
            if _meet(low, high):
                _check_band(low, low_table, high, high_table)


def _meet(one: Rule, other: Rule) -> bool:
    """True when some channel is judged by both."""
    return (
        one.quantity is other.quantity
        and not (one.profiles and other.profiles and set(one.profiles).isdisjoint(other.profiles))
        and not (one.types and other.types and set(one.types).isdisjoint(other.types))
    )


def _check_band(low: Rule, low_table: Table, high: Rule, high_table: Table) -> None:
    unit = "_c" if low.quantity is Quantity.TEMPERATURE else ""
    cure = "let low < high within a profile"
    if low.limit >= high.limit:
        wrong = f"low {low.limit / 1000:g} is not below high {high.limit / 1000:g} of {high.id}"
        raise low_table.bad("limit" + unit, wrong, cure)
    if low.until is not None and low.until >= high.limit:
        wrong = f"low {low.until / 1000:g} is not below high {high.limit / 1000:g} of {high.id}"
        raise low_table.bad("until" + unit, wrong, cure)
    if high.until is not None and low.limit >= high.until:
        wrong = f"high {high.until / 1000:g} is not above low {low.limit / 1000:g} of {low.id}"
        raise high_table.bad("until" + unit, wrong, cure)
