"""One file that an auditor takes along: it holds all that is needed, and the same checks find the same in it."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest

from coldchain.archive.evidence import exported, exporting, roots
from coldchain.archive.evidence.exporting import Choice
from coldchain.archive.evidence.findings import Report
from coldchain.archive.evidence.verify import verify
from coldchain.errors import BadInput
from tests.archive.small import HOUR, PROBE
from tests.evidence.cast import DAY, MIDNIGHT, NOW, bring, trace
from tests.evidence.conftest import Site

CSV = f"readings/{PROBE}.csv"


@pytest.fixture
def engine() -> str:
    return "sqlite"


async def checked(path: Path, root: str | None = None) -> Report:
    with exported.opened(path) as (package, source):
        report = await verify(source, root)
        package.check(report)
        return report


def changed(path: Path, member: str, change: Callable[[bytes], bytes], *, fits: bool = True) -> Path:
    """The file with one member changed; `fits`: the manifest goes along."""
    other = path.with_name("other.zip")
    with ZipFile(path) as before, ZipFile(other, "w") as after:
        for name in before.namelist():
            content = change(before.read(name)) if name == member else before.read(name)
            if name == "MANIFEST.json" and fits:
                manifest = json.loads(content)
                manifest["sha256"][member] = hashlib.sha256(change(before.read(member))).hexdigest()
                content = json.dumps(manifest).encode()
            after.writestr(name, content)
    return other


async def test_it_is_whole_and_as_much_as_the_site(site: Site, package: Path):
    here, there = await site.verified(), await checked(package)
    assert there.findings == []
    for name in ("links", "rows", "roots", "readings", "days_sealed", "batches"):
        assert getattr(there, name) == getattr(here, name)


async def test_a_root_is_looked_for_in_it(site: Site, package: Path):
    async with site.archive.reading() as tx:
        root = await roots.newest(tx)
    assert root is not None
    assert (await checked(package, root.hash)).is_whole
    assert not (await checked(package, "0" * 64)).is_whole


async def test_what_was_changed_in_it_is_found_though_its_manifest_goes_along(package: Path):
    tries: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
        f"day {PROBE} 2026-07-01: hour 00 UTC: readings were changed": (CSV, lambda b: b.replace(b",4.", b",5.", 1)),
        "row lot/HepB-A1: differs in expires_on": ("rows/lot.jsonl", lambda b: b.replace(b"2028-11-28", b"2031-11-28")),
        "chain county/1: its content was changed": ("chain/county.jsonl", lambda b: b.replace(b'"n":1,', b'"n":1,', 1).replace(b"added", b"Added", 1)),
        "root 1: it was changed, or does not follow the one before it": ("roots.jsonl", lambda b: b.replace(b'"at":', b'"at":1', 1)),
    }  # fmt: skip
    for found, (member, change) in tries.items():
        report = await checked(changed(package, member, change))
        assert found in [str(each) for each in report.findings]


async def test_a_document_is_known_by_its_bytes(package: Path):
    with ZipFile(package) as file:
        [member] = [name for name in file.namelist() if name.startswith("documents/")]
    report = await checked(changed(package, member, lambda _: b"another"))
    assert "its bytes are not those of its sha256" in str(report.findings[0])


async def test_a_member_that_is_not_as_the_manifest_says_is_named(package: Path):
    report = await checked(changed(package, "README.txt", lambda b: b + b"!", fits=False))
    assert [str(each) for each in report.findings] == ["file README.txt: it is not as the manifest says"]


async def test_an_auditor_can_check_a_day_with_sha256_alone(package: Path):
    with ZipFile(package) as file:
        lines = file.read(CSV).decode().splitlines(keepends=True)[1:]
        seals = [json.loads(line) for line in file.read("seals.jsonl").splitlines()]
    day = [line for line in lines if MIDNIGHT <= int(line.split(",")[0]) < MIDNIGHT + DAY]
    [said] = [row[2] for row in seals[0]["channels"] if row[0] == "28ff641e/temperature"]
    assert hashlib.sha256("".join(day).encode()).hexdigest() == said


async def test_readings_can_be_chosen_by_facility_and_day_and_the_books_stay_whole(site: Site, tmp_path: Path):
    await bring(
        site.series, trace("elsewhere/a/temperature", MIDNIGHT, MIDNIGHT + HOUR), position=NOW, gateway="elsewhere"
    )
    choice = Choice(frozenset({"511900012"}), MIDNIGHT + DAY + 5, MIDNIGHT + DAY + HOUR)
    manifest = await exporting.export(site.archive, site.series, tmp_path / "e.zip", choice, NOW)
    assert (manifest["start"], manifest["end"]) == (MIDNIGHT + DAY, MIDNIGHT + 2 * DAY)
    report = await checked(tmp_path / "e.zip")
    assert (report.findings, report.days_sealed, report.readings) == ([], 1, 132)
    assert report.links == (await site.verified()).links


async def test_what_is_no_export_is_refused_with_its_name(tmp_path: Path):
    (tmp_path / "x.zip").write_bytes(b"PK nonsense")
    with pytest.raises(BadInput, match=r"--export: .*x\.zip"):
        await checked(tmp_path / "x.zip")
