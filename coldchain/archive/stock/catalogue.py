"""The catalogue of vaccines: a dated file with the certainty of each fact, and the county's own beside it.

    catalogue.toml, or a county's file ─► read ─► load ─► vaccine rows, each with the catalogue and version that said so

What a version changes stands in the audit trail with what was said before; a changed profile or sensitivity is told to
alerting. A vaccine that a new version no longer names stays.
"""

import tomllib
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Final

import msgspec

from coldchain.archive import lots
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.rows import Record
from coldchain.archive.stock.words import Funding, Light, Presentation, VaccineEntry, check_vaccine
from coldchain.errors import BadInput

CERTAINTIES: Final = ("read", "own-knowledge", "calc")
FACTS: Final = (
    "profile", "freeze_sensitive", "light", "presentation", "needs_diluent", "may_thaw", "vvm_type", "heat_group", "who_code",
    "info_codes", "funding", "note",
)  # fmt: skip
LARGEST: Final = 1024 * 1024


class Line(Record, frozen=True, kw_only=True):
    """A vaccine as a file says it; `read` names the facts that were read in public material."""

    code: str
    name_zh: str
    name_en: str
    freeze_sensitive: bool
    profile: str = "2-8"
    vvm_type: str | None = None
    who_code: str = ""
    info_codes: str = ""
    funding: Funding = Funding.PROGRAMME
    heat_group: str = ""
    light: Light = Light.YES
    presentation: Presentation = Presentation.UNSAID
    is_diluent: bool = False
    needs_diluent: bool = False
    may_thaw: bool = False
    note: str = ""
    source: str = ""
    read: tuple[str, ...] = ()


class Form(Record, frozen=True, kw_only=True):
    """A file."""

    name: str
    version: str
    source: str
    certainty: str
    vaccines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What a file says, ready to be entered."""

    name: str
    vaccines: tuple[VaccineEntry, ...]


def read(path: Path | None = None) -> Catalogue:
    """Read a catalogue's file, or the one that comes along.

    Raises:
        BadInput: naming the file, the line and the cure.
    """
    where = "catalogue.toml" if path is None else str(path)
    try:
        return catalogue_of(_text(path))
    except BadInput as error:
        raise BadInput(error.field, error.wrong, error.cure, where=where) from None


def catalogue_of(text: str) -> Catalogue:
    """Read the text of one.

    Raises:
        BadInput: naming what is wrong and the cure.
    """
    form = _form(text)
    if form.certainty not in CERTAINTIES:
        raise BadInput("certainty", f"{form.certainty[:40]!r} is none", f"use one of {', '.join(CERTAINTIES)}")
    name = f"{form.name} {form.version}"
    entries = tuple(_entry(line, form, name) for line in form.vaccines)
    for n, entry in enumerate(entries):
        if any(entry.code == before.code for before in entries[:n]):
            raise BadInput(f"vaccines[{n}].code", f"{entry.code!r} is there twice", "keep one of them")
        try:
            check_vaccine(entry)
        except BadInput as error:
            raise BadInput(f"vaccines[{n}].{error.field.rpartition('.')[2]}", error.wrong, error.cure) from None
    return Catalogue(name, entries)


async def load(tx: Tx, catalogue: Catalogue, by: By) -> int:
    """Insert or change the vaccines of a catalogue; returns how many were not so already."""
    return await lots.put_vaccines(tx, catalogue.vaccines, By(by.actor, by.at, by.reason or catalogue.name))


def _text(path: Path | None) -> str:
    if path is None:
        return resources.files("coldchain.archive.stock").joinpath("catalogue.toml").read_text(encoding="utf-8")
    try:
        if path.stat().st_size > LARGEST:
            raise BadInput("file", f"it is larger than {LARGEST >> 20} MB", "send a catalogue of vaccines")
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadInput("file", str(error.strerror), "name a file that can be read") from None
    except UnicodeDecodeError:
        raise BadInput("file", "it is not UTF-8", "save it as UTF-8") from None


def _form(text: str) -> Form:
    try:
        return msgspec.convert(tomllib.loads(text), Form)
    except tomllib.TOMLDecodeError as error:
        raise BadInput("file", str(error), "write TOML, as in the catalogue that comes along") from None
    except msgspec.ValidationError as error:
        wrong, _, place = str(error).partition(" - at `$")
        cure = "see the catalogue that comes along"
        raise BadInput(place.rstrip("`").lstrip(".") or "file", wrong, cure) from None


def _entry(line: Line, form: Form, name: str) -> VaccineEntry:
    values: dict[str, Any] = {field: getattr(line, field) for field in line.__struct_fields__ if field != "read"}
    stated = [field for field in FACTS if values[field] not in {"", None}]
    unknown = set(line.read) - set(stated)
    if unknown:
        wrong = f"{line.code}: {', '.join(sorted(unknown))} is no fact that it states"
        raise BadInput("read", wrong, f"name some of {', '.join(stated)}")
    certainty = {field: "read" if field in line.read else form.certainty for field in stated}
    values |= {"source": line.source or form.source, "catalogue": name, "certainty": certainty}
    return VaccineEntry(**values)
