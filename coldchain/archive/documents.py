"""Documents that acts refer to: kept by their content, never changed.

upload ─► kind known by its first bytes? not too large? ─► document (sha256) ◄── certificate, photo, opinion, scan
"""

import hashlib
from collections.abc import Callable
from typing import Final

from sqlalchemy import select

from coldchain.archive import audit, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.rows import Record, check_texts, record_of
from coldchain.errors import BadInput

LARGEST: Final = 10 * 1024 * 1024


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
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return b"\x00" not in content


# By what a file begins with: its name may say anything.
KINDS: Final[tuple[tuple[str, Callable[[bytes], bool]], ...]] = (
    ("application/pdf", lambda content: content.startswith(b"%PDF-")),
    ("image/jpeg", lambda content: content.startswith(b"\xff\xd8\xff")),
    ("image/png", lambda content: content.startswith(b"\x89PNG\r\n\x1a\n")),
    ("image/webp", lambda content: content[:4] == b"RIFF" and content[8:12] == b"WEBP"),
    ("application/zip", lambda content: content.startswith(b"PK\x03\x04")),  # XLSX and DOCX too
    ("text/plain", _is_text),
)


async def add(tx: Tx, name: str, content: bytes, facility: str | None, by: By) -> Document:
    """Keep a document; one that is kept already is returned as it was first entered.

    Raises:
        BadInput: when it is empty, too large, or of no kind that we keep.
    """
    check_texts("document", {"name": name})
    media_type = kind_of(content)
    sha256 = hashlib.sha256(content).hexdigest()
    await audit.begin(tx)
    row = await tx.get(tables.Document, sha256)
    if row is None:
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
    return (await _row(tx, sha256)).content


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
    row = await tx.get(tables.Document, sha256)
    if row is None:
        raise BadInput("document", f"there is no document {sha256[:80]!r}", "send it first")
    return row
