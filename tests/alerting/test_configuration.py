"""Configuration cannot rewrite the past: what was judged stays so, and what a change eases stays held until two sign."""

import pytest
from sqlalchemy import select

from coldchain.archive import cases, chains, equipment, lots, probes, rule_choices, uses
from coldchain.archive.audit import By
from coldchain.archive.disposition.words import CONFIGURATION, CONFIGURED, State
from coldchain.archive.equipment import NewAssignment, NewCompartment, Purpose
from coldchain.archive.lots import NewMovement, Reason
from coldchain.archive.probes import NewBuffer
from coldchain.archive.rule_choices import NewChoice
from coldchain.archive.tables import AuditEntry
from coldchain.archive.uses import NewUse
from coldchain.errors import BadInput
from coldchain.excursion import Case, CaseState, Severity
from tests.alerting.cast import BY, HOUR, MINUTE, PROBE, T0, Clinic, a_correction, clinic_of, sparse, trace_of
from tests.alerting.test_dossiers import WARM, freeze, held, release, shown, stocked

both = pytest.mark.parametrize("engine", ["sqlite", "postgresql"], indirect=True)
LATER = T0 + 90 * MINUTE  # WARM is over


async def all_cases(clinic: Clinic) -> list[Case]:
    async with clinic.archive.reading() as tx:
        return await cases.anchored(tx, {PROBE: (0, 2**60)})


async def notes(clinic: Clinic, case: Case) -> list[tuple[str, str]]:
    async with clinic.archive.reading() as tx:
        return [(row.reason, row.note) for row in await cases.revisions(tx, case.id)]


def now(clinic: Clinic) -> By:
    clinic.now += 1
    return By("county", clinic.now, "as ordered")


def cold(**changed: object) -> NewCompartment:
    said = {"name_zh": "冷藏室", "name_en": "cold", "purpose": Purpose.VACCINE, "profile": "2-8"}
    return NewCompartment(equipment="F1", name="cold", **said | changed)  # type: ignore[arg-type]  # fields by name


async def choose_back(clinic: Clinic) -> int:
    """Under this pack ten hours of heat are nothing."""
    async with clinic.archive.writing() as tx:
        new = NewChoice(pack="who-pqs", start=1, equipment="F1")
        choice = await rule_choices.choose(tx, new, now(clinic), None, await a_correction(tx))
    return choice.id


@both
@pytest.mark.parametrize(
    "changed", [{"profile": "ambient"}, {"purpose": Purpose.EMPTY}, {"profile": "frozen"}], ids=str
)  # fmt: skip
async def test_no_other_use_while_doses_lie_inside(clinic: Clinic, changed: dict[str, object]):
    await stocked(clinic)
    await clinic.hear(WARM)
    before = await all_cases(clinic)
    with pytest.raises(BadInput, match="F1/cold holds 120 doses"):
        async with clinic.archive.writing() as tx:
            await equipment.put_compartments(tx, [cold(**changed)], now(clinic))
    await clinic.hear(trace_of([5.0] * 10, start=LATER))
    assert await held(clinic) == [(120, None)]
    assert [case.facts for case in await all_cases(clinic)] == [case.facts for case in before]


async def test_no_choice_of_rules_before_what_was_judged(clinic: Clinic):
    await stocked(clinic)
    await clinic.hear(WARM)
    async with clinic.archive.writing() as tx:
        with pytest.raises(BadInput, match="start: it reaches back"):
            await rule_choices.choose(tx, NewChoice(pack="who-pqs", start=1, equipment="F1"), now(clinic))


@both
async def test_another_use_leaves_judged_what_was_judged(clinic: Clinic):
    await clinic.hear(WARM)
    before = await all_cases(clinic)
    clinic.now = max(clinic.now, LATER)
    async with clinic.archive.writing() as tx:
        await equipment.put_compartments(tx, [cold(profile="ambient")], now(clinic))
    await clinic.hear(sparse([(30.5, 14.0)]))  # late, of the time when it was for vaccine
    await (await clinic.restarted()).sweep()
    after = await all_cases(clinic)
    assert [(case.id, case.state) for case in after] == [(case.id, CaseState.CLOSED) for case in before]
    assert (after[0].facts.extreme_mc, after[0].facts.severity) == (14_000, Severity.CRITICAL)


