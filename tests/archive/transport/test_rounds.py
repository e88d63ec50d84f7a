from typing import Any

import pytest

from coldchain.archive import chains
from coldchain.archive.db import Archive
from coldchain.archive.transport import lines, rounds
from coldchain.archive.transport.lines import Figures
from coldchain.archive.transport.words import Point
from coldchain.errors import BadInput, Stale
from tests.archive.small import COUNTY, TOWN
from tests.archive.transport.cast import (
    CLINIC,
    POST,
    STORE,
    Cast,
    a_round,
    a_run,
    arrive,
    bring_back,
    by,
    complete,
    delivered,
    furnish,
    load,
    outreach,
    read,
    receive,
    start,
)


@pytest.fixture
async def cast(archive: Archive) -> Cast:
    return await furnish(archive)


async def figures(archive: Archive, facility: str = CLINIC) -> Figures:
    async with archive.reading() as tx:
        [found] = await lines.figures(tx, 1, frozenset({facility}))
    return found


async def test_a_line_shows_what_was_drawn_and_delivered_without_anybody_typing_it(archive: Archive, cast: Cast):
    number = await delivered(archive, cast)
    found = await figures(archive)
    assert (found.line.planned_doses, found.drawn, found.delivered, found.runs) == (100, 100, 100, (number,))
    assert found.missing == ("nobody wrote how many sessions were held",)


async def test_what_comes_back_from_a_session_counts_as_returned(archive: Archive, cast: Cast):
    number = await start(archive, outreach(cast))
    await load(archive, number, 30, cast.fridge, cast.bag)
    await read(archive, number, Point.DEPARTURE, 0.5, cast.bag)
    await arrive(archive, number, POST, 1, cast.bag)
    await bring_back(archive, number, 4, 12, cast.bag, cast.fridge)
    found = await figures(archive)
    assert (found.taken_out, found.returned, found.drawn) == (30, 12, 0)
    assert f"run {number} is on its way" in found.missing


async def test_a_line_is_closed_when_its_record_is_complete(archive: Archive, cast: Cast):
    with pytest.raises(BadInput, match="record: nothing was delivered of 100 planned doses; nobody wrote how many"):
        async with archive.writing() as tx:
            await lines.close_line(tx, 1, CLINIC, by(5))
    await delivered(archive, cast)
    async with archive.writing() as tx:
        await rounds.write_sessions(tx, 1, CLINIC, 3, by(5))
        closed = await lines.close_line(tx, 1, CLINIC, by(6))
    assert (closed.sessions_held, closed.closed_by) == (3, "driver 王")
    with pytest.raises(BadInput, match="facility: the line of 511900012 was closed by driver 王"):
        async with archive.writing() as tx:
            await rounds.write_sessions(tx, 1, CLINIC, 4, by(7))
    async with archive.reading() as tx:
        assert await chains.unseen(tx) == []


async def test_a_refusal_that_nobody_reported_is_missing_in_words(archive: Archive, cast: Cast):
    number = await start(archive, a_run(cast))
    await load(archive, number, 100, cast.store, cast.van)
    await read(archive, number, Point.DEPARTURE, 0.5, cast.van)
    await arrive(archive, number, CLINIC, 2, cast.van, 9.4)
    assert await receive(archive, number, 2.2, cast) == "refused"
    assert "the refusal in receipt 1 is not reported yet" in (await figures(archive)).missing


async def test_a_round_is_closed_when_nothing_of_it_is_on_the_road(archive: Archive, cast: Cast):
    number = await start(archive, a_run(cast))
    with pytest.raises(BadInput, match=f"round: runs {number} of it are on their way; end them first"):
        async with archive.writing() as tx:
            await rounds.close(tx, 1, by(5))
    await complete(archive, number, 3, despite="nothing was to be had")
    async with archive.writing() as tx:
        closed = await rounds.close(tx, 1, by(5))
    assert closed.closed_by == "driver 王"
    with pytest.raises(BadInput, match="round: round 1 was closed by driver 王; choose one that goes on"):
        async with archive.writing() as tx:
            await rounds.put_line(tx, 1, POST, 5, by(6))


