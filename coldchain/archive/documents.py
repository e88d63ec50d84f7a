"""Documents that acts refer to: kept by their content, never changed.

    upload ─► kind known by its first bytes? not too large? ─► document (sha256) ◄── certificate, photo, opinion, scan
                                                                    │
                                                 filings: the facilities that have it; who sees one of them sees it

The same bytes are one document, whoever sends them: a second facility gets a filing with its own name for it, and learns
nothing of the first. A document of no facility is the county's: only those who see everything see it.
"""

import hashlib
from collections.abc import Callable
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import defer

from coldchain.archive import audit, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.rows import Record, check_texts, is_plain, record_of
from coldchain.archive.views import Scope
from coldchain.errors import BadInput

LARGEST: Final = 10 * 1024 * 1024
CARD: Final = defer(tables.Document.content)  # ten megabytes are not read to tell a name


class Document(Record, frozen=True, kw_only=True):
    """A document without its content."""

    sha256: str
    media_type: str
    name: str
    size: int
    facility: str | None
    added_by: str
    added_at: int


def _is_text(content: bytes) -> bool:
    """In UTF-8, or as a Chinese Excel and loggers' programs write their CSV."""
    encodings = ("utf-16",) if content.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8", "gb18030")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return "\x00" not in text if encoding == "utf-8" else is_plain(text.replace("\r", ""))
    return False


# By what a file begins with: its name may say anything.
KINDS: Final[tuple[tuple[str, Callable[[bytes], bool]], ...]] = (
    ("application/pdf", lambda content: content.startswith(b"%PDF-")),
    ("image/jpeg", lambda content: content.startswith(b"\xff\xd8\xff")),
    ("image/png", lambda content: content.startswith(b"\x89PNG\r\n\x1a\n")),
    ("image/webp", lambda content: content[:4] == b"RIFF" and content[8:12] == b"WEBP"),
    ("application/zip", lambda content: content.startswith(b"PK\x03\x04")),  # XLSX and DOCX too
    ("application/vnd.ms-excel", lambda content: content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")),
    ("text/plain", _is_text),
)


async def add(tx: Tx, name: str, content: bytes, facility: str | None, by: By) -> Document:
    """Keep a document, filed at a facility or (None) at the county; what is filed there already stays as it was.

    Raises:
        BadInput: when it is empty, too large, of no kind that we keep, or the facility is unknown.
    """
    check_texts("document", {"name": name})
    media_type = kind_of(content)
    sha256 = hashlib.sha256(content).hexdigest()
    await audit.begin(tx)
    await _check_facility(tx, facility)
    row = await _without_content(tx, sha256)
    if row is not None:
        return await _filed(tx, row, name, facility, by)
    row = tables.Document(
        sha256=sha256,
        media_type=media_type,
        name=name,
        size=len(content),
        content=content,
        facility=facility,
        added_by=by.actor,
        added_at=by.at,
    )
    tx.add(row)
    await audit.record(tx, by, "added", [row])
    return record_of(row, Document)


async def file_at(tx: Tx, sha256: str, facility: str, by: By) -> Document:
    """Let a facility have a document that is there, under the name it has.

    Raises:
        BadInput: when there is no such document or facility.
    """
    await audit.begin(tx)
    await _check_facility(tx, facility)
    row = await _row(tx, sha256)
    return await _filed(tx, row, row.name, facility, by)


async def seen(tx: Tx, sha256: str, scope: Scope) -> Document | None:
    """A document as those of this scope know it; None when there is none, or none that they may see."""
    row = await _without_content(tx, sha256)
    if row is None or scope is None or row.facility in scope:
        return None if row is None else record_of(row, Document)
    filing = tables.Filing
    query = select(filing).where(filing.document == sha256, filing.facility.in_(scope)).order_by(filing.id).limit(1)
    its = await tx.scalar(query)
    return None if its is None else _as_filed(row, its)


async def of_facility(tx: Tx, facility: str) -> list[Document]:
    """The documents that a facility has, by when it got them."""
    document, filing = tables.Document, tables.Filing
    own = await tx.scalars(select(document).where(document.facility == facility).options(CARD))
    filed = select(document, filing).join(filing, filing.document == document.sha256).options(CARD)
    more = await tx.execute(filed.where(filing.facility == facility))
    found = [record_of(row, Document) for row in own] + [_as_filed(row, its) for row, its in more]
    return sorted(found, key=lambda each: (each.added_at, each.sha256))


def kind_of(content: bytes) -> str:
    """The media type of a document.

    Raises:
        BadInput: when it is empty, too large, or of no kind that we keep.
    """
    if not content:
        raise BadInput("document", "it is empty", "send the file itself")
    if len(content) > LARGEST:
        raise BadInput("document", f"it has {len(content)} bytes", f"send at most {LARGEST}")
    found = next((media_type for media_type, fits in KINDS if fits(content)), None)
    if found is None:
        raise BadInput(
            "document", "it is of no kind that is kept", "send PDF, JPEG, PNG, WebP, XLSX, DOCX or plain text"
        )
    return found


async def document(tx: Tx, sha256: str) -> Document:
    """One document.

    Raises:
        BadInput: when there is none.
    """
    return record_of(await _row(tx, sha256), Document)


async def content(tx: Tx, sha256: str) -> bytes:
    """The bytes of a document.

    Raises:
        BadInput: when there is none.
    """
    found = await tx.scalar(select(tables.Document.content).where(tables.Document.sha256 == sha256))
    if found is None:
        raise _unknown(sha256)
    return found


async def check(tx: Tx, field: str, sha256: str | None) -> None:
    """Refuse a reference to a document that nobody sent; None refers to none.

    Raises:
        BadInput: naming the field.
    """
    if sha256 is None:
        return
    if await tx.scalar(select(tables.Document.sha256).where(tables.Document.sha256 == sha256)) is None:
        raise BadInput(field, f"there is no document {sha256[:80]!r}", "send the document first, and name its sha256")


async def _row(tx: Tx, sha256: str) -> tables.Document:
    row = await _without_content(tx, sha256)
    if row is None:
        raise _unknown(sha256)
    return row


async def _without_content(tx: Tx, sha256: str) -> tables.Document | None:
    return await tx.scalar(select(tables.Document).where(tables.Document.sha256 == sha256).options(CARD))


def _unknown(sha256: str) -> BadInput:
    return BadInput("document", f"there is no document {sha256[:80]!r}", "send it first")


async def _filed(tx: Tx, row: tables.Document, name: str, facility: str | None, by: By) -> Document:
    """The document as this facility has it, from now on if not before."""
    if facility is None or row.facility == facility:
        return record_of(row, Document)
    filing = tables.Filing
    its = await tx.scalar(select(filing).where(filing.document == row.sha256, filing.facility == facility))
    if its is None:
        its = filing(document=row.sha256, facility=facility, name=name, added_by=by.actor, added_at=by.at)
        tx.add(its)
        await audit.record(tx, by, "filed", [its])
    return _as_filed(row, its)


def _as_filed(row: tables.Document, its: tables.Filing) -> Document:
    return Document(sha256=row.sha256, media_type=row.media_type, name=its.name, size=row.size,
                    facility=its.facility, added_by=its.added_by, added_at=its.added_at)  # fmt: skip


async def _check_facility(tx: Tx, facility: str | None) -> None:
    if facility is not None and await tx.get(tables.Facility, facility) is None:
        raise BadInput("facility", f"{facility[:80]!r} is not in the archive", "import it first, or correct the code")
