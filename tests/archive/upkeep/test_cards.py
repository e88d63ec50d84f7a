"""All columns of the archive: kept, checked, left alone where nobody says anything, and listed where they lack."""

from typing import Any

import pytest
from sqlalchemy import inspect

from coldchain.archive import chains, tables
from coldchain.archive.audit import By
from coldchain.archive.county import county_of
from coldchain.archive.db import Archive
from coldchain.archive.upkeep import cards
from coldchain.archive.upkeep.cards import Card, Equipment
from coldchain.archive.upkeep.words import Door, EquipmentType, Status
from coldchain.errors import BadInput, Stale
from tests.archive import journal
from tests.archive.small import NURSE, TOML, fill, small_county
from tests.archive.upkeep.cast import AGES_AGO, CHIEF, CLINIC, FRIDGE, NOW, TODAY, card, piece, put, spans, take_out

WHOLE: dict[str, Any] = {
    "brand": "海尔", "model": "HBC-80", "serial": "SN-7", "national_code": "51190001", "manufacturer": "海尔生物",
    "funding": "中央补助", "allotted_by": "省疾控", "price_fen": 1_280_000, "is_medical": True, "door": Door.CHEST.value,
    "volume_cold_l": 61.0, "volume_frozen_l": 0.0, "cold_bags": 2, "power_w": 160, "refrigerant": "R600a",
    "pqs_code": "E003/045", "holdover_h_catalogue": 58.0, "holdover_source": "PQS catalogue 2023",
    "produced_on": "2019-01-02", "arrived_on": "2019-03-01", "started_on": "2019-03-05",
}  # fmt: skip

# field, what cannot be, a word of the refusal
IMPOSSIBLE: list[tuple[str, dict[str, Any], str]] = [
    ("code", {"code": "a/b"}, "without a slash"),
    ("code", {"code": " "}, "cannot be one"),
    ("volume_cold_l", {"volume_cold_l": -1.0}, "write 0 to"),
    ("volume_frozen_l", {"volume_frozen_l": float("nan")}, "nan cannot be"),
    ("volume_frozen_l", {"volume_frozen_l": 1e9}, "write 0 to"),
    ("cold_bags", {"cold_bags": -2}, "-2 cannot be"),
    ("power_w", {"power_w": -1}, "-1 cannot be"),
    ("price_fen", {"price_fen": -1}, "-1 cannot be"),
    ("door", {"door": "sliding"}, "use one of solid"),
    ("started_on", {"started_on": "last year"}, "is no date"),
    ("arrived_on", {"arrived_on": "2026-02-30"}, "is no date"),
    ("produced_on", {"produced_on": "0026-02-03"}, "correct the year"),
    ("arrived_on", {"produced_on": "2020-01-02", "arrived_on": "2020-01-01"}, "is before produced_on"),
    ("started_on", {"produced_on": "2020-01-02", "started_on": "2019-01-01"}, "is before produced_on"),
    ("scrapped_on", {"scrapped_on": "2020-01-01"}, "it is not scrapped"),
    ("scrapped_on", {"status": Status.SCRAPPED, "started_on": "2020-01-02", "scrapped_on": "2020-01-01"}, "is before started_on"),
    ("holdover_source", {"holdover_h_catalogue": 40.0}, "name the catalogue"),
]  # fmt: skip


def test_a_card_shows_every_column_of_the_table():
    assert set(Card.__struct_fields__) == set(inspect(tables.Equipment).columns.keys())
    assert set(Card.__struct_fields__) - set(Equipment.__struct_fields__) == {"replaces"}


async def test_everything_that_is_said_is_kept(archive: Archive):
    await fill(archive)
    assert await put(archive, piece(**WHOLE)) == 1
    kept = await card(archive, "E2")
    assert {name: getattr(kept, name) for name in WHOLE} == WHOLE
    assert (kept.status, kept.replaces, kept.scrapped_on) == (Status.NORMAL, None, None)
    assert await put(archive, piece(**WHOLE)) == 0


@pytest.mark.parametrize(("field", "said", "why"), IMPOSSIBLE)
def test_what_cannot_be_a_piece_is_refused_by_field(field: str, said: dict[str, Any], why: str):
    with pytest.raises(BadInput, match=why) as refused:
        cards.check(piece(**said))
    assert refused.value.field == f"equipment.{field}"


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"facility": "F9"}, "equipment.facility: 'F9' of E2 is not in the archive; import it first"),
        ({"started_on": "2099-01-01"}, "equipment.started_on: 2099-01-01 is still to come"),
        ({"produced_on": "2027-01-01"}, "equipment.produced_on: 2027-01-01 is still to come"),
    ],
)
async def test_what_cannot_be_in_this_archive_now_is_refused(archive: Archive, said: dict[str, Any], why: str):
    await fill(archive)
    with pytest.raises(BadInput, match=why):
        await put(archive, piece(**said))


async def test_a_piece_with_vaccine_inside_becomes_no_thermometer(archive: Archive):
    await fill(archive)
    with pytest.raises(BadInput, match=r"equipment.type: 511900012-BX1 is a thermometer, and holds no vaccine"):
        await put(archive, Equipment(**_named() | {"type": EquipmentType.THERMOMETER}))


