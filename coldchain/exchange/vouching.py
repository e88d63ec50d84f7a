"""A logger's strip as evidence of a compartment: somebody took it out, read it, and signs for it.

    file ─► kept as it came (document) ─► strip ─► a signed span for each stretch without a gap     all of it, or nothing

It never becomes a series: what a person carried here in a file stays manual evidence, beside what our own sensors say
and below it, and no reading of ours is ever made from it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo

from coldchain.archive import documents, equipment
from coldchain.archive.db import Archive, Tx
from coldchain.archive.exposure import evidence
from coldchain.archive.exposure.evidence import LONGEST_MS, NewEvidence
from coldchain.archive.upkeep import cards
from coldchain.errors import BadInput
from coldchain.exchange.forms.kind import Sender
from coldchain.exchange.importing import Brought
from coldchain.exchange.strips import Stretch, Strip, read_strip, stretches
from coldchain.exchange.taking import Fault
from coldchain.exchange.words import in_chinese
from coldchain.sheets import Sheet

FORM = "strips"
MOST_STRETCHES = 500  # all of them in one transaction
FASTEST_S = 24 * 3600


@dataclass(frozen=True, slots=True)
class Signed:
    """Of which compartment (`equipment/name`) a strip is, who signs for it, which logger it was, and how its clock went.

    `zone` is that of the logger's clock; `ahead_s` by how much it was fast when it was read out (slow: below 0).
    """

    compartment: str
    signed_by: str
    serial: str
    zone: tzinfo
    ahead_s: int = 0


async def bring_strip(
    archive: Archive, file: tuple[bytes, Sequence[Sheet]], signed: Signed, sender: Sender, *, is_dry_run: bool
) -> Brought:
    """Enter a strip as a whole: with one row that cannot be read, or one span that cannot be, nothing is entered.

    Raises:
        BadInput: when the file is no strip, or of another logger.
        Unavailable: the archive is not there.
    """
    strip = read_strip(file[1], signed.zone)
    if abs(signed.ahead_s) > FASTEST_S:
        raise BadInput(
            "clock_ahead_s", f"{signed.ahead_s} s is more than a day", "set the logger's clock, send the right day"
        )
    _check_serial(strip, signed.serial)
    readings = [each._replace(at=each.at - signed.ahead_s * 1000) for each in strip.readings]
    parts = stretches(readings, LONGEST_MS)
    if len(parts) > MOST_STRETCHES:
        wrong = f"its readings lie in {len(parts)} stretches with gaps between them"
        raise BadInput("file", wrong, f"split it: at most {MOST_STRETCHES}")
    if strip.faults:
        return Brought(FORM, is_dry_run, 0, 0, strip.faults, [])
    async with archive.writing() as tx:
        try:
            async with tx.begin_nested():
                sheet = await _sheet(tx, file[0], signed, sender)
                told = [await _enter(tx, sheet, strip, each, sender) for each in parts]
        except BadInput as error:
            return Brought(FORM, is_dry_run, 0, 0, [_fault(error, strip, 0)], [])
        faults = [each for each in told if isinstance(each, Fault)]
        if is_dry_run or faults:
            await tx.rollback()
    if faults:
        return Brought(FORM, is_dry_run, 0, 0, faults, [])
    return Brought(FORM, is_dry_run, told.count(True), told.count(False), [], [])


@dataclass(frozen=True, slots=True)
class _Sheet:
    """The file as it is kept, and whose it is."""

    compartment: int
    document: str
    signed: Signed


async def _sheet(tx: Tx, content: bytes, signed: Signed, sender: Sender) -> _Sheet:
    code, _, name = signed.compartment.partition("/")
    facility = (await cards.card(tx, code)).facility
    if not sender.may_write(facility):  # told as if it were not there
        raise BadInput("compartment", f"{code[:80]!r} is not in the archive", "correct the code")
    room = await equipment.compartment(tx, code, name)
    kept = await documents.add(tx, sender.file or "strip", content, facility, sender.by)
    return _Sheet(room.id, kept.sha256, signed)


async def _enter(tx: Tx, sheet: _Sheet, strip: Strip, part: Stretch, sender: Sender) -> bool | Fault:
    """True when a stretch was entered, False when it is there already, or why it cannot be."""
    new = NewEvidence(
        compartment=sheet.compartment, start=part.start, end=part.end, departure_c=part.first_c, return_c=part.last_c,
        low_c=part.low_c, high_c=part.high_c, signed_by=sheet.signed.signed_by, document=sheet.document,
        note=_note(sheet.signed),
    )  # fmt: skip
    there = await evidence.listed(tx, sheet.compartment, part.start, part.end)
    if any((old.start, old.end, old.document) == (new.start, new.end, new.document) for old in there):
        return False
    try:
        async with tx.begin_nested():
            await evidence.enter(tx, new, sender.by)
    except BadInput as error:
        return _fault(error, strip, part.row)
    return True


def _note(signed: Signed) -> str:
    """Which logger, and what was done to its times."""
    clock = f", 时钟已订正 clock was ahead by {signed.ahead_s} s" if signed.ahead_s else ""
    return f"记录仪 logger {signed.serial} ({signed.zone}{clock})"


def _fault(error: BadInput, strip: Strip, row: int) -> Fault:
    """What is wrong with the strip, or with the stretch that begins in this row."""
    en = f"{error.field}: {error.wrong}; {error.cure}"
    if row == 0:
        return Fault("", 0, "", in_chinese(error), en)
    return Fault(strip.sheet, row, "", f"从本行开始的一段：{in_chinese(error)}", f"the stretch from this row on: {en}")


def _check_serial(strip: Strip, said: str) -> None:
    if not said.strip():
        raise BadInput("serial", "nobody says which logger it was", "write the number that stands on it")
    if strip.serial and strip.serial.casefold() != said.strip().casefold():
        raise BadInput(
            "serial", f"the file is of {strip.serial[:40]}, not of {said[:40]}", "send the strip of this logger"
        )
