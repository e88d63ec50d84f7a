"""What is short of the requirements, each with its source; the yearly roll-up; and modes that mute nothing dangerous."""

from pathlib import Path

import pytest

from alerting.excursion.occasions import Occasion
from alerting.excursion.policy import load_policy
from coldchain.archive import equipment, occasions
from coldchain.archive.db import Archive
from coldchain.archive.equipment import NewAssignment, NewCompartment, Purpose
from coldchain.archive.occasions import OccasionKind
from coldchain.archive.upkeep import findings, items, life, modes, requirements, statistics
from coldchain.archive.upkeep.findings import Finding, What
from coldchain.archive.upkeep.items import NewCount
from coldchain.archive.upkeep.requirements import ProbeRule
from coldchain.archive.upkeep.words import EquipmentType, Item, Status
from coldchain.errors import BadInput
from coldchain.excursion import Severity
from tests.alerting.test_policy import verdict_of
from tests.archive.small import HOUR, T0, fill
from tests.archive.upkeep.cast import CHIEF, CLINIC, FRIDGE, KEEPER, NOW, POST, TODAY, piece, put, take_out, turn

MINUTE = 60_000


async def hang(archive: Archive, code: str, *positions: str) -> None:
    """A vaccine compartment with a probe at each of these places."""
    room = NewCompartment(
        equipment=code, name="cold", name_zh="冷藏", name_en="cold", purpose=Purpose.VACCINE, profile="2-8"
    )
    async with archive.writing() as tx:
        await equipment.put_compartments(tx, [room], CHIEF)
        for n, position in enumerate(positions):
            new = NewAssignment(
                channel=f"gw/{code}-{n}/temperature", equipment=code, start=T0, compartment="cold", position=position
            )
            await equipment.assign(tx, new, CHIEF)


async def probes(archive: Archive, at: int = NOW) -> list[tuple[str | None, str, str, str]]:
    async with archive.reading() as tx:
        found = await findings.probe_findings(tx, None, at)
    return [(each.equipment, each.what.value, each.wanted, each.found) for each in found]


async def levels(archive: Archive, scope: frozenset[str] | None = None, what: What = What.LEVEL_SHORT) -> list[Finding]:
    async with archive.reading() as tx:
        return [each for each in await findings.level_findings(tx, scope, NOW) if each.what is what]


async def test_a_refrigerator_with_a_probe_in_its_middle_is_as_it_must_be(archive: Archive):
    await fill(archive)
    assert await probes(archive) == []


async def test_an_ice_lined_refrigerator_needs_one_at_the_bottom_and_one_near_the_lid(archive: Archive):
    await fill(archive)
    await put(archive, piece())
    await hang(archive, "E2")
    assert await probes(archive) == [("E2", "probes_short", "2", "0")]
    await hang(archive, "E2", "箱底")
    assert await probes(archive) == [("E2", "probes_short", "2", "1"), ("E2", "position_empty", "lid", "箱底")]
    await hang(archive, "E2", "箱底", "near the lid")
    assert await probes(archive) == []


async def test_two_probes_at_the_bottom_are_not_one_near_the_lid(archive: Archive):
    await fill(archive)
    await put(archive, piece())
    await hang(archive, "E2", "bottom left", "bottom right")
    assert await probes(archive) == [("E2", "position_empty", "lid", "bottom left, bottom right")]


async def test_a_probe_of_which_nobody_says_where_it_hangs_is_listed(archive: Archive):
    await fill(archive)
    await put(archive, piece("CR", type=EquipmentType.COLD_ROOM))
    await hang(archive, "CR", "门口", "")
    assert await probes(archive) == [("CR", "position_untold", "the position of each probe", "gw/CR-1/temperature")]


async def test_a_probe_that_hung_there_once_or_will_does_not_count(archive: Archive):
    await fill(archive)
    async with archive.writing() as tx:
        await equipment.unassign(tx, "511900012-1/28ff641e/temperature", T0 + HOUR, CHIEF)
    assert await probes(archive, T0 + HOUR - 1) == []
    assert (await probes(archive, T0 + HOUR))[0] == (FRIDGE, "probes_short", "1", "0")


@pytest.mark.parametrize(("litres", "needed"), [(None, 2), (20_000.0, 2), (20_001.0, 3), (40_000.0, 3), (40_001.0, 4)])
def test_a_vehicle_needs_one_more_for_each_begun_twenty_cubic_metres(litres: float | None, needed: int):
    [rule] = [rule for rule in requirements.shipped().probes if EquipmentType.VEHICLE in rule.types]
    assert rule.needed(litres) == needed


