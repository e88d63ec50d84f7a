"""Somebody wants to hide a warm night. What they may try beyond a plain change is found, or said not to be provable."""

import json
import sqlite3
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from sqlalchemy import text

from alerting.ledger.days import ChannelDay
from alerting.ledger.seals import build
from coldchain.archive import chains, images, tables
from coldchain.archive.chains import GENESIS
from coldchain.archive.evidence import exporting, roots
from coldchain.archive.evidence.exporting import Choice
from coldchain.archive.evidence.limits import limits
from coldchain.archive.tables import Base
from coldchain.errors import BadInput
from coldchain.reading import Trace
from coldchain.series import Series
from coldchain.wire import Arrival, ArrivedBatch, shard_of
from tests.archive.small import HOUR, PROBE
from tests.evidence.cast import DAY, GATEWAY, MIDNIGHT, MINUTE, NOW, beside, bring, seal, trace
from tests.evidence.conftest import Site
from tests.evidence.test_export import CSV, changed, checked

SECOND, THIRD = MIDNIGHT + DAY, MIDNIGHT + 2 * DAY
LATE = NOW + HOUR


@pytest.fixture
def engine() -> str:
    """What is tried here is the same on both databases; the other tests of this room run on both."""
    return "sqlite"


async def forge(site: Site, stream: str, row: tuple[type[Base], str], *, at: int = NOW, **said: Any) -> None:
    """A link that follows its chain well, by somebody who can write into the database; its row goes along."""
    kind, key = row
    name = kind.__tablename__
    async with site.archive.writing() as tx:
        image = images.image_of(await tx.get_one(kind, key)) | said
        n, previous = (await chains.heads(tx)).get(stream, (0, GENESIS))
        link = {
            "stream": stream, "n": n + 1, "at": at, "actor": "nurse", "action": "changed", "entity": name,
            "entity_id": key, "image": images.canonical(image), "reason": "", "previous": previous,
        }  # fmt: skip
        tx.add(tables.AuditEntry(**link, hash=images.digest(link)))
        for column, value in said.items():
            await tx.execute(text(f"update {name} set {column} = :value"), {"value": value})


def cooled(site: Site, start: int, end: int) -> None:
    """All readings of these hours are 4 °C, as if nothing had been."""
    with sqlite3.connect(site.series_settings.path) as connection:
        connection.execute("update reading set value = 4 where time >= ? and time < ?", (start, end))


async def cut_off(site: Site) -> None:
    """The newest seal with its link, and all roots: as if they had never been."""
    async with site.archive.reading() as tx:
        query = "select stream, n from audit where entity = 'seal' order by n desc limit 1"
        stream, n = (await tx.execute(text(query))).one()
    await beside(site.archive, "delete from audit where stream = :stream and n = :n", stream=stream, n=n)
    await beside(site.archive, "delete from seal where day = :day", day=THIRD)
    await beside(site.archive, "delete from root")


async def test_what_another_chain_says_of_a_row_does_not_count(site: Site):
    """Else whoever begins a chain of their own, which no root names, could say what they like of any row."""
    await forge(site, "shard-63", (tables.Lot, "HepB-A1"), expires_on="2031-01-01")
    assert await site.findings() == [
        "chain shard-63/1: it speaks of lot/HepB-A1, which belongs to chain county",
        "row lot/HepB-A1: differs in expires_on",
    ]


async def test_a_chain_that_the_programme_never_writes_is_named(site: Site):
    await forge(site, "zz", (tables.Lot, "HepB-A1"), expires_on="2031-01-01")
    assert "chain zz: the programme writes no chain of this name" in await site.findings()


async def test_a_day_whose_seal_was_cut_off_with_its_root_is_missed_once_the_site_has_gone_on(site: Site):
    await cut_off(site)
    cooled(site, THIRD, THIRD + DAY)
    report = await site.verified()
    assert (report.findings, report.days_open) == ([], 2)
    assert any("2 days of channels are not sealed yet, the oldest 2026-07-03" in each for each in limits(report))
    await bring(
        site.series, trace("gw-2/a/temperature", NOW + DAY, NOW + DAY + HOUR), position=NOW + 2 * DAY, gateway="gw-2"
    )
    found = await site.findings()
    assert f"day {PROBE} 2026-07-03: it is not sealed, 3 days after its last arrival: nobody sealed it, or somebody took the seal away" in found  # fmt: skip


async def test_a_day_that_is_sealed_long_after_it_came_is_said_to_have_been_open(site: Site):
    await cut_off(site)
    cooled(site, THIRD, THIRD + DAY)
    await seal(site.archive, site.series, NOW + 9 * DAY)
    report = await site.verified()
    assert report.findings == []
    assert f"{GATEWAY} 2026-07-03 version 1, 10 days" in report.sealed_late[-1]
    assert any("sealed long after their last arrival" in each for each in limits(report))


