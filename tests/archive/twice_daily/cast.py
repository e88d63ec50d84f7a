"""A nurse and a keeper of elsewhere, and times of the first of July as a clinic's clock shows them."""

from zoneinfo import ZoneInfo

from coldchain.archive import people
from coldchain.archive.audit import By
from coldchain.archive.db import Archive
from coldchain.archive.people import Role, User
from coldchain.archive.twice_daily import entries
from coldchain.archive.twice_daily.entries import Entry, NewEntry
from coldchain.archive.twice_daily.hours import Half
from tests.archive.small import NURSE, compartment_of, fill
from tests.archive.small import T0 as EIGHT  # 2026-07-01T08:00:00+08:00

ZONE = ZoneInfo("Asia/Shanghai")
HOUR = 3_600_000
MINUTE = 60_000
DAY = 24 * HOUR
FRIDGE, CLINIC = "511900012-BX1", "511900012"


def at(clock: str, day: int = 1) -> int:
    """A time of a day of July 2026."""
    hours, minutes = map(int, clock.split(":"))
    return EIGHT + (day - 1) * DAY + (hours - 8) * HOUR + minutes * MINUTE


async def furnish(archive: Archive) -> int:
    """The small county with its users; returns the cold compartment."""
    await fill(archive)
    async with archive.writing() as tx:
        for user in (
            User(name="li", display="李小琴", role=Role.CLINIC, facility=CLINIC),
            User(name="post", display="村医", role=Role.CLINIC, facility="511900013"),
        ):
            await people.create_user(tx, user, "x", NURSE)
    return await compartment_of(archive, "cold")


async def enter(
    archive: Archive,
    compartment: int,
    half: str,
    taken: int,
    value_c: float = 4.5,
    *,
    now: int | None = None,
    **more: object,
) -> Entry:
    """Enter what the display showed, at once unless `now` says when."""
    new = NewEntry(
        **{
            "compartment": compartment,
            "half": Half(half),
            "taken_at": taken,
            "value_c": value_c,
            "signed_by": "li",
            **more,
        }  # type: ignore[arg-type]
    )
    async with archive.writing() as tx:
        return await entries.enter(tx, new, ZONE, By("li", taken if now is None else now, "the round"))