def test_of_rules_with_the_same_name_the_newest_in_force_counts():
    old, new = (
        ProbeRule(name="n", types=frozenset(), least=least, valid_from=day, source="s", certainty="known")
        for least, day in ((1, "2017-01-01"), (2, "2026-01-01"))
    )
    days = ("2016-12-31", "2025-12-31", "2026-01-01")
    assert [[rule.least for rule in requirements.in_force([new, old], day)] for day in days] == [[], [1], [2]]


def test_every_requirement_tells_its_source_and_how_surely_it_is_known():
    known = requirements.shipped()
    rules = [*known.probes, *known.levels, *known.medical, *known.care]
    assert all(rule.source and rule.certainty in {"read", "known"} for rule in rules)
    named = {place for rule in known.probes for place in rule.positions}
    assert named <= set(known.positions)


@pytest.mark.parametrize(("wrong", "why"), [("probes = 1", "Expected `array`"), ("[", "Invalid"), ("", "missing")])
def test_a_file_of_requirements_that_cannot_be_read_is_refused_by_name(tmp_path: Path, wrong: str, why: str):
    file = tmp_path / "mine.toml"
    file.write_text(wrong)
    with pytest.raises(BadInput, match=f"mine.toml: requirements: .*{why}"):
        requirements.load(file)


async def test_a_clinic_lacks_what_it_neither_has_nor_counted(archive: Archive):
    await fill(archive)
    mine = frozenset({CLINIC})
    assert [each.wanted for each in await levels(archive, mine)] == ["cold boxes or carriers", "ice packs"]
    async with archive.writing() as tx:
        for kind in (Item.CARRIER, Item.ICE_PACK):
            await items.count(tx, NewCount(facility=CLINIC, kind=kind, quantity=4, counted_on=TODAY), KEEPER)
    assert await levels(archive, mine) == []
    async with archive.writing() as tx:
        await items.count(tx, NewCount(facility=CLINIC, kind=Item.ICE_PACK, quantity=0, counted_on=TODAY), KEEPER)
    assert [each.wanted for each in await levels(archive, mine)] == ["ice packs"]


async def test_a_village_post_needs_bags_packs_and_a_thermometer_and_no_refrigerator(archive: Archive):
    await fill(archive)
    wanted = ["cold boxes or carriers", "ice packs", "temperature monitoring"]
    assert [each.wanted for each in await levels(archive, frozenset({POST}))] == wanted
    async with archive.writing() as tx:
        for kind in (Item.CARRIER, Item.ICE_PACK, Item.THERMOMETER):
            await items.count(tx, NewCount(facility=POST, kind=kind, quantity=1, counted_on=TODAY), KEEPER)
    assert await levels(archive, frozenset({POST})) == []


async def test_what_stands_by_does_not_make_a_level(archive: Archive):
    await fill(archive)
    await take_out(archive)
    await turn(archive, Status.SPARE)
    assert "refrigerator" in [each.wanted for each in await levels(archive)]


async def test_a_refrigerator_added_from_2018_on_is_a_medical_one(archive: Archive):
    await fill(archive)
    await put(
        archive,
        piece("OLD", type=EquipmentType.DOMESTIC_FRIDGE, started_on="2017-12-31", is_medical=False),
        piece("NEW", type=EquipmentType.DOMESTIC_FRIDGE, started_on="2018-01-01", is_medical=False),
        piece("MED", type=EquipmentType.MEDICAL_FRIDGE, started_on="2018-01-01", is_medical=True),
    )
    found = [each.equipment for each in await levels(archive, what=What.NOT_MEDICAL)]
    assert found == [FRIDGE, "NEW"]


