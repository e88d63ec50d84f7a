"""Excursions worked out by hand, by theme, in tests/vectors/excursions; each file says what its columns mean."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from alerting.excursion.rules import Pack, load_pack
from alerting.excursion.stretch import Place, Stay, stretches_of
from alerting.excursion.verdicts import Verdict, judge
from coldchain.reading import Fault, Quantity, Trace
from tests.alerting.cast import MINUTE

FOLDER = Path(__file__).parents[1] / "vectors" / "excursions"
START = round(datetime(2026, 7, 1, tzinfo=UTC).timestamp() * 1000)
VERSION = '[[version]]\nversion = "1"\nvalid_from = 2020-01-01T00:00:00Z\nsource = "an example"\n'
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Vector:
    file: Path
    case: Row
    usual: Row  # what the file says for all its cases

    def get(self, field: str, default: object) -> Any:
        return self.case.get(field, self.usual.get(field, default))


def vectors() -> Iterator[Vector]:
    for file in sorted(FOLDER.glob("*.toml")):
        content = tomllib.loads(file.read_text(encoding="utf-8"), parse_float=Decimal)
        for case in content.pop("case"):
            yield Vector(file, case, content)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("packs")


@cache
def pack_of(folder: Path, name: str, text: str) -> Pack:
    versions = text if "[[version]]" in text else VERSION + text
    path = folder / f"{name}.toml"
    path.write_text(f'pack = "{name}"\ntitle_zh = "例"\ntitle_en = "an example"\n{versions}', encoding="utf-8")
    return load_pack(str(path))


@pytest.mark.parametrize("vector", list(vectors()), ids=lambda vector: f"{vector.file.stem}: {vector.case['name']}")
def test_hand_computed(vector: Vector, folder: Path):
    packs = {name: pack_of(folder, name, text) for name, text in vector.usual["packs"].items()}
    quantity = Quantity(vector.get("quantity", "temperature"))
    stretches = stretches_of(stays_of(vector, list(packs)), packs, quantity=quantity)
    found = judge(stretches, trace_of(vector.case["readings"], quantity))
    wanted = vector.case["verdicts"]
    shown = [plain(verdict) for verdict in found]
    for one, want in zip(shown, wanted, strict=False):
        if "mkt" not in want:
            one.pop("mkt")
    assert shown == [full(want) for want in wanted]


def stays_of(vector: Vector, packs: Sequence[str]) -> Iterator[Stay]:
    stays = vector.get("stays", [{"from": 0, "by": vector.get("by", packs)}])
    for stay in stays:
        buffer_min = vector.get("buffer_min", None)
        place = Place(
            int(vector.get("interval_s", 60)) * 1000,
            vector.get("profile", "2-8"),
            compartment=stay.get("compartment"),
            buffer_ms=None if buffer_min is None else int(buffer_min) * MINUTE,
        )
        start = START + stay["from"] * MINUTE if "stays" in vector.case else 0
        yield Stay(place, start, START + stay["to"] * MINUTE if "to" in stay else None, tuple(stay["by"]))


def trace_of(readings: Sequence[tuple[object, object]], quantity: Quantity) -> Trace:
    """In the order of their times; of two at one time the first holds, as in the store."""
    rows: dict[int, object] = {}
    for time, value in readings:
        rows.setdefault(ms(time), value)
    times = sorted(rows)
    faults = [Fault[str(rows[t]).upper()] if isinstance(rows[t], str) else Fault.NONE for t in times]
    values = [None if fault else float(str(rows[t])) for t, fault in zip(times, faults, strict=True)]
    return Trace(f"gw/probe/{quantity}", times, values, [int(fault) for fault in faults])


def ms(time: object) -> int:
    """Minutes since the start, or a moment with its offset."""
    if isinstance(time, str):
        return round(datetime.fromisoformat(time).timestamp() * 1000)
    return START + round(Decimal(str(time)) * MINUTE)


def full(want: Row) -> dict[str, object]:
    """A verdict as the file tells it, with what goes without saying."""
    shown: dict[str, object] = {
        "rule": want["rule"],
        "version": want.get("version", "1"),
        "certainty": want.get("certainty", "certain"),
        "end": want.get("end", "recovered"),
        "bad": [ms(time) for time in want["bad"]],
        "good": [None if time == "-" else ms(time) for time in want["good"]],
        "extreme_mc": None if "extreme" not in want else round(want["extreme"] * 1000),
        "before_ms": want.get("before_ms", 0),
        "product": [round(want["product"][0] * 1000), want["product"][1] * MINUTE]
        if "product" in want
        else [None, None],
    }
    for name in ("run", "out", "unknown", "degree"):
        shown[f"{name}_ms"] = want.get(f"{name}_ms", round(Decimal(want.get(name, 0)) * MINUTE))
    if "mkt" in want:
        shown["mkt"] = want["mkt"]
    return shown


def plain(verdict: Verdict) -> dict[str, object]:
    """A verdict of the engine, in the same words."""
    return {
        "rule": verdict.rule,
        "version": verdict.version,
        "certainty": verdict.certainty.value,
        "end": verdict.end.value,
        "bad": [verdict.first_bad, verdict.last_bad],
        "good": [verdict.known_good_before, verdict.known_good_after],
        "extreme_mc": verdict.extreme_mc,
        "before_ms": verdict.unknown_before_ms,
        "product": [verdict.product_mc, verdict.product_run_ms],
        "run_ms": verdict.run_ms,
        "out_ms": verdict.out_ms,
        "unknown_ms": verdict.unknown_ms,
        "degree_ms": verdict.degree_ms,
        "mkt": None if verdict.mkt_mc is None else Decimal(verdict.mkt_mc) / 1000,
    }
