import pytest

from coldchain.archive import refused
from coldchain.archive.db import Archive
from coldchain.archive.pages import Asked
from coldchain.archive.refused import RefusedMessage
from coldchain.errors import BadInput
from coldchain.wire import Refusal


def message(payload: bytes = b"{", **changes: object) -> RefusedMessage:
    values: dict[str, object] = {
        "collector": "c1",
        "gateway": "gw-1",
        "topic": "coldchain/v1/gw/gw-1/readings",
        "received": 1_763_790_000_000,
        "spool": None,
        "seq": None,
        "reason": Refusal.MALFORMED,
        "detail": "not JSON",
        "payload": payload,
    }
    return RefusedMessage(**{**values, **changes})  # type: ignore[arg-type]  # fields by name, checked by the tests


async def test_a_refused_message_is_kept_whole_with_its_reason(archive: Archive):
    payload = bytes(range(256)) * 4000
    await refused.keep(archive, [message(payload, spool="ab" * 16, seq=2**62)])
    async with archive.reading() as tx:
        [kept] = (await refused.listed(tx, Asked())).items
        assert (kept.reason, kept.detail, kept.seq, kept.bytes) == ("malformed", "not JSON", 2**62, len(payload))
        assert await refused.payload(tx, kept.id) == payload


async def test_the_same_message_sent_again_is_kept_once_and_another_reason_is_another_row(archive: Archive):
    await refused.keep(archive, [message(), message()])
    await refused.keep(archive, [message(), message(reason=Refusal.SHAPE), message(gateway="gw-2")])
    async with archive.reading() as tx:
        kept = (await refused.listed(tx, Asked())).items
    assert sorted((row.gateway, row.reason) for row in kept) == [
        ("gw-1", "malformed"),
        ("gw-1", "shape"),
        ("gw-2", "malformed"),
    ]


async def test_garbage_in_names_and_details_does_not_stop_its_keeping(archive: Archive):
    await refused.keep(
        archive, [message(gateway="g" * 5000, topic="t" * 60_000, detail="nul \0 and half \ud800 a pair")]
    )
    async with archive.reading() as tx:
        [kept] = (await refused.listed(tx, Asked())).items
    assert kept.detail == "nul \N{REPLACEMENT CHARACTER} and half ? a pair"
    assert len(kept.gateway) == 5000


async def test_pages_go_from_the_newest_back_and_skip_nothing_that_arrives_meanwhile(archive: Archive):
    await refused.keep(archive, [message(str(n).encode()) for n in range(5)])
    async with archive.reading() as tx:
        first = await refused.listed(tx, Asked(limit=2))
    await refused.keep(archive, [message(b"new")])
    async with archive.reading() as tx:
        second = await refused.listed(tx, Asked(limit=2, cursor=first.next))
        third = await refused.listed(tx, Asked(limit=2, cursor=second.next))
    ids = [row.id for page in (first, second, third) for row in page.items]
    assert len(ids) == 5
    assert ids == sorted(ids, reverse=True)
    assert third.next is None


async def test_one_gateways_refusals_are_listed_alone(archive: Archive):
    await refused.keep(archive, [message(), message(gateway="gw-2")])
    async with archive.reading() as tx:
        [kept] = (await refused.listed(tx, Asked(), gateway="gw-2")).items
    assert kept.gateway == "gw-2"


@pytest.mark.parametrize(
    "cursor", ["%", "AAAA", "IjEi", "bnVsbA", "WyIxIl0", "WzEsMl0", "Wzk5OTk5OTk5OTk5OTk5OTk5OTk5XQ", "ą"]
)
async def test_a_cursor_that_no_page_gave_is_refused_with_its_cure(archive: Archive, cursor: str):
    async with archive.reading() as tx:
        with pytest.raises(BadInput, match=r"cursor: this is no cursor of ours; pass the `next`"):
            await refused.listed(tx, Asked(cursor=cursor))


@pytest.mark.parametrize("limit", [0, -1, 1001])
def test_a_page_of_no_or_too_many_rows_is_refused(limit: int):
    with pytest.raises(BadInput, match="limit"):
        Asked(limit=limit)