@both
async def test_a_change_of_use_ends_what_goes_on_and_begins_anew(clinic: Clinic):
    clinic.now = T0 + 40 * MINUTE
    await clinic.hear(trace_of([5.0] * 3 + [9.0] * 37))
    async with clinic.archive.writing() as tx:
        await equipment.put_compartments(tx, [cold(purpose=Purpose.EMPTY)], now(clinic))
    change = clinic.now
    await clinic.sweep()
    clinic.now = T0 + 3 * HOUR
    await clinic.hear(trace_of([9.0] * 60 + [5.0] * 3, start=T0 + 41 * MINUTE))
    first, second = await all_cases(clinic)
    assert (first.facts.last_bad < change < second.facts.first_bad, first.state) == (True, CaseState.CLOSED)
    assert first.facts.severity is not Severity.NOTE
    assert second.facts.severity is Severity.NOTE


@both
async def test_a_back_dated_choice_withdraws_the_case_and_keeps_what_is_held(clinic: Clinic):
    await stocked(clinic)
    await clinic.hear(WARM)
    choice = await choose_back(clinic)
    await clinic.sweep()
    [case] = await all_cases(clinic)
    assert case.state is CaseState.WITHDRAWN
    assert await held(clinic) == [(120, None)]
    found = await shown(clinic)
    assert (found.dossier.state, found.versions[-1].changed) == (State.OPEN, [CONFIGURATION])
    said = ("withdrawn", f"{CONFIGURED}: rule_choice/{choice}")
    assert (await notes(clinic, case))[-1] == said
    async with clinic.archive.reading() as tx:
        query = select(AuditEntry).where(AuditEntry.entity == "dossier").order_by(AuditEntry.n.desc())
        assert next(link.reason for link in await tx.scalars(query)) == said[1]
        assert await chains.unseen(tx) == []


@both
async def test_what_configuration_eased_is_lifted_by_two_signatures(clinic: Clinic):
    await stocked(clinic)
    await clinic.hear(WARM)
    await choose_back(clinic)
    await clinic.sweep()
    await release(clinic)
    assert await held(clinic) == [(120, "released")]
    assert (await shown(clinic)).dossier.state == State.DECIDED


async def test_readings_that_come_before_the_change_was_followed_do_not_lift_either(clinic: Clinic):
    """Started again, alerting judges what arrives by what is so now; it follows corrections after that."""
    await stocked(clinic)
    await clinic.hear(WARM)
    choice = await choose_back(clinic)
    again = await clinic.restarted()
    await again.arrive(sparse([(30.5, 9.1)]))
    async for arrived in again.follower.catch_up():
        await again.decide(arrived)
    [case] = await all_cases(again)
    assert case.state is CaseState.WITHDRAWN
    assert (await notes(again, case))[-1] == ("withdrawn", f"{CONFIGURED}: rule_choice/{choice}")
    assert await held(again) == [(120, None)]
    assert (await shown(again)).dossier.state == State.OPEN


async def under_who(clinic: Clinic) -> tuple[Clinic, Case]:
    """A site that judges by the refrigerator test: ten hours without a pause are its excursion, and it is held."""
    site = await clinic_of(clinic.archive, clinic.series, clinic.compartment, rules=["who-pqs"])
    site.now = clinic.now
    await stocked(site)
    await site.hear(trace_of([5.0] * 3 + [9.0] * 620 + [5.0] * 3))
    [case] = await all_cases(site)
    assert await held(site) == [(120, None)]
    return site, case


COOL = sparse([(300.5, 5.0)])  # late: it was not warm for ten hours without a pause


@both
async def test_late_readings_lift_what_by_them_never_was(clinic: Clinic):
    site, case = await under_who(clinic)
    await site.hear(COOL)
    assert (await notes(site, case))[-1] == ("withdrawn", "")
    assert await held(site) == [(120, "withdrawn")]
    assert (await shown(site)).dossier.state == State.VOID


async def test_what_configuration_once_eased_no_reading_lifts(clinic: Clinic):
    site, case = await under_who(clinic)
    async with site.archive.writing() as tx:
        freezer = NewChoice(pack="freezer", start=1, equipment="F1")
        choice = await rule_choices.choose(tx, freezer, now(site), None, await a_correction(tx))
    await site.sweep()
    async with site.archive.writing() as tx:
        await rule_choices.withdraw_choice(tx, choice.id, now(site), await a_correction(tx))
    await site.sweep()
    assert [reason for reason, _ in await notes(site, case)][-2:] == ["withdrawn", "reopened"]
    await site.hear(COOL)
    assert (await notes(site, case))[-1] == ("withdrawn", "")
    assert await held(site) == [(120, None)]
    assert (await shown(site)).dossier.state == State.OPEN


