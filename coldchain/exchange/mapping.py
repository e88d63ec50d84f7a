"""Saved column mappings against the forms that they are for.

titles, fixed values ─► are these fields of that kind, and may its columns hold those values? ─► archive ─► TitleMap
"""

from datetime import UTC

from coldchain.archive import sheet_mappings
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.sheet_mappings import Mapping
from coldchain.errors import BadInput
from coldchain.exchange.cells import CellFault
from coldchain.exchange.form import NO_MAPPING, Form, TitleMap, folded
from coldchain.exchange.forms.kind import Kind
from coldchain.exchange.kinds import KINDS

AS_OF = "at"  # the column of a picture's moment


async def save(tx: Tx, new: Mapping, by: By, *, seen: str | None = None) -> str:
    """Keep a mapping once it fits its kind; returns the tag of its state.

    Raises:
        Stale: it was changed since.
        BadInput: when it names what its kind of sheet has not, or a value that a column cannot hold.
    """
    check(new)
    return await sheet_mappings.put(tx, new, by, seen=seen)


async def title_map(tx: Tx, name: str | None, kind: str, as_of: str | None = None) -> TitleMap:
    """How a sheet of this kind is read: by the mapping of this name, if any, and `as_of` where its rows say no time.

    Raises:
        BadInput: when there is none, it is for another kind, or such sheets tell of no moment.
    """
    found = await _named(tx, name, kind)
    if as_of is None:
        return found
    if not any(column.field == AS_OF for column in kind_called(kind).form(UTC).columns):
        raise BadInput("as_of", f"a sheet of {kind} tells of no moment", "leave it out")
    return TitleMap(found.titles, {**found.fixed, AS_OF: as_of})


async def _named(tx: Tx, name: str | None, kind: str) -> TitleMap:
    if name is None:
        return NO_MAPPING
    found = await sheet_mappings.mapping(tx, name)
    if found.kind != kind:
        raise BadInput("mapping", f"{name} is for {found.kind}, not {kind}", "choose one for this kind of sheet")
    return TitleMap(found.titles, found.fixed)


def kind_called(name: str) -> Kind:
    """A kind of sheet by its name.

    Raises:
        BadInput: when there is none.
    """
    if name not in KINDS:
        raise BadInput("kind", f"{name[:40]!r} is no kind of sheet", f"choose one of {', '.join(KINDS)}")
    return KINDS[name]


def check(new: Mapping) -> None:
    """Refuse a mapping that its kind of sheet cannot have.

    Raises:
        BadInput: naming the title or the field.
    """
    form = kind_called(new.kind).form(UTC)
    if not new.titles and not new.fixed:
        raise BadInput("titles", "nothing is mapped", "name at least one title or one fixed value")
    if len({folded(title) for title in new.titles}) < len(new.titles):
        raise BadInput("titles", "two titles say the same", "keep one of them")
    for field in (*new.titles.values(), *new.fixed):
        _check_field(form, field)
    for field, value in new.fixed.items():
        try:
            form.column(field).kind(value)
        except CellFault as fault:
            raise BadInput(f"fixed.{field}", fault.en, "correct the value") from None


def _check_field(form: Form, field: str) -> None:
    fields = [column.field for column in form.columns]
    if field not in fields:
        raise BadInput("titles", f"{field[:40]!r} is no field of {form.en}", f"choose one of {', '.join(fields)}")