async def test_an_hour_changed_under_a_late_arrival_is_said_not_to_be_provable(site: Site):
    cooled(site, SECOND + 3 * HOUR, SECOND + 5 * HOUR)
    late = Trace(PROBE, [SECOND + 3 * HOUR + MINUTE, SECOND + 5 * HOUR - MINUTE], [4.0, 4.0], [0, 0])
    await bring(site.series, late, position=LATE, seq=99)
    await seal(site.archive, site.series, LATE)
    report = await site.verified()
    assert report.mixed == [f"{PROBE} 2026-07-02 hour 03, 04 UTC"]
    assert any("late readings lie among those that were sealed before" in each for each in limits(report))


async def test_an_hour_that_late_readings_merely_fill_up_is_no_mixed_one(site: Site):
    await bring(site.series, trace(PROBE, SECOND + 10 * HOUR, SECOND + 12 * HOUR), position=LATE, seq=99)
    await seal(site.archive, site.series, LATE)
    assert (await site.verified()).mixed == []


async def journalled(series: Series, collector: str, position: int, first: int, last: int) -> None:
    batch = ArrivedBatch(GATEWAY, "cd" * 16, position, [PROBE], first, last, f"{position:064x}")
    await series.write_arrivals([Arrival(collector, shard_of(GATEWAY), position, [batch])])


async def test_what_another_collector_brought_long_ago_explains_no_change(bare: Site):
    """A version that late data of one collector made must remember how far the others' journals were looked through."""
    day = [ChannelDay(PROBE, MIDNIGHT)]
    await bare.series.write([trace(PROBE, MIDNIGHT, MIDNIGHT + 12 * HOUR)])
    await journalled(bare.series, "c2", MIDNIGHT + DAY, MIDNIGHT, MIDNIGHT + 12 * HOUR - 1)
    await build(bare.archive, bare.series, day, MIDNIGHT + 2 * DAY)
    await bring(bare.series, trace(PROBE, MIDNIGHT + 20 * HOUR, MIDNIGHT + 21 * HOUR), position=MIDNIGHT + 2 * DAY)
    await build(bare.archive, bare.series, day, MIDNIGHT + 2 * DAY + 1)
    cooled(bare, MIDNIGHT + 3 * HOUR, MIDNIGHT + 4 * HOUR)
    await bring(
        bare.series, trace(PROBE, MIDNIGHT + 22 * HOUR, MIDNIGHT + 23 * HOUR), position=MIDNIGHT + 2 * DAY + 5, seq=2
    )
    await build(bare.archive, bare.series, day, MIDNIGHT + 2 * DAY + 9)
    assert await bare.findings() == [f"day {PROBE} 2026-07-01: hour 03 UTC holds what no arrival brought"]


async def test_a_link_dated_back_is_noted_and_so_is_a_clock_set_back(site: Site):
    await forge(site, "county", (tables.Lot, "HepB-A1"), expires_on="2031-01-01", at=NOW + 9 * DAY)
    await forge(site, "county", (tables.Lot, "HepB-A1"), expires_on="2032-01-01", at=NOW)
    report = await site.verified()
    assert report.findings == []
    [noted] = [each for each in report.set_back if each.startswith("chain county")]
    assert "dated 216.0 h before what stood there already" in noted
    assert any("it was set back, or somebody dated what they wrote" in each for each in limits(report))


async def test_a_root_of_a_time_to_come_does_not_keep_the_next_from_being_taken(bare: Site):
    """The clock was wrong for an hour: without this no root would leave the house for years."""
    assert await roots.daily(bare.archive, NOW + 3000 * DAY) is not None
    assert await roots.daily(bare.archive, NOW) is not None
    assert await roots.daily(bare.archive, NOW + MINUTE) is None


async def test_a_root_waits_so_long_for_the_books_of_its_day(bare: Site):
    due = NOW - NOW % DAY + HOUR
    assert await roots.daily(bare.archive, due - DAY) is not None
    assert await roots.daily(bare.archive, due + MINUTE, patience_ms=HOUR) is None
    assert await roots.daily(bare.archive, due + HOUR, patience_ms=HOUR) is not None
    assert await roots.daily(bare.archive, due + HOUR + MINUTE) is None


async def test_a_root_says_how_much_stands_behind_it(site: Site):
    async with site.archive.reading() as tx:
        root = await roots.newest(tx)
    assert root is not None
    assert (await site.verified(root.hash)).links_since == 0
    await forge(site, "county", (tables.Lot, "HepB-A1"), expires_on="2031-01-01")
    report = await site.verified(root.hash)
    assert (report.findings, report.root_n, report.links_since) == ([], 1, 1)
    assert "for the 1 links since then nothing does that left the house" in limits(report)[0]


@pytest.mark.parametrize("written", ["", "abc", "g" * 64, "0" * 63])
def test_what_is_no_root_is_refused_and_not_looked_for(written: str):
    with pytest.raises(BadInput, match="is no root; write all its 64 hex digits"):
        roots.wanted(written)


def test_a_root_may_be_written_as_it_was_printed():
    assert roots.wanted(f" {'AB' * 16}\n{'cd' * 16} ") == "ab" * 16 + "cd" * 16


