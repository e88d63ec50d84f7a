"""Documents: one by its bytes, known by its first ones, seen by the facilities that have it."""

import hashlib

import pytest

from coldchain.archive import chains, documents
from coldchain.archive.db import Archive
from coldchain.errors import BadInput
from tests.archive.small import fill
from tests.archive.upkeep.cast import CHIEF, CLINIC, KEEPER, PDF, POST, a_document

KINDS = [
    (b"%PDF-1.4", "application/pdf"),
    (b"\xff\xd8\xff\xe0", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
    (b"PK\x03\x04xlsx", "application/zip"),
    ("合格".encode(), "text/plain"),
]
WRONG = [
    (b"", "it is empty"),
    (b"MZ\x90\x00\x03\xff", "of no kind that is kept"),
    (b"text\x00with a null", "of no kind that is kept"),
    (b"x" * (documents.LARGEST + 1), "send at most"),
]


@pytest.mark.parametrize(("content", "kind"), KINDS)
def test_a_document_is_known_by_its_first_bytes(content: bytes, kind: str):
    assert documents.kind_of(content) == kind


@pytest.mark.parametrize(("content", "why"), WRONG)
def test_what_is_no_document_is_refused(content: bytes, why: str):
    with pytest.raises(BadInput, match=why):
        documents.kind_of(content)


async def test_the_same_bytes_are_one_document_with_a_name_of_each_facility(archive: Archive):
    await fill(archive)
    sha = await a_document(archive)
    assert sha == hashlib.sha256(PDF).hexdigest()
    async with archive.writing() as tx:
        theirs = await documents.add(tx, "manual.pdf", PDF, POST, KEEPER)
        again = await documents.add(tx, "other.pdf", PDF, POST, CHIEF)
        assert await chains.unseen(tx) == []
    assert (theirs.name, theirs.facility, theirs.added_by) == ("manual.pdf", POST, KEEPER.actor)
    assert again == theirs
    async with archive.reading() as tx:
        assert await documents.content(tx, sha) == PDF
        assert [each.name for each in await documents.of_facility(tx, POST)] == ["manual.pdf"]
        assert [each.name for each in await documents.of_facility(tx, CLINIC)] == ["报废批复.pdf"]


async def test_a_document_is_seen_by_those_who_have_it_under_the_name_they_gave(archive: Archive):
    await fill(archive)
    sha = await a_document(archive)
    async with archive.writing() as tx:
        assert await documents.seen(tx, sha, frozenset({POST})) is None
        await documents.add(tx, "manual.pdf", PDF, POST, KEEPER)
    async with archive.reading() as tx:
        names = [await documents.seen(tx, sha, scope) for scope in (frozenset({POST}), frozenset({CLINIC}), None)]
    assert [each and each.name for each in names] == ["manual.pdf", "报废批复.pdf", "报废批复.pdf"]


async def test_the_county_s_own_document_is_seen_by_those_only_who_see_everything(archive: Archive):
    await fill(archive)
    sha = await a_document(archive, facility=None)
    async with archive.reading() as tx:
        assert await documents.seen(tx, sha, frozenset({CLINIC, POST})) is None
        assert await documents.seen(tx, sha, None) is not None
        assert await documents.seen(tx, "0" * 64, None) is None


@pytest.mark.parametrize(("name", "facility", "field"), [("x" * 201, None, "document.name"), ("a", "X", "facility")])
async def test_a_document_of_nowhere_or_with_an_endless_name_is_refused(
    archive: Archive, name: str, facility: str | None, field: str
):
    async with archive.writing() as tx:
        with pytest.raises(BadInput) as refused:
            await documents.add(tx, name, PDF, facility, KEEPER)
    assert refused.value.field == field


async def test_what_nobody_sent_cannot_be_referred_to(archive: Archive):
    async with archive.writing() as tx:
        await documents.check(tx, "document", None)
        for ask in (documents.document(tx, "0"), documents.content(tx, "0"), documents.check(tx, "photo", "0")):
            with pytest.raises(BadInput, match="there is no document '0'"):
                await ask
