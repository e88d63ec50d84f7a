"""Rule packs: dated TOML files that quote limits and recording duties with their source, read and checked strictly.

A pack quotes what others wrote, nothing else. Who is told, and when, is the county's policy and stands in `policy`.
Every complaint names the file, the line, what is wrong and the cure. After: a file. Before: `stretch`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import Final, TypeVar

from alerting.excursion.checks import check_rule, check_version
from alerting.excursion.rule import GAP_FACTOR, KIND_OF_FAULT, Counts, Operator, Reads, Rule, Where
from alerting.excursion.toml import Table, open_toml, toml_of
from coldchain.excursion import Kind
from coldchain.profile import PROFILES
from coldchain.reading import Fault, Quantity

__all__ = [
    "SHIPPED",
    "Counts",
    "Duty",
    "Operator",
    "Pack",
    "Reads",
    "Rule",
    "Version",
    "load_pack",
    "rules_by_id",
]

Word = TypeVar("Word", bound=StrEnum)

SHIPPED: Final = Path(__file__).parents[1] / "rules"
MINUTE: Final = 60  # thousandths of a minute are so many ms …
HOUR: Final = 3600  # … and of an hour
TYPES: Final = (
    "domestic_fridge", "medical_fridge", "ilr", "freezer", "ultra_freezer", "cold_room", "freezer_room", "cold_box",
    "carrier", "vehicle", "other", "refrigerator", "small_fridge", "sdd", "cool_room", "ambient_room", "room",
    "incubator", "vaccine_van", "mobile_vehicle", "gsp_vehicle", "mobile_box", "backup_unit", "generator",
    "thermometer", "ice_pack",
)  # fmt: skip

KINDS_OF_TEMPERATURE: Final = {
    Counts.RUN: (Kind.HEAT, Kind.FREEZE),
    Counts.SUM: (Kind.CUMULATIVE_HEAT, Kind.CUMULATIVE_FREEZE),
    Counts.MEAN_KINETIC: (Kind.MEAN_KINETIC_HEAT, Kind.MEAN_KINETIC_COLD),
}
KINDS_OF_QUANTITY: Final = {
    Quantity.DOOR: (Kind.DOOR_OPEN,),
    Quantity.POWER: (Kind.POWER_LOSS,),
    Quantity.VOLTAGE: (Kind.POWER_LOSS, Kind.BATTERY_LOW),
    Quantity.BATTERY: (Kind.BATTERY_LOW,),
}
_ALWAYS: Final = ("name", "kind", "quantity", "reads", "profile", "profiles", "types", "source")
_RUNS: Final = ("patience_min", "gap_factor", "hold_min")
_FIELDS: Final = {  # what a rule may say besides, by what it reads and how it counts
    (Reads.VALUE, Counts.RUN): ("operator", "limit", "until", "hysteresis", "counts", *_RUNS),
    (Reads.VALUE, Counts.SUM): ("operator", "limit", "until", "counts", "period_h", "patience_min", "gap_factor"),
    (Reads.VALUE, Counts.MEAN_KINETIC): ("operator", "limit", "counts", "period_h", "gap_factor"),
    (Reads.FAULT, Counts.RUN): ("faults", "counts", *_RUNS),
    (Reads.STILLNESS, Counts.RUN): ("patience_min", "counts"),
    (Reads.JUMP, Counts.RUN): ("jump", "counts", *_RUNS),
}
_IN_UNITS: Final = ("limit", "until", "hysteresis", "jump")  # `limit_c` of a temperature, `limit` of anything else
_ALL: Final = sorted({name for names in _FIELDS.values() for name in names} - {*_IN_UNITS})


@dataclass(frozen=True, slots=True)
class Duty:
    """A recording duty: the longest pause between two records, while all is well and while a value is out of its band."""

    normal_ms: int
    out_of_band_ms: int


@dataclass(frozen=True, slots=True)
class Version:
    """A pack as it was from `valid_from` (ms UTC) until the next version. The oldest also judges what is older."""

    name: str
    valid_from: int
    source: str
    rules: tuple[Rule, ...]
    duty: Duty | None = None


@dataclass(frozen=True, slots=True)
class Pack:
    """A rule pack with all its versions, the oldest first. `note` says what it is not: a law for clinics, a default."""

    name: str
    title_zh: str
    title_en: str
    versions: tuple[Version, ...]
    note: str = ""
    note_zh: str = ""
    text: str = field(default="", repr=False, compare=False)  # of its file
    is_beside: bool = False  # it judges beside whatever was chosen for a place, never instead of it

    def version_at(self, time: int) -> Version:
        """The version that is in force at a time."""
        version = self.versions[0]
        for later in self.versions[1:]:
            if later.valid_from <= time:
                version = later
        return version

    def rules_of(self, quantity: Quantity, place: Where, time: int) -> tuple[Rule, ...]:
        """The rules that are in force at a time for channels of a quantity at a place."""
        return tuple(rule for rule in self.version_at(time).rules if rule.concerns(quantity, place))

    def duty_at(self, time: int) -> Duty | None:
        """How often must be recorded at a time; None where the pack names no duty."""
        return self.version_at(time).duty

    def changes(self) -> list[int]:
        """The times at which a later version takes over."""
        return [version.valid_from for version in self.versions[1:]]


def rules_by_id(packs: Mapping[str, Pack]) -> dict[tuple[str, str], Rule]:
    """(rule id, version) → rule, over all packs: what an old excursion was judged by."""
    return {(rule.id, rule.version): rule for pack in packs.values() for v in pack.versions for rule in v.rules}


def load_pack(name: str) -> Pack:
    """Read a pack: one of those shipped, by name, or any `.toml` file.

    Raises:
        BadInput: with file, line, what is wrong and the cure.
    """
    return _pack(open_toml(name, SHIPPED, "rules"))


def pack_of(text: str, where: str) -> Pack:
    """Read a pack that was kept; `where` names it in complaints.

    Raises:
        BadInput: with the place, what is wrong and the cure.
    """
    return _pack(toml_of(text, where, "rules"))


def load_packs(names: Iterable[str] = ()) -> dict[str, Pack]:
    """Every shipped pack and those named, by their own names: a county's file replaces the shipped pack of its name.

    Raises:
        BadInput: with file, line, what is wrong and the cure.
    """
    shipped = [load_pack(path.stem) for path in sorted(SHIPPED.glob("*.toml"))]
    return {pack.name: pack for pack in [*shipped, *map(load_pack, names)]}


def _pack(table: Table) -> Pack:
    table.only("pack", "title_zh", "title_en", "note", "note_zh", "beside", "version")
    name = table.name("pack")
    versions = tuple(_version(name, version) for version in table.tables("version"))
    for (earlier, later), at in zip(pairwise(versions), table.tables("version")[1:], strict=True):
        if later.valid_from <= earlier.valid_from:
            raise at.bad("valid_from", f"{later.name} does not come after {earlier.name}", "write the oldest first")
    titles = table.string("title_zh"), table.string("title_en")
    notes = table.string("note", ""), table.string("note_zh", "")
    return Pack(name, *titles, versions, *notes, text=table.text, is_beside=table.flag("beside"))


def _version(pack: str, table: Table) -> Version:
    table.only("version", "valid_from", "source", "recording", "duty", "rule")
    version, source = table.name("version"), table.string("source")
    tables = table.tables("rule")
    rules = tuple(_rule(pack, version, source, rule) for rule in tables)
    check_version(rules, tables)
    duty = _duty(table.table("duty")) if "duty" in table.values else None
    return Version(version, table.time("valid_from"), source, rules, duty)


def _duty(table: Table) -> Duty:
    table.only("normal_min", "out_of_band_min")
    normal = _positive(table, "normal_min", MINUTE)
    out_of_band = _positive(table, "out_of_band_min", MINUTE) if "out_of_band_min" in table.values else normal
    if out_of_band > normal:
        raise table.bad("out_of_band_min", "is longer than normal_min", "record more often while out of the band")
    return Duty(normal, out_of_band)


def _rule(pack: str, version: str, source: str, table: Table) -> Rule:
    quantity = table.choice("quantity", _words(Quantity)) if "quantity" in table.values else Quantity.TEMPERATURE
    unit = "_c" if quantity is Quantity.TEMPERATURE else ""
    table.only(*_ALWAYS, *(name + unit for name in _IN_UNITS), *_ALL)
    reads = table.choice("reads", _words(Reads)) if "reads" in table.values else Reads.VALUE
    counts = table.choice("counts", _words(Counts)) if "counts" in table.values else Counts.RUN
    fields = _check_sense(table, reads, counts, unit)
    rule = Rule(
        id=f"{pack}/{table.name('name')}",
        version=version,
        kind=table.choice("kind", _words(_kinds(table, reads, counts, quantity))),
        profiles=_profiles(table, is_needed=reads is Reads.VALUE and quantity is Quantity.TEMPERATURE),
        operator=table.choice("operator", _words(Operator)) if "operator" in fields else Operator.ABOVE,
        limit=table.thousandths("limit" + unit) if "limit" in fields else 0,
        patience_ms=_positive(table, "patience_min", MINUTE)
        if reads is Reads.STILLNESS
        else _not_negative(table, "patience_min", MINUTE),
        quantity=quantity,
        types=table.choices("types", {name: name for name in TYPES}) if "types" in table.values else (),
        reads=reads,
        counts=counts,
        until=table.thousandths("until" + unit) if "until" + unit in table.values else None,
        period_ms=_positive(table, "period_h", HOUR) if "period_h" in fields else 0,
        faults=_faults(table) if reads is Reads.FAULT else frozenset(),
        jump=_positive(table, "jump" + unit, 1) if reads is Reads.JUMP else 0,
        gap_factor=table.whole("gap_factor", GAP_FACTOR),
        hysteresis=_not_negative(table, "hysteresis" + unit, 1),
        hold_ms=_not_negative(table, "hold_min", MINUTE),
        source=table.string("source", source),
    )
    check_rule(rule, table, unit)
    return rule


def _check_sense(table: Table, reads: Reads, counts: Counts, unit: str) -> set[str]:
    """Refuse what means nothing for such a rule; return what it may say."""
    if (reads, counts) not in _FIELDS:
        raise table.bad("counts", f"{counts} of reads = {reads}", "only values are summed or averaged: leave it out")
    own = {name + unit if name in _IN_UNITS else name for name in _FIELDS[reads, counts]}
    for name in table.values:
        if name not in own and name not in _ALWAYS:
            rule = f"reads = {reads}, counts = {counts}"
            raise table.bad(name, f"means nothing for a rule with {rule}", "leave it out")
    return {name.removesuffix(unit) if unit else name for name in own}


def _kinds(table: Table, reads: Reads, counts: Counts, quantity: Quantity) -> tuple[Kind, ...]:
    """What may be the matter when such a rule speaks."""
    if reads is Reads.FAULT:
        return tuple(KIND_OF_FAULT.values())
    if reads is not Reads.VALUE:
        return (Kind.FLAT_LINE,) if reads is Reads.STILLNESS else (Kind.SPIKE,)
    if quantity is Quantity.TEMPERATURE:
        return KINDS_OF_TEMPERATURE[counts]
    if quantity not in KINDS_OF_QUANTITY:
        known = ", ".join([Quantity.TEMPERATURE, *KINDS_OF_QUANTITY])
        raise table.bad("quantity", f"no kind of excursion is about {quantity}", f"use one of {known}")
    if counts is not Counts.RUN:
        raise table.bad("counts", f"{counts} of {quantity}", "only temperatures are summed or averaged: leave it out")
    return KINDS_OF_QUANTITY[quantity]


def _profiles(table: Table, *, is_needed: bool) -> tuple[str, ...]:
    names = {name: name for name in PROFILES}
    if "profiles" in table.values:
        if "profile" in table.values:
            raise table.bad("profile", "stands beside profiles", "write one of the two")
        return table.choices("profiles", names)
    return (table.choice("profile", names),) if is_needed or "profile" in table.values else ()


def _faults(table: Table) -> frozenset[Fault]:
    table.get("faults")
    return frozenset(table.choices("faults", {fault.name.lower(): fault for fault in KIND_OF_FAULT}))


def _positive(table: Table, field: str, factor: int) -> int:
    value = table.thousandths(field) * factor
    if value <= 0:
        raise table.bad(field, "is not more than 0", "write more than 0")
    return value


def _not_negative(table: Table, field: str, factor: int) -> int:
    value = table.thousandths(field, 0) * factor
    if value < 0:
        raise table.bad(field, "is negative", "write 0 or more")
    return value


def _words(words: Iterable[Word]) -> dict[str, Word]:
    return {word.value: word for word in words}
