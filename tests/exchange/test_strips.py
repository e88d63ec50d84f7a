"""Strips of manual loggers: whatever program wrote them, and what they become."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from coldchain import sheets
from coldchain.archive import documents, equipment
from coldchain.archive.audit import By
from coldchain.archive.db import Archive
from coldchain.archive.exposure import evidence
from coldchain.clock import parse_iso
from coldchain.errors import BadInput
from coldchain.exchange.forms.kind import Sender
from coldchain.exchange.importing import Brought
from coldchain.exchange.strips import Reading, read_strip, stretches
from coldchain.exchange.vouching import Signed, bring_strip
from coldchain.sheets import Cell
from tests.archive.small import fill

CHINA = ZoneInfo("Asia/Shanghai")
HOUR = 3_600_000
NOON = parse_iso("2026-07-03T12:00:00+08:00", "t")
LOGTAG = (
    "Serial #,A0C1\nReading interval,5 minutes\n\nindex,Date,Time,Temperature\n"
    "1,2026-07-03,12:00:00,4.5\n2,2026-07-03,12:05:00,9.1\n3,2026-07-03,12:10:00,----\n4,2026-07-03,12:15:00,5.0\n"
)
TESTO = "174T\nmini\n日期时间;Channel 1 [°C]\n2026-07-03 12:00;4,5\n2026-07-03 12:05;5,5\n"
FAHRENHEIT = "No.\tTime\tTemperature°F\n1\t2026-07-03 12:00:00\t41.0\n2\t2026-07-03 12:05:00\t50\n"


def strip_of(text: str) -> list[tuple[int, float]]:
    return [
        ((at - NOON) // 60_000, celsius) for at, celsius, _ in read_strip(sheets.read(text.encode()), CHINA).readings
    ]


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        (LOGTAG, [(0, 4.5), (5, 9.1), (15, 5.0)]),
        (TESTO, [(0, 4.5), (5, 5.5)]),
        (FAHRENHEIT, [(0, 5.0), (5, 10.0)]),
    ],
)
def test_a_table_is_found_whatever_program_wrote_it(text: str, readings: list[tuple[int, float]]):
    assert strip_of(text) == readings


def test_the_serial_above_the_table_and_rows_without_a_temperature_are_known():
    strip = read_strip(sheets.read(LOGTAG.encode()), CHINA)
    assert (strip.serial, strip.absent, list(strip.faults)) == ("A0C1", 1, [])


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("a,b\n1,2\n", "0 tables"),
        ("Time,Temp,CH2\n2026-07-03 12:00,4,5\n", "2 temperatures"),
        ("Time,Temp\n", "no row has a temperature"),
    ],
)
def test_what_is_no_strip_is_refused(text: str, wrong: str):
    with pytest.raises(BadInput, match=wrong):
        read_strip(sheets.read(text.encode()), UTC)


def test_a_day_that_may_be_read_in_two_ways_is_a_fault_of_its_row():
    strip = read_strip(sheets.read(b"Time,Temp\n03/04/2026 12:00,4\n2026-07-03 12:00,400\n"), UTC)
    assert [fault.row for fault in strip.faults] == [2, 3]


def test_a_gap_cuts_a_strip_and_so_do_seven_days():
    minutes = [(0, 4.0), (5, 5.0), (10, 6.0), (25, 7.0), (30, 8.0), (90, 2.0)]
    read = [Reading(minute * 60_000, celsius, row) for row, (minute, celsius) in enumerate(minutes, 2)]
    cut = stretches(read, 7 * 24 * HOUR)
    assert [(each.start // 60_000, each.end // 60_000) for each in cut] == [(0, 10), (25, 30), (90, 90)]
    assert (cut[0].low_c, cut[0].high_c, cut[2].end - cut[2].start) == (4.0, 6.0, 1)
    assert [each.row for each in cut] == [2, 5, 7]
    whole = stretches([Reading(hour * HOUR, 4.0, hour) for hour in range(10)], 4 * HOUR)
    assert [(each.start // HOUR, each.end // HOUR) for each in whole] == [(0, 4), (4, 8), (8, 9)]


async def sent(
    archive: Archive, text: str = LOGTAG, serial: str = "A0C1", *, is_dry_run: bool = False, ahead_s: int = 0
) -> Brought:
    content = text.encode("gbk")
    async with archive.reading() as tx:
        room = (await equipment.compartments(tx))[0]
    signed = Signed(f"{room.equipment}/{room.name}", "王芳", serial, CHINA, ahead_s)
    sender = Sender(By("test", NOON + 24 * HOUR), "strip.csv")
    return await bring_strip(archive, (content, sheets.read(content)), signed, sender, is_dry_run=is_dry_run)


async def test_a_strip_is_signed_evidence_with_its_extremes_and_the_file_as_it_came(archive: Archive):
    await fill(archive)
    assert (await sent(archive, is_dry_run=True)).entered == 1
    assert (await sent(archive)).entered == 1
    assert (await sent(archive)).unchanged == 1
    async with archive.reading() as tx:
        room = (await equipment.compartments(tx))[0].id
        [kept] = await evidence.listed(tx, room, NOON, NOON + HOUR)
        [vouched] = await evidence.spans(tx, room, NOON, NOON + HOUR)
        content = await documents.content(tx, kept.document or "")
    assert (kept.departure_c, kept.return_c, kept.high_c, kept.signed_by) == (4.5, 5.0, 9.1, "王芳")
    assert (vouched.low_mc, vouched.high_mc) == (4500, 9100)
    assert content == LOGTAG.encode("gbk")


async def test_a_loggers_clock_that_was_wrong_is_set_right_and_the_note_says_so(archive: Archive):
    await fill(archive)
    assert (await sent(archive, ahead_s=120)).entered == 1
    async with archive.reading() as tx:
        room = (await equipment.compartments(tx))[0].id
        [kept] = await evidence.listed(tx, room, NOON - HOUR, NOON + HOUR)
    assert kept.start == NOON - 120_000
    assert kept.note == "记录仪 logger A0C1 (Asia/Shanghai, 时钟已订正 clock was ahead by 120 s)"
    with pytest.raises(BadInput, match="more than a day"):
        await sent(archive, ahead_s=90_000)


async def test_one_bad_row_refuses_the_whole_strip(archive: Archive):
    await fill(archive)
    brought = await sent(archive, LOGTAG.replace("9.1", "warm"))
    assert (brought.entered, [fault.row for fault in brought.faults]) == (0, [6])
    async with archive.reading() as tx:
        assert await evidence.listed(tx, (await equipment.compartments(tx))[0].id, 0, NOON * 2) == []


async def test_the_strip_of_another_logger_is_refused(archive: Archive):
    await fill(archive)
    with pytest.raises(BadInput, match="the file is of A0C1, not of B7"):
        await sent(archive, serial="B7")


async def test_a_stretch_that_cannot_be_is_named_by_its_first_row_and_nothing_of_the_strip_enters(archive: Archive):
    await fill(archive)
    assert (await sent(archive)).entered == 1
    longer = LOGTAG.replace("12:00:00,4.5", "11:55:00,4.5") + "5,2026-07-03,18:00:00,5.0\n6,2026-07-03,18:05:00,5.0\n"
    brought = await sent(archive, longer)
    [fault] = brought.faults
    assert (brought.entered, fault.row) == (0, 5)
    assert fault.en.startswith("the stretch from this row on: start: 王芳 vouched for")
    assert fault.zh.startswith("从本行开始的一段：王芳 已对")
    async with archive.reading() as tx:
        room = (await equipment.compartments(tx))[0].id
        assert len(await evidence.listed(tx, room, NOON, NOON + 24 * HOUR)) == 1


def test_a_reading_of_midnight_in_a_workbook_is_of_midnight():
    rows: list[list[Cell]] = [["Time", "Temp"], [datetime(2026, 7, 3, 23, 55), 4.0], [datetime(2026, 7, 4), 5.0]]  # noqa: DTZ001 - a sheet knows no zone
    strip = read_strip(sheets.read(sheets.write_xlsx([("x", rows)])), CHINA)
    assert [((at - NOON) / HOUR, celsius) for at, celsius, _ in strip.readings] == [(11 + 55 / 60, 4.0), (12.0, 5.0)]


def test_a_temperature_without_a_time_is_a_fault_of_its_row():
    strip = read_strip(sheets.read(b"Time,Temp\n2026-07-03 12:00,4\n,9.5\n"), CHINA)
    assert [(fault.row, fault.en) for fault in strip.faults] == [(3, "it has a temperature and no time")]
