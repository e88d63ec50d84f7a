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
from coldchain.exchange.strips import Strip, read_strip, stretches
from coldchain.exchange.taking import Fault
from coldchain.exchange.words import in_chinese
from coldchain.sheets import Sheet

FORM = "strips"


@dataclass(frozen=True, slots=True)
class Signed:
    """Of which compartment (`equipment/name`) a strip is, who signs for it, and which logger it was."""

    compartment: str
    signed_by: str
    serial: str
    zone: tzinfo


async def bring_strip(
    archive: Archive, file: tuple[bytes, Sequence[Sheet]], signed: Signed, sender: Sender, *, is_dry_run: bool
) -> Brought:
    """Enter a strip as a whole: with one row that cannot be read, or one span that cannot be, nothing is entered.

    Raises:
        BadInput: when the file is no strip, or of another logger.
        Unavailable: the archive is not there.
    """
    strip = read_strip(file[1], signed.zone)
    _check_serial(strip, signed.serial)
    if strip.faults:
        return Brought(FORM, is_dry_run, 0, 0, strip.faults, [])
    async with archive.writing() as tx:
        try:
            async with tx.begin_nested():
                entered, unchanged = await _enter(tx, file[0], strip, signed, sender)
        except BadInput as error:
            fault = Fault("", 0, "", in_chinese(error), f"{error.field}: {error.wrong}; {error.cure}")
            return Brought(FORM, is_dry_run, 0, 0, [fault], [])
        if is_dry_run:
            await tx.rollback()
    return Brought(FORM, is_dry_run, entered, unchanged, [], [])


async def _enter(tx: Tx, content: bytes, strip: Strip, signed: Signed, sender: Sender) -> tuple[int, int]:
    code, _, name = signed.compartment.partition("/")
    facility = (await cards.card(tx, code)).facility
    if sender.scope is not None and facility not in sender.scope:  # told as if it were not there
        raise BadInput("compartment", f"{code[:80]!r} is not in the archive", "correct the code")
    room = await equipment.compartment(tx, code, name)
    kept = await documents.add(tx, sender.file or "strip", content, facility, sender.by)
    entered = unchanged = 0
    for each in stretches(strip.readings, LONGEST_MS):
        new = NewEvidence(
            compartment=room.id, start=each.start, end=each.end, departure_c=each.first_c, return_c=each.last_c,
            low_c=each.low_c, high_c=each.high_c, signed_by=signed.signed_by, document=kept.sha256,
            note=f"记录仪 logger {signed.serial}",
        )  # fmt: skip
        there = await evidence.listed(tx, room.id, each.start, each.end)
        if any((old.start, old.end, old.document) == (new.start, new.end, new.document) for old in there):
            unchanged += 1
        else:
            await evidence.enter(tx, new, sender.by)
            entered += 1
    return entered, unchanged


def _check_serial(strip: Strip, said: str) -> None:
    if not said.strip():
        raise BadInput("serial", "nobody says which logger it was", "write the number that stands on it")
    if strip.serial and strip.serial.casefold() != said.strip().casefold():
        raise BadInput(
            "serial", f"the file is of {strip.serial[:40]}, not of {said[:40]}", "send the strip of this logger"
        )