async def test_seals_in_another_order_hide_no_late_readings(site: Site, tmp_path: Path):
    """The newest version of a day counts wherever it stands in the file."""
    await bring(site.series, trace(PROBE, SECOND + 10 * HOUR, SECOND + 12 * HOUR), position=LATE, seq=99)
    await seal(site.archive, site.series, LATE)
    path = tmp_path / "e.zip"
    await exporting.export(site.archive, site.series, path, Choice(), NOW)
    swapped = changed(path, "seals.jsonl", lambda b: b"".join(reversed(b.splitlines(keepends=True))))
    late = range(SECOND + 10 * HOUR, SECOND + 12 * HOUR)

    def without_late(content: bytes) -> bytes:
        lines = content.decode().splitlines(keepends=True)
        return "".join(line for line in lines if line[0] == "t" or int(line.split(",")[0]) not in late).encode()

    report = await checked(changed(swapped.rename(tmp_path / "s.zip"), CSV, without_late))
    assert [str(each) for each in report.findings] == [
        f"day {PROBE} 2026-07-02: hour 10, 11 UTC: 12 readings are missing"
    ]


async def test_a_file_that_was_narrowed_says_how_much_is_not_in_it(package: Path, tmp_path: Path):
    other = tmp_path / "narrow.zip"
    with ZipFile(package) as before, ZipFile(other, "w") as after:
        manifest = json.loads(before.read("MANIFEST.json"))
        kept = [name for name in before.namelist() if not name.startswith(("readings/", "MANIFEST"))]
        for name in kept:
            after.writestr(name, before.read(name))
        sums = {name: manifest["sha256"][name] for name in kept}
        after.writestr("MANIFEST.json", json.dumps(manifest | {"channels": [], "sha256": sums}))
    report = await checked(other)
    assert (report.findings, report.days_elsewhere) == ([], 6)
    assert any("6 sealed days of channels: their readings are not in this file" in each for each in limits(report))


@pytest.mark.parametrize("member", ["chain/county.jsonl", "rows/lot.jsonl", "seals.jsonl", CSV])
async def test_a_member_cut_short_is_named_with_its_line(package: Path, member: str):
    report = await checked(changed(package, member, lambda b: b[:-20]))
    assert str(report.findings[0]).startswith(f"file {member} line ")
    assert len(report.findings) > 1  # and so is what is missing for it


async def test_a_byte_flipped_in_the_file_itself_is_named(package: Path):
    content = bytearray(package.read_bytes())
    with ZipFile(package) as file:
        at = file.getinfo(CSV)
    content[at.header_offset + 30 + len(CSV) + 20 + at.compress_size // 2] ^= 1
    package.write_bytes(bytes(content))
    assert (await checked(package)).findings[0].where.startswith(CSV)


async def test_readings_that_do_not_rise_or_are_spelled_otherwise_are_named(package: Path):
    report = await checked(changed(package, CSV, lambda b: b + f"{SECOND},9.9,0\n".encode()))
    assert str(report.findings[0]) == f"file {CSV} line 422: its time does not rise"
    report = await checked(changed(package, CSV, lambda b: b.replace(b",4.1,", b",4.10,", 1)))
    assert str(report.findings[0]).endswith("it is not in the one spelling that is hashed")


async def test_a_member_that_is_there_twice_is_named(package: Path):
    with pytest.warns(UserWarning, match="Duplicate"), ZipFile(package, "a") as file:
        file.writestr("rows/lot.jsonl", file.read("rows/lot.jsonl"))
    assert "file rows/lot.jsonl: it is there twice" in [str(each) for each in (await checked(package)).findings]


async def test_a_file_that_names_another_root_is_found(package: Path, tmp_path: Path):
    other = tmp_path / "rooted.zip"
    with ZipFile(package) as before, ZipFile(other, "w") as after:
        for name in before.namelist():
            content = before.read(name)
            after.writestr(
                name, content if name != "MANIFEST.json" else json.dumps(json.loads(content) | {"root": "f" * 64})
            )
    assert "it names root ffff" in str((await checked(other)).findings[0])


async def test_what_arrives_while_a_file_is_written_is_no_break(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Arrivals are written behind their readings: read before them, they would lack what brought the newest."""
    read, late = site.series.read, [trace(PROBE, NOW, NOW + HOUR)]

    async def meanwhile(channel: str, start: int, end: int) -> Trace:
        if late:
            await bring(site.series, late.pop(), position=NOW + HOUR, seq=77)
        return await read(channel, start, end)

    monkeypatch.setattr(site.series, "read", meanwhile)
    await exporting.export(site.archive, site.series, tmp_path / "e.zip", Choice(), NOW)
    assert (await checked(tmp_path / "e.zip")).findings == []


async def test_nobodys_number_stands_in_a_file_that_leaves_the_house(package: Path):
    with ZipFile(package) as file:
        assert not [name for name in file.namelist() if b"13800138000" in file.read(name)]
