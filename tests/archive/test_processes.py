"""Several processes on one archive, and the power going while one writes."""

import asyncio
import sys

from coldchain.archive import chains, lots, places, refused
from coldchain.archive.db import Archive
from coldchain.archive.lots import NewMovement, Reason
from coldchain.archive.pages import Asked
from coldchain.settings import ArchiveSettings
from tests.archive.small import COUNTY, HOUR, NURSE, T0, TOWN, fill
from tests.archive.writer import write


async def writer(settings: ArchiveSettings, *arguments: str) -> tuple[int, list[str], str]:
    """(exit code, numbers of the committed transactions, what it complained of)"""
    command = [sys.executable, "-m", "tests.archive.writer", settings.url.get_secret_value(), *arguments]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe)
    said, complained = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode().split(), complained.decode()


async def chain_of(archive: Archive, stream: str) -> chains.Verified:
    async with archive.reading() as tx:
        return await chains.verify(tx, stream)


async def doses_left(archive: Archive) -> int:
    async with archive.reading() as tx:
        [stay] = await lots.stays(tx, "HepB-A1")
    return stay.levels[-1][1] if stay.end is None else 0


async def test_four_processes_write_at_once_and_what_they_did_is_there_once(
    archive: Archive, settings: ArchiveSettings
):
    """30 doses are left, and four times ten are wanted: whoever comes too late is told, and leaves nothing."""
    await fill(archive)
    links = (await chain_of(archive, chains.COUNTY)).entries
    async with archive.writing() as tx:
        issue = NewMovement(lot="HepB-A1", at=T0 + 2 * HOUR, doses=40, reason=Reason.ISSUED, source=1)
        await lots.move(tx, issue, NURSE)
    ended = await asyncio.gather(*(writer(settings, f"51190{n}", "10") for n in range(1, 5)))
    assert all("holds 0 doses" in words if code else words == "" for code, _, words in ended)
    async with archive.reading() as tx:
        codes = {each.code for each in await places.regions(tx)} - {COUNTY, TOWN}
        assert codes == {f"51190{n}{i:06}" for n, (_, said, _) in enumerate(ended, 1) for i in map(int, said)}
        assert len(codes) == 30
        found = await chains.verify(tx)
        assert (found.entries, found.broken_at) == (links + 1 + 30 * 2, None)
        assert await chains.unseen(tx) == []
        shards = {stream: await chains.verify(tx, stream) for stream in await chains.streams(tx)}
        assert all(each.broken_at is None for each in shards.values())
        assert sum(each.entries for each in shards.values()) == found.entries + 30 * 2
        kept = (await refused.listed(tx, Asked())).items
        assert len(kept) == max(len(said) for _, said, _ in ended)
    assert await doses_left(archive) == 0


async def test_a_writer_killed_in_its_transaction_leaves_nothing_of_it_and_the_others_write_on(
    archive: Archive, settings: ArchiveSettings
):
    await fill(archive)
    links = (await chain_of(archive, chains.COUNTY)).entries
    killed, other = await asyncio.gather(writer(settings, "511901", "10", "3"), writer(settings, "511902", "6"))
    assert killed == (-9, ["0", "1", "2"], "")
    assert (other[0], len(other[1]), other[2]) == (0, 6, "")
    await write(settings.url.get_secret_value(), "511903", 2, None)
    assert await doses_left(archive) == 70 - 3 - 6 - 2
    async with archive.reading() as tx:
        assert len(await places.regions(tx)) == 2 + 3 + 6 + 2
        assert (await chains.verify(tx)).entries == links + 2 * (3 + 6 + 2)
        assert await chains.unseen(tx) == []
