"""Rows into the archive: each by itself, so that one that is refused takes none of its neighbours along.

lines ─► chunk (one transaction, each row in a savepoint) ─► entered | unchanged | refused, with why in two languages
                    └─ dry run: the whole chunk is taken back
"""

from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC
from typing import Any, Final

from coldchain import clock
from coldchain.archive.db import Archive, Tx
from coldchain.errors import BadInput, Refused
from coldchain.exchange.form import Form
from coldchain.exchange.forms.kind import Kind, Sender, SoFar
from coldchain.exchange.taking import Fault, Line, Note, Taken
from coldchain.exchange.words import in_chinese

CHUNK_S: Final = 0.15  # of a transaction: others want to write too
Put = Callable[[Tx, dict[str, Any]], Awaitable[bool]]  # True: it changed something


@dataclass(frozen=True, slots=True)
class Brought:
    """What became of a sheet. In a dry run nothing was kept, and these are what would have become of it."""

    form: str
    is_dry_run: bool
    entered: int
    unchanged: int
    faults: Sequence[Fault]
    unread: Sequence[str]
    notes: Sequence[Note] = ()

    @property
    def is_whole(self) -> bool:
        """True when every row was understood and taken."""
        return not self.faults


@dataclass(slots=True)
class _Tally:
    entered: int = 0
    unchanged: int = 0
    faults: list[Fault] = field(default_factory=list)


async def bring_sheet(archive: Archive, kind: Kind, taken: Taken, sender: Sender, *, is_dry_run: bool) -> Brought:
    """Put one file's lines into the archive, or find out what would become of it.

    Raises:
        Unavailable: as in `bring`.
    """
    sending = replace(sender, so_far=SoFar())
    brought = await bring(
        archive, kind.form(UTC), taken, lambda tx, values: kind.put(tx, values, sending), is_dry_run=is_dry_run
    )
    if kind.left_out is None:
        return brought
    async with archive.reading() as tx:
        return replace(brought, notes=await kind.left_out(tx, sending))


async def bring(archive: Archive, form: Form, taken: Taken, put: Put, *, is_dry_run: bool) -> Brought:
    """Put every line into the archive, or find out what would become of it.

    A dry run asks the archive itself, chunk by chunk, and takes every chunk back: a row that needs one of an earlier
    chunk may then be refused that would not be.

    Raises:
        Unavailable: the archive is not there; what stood before is in it, and the same file may be sent again.
    """
    tally = _Tally(faults=list(taken.faults))
    left = deque(taken.lines)
    while left:
        async with archive.writing() as tx:
            enough = clock.monotonic() + CHUNK_S
            while left and clock.monotonic() < enough:
                await _one(tx, form, left.popleft(), put, tally)
            if is_dry_run:
                await tx.rollback()
    faults = sorted(tally.faults, key=lambda fault: (fault.sheet, fault.row))
    return Brought(form.name, is_dry_run, tally.entered, tally.unchanged, faults, taken.unread)


async def _one(tx: Tx, form: Form, line: Line, put: Put, tally: _Tally) -> None:
    try:
        async with tx.begin_nested():
            has_changed = await put(tx, line.values)
    except BadInput as error:
        tally.faults.append(_fault(form, line, error))
    except Refused as error:
        tally.faults.append(Fault(line.sheet, line.row, "", f"档案拒绝：{error}", str(error)))
    else:
        if has_changed:
            tally.entered += 1
        else:
            tally.unchanged += 1


def _fault(form: Form, line: Line, error: BadInput) -> Fault:
    name = error.field.rpartition(".")[2]
    column = next((column.zh for column in form.columns if column.field == name), "")
    return Fault(line.sheet, line.row, column, in_chinese(error), f"{error.field}: {error.wrong}; {error.cure}")
