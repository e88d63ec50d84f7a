"""The provider: the tests' fake of Aliyun, which notes when it accepted each call, and how many came within a second.

    python -m bench.alerting.provider LATENCY_S

Prints its port. Each line on its input is answered by a line of JSON with what it has accepted so far; it ends with its input.
"""

import asyncio
import json
import sys
from bisect import bisect_left

from coldchain import clock
from tests.fakes.aliyun import FakeAliyun
from tests.fakes.serving import Asked, Said, served


class Provider(FakeAliyun):
    """The fake at the wall's own time."""

    def __post_init__(self) -> None:
        """Nothing has come yet."""
        super().__post_init__()
        self.came: list[float] = []  # seconds
        self.accepted: dict[str, int] = {}  # when the first call to each number was accepted, ms

    async def answer(self, asked: Asked) -> Said:
        """Answer as it would, and note it."""
        wall_ms = clock.wall()
        self.now = wall_ms / 1000
        self.came.append(self.now)
        before = len(self.taken)
        answer = await super().answer(asked)
        for each in self.taken[before:]:
            self.accepted.setdefault(each.number, wall_ms)
        return answer

    def report(self) -> dict[str, object]:
        """All of it."""
        most = max((bisect_left(self.came, at + 1) - n for n, at in enumerate(self.came)), default=0)
        return {
            "accepted": self.accepted,
            "requests": len(self.came),
            "refused": self.refused,
            "most_in_a_second": most,
        }


async def main(latency_s: float) -> None:
    fake = Provider()
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    async with served(fake, latency_s=latency_s):
        print(fake.port, flush=True)
        while await lines.readline():
            print(json.dumps(fake.report()), flush=True)


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1])))
