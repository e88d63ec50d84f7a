"""Who was told, tried, heard and answered cannot be told otherwise afterwards: in the file an auditor takes along, and in the archive."""

from collections.abc import Callable
from pathlib import Path

import pytest

from coldchain.archive.chains import streams
from tests.evidence.cast import beside
from tests.evidence.conftest import Site
from tests.evidence.test_export import changed, checked

Change = Callable[[bytes], bytes]


@pytest.fixture
def engine() -> str:
    """Every column of every table on both databases stands in `test_verify`."""
    return "sqlite"


def instead(old: str, new: str) -> Change:
    def change(content: bytes) -> bytes:
        assert old.encode() in content
        return content.replace(old.encode(), new.encode())

    return change


@pytest.mark.parametrize(
    ("table", "change", "found"),
    [
        ("notice_attempt", instead('"verdict":"accepted"', '"verdict":"refused"'), "differs in verdict"),
        ("notice_attempt", instead('"provider_id":"m1"', '"provider_id":"m2"'), "differs in provider_id"),
        ("notice_receipt", instead('"state":"delivered"', '"state":"failed"'), "differs in state"),
        ("notice_reply", instead('"text":"1"', '"text":"2"'), "differs in text"),
        ("notice", instead('"state":"told"', '"state":"refused"'), "differs in state"),
        ("edge_notice", instead('"answer":"accepted"', '"answer":"refused"'), "differs in answer"),
    ],
)
async def test_what_is_told_otherwise_in_an_auditors_file_is_named(
    package: Path, table: str, change: Change, found: str
):
    report = await checked(changed(package, f"rows/{table}.jsonl", change))
    assert [str(each) for each in report.findings] == [f"row {table}/1: {found}"]


@pytest.mark.parametrize(
    "table", ["notice_attempt", "notice_receipt", "notice_reply", "notice", "transition", "edge_notice"]
)
async def test_what_is_left_out_of_an_auditors_file_is_missed(package: Path, table: str):
    report = await checked(changed(package, f"rows/{table}.jsonl", lambda _: b""))
    assert f"row {table}/1" in str(report.findings[0])


async def test_a_link_of_a_try_that_says_otherwise_is_named(site: Site, package: Path):
    """Whoever changes the row and its link as well breaks the chain."""
    async with site.archive.reading() as tx:
        chains = await streams(tx)
    said = instead('\\"verdict\\":\\"accepted\\"', '\\"verdict\\":\\"refused\\"')
    for stream in chains:
        try:
            other = changed(package, f"chain/{stream}.jsonl", said)
        except AssertionError:
            continue  # nothing of it is in this chain
        assert "its content was changed" in str((await checked(other)).findings[0])
        return
    pytest.fail("no chain has a link of the try")


async def test_what_is_changed_beside_the_programme_is_named_in_the_archive_too(site: Site):
    await beside(site.archive, "update notice_attempt set verdict = 'refused', answer = 'no'")
    assert await site.findings() == ["row notice_attempt/1: differs in answer, verdict"]
