"""Door open, mains lost and planned work stand in the same alarm as its explanation, and make nothing quieter."""

from alerting.notify.scene import scenes_of
from alerting.notify.texts import Text, text_of
from coldchain.archive import alarms, cases, equipment, occasions
from coldchain.archive.cases import NewObservation
from coldchain.archive.equipment import NewAssignment
from coldchain.archive.occasions import NewOccasion, OccasionKind
from coldchain.excursion import Kind, Severity
from tests.alerting.cast import BY, MINUTE, SINCE, T0, Clinic, trace_of
from tests.alerting.desks import ZONE

DOOR = "gw-1/28ff641e/door"


async def heat(clinic: Clinic) -> None:
    clinic.now = T0 + 26 * MINUTE
    await clinic.hear(trace_of([5.0, *[9.5] * 25]))


async def text(clinic: Clinic) -> Text:
    async with clinic.archive.reading() as tx:
        known = (await alarms.alarms(tx, range(1, 9))).values()
        [alarm] = [each for each in known if each.kind is Kind.HEAT]
        assert alarm.severity is Severity.WARNING
        return text_of((await scenes_of(tx, [alarm]))[alarm.id], "raised", clinic.now, ZONE)


async def lose_mains(clinic: Clinic, start: int, end: int | None = None) -> None:
    new = NewObservation(
        kind=Kind.POWER_LOSS, subject="F1", severity=Severity.NOTE, start=start, seen_at=start, equipment="F1", end=end, detail={}
    )  # fmt: skip
    async with clinic.archive.writing() as tx:
        await cases.observe(tx, new)


async def test_mains_that_are_lost_stand_in_the_alarm_of_the_temperature(clinic: Clinic):
    await lose_mains(clinic, T0 - 20 * MINUTE)
    await heat(clinic)
    said = await text(clinic)
    assert "停电，06-29 10:20 起" in said.zh
    assert "mains lost since 06-29 10:20" in said.en


async def test_what_was_over_long_before_explains_nothing(clinic: Clinic):
    await lose_mains(clinic, T0 - 90 * MINUTE, T0 - 60 * MINUTE)
    await heat(clinic)
    assert "停电" not in (await text(clinic)).zh


async def test_a_door_that_stood_open_stands_in_the_alarm_of_the_temperature(clinic: Clinic):
    async with clinic.archive.writing() as tx:
        await equipment.assign(tx, NewAssignment(channel=DOOR, equipment="F1", compartment="cold", start=SINCE), BY)
    clinic.now = T0 + 26 * MINUTE
    await clinic.hear(trace_of([0.0, *[1.0] * 12, 0.0], channel=DOOR), trace_of([5.0, *[9.5] * 25]))
    assert "柜门开启 06-29 10:41 至 06-29 10:53" in (await text(clinic)).zh


async def test_planned_work_stands_there_too_where_it_accounts_for_nothing(clinic: Clinic):
    async with clinic.archive.writing() as tx:
        for kind in (OccasionKind.DEFROST, OccasionKind.SESSION):
            new = NewOccasion(kind=kind, start=T0 - 40 * MINUTE, end=T0 - 20 * MINUTE, equipment="F1")
            await occasions.enter(tx, new, BY)
    await heat(clinic)
    said = await text(clinic)
    assert "除霜 06-29 10:00 至 06-29 10:20" in said.zh
    assert "接种门诊" not in said.zh
