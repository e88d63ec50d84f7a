"""A process that asks one round of questions and may die at a named point: what it sent stands in a file, a line each.

python -m tests.alerting.numbers.asker ARCHIVE_URL FILE AT
"""

import asyncio
import sys
from pathlib import Path

from alerting.numbers import rounds
from coldchain.archive.db import open_archive
from coldchain.archive.telling.attempts import Moment
from coldchain.providers.outcome import Answer, Limit, Message, Receipt, Verdict
from coldchain.settings import ArchiveSettings
from tests.alerting.numbers.cast import HOW


class Written:
    """A way whose provider is a file: what it took is known, whoever dies."""

    name, wakes, names_person = "sms", False, True
    per_address: tuple[Limit, ...] = ()

    def __init__(self, file: Path) -> None:
        self._file = file

    async def send(self, message: Message) -> Answer:
        with self._file.open("a", encoding="utf-8") as lines:
            lines.write(f"{message.out_id} {message.address}\n")
        return Answer(Verdict.ACCEPTED, message_id=f"m-{message.out_id}")

    async def ask(self, out_id: str, address: str, sent_at: int) -> list[Receipt] | None:
        return None


async def main(url: str, file: str, at: int) -> None:
    """One round."""
    async with open_archive(ArchiveSettings.model_validate({"url": url})) as archive:
        await rounds.look(archive, {"sms": Written(Path(file))}, HOW, Moment(at, at / 1000))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