async def test_the_roll_up_counts_by_type_and_status_as_on_a_day(archive: Archive):
    await fill(archive)
    await put(archive, piece(volume_cold_l=60.0, volume_frozen_l=10.5), piece("E3", arrived_on="2026-07-20"))
    await put(archive, piece("E4", status=Status.SPARE, volume_cold_l=40.0))
    await turn(archive, Status.REPAIR, "2026-07-25", "E2")
    async with archive.reading() as tx:
        now, before = [await statistics.statistics(tx, None, day) for day in ("2026-07-31", "2026-07-19")]
        assert (await statistics.statistics(tx, frozenset({POST}), TODAY)).lines == []
    async with archive.writing() as tx:
        await life.move(tx, "E3", life.Relocation(POST, "2026-07-28", "借用"), KEEPER)
        its = [await statistics.statistics(tx, frozenset({POST}), day) for day in ("2026-07-31", "2026-07-27")]
        mine = [await statistics.statistics(tx, frozenset({CLINIC}), day) for day in ("2026-07-31", "2026-07-27")]
    assert [[line.total.count for line in each.lines] for each in its] == [[1], []]  # it stands there since
    assert [[line.total.count for line in each.lines] for each in mine] == [[1, 2], [1, 3]]
    [domestic, ilr] = now.lines
    assert (domestic.total.count, domestic.total.cold_l, domestic.total.unsaid) == (1, 150.5, 0)
    assert (ilr.total.count, ilr.total.cold_l, ilr.total.frozen_l, ilr.total.unsaid) == (3, 100.0, 10.5, 1)
    assert {status.value: each.count for status, each in ilr.by_status.items()} == {
        "normal": 1, "repair": 1, "spare": 1, "moved": 0, "scrapped": 0,
    }  # fmt: skip
    assert (before.lines[1].total.count, before.lines[1].by_status[Status.NORMAL].count) == (2, 1)


async def test_a_mode_says_until_when_and_ends_by_itself(archive: Archive):
    await fill(archive)
    async with archive.writing() as tx:
        entered = await modes.begin(tx, FRIDGE, OccasionKind.DEFROST, (NOW, NOW + HOUR), KEEPER)
    async with archive.reading() as tx:
        assert [each.end for each in await modes.current(tx, FRIDGE, NOW)] == [NOW + HOUR]
        assert await modes.current(tx, FRIDGE, NOW + HOUR) == []
        assert [each.id for each in await occasions.listed(tx, NOW)] == [entered.id]


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize(
    ("kind", "hours", "why"),
    [
        (OccasionKind.SESSION, 1, "session is no mode of equipment"),
        (OccasionKind.STOCK_TAKE, 5, "it would last longer than 4 h"),
        (OccasionKind.DEFROST, 13, "it would last longer than 12 h"),
        (OccasionKind.DEFROST, 0, "is not after its start"),
        (OccasionKind.DEFROST, 1, "it is in this mode until"),
    ],
)
async def test_a_mode_that_cannot_be_is_refused(archive: Archive, kind: OccasionKind, hours: int, why: str):
    await fill(archive)
    async with archive.writing() as tx:
        await modes.begin(tx, FRIDGE, OccasionKind.DEFROST, (NOW + HOUR // 2, NOW + HOUR), KEEPER)
        with pytest.raises(BadInput, match=why):
            await modes.begin(tx, FRIDGE, kind, (NOW, NOW + hours * HOUR), KEEPER)


async def test_what_is_gone_is_in_no_mode(archive: Archive):
    await fill(archive)
    await take_out(archive)
    await turn(archive, Status.SCRAPPED)
    async with archive.writing() as tx:
        with pytest.raises(BadInput, match="511900012-BX1 is scrapped"):
            await modes.begin(tx, FRIDGE, OccasionKind.DEFROST, (NOW, NOW + HOUR), KEEPER)


@pytest.mark.parametrize("kind", ["defrost", "stock_take"])
@pytest.mark.parametrize(
    ("value", "minutes", "is_explained"),
    [
        (9.0, 30, True),
        (-0.6, 30, False),  # frost
        (1.0, 30, False),  # cold
        (15.1, 30, False),  # beyond what a policy allows for either
        (9.0, 61, False),  # too long for either
    ],
)
def test_a_mode_explains_some_warmth_and_mutes_nothing_dangerous(
    kind: str, value: float, minutes: int, is_explained: bool
):
    policy = load_policy("default")
    verdict = verdict_of(minutes, value)
    mode = [Occasion(kind, verdict.first_bad - MINUTE, verdict.first_bad + 2 * HOUR)]
    with_mode, without = policy.loudness(verdict, mode), policy.loudness(verdict)
    assert (with_mode.explained is not None) is is_explained
    if is_explained:
        assert (with_mode.severity, with_mode.is_held) == (Severity.NOTE, False)
    else:
        assert with_mode == without
        assert without.severity is not Severity.NOTE
