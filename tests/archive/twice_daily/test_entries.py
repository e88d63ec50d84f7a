from typing import Any

import pytest

from coldchain.archive import chains, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Archive
from coldchain.archive.rows import table_of
from coldchain.archive.twice_daily import entries
from coldchain.errors import BadInput
from tests.archive.twice_daily.cast import DAY, FRIDGE, HOUR, at, enter, furnish


@pytest.fixture
async def cold(archive: Archive) -> int:
    return await furnish(archive)


async def counting(archive: Archive, cold: int) -> list[tuple[str, str, float]]:
    async with archive.reading() as tx:
        return [(each.day, each.half, each.value_c) for each in await entries.of_compartment(tx, cold, 0, 2**50)]


async def test_both_halves_of_a_day_stand_under_the_name_of_who_read_them(archive: Archive, cold: int):
    await enter(archive, cold, "am", at("08:10"), 4.2, ambient_c=26.5)
    await enter(archive, cold, "pm", at("16:00"), 4.8)
    assert await counting(archive, cold) == [("2026-07-01", "am", 4.2), ("2026-07-01", "pm", 4.8)]
    async with archive.reading() as tx:
        first = await entries.entry(tx, 1)
        assert await chains.unseen(tx) == []
    assert first is not None
    assert (first.signed_by, first.ambient_c, first.late_reason, first.entered_at) == ("li", 26.5, None, at("08:10"))


IMPOSSIBLE: list[tuple[dict[str, Any], str]] = [
    ({"half": "am", "taken": at("15:00")}, "half: 15:00 is not in the am's hours; the am is read 06:00 to 11:00"),
    ({"half": "pm", "taken": at("08:00")}, "half: 08:00 is not in the pm's hours; the pm is read 12:00 to 18:00"),
    ({"half": "am", "taken": at("05:59")}, "half: 05:59 is not in the am's hours"),
    ({"half": "am", "taken": at("08:00"), "now": at("07:59")}, "taken_at: .* is yet to come; write when"),
    ({"half": "am", "taken": at("08:00"), "now": at("11:30")}, "late_reason: the hours of 2026-07-01 am are over; write why"),
    ({"half": "am", "taken": at("08:00"), "now": at("11:30"), "late_reason": " "}, "late_reason: the hours"),
    ({"half": "am", "taken": at("08:00"), "late_reason": "x"}, "late_reason: the hours of 2026-07-01 am are not over"),
    (
        {"half": "am", "taken": at("08:00"), "now": at("12:00") + 31 * DAY, "late_reason": "x"},
        "taken_at: 2026-07-01 is more than 31 days ago; it stays missing; keep the paper",
    ),
    ({"half": "am", "taken": at("08:00"), "value_c": 85.0}, "value_c: 85 °C is no temperature of such a place"),
    ({"half": "am", "taken": at("08:00"), "value_c": -127.0}, "value_c: -127 °C is no temperature"),
    ({"half": "am", "taken": at("08:00"), "value_c": float("nan")}, "value_c: nan °C is no temperature"),
    ({"half": "am", "taken": at("08:00"), "ambient_c": 400.0}, "ambient_c: 400 °C is no temperature"),
    ({"half": "am", "taken": at("08:00"), "value_c": 9.1}, "action: 9.1 °C is outside .* write what was done about it"),
    ({"half": "am", "taken": at("08:00"), "signed_by": "nobody"}, "signed_by: 'nobody' is no user; sign with"),
    ({"half": "am", "taken": at("08:00"), "signed_by": "post"}, "compartment: it stands at 511900012, post keeps"),
    ({"half": "am", "taken": at("08:00"), "compartment": 99}, "compartment: there is no compartment 99"),
    ({"half": "am", "taken": at("08:00"), "action": "a\x00b"}, "manual_record.action: .* holds control characters"),
    ({"half": "am", "taken": at("08:00") - 4000 * DAY}, "taken_at: no record was kept on 2015-07-19; correct the time"),
]  # fmt: skip


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("values", "words"), IMPOSSIBLE)
async def test_what_nobody_can_have_read_is_refused_and_nothing_is_kept(
    archive: Archive, cold: int, values: dict[str, Any], words: str
):
    with pytest.raises(BadInput, match=words):
        await enter(archive, **{"compartment": cold, **values})
    assert await counting(archive, cold) == []


async def test_the_afternoon_waits_until_six_hours_after_the_morning(archive: Archive, cold: int):
    await enter(archive, cold, "am", at("10:30"))
    with pytest.raises(BadInput, match="taken_at: the am was read at 10:30, less than 6 h away; read it from 16:30"):
        await enter(archive, cold, "pm", at("16:29"))
    assert (await enter(archive, cold, "pm", at("16:30"))).half == "pm"