async def test_after_the_freeze_another_configuration_makes_another_version(clinic: Clinic):
    await stocked(clinic)
    await clinic.hear(WARM)
    await freeze(clinic)
    await choose_back(clinic)
    await clinic.sweep()
    found = await shown(clinic)
    assert (found.dossier.state, found.dossier.version) == (State.OPEN, 2)
    assert {"counts", CONFIGURATION} <= set(found.versions[1].changed)
    assert await held(clinic) == [(120, None)]


async def test_a_back_dated_buffer_eases_and_keeps_what_is_held(clinic: Clinic):
    await stocked(clinic)
    await clinic.hear(WARM)
    glycol = NewBuffer(channel=PROBE, tau_s=6 * 3600, source="CN-77", approved_by="county", start=0)
    async with clinic.archive.writing() as tx:
        with pytest.raises(BadInput, match="start: it reaches back"):
            await probes.approve_buffer(tx, glycol, now(clinic))
        await probes.approve_buffer(tx, glycol, now(clinic), await a_correction(tx))
    await clinic.sweep()
    [case] = await all_cases(clinic)
    assert (case.facts.severity, case.facts.is_held) == (Severity.NOTE, False)
    assert (await notes(clinic, case))[-1] == ("policy", f"{CONFIGURED}: buffer/1")
    assert await held(clinic) == [(120, None)]
    assert (await shown(clinic)).versions[-1].changed == [CONFIGURATION]


async def test_a_probe_that_is_said_to_have_hung_elsewhere_lifts_nothing(clinic: Clinic):
    """Where a probe hung is a person's word, too: it opens and withdraws cases, and two must sign for what it eases."""
    await stocked(clinic)
    await clinic.hear(WARM)
    async with clinic.archive.writing() as tx:
        room = NewCompartment(
            equipment="F1", name="room", name_zh="室", name_en="room", purpose=Purpose.EMPTY, profile="ambient"
        )
        await equipment.put_compartments(tx, [room], now(clinic))
        there = NewAssignment(channel=PROBE, equipment="F1", compartment="room", start=T0 - MINUTE)
        assigned = await equipment.assign(tx, there, now(clinic))
    await clinic.sweep()
    [case] = await all_cases(clinic)
    assert (case.state, (await notes(clinic, case))[-1][1]) == (
        CaseState.WITHDRAWN,
        f"{CONFIGURED}: assignment/{assigned.id}",
    )
    assert await held(clinic) == [(120, None)]
    assert (await shown(clinic)).dossier.state == State.OPEN


async def test_doses_that_were_forgotten_are_no_configuration(clinic: Clinic):
    await stocked(clinic)
    await clinic.hear(WARM)
    async with clinic.archive.writing() as tx:
        forgotten = NewMovement(lot="L-1", at=T0 - MINUTE, doses=20, reason=Reason.ISSUED, source=clinic.compartment)
        await lots.move(tx, forgotten, BY)
    await clinic.sweep()
    [case] = await all_cases(clinic)
    assert (await notes(clinic, case))[-1] == ("lots", "")
    assert (await shown(clinic)).versions[-1].changed == []


async def test_live_and_replayed_after_a_corrected_use_judge_the_same(clinic: Clinic):
    """What is told live, bit by bit, is what one who reads it all at once would say."""
    clinic.now = T0 + 2 * HOUR
    for minute in range(0, 60, 7):
        await clinic.hear(trace_of([9.0] * 7, start=T0 + minute * MINUTE))
    async with clinic.archive.writing() as tx:
        empty = NewUse(
            compartment=clinic.compartment, purpose=Purpose.EMPTY, profile="2-8", start=T0 + 30 * MINUTE
        )  # fmt: skip
        assert await uses.turn(tx, empty, now(clinic), await a_correction(tx))
    await clinic.sweep()
    live = {case.anchor: case.facts for case in await all_cases(clinic) if case.state is not CaseState.WITHDRAWN}
    again = await clinic.restarted()
    for case in live.values():
        assert case.compartment == clinic.compartment
    assert {facts.first_bad < T0 + 30 * MINUTE for facts in live.values()} == {True, False}
    await again.hear(sparse([(minute + 0.5, 9.0) for minute in (3, 33)]))
    late = {case.anchor: case.facts for case in await all_cases(again) if case.state is not CaseState.WITHDRAWN}
    assert {a: (f.first_bad, f.last_bad, f.severity) for a, f in late.items()} == {
        a: (f.first_bad, f.last_bad, f.severity) for a, f in live.items()
    }
