"""A process that writes, for tests of several at once: `python -m tests.archive.writer URL NAME COUNT [kill after N]`.

Each transaction adds a region with its link in the audit trail, sees something of two gateways with a link in each of
their shards' chains, takes one dose from the clinic's refrigerator and puts one refused message beside it; the number of
the last one that was committed is printed.
"""

import asyncio
import os
import signal
import sys

from pydantic import SecretStr

from coldchain.archive import cases, lots, places, refused
from coldchain.archive.audit import By
from coldchain.archive.cases import NewObservation
from coldchain.archive.db import open_archive
from coldchain.archive.lots import NewMovement, Reason
from coldchain.archive.places import Region
from coldchain.archive.refused import RefusedMessage
from coldchain.excursion import Kind, Severity
from coldchain.settings import ArchiveSettings
from coldchain.wire import Refusal
from tests.archive.small import HOUR, T0


def _seen(gateway: str) -> NewObservation:
    return NewObservation(kind=Kind.SILENCE, subject=gateway, severity=Severity.NOTE, start=T0, seen_at=T0, detail={})


async def write(url: str, name: str, count: int, killed_in: int | None) -> None:
    by = By(name, T0 + HOUR, "hammering")
    async with open_archive(ArchiveSettings(url=SecretStr(url))) as archive:
        for n in range(count):
            async with archive.writing() as tx:
                code = f"{name}{n:06}"
                region = Region(code=code, level=4, name_zh="镇", name_en="town", parent="511900000000")
                await places.put_regions(tx, [region], by)
                for gateway in (
                    ("gw-1", "gw-2") if n % 2 else ("gw-2", "gw-1")
                ):  # whoever locks as it goes waits for ever
                    await cases.observe(tx, _seen(gateway))
                issue = NewMovement(lot="HepB-A1", at=T0 + 2 * HOUR, doses=1, reason=Reason.ISSUED, source=1)
                await lots.move(tx, issue, by)
                if n == killed_in:
                    os.kill(os.getpid(), signal.SIGKILL)
            print(n, flush=True)
            # as the collectors do: the same refusal from all processes
            payload = str(n).encode()
            message = RefusedMessage("c", "gw-1", "t", T0, None, None, Refusal.MALFORMED, name, payload)
            await refused.keep(archive, [message])


if __name__ == "__main__":
    asyncio.run(write(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]) if len(sys.argv) > 4 else None))