async def test_a_morning_entered_after_the_afternoon_keeps_six_hours_from_it_too(archive: Archive, cold: int):
    await enter(archive, cold, "pm", at("12:30"))
    with pytest.raises(BadInput, match="the pm was read at 12:30, less than 6 h away; read it by 06:30"):
        await enter(archive, cold, "am", at("07:00"), now=at("13:00"), late_reason="the network was down")


async def test_an_entry_afterwards_shows_why_and_when_it_was_made(archive: Archive, cold: int):
    late = await enter(archive, cold, "am", at("08:00"), now=at("20:15", day=2), late_reason="网络中断")
    assert (late.day, late.taken_at, late.entered_at, late.late_reason) == (
        "2026-07-01", at("08:00"), at("20:15", day=2), "网络中断",
    )  # fmt: skip


async def test_a_half_is_written_once(archive: Archive, cold: int):
    await enter(archive, cold, "am", at("08:00"))
    with pytest.raises(BadInput, match=r"half: 2026-07-01 am is written down \(number 1\); withdraw that one"):
        await enter(archive, cold, "am", at("09:00"))


async def test_a_wrong_entry_is_withdrawn_and_entered_again_and_both_stay(archive: Archive, cold: int):
    await enter(archive, cold, "am", at("08:00"), 5.4)
    async with archive.writing() as tx:
        await entries.withdraw(tx, 1, "read 5.4 for 4.5", By("li", at("08:20")))
    await enter(archive, cold, "am", at("08:00"), 4.5, now=at("08:25"))
    assert await counting(archive, cold) == [("2026-07-01", "am", 4.5)]
    async with archive.reading() as tx:
        both = await entries.of_days(tx, FRIDGE, "2026-07-01", "2026-07-01")
    assert [(each.value_c, each.withdrawn_by, each.withdrawn_why) for each in both] == [
        (5.4, "li", "read 5.4 for 4.5"),
        (4.5, None, None),
    ]


@pytest.mark.parametrize(
    ("number", "why", "words"),
    [(1, " ", "reason: nothing says why"), (9, "x", "record: 9 is not one that counts; choose one")],
)
async def test_nothing_is_taken_back_without_a_reason(archive: Archive, cold: int, number: int, why: str, words: str):
    await enter(archive, cold, "am", at("08:00"))
    with pytest.raises(BadInput, match=words):
        async with archive.writing() as tx:
            await entries.withdraw(tx, number, why, By("li", at("08:20")))
    assert len(await counting(archive, cold)) == 1


async def test_what_is_out_of_the_band_stands_with_what_was_done(archive: Archive, cold: int):
    await enter(archive, cold, "am", at("08:00"), 9.1, action="转移到2号冰箱")
    async with archive.reading() as tx:
        [found] = await entries.of_compartment(tx, cold, at("08:00"), at("08:00") + 1)
    assert (found.value_c, found.action) == (9.1, "转移到2号冰箱")


async def test_an_entry_of_elsewhere_is_as_if_it_were_not(archive: Archive, cold: int):
    await enter(archive, cold, "am", at("08:00"))
    async with archive.reading() as tx:
        assert await entries.entry(tx, 1, frozenset({"511900012"})) is not None
        assert await entries.entry(tx, 1, frozenset({"511900013"})) is None


async def test_scrapped_equipment_has_no_record(archive: Archive, cold: int):
    async with archive.writing() as tx:
        unit = await tx.get(tables.Equipment, FRIDGE)
        assert unit is not None
        unit.status = "scrapped"
    with pytest.raises(BadInput, match=f"compartment: {FRIDGE} is scrapped"):
        await enter(archive, cold, "am", at("08:00"))


async def test_an_entry_tells_those_who_reckon_exposure_of_the_time_around_it(archive: Archive, cold: int):
    from tests.archive.journal import last  # noqa: PLC0415

    before = await last(archive)
    await enter(archive, cold, "am", at("08:00"))
    async with archive.reading() as tx:
        change = await tx.get(tables.Change, before + 1)
    assert change is not None
    assert (change.compartment, change.start, change.end) == (cold, at("08:00") - 18 * HOUR, at("08:00") + 18 * HOUR)


def test_no_column_of_the_record_can_hold_what_a_sensor_said():
    """Two floats a person wrote, and no reference to a channel."""
    columns = table_of(tables.ManualRecord).columns
    assert {each.name for each in columns if "DOUBLE" in str(each.type)} == {"value_c", "ambient_c"}
    assert {key.target_fullname for each in columns for key in each.foreign_keys} == {
        "compartment.id",
        "user_account.name",
    }
    assert columns["value_c"].default is None
    assert not columns["value_c"].nullable
