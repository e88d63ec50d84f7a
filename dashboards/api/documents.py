"""/api/v1/documents: photos, certificates, scans. Sent once, referred to by their sha256, given back as they came.

    POST, raw bytes or one file of a form ─► bounded while it is read ─► kept ─► sha256

Given back always as a download that no browser runs, whatever its name or content says.
"""

from http import HTTPStatus
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Request, Response

from coldchain.archive import documents
from coldchain.archive.db import Tx
from coldchain.archive.documents import LARGEST, Document
from coldchain.errors import BadInput
from dashboards.access import Asking, Viewer
from dashboards.api.models_upkeep import SHA256, DocumentAnswer, shown
from dashboards.api.received import BODY, received
from dashboards.api.writing import by_of
from dashboards.parts import parts_of
from dashboards.problems import NotFound

router = APIRouter(prefix="/api/v1", tags=["documents"])

Sha = Annotated[str, Path(pattern=SHA256)]


@router.post("/documents", status_code=HTTPStatus.CREATED, openapi_extra=BODY)
async def send(
    request: Request,
    viewer: Asking,
    facility: Annotated[str | None, Query(max_length=64, description="Whose it is; none: the county's own.")] = None,
    name: Annotated[str, Query(max_length=200, description="Of a document sent as it is; a form's file has one.")] = "",
) -> DocumentAnswer:
    """Keep a document of at most 10 MB: PDF, JPEG, PNG, WebP, XLSX, DOCX or plain text."""
    if not viewer.sees(facility):
        raise NotFound("facility", facility)
    said, content = await received(request, LARGEST)
    async with parts_of(request).archive.writing() as tx:
        kept = await documents.add(tx, name or said or "unnamed", content, facility, by_of(viewer, "document"))
    return shown(DocumentAnswer, kept)


@router.get("/documents/{sha256}")
async def document(request: Request, viewer: Asking, sha256: Sha) -> DocumentAnswer:
    """What is known of a document."""
    async with parts_of(request).archive.reading() as tx:
        return shown(DocumentAnswer, await document_in(tx, viewer, sha256))


@router.get("/documents/{sha256}/content", response_class=Response)
async def content(request: Request, viewer: Asking, sha256: Sha) -> Response:
    """The document itself, as a download."""
    async with parts_of(request).archive.reading() as tx:
        found = await document_in(tx, viewer, sha256)
        given = await documents.content(tx, sha256)
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.name, safe='')}",
        "ETag": f'"{sha256}"',
    }
    return Response(given, media_type=found.media_type, headers=headers)


async def document_in(tx: Tx, viewer: Viewer, sha256: str) -> Document:
    """A document that the viewer may see, directly or through one of their facilities.

    Raises:
        NotFound: when there is none, or none of theirs.
    """
    found = await documents.seen(tx, sha256, viewer.scope)
    if found is None:
        raise NotFound("document", sha256)
    return found


async def check_document(tx: Tx, viewer: Viewer, sha256: str | None) -> None:
    """Refuse a reference to a document that the viewer may not see; none refers to none.

    Raises:
        BadInput: it is not there, or not theirs.
    """
    if sha256 is not None and await documents.seen(tx, sha256, viewer.scope) is None:
        raise BadInput("document", f"there is no document {sha256!r}", "send it first, and name its sha256")