async def test_days_are_compared_with_those_that_were_said_before(archive: Archive):
    await fill(archive)
    with pytest.raises(BadInput, match="started_on: 2021-03-01 is before arrived_on 2022-01-01"):
        await put(archive, Equipment(**_named(), arrived_on="2022-01-01"))


async def test_what_a_file_leaves_unsaid_stays_as_people_wrote_it(archive: Archive):
    await fill(archive)
    await put(archive, Equipment(**_named(), brand="海尔", cold_bags=3))
    assert await put(archive, *small_county().equipment) == 0
    kept = await card(archive)
    assert (kept.brand, kept.cold_bags, kept.volume_cold_l) == ("海尔", 3, 150.5)


def test_a_volume_may_be_written_in_cubic_metres():
    found = county_of(TOML.replace("volume_cold_l = 150.5", "volume_cold_m3 = 0.1505"))
    assert found.equipment[0].volume_cold_l == pytest.approx(150.5)


def test_a_volume_written_twice_is_refused_by_its_place():
    with pytest.raises(BadInput, match=r"equipment\[0\]\.volume_cold_m3: its volume is there in litres too"):
        county_of(TOML.replace("volume_cold_l = 150.5", "volume_cold_l = 150.5\nvolume_cold_m3 = 0.15"))


def test_a_county_file_with_a_card_that_cannot_be_is_refused_by_its_place():
    with pytest.raises(BadInput, match=r"equipment\[0\]\.started_on: '2021-3-1' is no date"):
        county_of(TOML.replace("2021-03-01", '"2021-3-1"'))


async def test_a_status_in_a_county_file_goes_the_way_of_all_statuses(archive: Archive):
    await fill(archive)
    await take_out(archive)
    assert await put(archive, Equipment(**_named(), status=Status.SPARE)) == 1
    assert await spans(archive) == [("normal", "2021-03-01", TODAY), ("spare", TODAY, None)]


async def test_a_county_file_does_not_scrap_what_holds_doses(archive: Archive):
    await fill(archive)
    with pytest.raises(BadInput, match=r"511900012-BX1 holds 70 doses of A1\(01\) in cold; move or dispose"):
        await put(archive, Equipment(**_named(), status=Status.SCRAPPED))
    assert (await card(archive)).status is Status.NORMAL


async def test_a_county_file_of_before_does_not_bring_back_what_was_scrapped(archive: Archive):
    await fill(archive)
    await take_out(archive)
    await put(archive, Equipment(**_named(), status=Status.SCRAPPED, scrapped_on="2026-07-20"))
    assert await put(archive, *small_county().equipment) == 0
    assert (await card(archive)).scrapped_on == "2026-07-20"
    with pytest.raises(BadInput, match="what is scrapped does not become normal"):
        await put(archive, Equipment(**_named(), status=Status.NORMAL))


async def test_a_card_is_changed_by_whoever_saw_its_last_state_only(archive: Archive):
    await fill(archive)
    async with archive.writing() as tx:
        with pytest.raises(Stale):
            await cards.change(tx, Equipment(**_named(), brand="海尔"), CHIEF, seen="0123456789abcdef")
    assert (await card(archive)).brand == ""


async def test_every_change_of_a_card_is_in_the_trail(archive: Archive):
    await fill(archive)
    await put(archive, Equipment(**_named(), brand="海尔"), by=By("王护士", NOW, "nameplate read"))
    async with archive.reading() as tx:
        assert await chains.unseen(tx) == []
        assert (await chains.verify(tx)).broken_at is None


async def test_another_type_is_judged_again_and_another_brand_is_not(archive: Archive):
    await fill(archive)
    before = await journal.last(archive)
    await put(archive, Equipment(**_named(), brand="海尔"))
    assert await journal.last(archive) == before
    await put(archive, Equipment(**_named() | {"type": EquipmentType.ILR}))
    assert len(await journal.told(archive, before, "equipment")) == 2


async def test_the_yearly_archive_says_what_each_card_lacks(archive: Archive):
    await fill(archive)
    await put(archive, piece(**WHOLE), piece("G1", type=EquipmentType.GENERATOR, brand="康明斯", model="C22"))
    async with archive.reading() as tx:
        found = {gap.equipment: gap.missing for gap in await cards.gaps(tx, frozenset({CLINIC}))}
        assert await cards.gaps(tx, frozenset({"elsewhere"})) == []
    assert found == {
        FRIDGE: ["brand", "model", "funding", "manufacturer", "serial", "arrived_on", "cold_bags", "volume_frozen_l"],
        "G1": ["funding", "manufacturer", "serial", "arrived_on", "started_on"],
    }


def _named() -> dict[str, Any]:
    """What a change must name again of the small county's refrigerator."""
    [its] = small_county().equipment
    return {name: getattr(its, name) for name in ("code", "facility", "name_zh", "name_en", "short_zh", "type")}


assert NURSE.at < NOW
assert AGES_AGO < TODAY
