"""What gateways said of an alarm's excursion while nobody heard them: who was told there, and need not be told again here.

    excursion (channel, span) ─► edge notices whose anchor lies in it ─► story, and alerting's dedup

A gateway judges by its own limits, so its anchor may lie a little before the server's first bad reading.
"""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select

from coldchain.archive import tables
from coldchain.archive.arrows import Alarm
from coldchain.archive.db import Tx
from coldchain.archive.edge import REACHED, EdgeNotice, edge_notices

EARLIER_MS: Final = 30 * 60_000  # a limit of the box's own may be passed so long before the server's
REPLIED: Final = "replied"


async def of_alarms(tx: Tx, alarms: Sequence[Alarm]) -> dict[int, list[EdgeNotice]]:
    """By alarm, what was said of its excursion, the first first; alarms of which nothing was said are left out."""
    cases = {alarm.excursion: alarm.id for alarm in alarms if alarm.excursion}
    row = tables.Excursion
    found = {}
    for each in await tx.scalars(select(row).where(row.id.in_(sorted(cases)))):
        start = each.first_bad if each.known_good_before is None else min(each.known_good_before, each.first_bad)
        end = each.last_bad if each.known_good_after is None else each.known_good_after
        said = await edge_notices(tx, channels=[each.channel], start=start - EARLIER_MS, end=end + 1)
        if said:
            found[cases[each.id]] = said
    return found


def told(said: Sequence[EdgeNotice], number: str) -> EdgeNotice | None:
    """The event that shows best that the person of this number was told there: their own reply, else the network's word."""
    theirs = [each for each in said if each.phone_number == number and each.act != "over" and each.answer in REACHED]
    return next((each for each in theirs if each.answer == REPLIED), theirs[0] if theirs else None)
