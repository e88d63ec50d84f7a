"""A file that somebody sends: its bytes as they are, or the one file of a form; bounded while it is read."""

from collections.abc import AsyncGenerator
from http import HTTPStatus
from typing import Any, Final

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from coldchain.errors import BadInput
from dashboards.problems import Problem

FORM: Final = 64 * 1024  # what a form may add around its file
BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
            "multipart/form-data": {
                "schema": {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}}
            },
        },
    }
}


async def received(request: Request, most: int) -> tuple[str, bytes]:
    """The name that a form gives, and at most so many bytes.

    Raises:
        BadInput: when it is a form without a file.
        Problem: 413 when it has more.
    """
    kind = request.headers.get("content-type", "")
    if kind.startswith("application/x-www-form-urlencoded"):
        raise BadInput("body", "a form of this kind carries no file", "send one file as multipart/form-data")
    if not kind.startswith("multipart/form-data"):
        return "", b"".join([chunk async for chunk in _bounded(request, most, most)])
    parser = MultiPartParser(request.headers, _bounded(request, most + FORM, most), max_files=1, max_fields=4)
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError) as error:  # KeyError: the content type names no boundary
        raise BadInput("body", f"this is no form: {error}", "send one file as multipart/form-data") from None
    try:
        files = [value for value in form.values() if isinstance(value, UploadFile)]
        if not files:
            raise BadInput("file", "the form has none", "send one file")
        return files[0].filename or "", await files[0].read()
    finally:
        await form.close()


async def _bounded(request: Request, most: int, told: int) -> AsyncGenerator[bytes, None]:
    """The body as it comes, and not a byte more than `most`."""
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > most:
            raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"send at most {told} bytes")
        yield chunk
