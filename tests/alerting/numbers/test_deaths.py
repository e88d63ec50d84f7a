"""A process that dies while it asks: the question counts as asked, and nobody gets it twice for that."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from coldchain import crash
from coldchain.archive import chains
from coldchain.archive.db import Archive, open_archive
from coldchain.archive.duty import questions
from tests.alerting.numbers.cast import DAY, HOUR, NOON, POINTS
from tests.archive.small import fill
from tests.parts.archives import on_sqlite


@dataclass
class Asker:
    """One round at a time, each in a process of its own."""

    archive: Archive
    url: str
    file: Path

    async def look(self, at: int, crash_at: str = "") -> int:
        """How the process ended."""
        command = ["-m", "tests.alerting.numbers.asker", self.url, str(self.file), str(at)]
        environ = os.environ | {crash.VARIABLE: crash_at}
        process = await asyncio.create_subprocess_exec(sys.executable, *command, env=environ)
        return await process.wait()

    @property
    def sent(self) -> int:
        return len(self.file.read_text("utf-8").splitlines()) if self.file.exists() else 0

    async def states(self) -> list[str]:
        async with self.archive.reading() as tx:
            assert await chains.unseen(tx) == []
            return [each.state.value for each in await questions.since(tx, 0)]


@pytest.fixture
async def asker(tmp_path: Path) -> AsyncIterator[Asker]:
    settings = on_sqlite(tmp_path)
    async with open_archive(settings) as archive:
        await fill(archive)
        yield Asker(archive, settings.url.get_secret_value(), tmp_path / "sent")


@pytest.mark.parametrize("point", POINTS)
async def test_it_counts_as_asked_and_is_not_sent_again_until_a_week_has_passed(asker: Asker, point: str):
    assert await asker.look(NOON, crash_at=point) == -signal.SIGKILL
    assert (asker.sent, await asker.states()) == (POINTS[point], ["leaving"])
    assert await asker.look(NOON + HOUR) == 0
    assert (asker.sent, await asker.states()) == (POINTS[point], ["asked"])
    assert await asker.look(NOON + 8 * DAY) == 0
    assert (asker.sent, await asker.states()) == (POINTS[point] + 1, ["unanswered", "asked"])


@pytest.mark.parametrize("point", POINTS)
async def test_who_answers_what_nobody_knows_was_sent_is_heard(asker: Asker, point: str):
    await asker.look(NOON, crash_at=point)
    async with asker.archive.writing() as tx:
        [asked] = await questions.since(tx, 0)
        said = await questions.answered(tx, asked.id, is_theirs=True, at=NOON + HOUR, how="a reply by sms")
    assert said is questions.QuestionState.CONFIRMED
    await asker.look(NOON + 8 * DAY)
    assert asker.sent == POINTS[point]
