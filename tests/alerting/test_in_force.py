"""What judged when is known for ever: packs that say something else are found, settings hold from the start that saw them."""

from dataclasses import replace

import pytest

from alerting import in_force
from alerting.excursion.rules import Pack, pack_of
from coldchain.archive import cases, rule_packs
from coldchain.excursion import Case, CaseState
from tests.alerting.cast import HOUR, MINUTE, PROBE, T0, Clinic, clinic_of, trace_of


async def say(clinic: Clinic, at: int, **packs: Pack) -> None:
    """What a start of alerting says, with some packs as they are now."""
    loaded = {**clinic.court.packs, **packs}
    async with clinic.archive.writing() as tx:
        await in_force.say(tx, loaded.values(), clinic.court.own, clinic.court.timelines, at)


async def restarted(clinic: Clinic, *rules: str, at: int) -> Clinic:
    again = await clinic_of(clinic.archive, clinic.series, clinic.compartment, rules=rules)
    again.numbers, again.now = clinic.numbers, max(clinic.now, at)
    await say(again, at)
    await again.sweep()
    return again


async def counting(clinic: Clinic) -> list[Case]:
    async with clinic.archive.reading() as tx:
        found = await cases.anchored(tx, {PROBE: (0, 2**60)})
    return [case for case in found if case.state in (CaseState.OPEN, CaseState.CLOSED)]


async def journaled(clinic: Clinic) -> int:
    async with clinic.archive.reading() as tx:
        return len([each for each in await cases.anchored(tx, {PROBE: (0, 2**60)}) if each.revision > 1])


COUNTY = """
pack = "county"
title_zh = "本县"
title_en = "our county"

[[version]]
version = "1"
valid_from = 2020-01-01T00:00:00Z
source = "the county's own letter"

[[version.rule]]
name = "warm"
kind = "heat"
profile = "2-8"
operator = ">"
limit_c = 9.0
"""
WARM = [4.0, 4.1, *[9.5, 9.6] * 15, 4.0, 4.1]


def stricter(pack: Pack) -> Pack:
    """The same version, by mistake written otherwise: 10 °C instead of 8."""
    [version] = pack.versions
    rules = tuple(replace(rule, limit=10_000) if rule.id == "cn-2017/heat" else rule for rule in version.rules)
    return replace(pack, versions=(replace(version, rules=rules),))


async def test_the_first_start_judges_nothing_again(clinic: Clinic):
    await clinic.hear(trace_of(WARM))
    await say(clinic, clinic.now)
    await clinic.sweep()
    assert len(await counting(clinic)) == 1
    assert await journaled(clinic) == 0
    async with clinic.archive.reading() as tx:
        assert "cn-2017" in await rule_packs.names(tx)
        assert [each.packs for each in await rule_packs.site(tx)] == [["cn-2017", "watch"]]


async def test_a_pack_that_says_something_else_judges_again_what_it_judged(clinic: Clinic):
    await say(clinic, T0)
    await clinic.hear(trace_of(WARM))
    [case] = await counting(clinic)
    packs = {**clinic.court.packs, "cn-2017": stricter(clinic.court.packs["cn-2017"])}
    again = await clinic_of(clinic.archive, clinic.series, clinic.compartment, packs=packs)
    again.numbers, again.now = clinic.numbers, clinic.now
    await say(again, clinic.now, **{"cn-2017": packs["cn-2017"]})
    await again.sweep()
    assert await counting(again) == []
    back = await restarted(again, "cn-2017", "watch", at=again.now)
    assert [each.id for each in await counting(back)] == [case.id]


async def test_other_words_about_a_rule_judge_nothing_again(clinic: Clinic):
    pack = clinic.court.packs["cn-2017"]
    [version] = pack.versions
    told = tuple(replace(rule, source="the same, better said") for rule in version.rules)
    assert in_force.digest(told) == in_force.digest(version.rules)
    assert in_force.digest(stricter(pack).versions[0].rules) != in_force.digest(version.rules)


async def test_other_packs_in_the_settings_hold_from_then_on(clinic: Clinic):
    await say(clinic, T0)
    await clinic.hear(trace_of(WARM))
    [before] = await counting(clinic)
    again = await restarted(clinic, "cdc-vfc", "watch", at=T0 + HOUR)
    await again.hear(trace_of(WARM, start=T0 + 2 * HOUR))
    packs = {case.facts.first_bad: case.facts.rule.partition("/")[0] for case in await counting(again)}
    assert packs == {T0 + 2 * MINUTE: "cn-2017", T0 + 2 * HOUR + 2 * MINUTE: "cdc-vfc"}
    assert before.id in {case.id for case in await counting(again)}


async def test_what_arrives_late_is_judged_by_what_was_in_force_then(clinic: Clinic):
    await say(clinic, T0)
    await clinic.hear(trace_of([4.0, 4.1], start=T0 - 10 * MINUTE))
    again = await restarted(clinic, "cdc-vfc", "watch", at=T0 + HOUR)
    await again.hear(trace_of([4.0, 4.1], start=T0 + 3 * HOUR))
    await again.hear(trace_of(WARM))
    assert [case.facts.rule.partition("/")[0] for case in await counting(again)] == ["cn-2017"]


async def test_a_pack_that_nobody_names_any_more_leaves_its_past_as_it_was(clinic: Clinic):
    own = pack_of(COUNTY, "county.toml")
    packs = {**clinic.court.packs, own.name: own}
    with_own = await clinic_of(clinic.archive, clinic.series, clinic.compartment, rules=["county"], packs=packs)
    await say(with_own, T0, county=own)
    with_own.now = clinic.now
    await with_own.hear(trace_of(WARM))
    [case] = await counting(with_own)
    assert case.facts.rule == "county/warm"
    async with clinic.archive.reading() as tx:
        remembered = await in_force.with_remembered(tx, clinic.court.packs)
    again = await clinic_of(clinic.archive, clinic.series, clinic.compartment, rules=["cn-2017"], packs=remembered)
    again.numbers, again.now = with_own.numbers, with_own.now
    await say(again, again.now, county=remembered["county"])
    await again.sweep()
    await again.hear(trace_of([9.7], start=T0 + 10 * MINUTE + 1))  # late: the window is judged again
    assert [(each.id, each.facts.rule) for each in await counting(again)] == [(case.id, "county/warm")]


async def test_a_kept_pack_that_cannot_be_read_is_said_and_left_out(
    clinic: Clinic, caplog: pytest.LogCaptureFixture
):  # fmt: skip
    await say(clinic, T0, county=replace(pack_of(COUNTY, "county.toml"), text="pack ="))
    async with clinic.archive.reading() as tx:
        assert "county" not in await in_force.with_remembered(tx, clinic.court.packs)
    assert "the archive's copy of county" in caplog.text
