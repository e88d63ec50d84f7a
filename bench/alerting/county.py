"""The county of the bench: clinics whose refrigerators flow, clinics whose one refrigerator will freeze, a keeper in each.

Each clinic's keeper has a number of their own, so that a call names the refrigerator it is about.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from bench.archive.county import Row, Rows
from coldchain.archive import tables
from coldchain.archive.stock.presence import FOREVER

AGO_MS = 60 * 60_000  # so long ago everything was put where it stands: nothing is silent yet that has not spoken
FIRST_NUMBER = 13_900_000_000
INTERVAL_S = 60


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything."""

    flowing: int = 500  # gateways with four refrigerators each, all well
    single: int = 300  # refrigerators that freeze one after the other while it flows …
    burst: int = 2000  # … and those that freeze all at once
    readings_per_s: int = 5000  # of the flow, in batches of 60
    begin_s: float = 240.0  # until all of them have been judged once
    settle_s: float = 12.0  # and a sweep later, before anything is measured
    seconds: float = 40.0  # over which single ones freeze
    patience_s: float = 120.0  # for the last call of a burst
    latency_s: float = 0.05  # of the provider
    per_s: int = 50  # calls a second that the provider allows the account


SMALL = Size(
    flowing=20, single=6, burst=20, readings_per_s=600, settle_s=3.0, seconds=3.0, patience_s=30.0, per_s=8
)  # it only shows that the bench runs


@dataclass(frozen=True, slots=True)
class Fridge:
    """A refrigerator with a probe, at a clinic of its own unless it flows."""

    n: int
    gateway: str
    device: str

    @property
    def channel(self) -> str:
        """Of its one probe."""
        return f"{self.gateway}/{self.device}/temperature"

    @property
    def number(self) -> str:
        """The keeper's telephone."""
        return str(FIRST_NUMBER + self.n)


def flowing(size: Size) -> list[Fridge]:
    """Four at each gateway."""
    return [Fridge(n + 1, f"gw-{n // 4 + 1}", f"28ff{n % 4}") for n in range(size.flowing * 4)]


def freezing(size: Size) -> list[Fridge]:
    """One at each gateway: first those that freeze one after the other, then those of the burst."""
    first = size.flowing * 4 + 1
    return [Fridge(first + n, f"cold-{n + 1}", "28ff0") for n in range(size.single + size.burst)]


def rows(size: Size, at: int) -> Iterator[Rows]:
    """Table by table, in an order in which each finds what it refers to; `at` is now."""
    since = at - AGO_MS
    fridges = [*flowing(size), *freezing(size)]
    yield tables.Region, ("code", "level", "name_zh", "name_en", "parent"), [("R", 3, "县", "county", None)]
    yield _facilities(fridges)
    yield from _equipment(fridges, since)
    yield from _people(fridges, since)
    yield from _lots(fridges, since)


def _facilities(fridges: list[Fridge]) -> Rows:
    columns = ("code", "region", "name_zh", "name_en", "short_zh", "kind")
    store = ("F0", "R", "县疾控", "county store", "县疾控", "county_store")
    clinics = [(f"F{f.n}", "R", f"第{f.n}卫生院", f"clinic {f.n}", f"院{f.n}", "township_clinic") for f in fridges]
    return tables.Facility, columns, [store, *clinics]


def _equipment(fridges: list[Fridge], since: int) -> Iterator[Rows]:
    unit = ("code", "facility", "name_zh", "name_en", "short_zh", "type")
    yield (
        tables.Equipment,
        unit,
        [(f"E{f.n}", f"F{f.n}", "冰箱", "refrigerator", "冰箱", "medical_fridge") for f in fridges],
    )
    room = ("id", "equipment", "name", "name_zh", "name_en", "purpose", "profile")
    yield tables.Compartment, room, [(f.n, f"E{f.n}", "cold", "冷藏", "cold", "vaccine", "2-8") for f in fridges]
    name = ("name", "gateway", "device", "quantity")
    yield tables.Channel, name, [(f.channel, f.gateway, f.device, "temperature") for f in fridges]
    hung = ("id", "channel", "equipment", "compartment", "interval_s", "start")
    yield tables.Assignment, hung, [(f.n, f.channel, f"E{f.n}", f.n, INTERVAL_S, since) for f in fridges]


def _people(fridges: list[Fridge], since: int) -> Iterator[Rows]:
    """A keeper at each clinic, and three at the county's store for the tail."""
    desk: list[tuple[int, str, str, str]] = [
        (10_000_000 + n, "F0", "county_manager", f"{FIRST_NUMBER - 1 - n}") for n in range(3)
    ]
    people = [*((f.n, f"F{f.n}", "keeper", f.number) for f in fridges), *desk]
    yield (
        tables.Person,
        ("id", "name", "facility", "post", "phone"),
        [(n, f"P{n}", facility, post, f"+86{number}") for n, facility, post, number in people],
    )
    yield (
        tables.Phone,
        ("id", "person", "kind", "phone_number"),
        [(n, n, "mobile", f"+86{number}") for n, _, _, number in people],
    )
    held: list[Row] = [(n, n, facility, post, since, None) for n, facility, post, _ in people]
    yield tables.Post, ("id", "person", "facility", "post", "start", "end"), held


def _lots(fridges: list[Fridge], since: int) -> Iterator[Rows]:
    """One lot, of which every refrigerator holds some."""
    vaccine = ("code", "name_zh", "name_en", "freeze_sensitive")
    yield tables.Vaccine, vaccine, [("HepB", "乙肝疫苗", "hepatitis B vaccine", True)]
    lot = ("id", "number", "vaccine", "maker", "expires_on")
    yield tables.Lot, lot, [("L1", "202605011", "HepB", "M", "2030-01-01")]
    moved = ("id", "lot", "at", "source", "target", "doses", "reason")
    yield tables.Movement, moved, [(f.n, "L1", since, None, f.n, 120, "received") for f in fridges]
    stay = ("id", "lot", "compartment", "start", "end", "doses")
    yield tables.Stay, stay, [(f.n, "L1", f.n, since, FOREVER, 120) for f in fridges]