async def test_who_changes_what_another_changed_is_told(archive: Archive, cast: Cast):
    tag = (await figures(archive)).tag
    async with archive.writing() as tx:
        await rounds.put_line(tx, 1, CLINIC, 120, by(1), seen=tag)
    with pytest.raises(Stale):
        async with archive.writing() as tx:
            await rounds.put_line(tx, 1, CLINIC, 90, by(2), seen=tag)
    assert (await figures(archive)).line.planned_doses == 120


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"number": 5, "first_day": "2026-07-20", "last_day": "2026-08-01"}, "first_day: round 4 goes from 2026-07-01"),
        (
            {"first_day": "2026-08-01", "last_day": "2026-08-02"},
            r"number: 2026 has a round 4 \(number 1\); take the next",
        ),
        ({"number": 0}, "number: 0 is no round of a year"),
        ({"year": 1999}, "year: 1999 cannot be planned"),
        ({"number": 5, "last_day": "2027-01-05"}, "last_day: 2027-01-05 is not in 2026"),
        (
            {"number": 5, "first_day": "2026-09-09", "last_day": "2026-09-08"},
            "last_day: 2026-09-08 is before 2026-09-09",
        ),
        ({"number": 5, "first_day": "2026-13-01"}, "first_day: '2026-13-01' is no day"),
        ({"region": "9"}, "region: '9' is not in the archive"),
        ({"name": "x" * 201}, "round.name: 201 characters are too many"),
    ],
)
async def test_a_round_that_cannot_be_is_refused(archive: Archive, cast: Cast, values: dict[str, Any], words: str):
    with pytest.raises(BadInput, match=words):
        async with archive.writing() as tx:
            await rounds.plan(tx, a_round(**values), {}, by(1))
    async with archive.reading() as tx:
        assert len(await rounds.listed(tx, None)) == 1


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("number", "facility", "doses", "words"),
    [
        (1, POST, -1, "planned_doses: -1 cannot be planned"),
        (1, "F9", 1, "facility: 'F9' is not in the archive"),
        (2, STORE, 1, "facility: 511900001 is not in 511900101000; plan it in its own"),
        (9, POST, 1, "round: 9 is not one that counts"),
    ],
)
async def test_a_line_that_cannot_be_is_refused(
    archive: Archive, cast: Cast, number: int, facility: str, doses: int, words: str
):
    async with archive.writing() as tx:
        await rounds.plan(tx, a_round(region=TOWN), {}, by(1))
    with pytest.raises(BadInput, match=words):
        async with archive.writing() as tx:
            await rounds.put_line(tx, number, facility, doses, by(1))


async def test_a_round_is_changed_until_runs_went_for_it_and_withdrawn_before(archive: Archive, cast: Cast):
    async with archive.writing() as tx:
        changed = await rounds.change(tx, 1, a_round(last_day="2026-07-25"), by(1))
    assert changed.last_day == "2026-07-25"
    with pytest.raises(BadInput, match=f"region: round 1 is of {COUNTY}"):
        async with archive.writing() as tx:
            await rounds.change(tx, 1, a_round(region=TOWN), by(1))
    await start(archive, a_run(cast))
    with pytest.raises(BadInput, match="round: runs went for round 1; close it instead"):
        async with archive.writing() as tx:
            await rounds.withdraw(tx, 1, by(1))


async def test_a_scope_lists_the_rounds_in_which_it_has_a_line(archive: Archive, cast: Cast):
    async with archive.reading() as tx:
        assert [each.id for each in await rounds.listed(tx, frozenset({CLINIC}), year=2026)] == [1]
        assert await rounds.listed(tx, frozenset({POST})) == []
        assert await rounds.listed(tx, None, year=2025) == []
