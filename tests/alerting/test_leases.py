"""One process decides: the fence rises with each holder, and whoever wakes up late decides nothing."""

import pytest

from alerting.decide import Chunk
from alerting.judge import Touch
from alerting.windows import Span
from coldchain.archive import cases, journal
from coldchain.archive.db import Archive
from coldchain.errors import Unavailable
from tests.alerting.cast import MINUTE, PROBE, T0, Clinic, trace_of

pytestmark = pytest.mark.parametrize("engine", ["sqlite", "postgresql"], indirect=True)


async def test_a_lease_is_held_by_one_until_it_runs_out(archive: Archive):
    async with archive.writing() as tx:
        first = await journal.take_lease(tx, "x", "one", wall=1000, lasts_ms=100)
        assert first is not None
        assert await journal.take_lease(tx, "x", "two", wall=1099, lasts_ms=100) is None
        assert await journal.take_lease(tx, "x", "one", wall=1099, lasts_ms=100) == first
        assert await journal.take_lease(tx, "x", "two", wall=1198, lasts_ms=100) is None
        second = await journal.take_lease(tx, "x", "two", wall=1199, lasts_ms=100)
    assert second is not None
    assert second.number == first.number + 1


async def test_a_lease_given_back_is_free_at_once(archive: Archive):
    async with archive.writing() as tx:
        first = await journal.take_lease(tx, "x", "one", wall=1000, lasts_ms=100)
        assert first is not None
        await journal.release_lease(tx, first)
        assert await journal.take_lease(tx, "x", "two", wall=1001, lasts_ms=100) is not None


async def test_who_lost_the_lease_decides_nothing(clinic: Clinic):
    async with clinic.archive.writing() as tx:
        await journal.take_lease(tx, "alerting", "another", wall=10_000, lasts_ms=100)
    await clinic.series.write([trace_of([5.0, 9.0])])
    with pytest.raises(Unavailable, match="another process holds it"):
        await clinic.decide(Chunk([Touch(PROBE, Span(T0, T0 + MINUTE))], {("main", 7): 1}))
    async with clinic.archive.reading() as tx:
        assert await cases.anchored(tx, {PROBE: (0, 2**60)}) == []
        assert ("main", 7) not in await journal.cursors(tx, "alerting")


async def test_a_lease_taken_by_a_clock_that_was_ahead_holds_nobody_up(archive: Archive):
    async with archive.writing() as tx:
        ahead = await journal.take_lease(tx, "x", "one", wall=8 * 3_600_000, lasts_ms=100)
        assert ahead is not None
        after = await journal.take_lease(tx, "x", "two", wall=1000, lasts_ms=100)
    assert after is not None
    assert after.number == ahead.number + 1
