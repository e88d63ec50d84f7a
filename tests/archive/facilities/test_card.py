from typing import Any

import pytest

from coldchain.archive import chains, imports
from coldchain.archive.audit import By
from coldchain.archive.county import county_of
from coldchain.archive.db import Archive
from coldchain.archive.facilities import card, standing
from coldchain.archive.facilities.card import Form, ServiceCycle, Shown
from coldchain.archive.facilities.standing import NewStatus, Standing
from coldchain.archive.pages import Asked
from coldchain.errors import BadInput, Stale
from tests.archive.facilities.cast import CLINIC, COUNTY_DESK, LI, NOW, POST, hold
from tests.archive.small import NURSE, T0, TOML, fill

FIELDS: dict[str, Any] = {
    "unit_code": "511900012001",
    "population": 12000,
    "staff": 6,
    "certified_staff": 5,
    "telephone": "0827-5551234",
}


async def shown(archive: Archive, facility: str = CLINIC) -> Shown:
    async with archive.reading() as tx:
        return await card.card(tx, facility)


async def say(archive: Archive, facility: str = CLINIC, seen: str | None = None, **said: Any) -> Shown:
    before = (await shown(archive, facility)).card
    form = Form(**{name: getattr(before, name) for name in Form.__struct_fields__} | said)
    async with archive.writing() as tx:
        return await card.change(tx, form, NURSE, seen=seen)


async def turn(archive: Archive, status: Standing, at: int, facility: str = POST, by: By = COUNTY_DESK) -> None:
    async with archive.writing() as tx:
        await standing.change(tx, NewStatus(facility=facility, status=status, at=at, reason="撤并"), by)


async def test_what_a_form_says_stands_on_the_card_in_one_spelling(archive: Archive):
    await fill(archive)
    after = await say(archive, **FIELDS, service_cycle=ServiceCycle.WEEK)
    assert (after.card.unit_code, after.card.population) == ("511900012001", 12000)
    assert after.card.telephone == "+868275551234"
    assert after.card.service_cycle is ServiceCycle.WEEK
    assert after.status is Standing.ACTIVE


async def test_a_file_that_does_not_say_a_column_leaves_it_as_it_is(archive: Archive):
    await fill(archive)
    await say(archive, **FIELDS)
    done = await imports.import_county(archive, county_of(TOML), NURSE)
    assert done.counts["facilities"] == 0
    assert (await shown(archive)).card.population == 12000


async def test_a_file_may_say_the_card_and_who_holds_which_post(archive: Archive):
    said = 'unit_code = "511900012001"\nservice_form = "clinic"\nrooms_m2 = 80.5\ngateway = "511900012-1"'
    post = '[[posts]]\nfacility = "511900012"\nperson = "李小琴"\npost = "keeper"\nstart = 2026-07-01T08:00:00+08:00\n'
    county = county_of(TOML.replace('gateway = "511900012-1"', said, 1) + post)
    assert (await imports.import_county(archive, county, NURSE)).counts["posts"] == 1
    assert (await imports.import_county(archive, county, NURSE)).total == 0
    assert (await shown(archive)).card.rooms_m2 == 80.5


async def test_another_state_than_the_one_seen_is_not_overwritten(archive: Archive):
    await fill(archive)
    tag = (await shown(archive)).tag
    after = await say(archive, seen=tag, head="赵院长")
    assert after.tag != tag
    with pytest.raises(Stale):
        await say(archive, seen=tag, head="钱院长")
    assert (await shown(archive)).card.head == "赵院长"


async def test_fields_that_differ_are_named(archive: Archive):
    await fill(archive)
    before = (await shown(archive)).card
    after = (await say(archive, staff=6)).card
    assert card.differing(before, after) == {"staff"}


async def test_a_closed_facility_was_open_before_and_its_history_says_why(archive: Archive):
    await fill(archive)
    await turn(archive, Standing.SUSPENDED, T0)
    await turn(archive, Standing.CLOSED, NOW)
    async with archive.reading() as tx:
        moments = [T0 - 1, T0, NOW - 1, NOW]
        said = [await standing.status_at(tx, POST, at) for at in moments]
        [entry, _] = (await chains.listed(tx, Asked(), entity="facility_status")).items
        first = (await standing.history(tx, POST))[0]
    assert said == [Standing.ACTIVE, Standing.SUSPENDED, Standing.SUSPENDED, Standing.CLOSED]
    assert (entry.action, first.reason, first.before) == ("suspended", "撤并", Standing.ACTIVE)


async def test_a_facility_with_equipment_or_lots_does_not_close(archive: Archive):
    await fill(archive)
    with pytest.raises(BadInput, match=r"status: 511900012 holds HepB-A1; move, return or dispose of the doses"):
        await turn(archive, Standing.CLOSED, NOW, CLINIC)
    assert (await shown(archive)).status is Standing.ACTIVE


@pytest.mark.parametrize("end", [None, NOW + 1])
async def test_a_facility_where_somebody_has_a_post_does_not_close(archive: Archive, end: int | None):
    await fill(archive)
    await hold(archive, LI, facility=POST, end=end)
    with pytest.raises(BadInput, match=r"李小琴 still has a post at 511900013; end the posts"):
        await turn(archive, Standing.CLOSED, NOW)
