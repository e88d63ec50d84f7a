"""What two people would have to overlook together: ways by which doses might leave without a ground, or be lost sight of."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import replace

import pytest

from coldchain.archive import cases, documents, holds, lots, people
from coldchain.archive.cases import KeptRevision
from coldchain.archive.db import Tx, open_archive
from coldchain.archive.disposition import freezing, papers, signing
from coldchain.archive.disposition.freezing import Evidence
from coldchain.archive.disposition.words import Outcome, State, Verdict
from coldchain.archive.lots import Reason
from coldchain.archive.people import Role, User
from coldchain.archive.stock import stability
from coldchain.archive.stock.stability import NewStability
from coldchain.errors import BadInput, Stale
from coldchain.excursion import CaseState
from coldchain.settings import ArchiveSettings
from tests.archive.disposition.cast import CLINIC, KNOWN, LOT, USERS, Ward, warm
from tests.archive.disposition.test_deciding import see
from tests.archive.small import HOUR, NURSE, T0

on_sqlite = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


def held_in(found: list[tuple[str, int | None, int, str | None]], compartment: int) -> int:
    return sum(doses for _, place, doses, why in found if place == compartment and why is None)


# ── A release without its ground ──


async def test_doses_that_two_say_are_missing_leave_the_books_with_it_and_cannot_be_issued(ward: Ward):
    await ward.freeze()
    proposal = await ward.propose(Outcome.MISSING, 70, document=ward.paper)
    await ward.sign(proposal.id, "nurse")
    await ward.sign(proposal.id, "deputy")
    assert await ward.holds() == [("c1", ward.cold, 70, "missing")]
    with pytest.raises(BadInput, match="holds 0 doses"):
        await ward.move(1)


@on_sqlite
async def test_a_table_that_was_taken_back_between_two_names_carries_no_release(ward: Ward):
    async with ward.archive.writing() as tx:
        paper = await documents.add(tx, "table.txt", b"8-25: 72 h", None, NURSE)
        new = NewStability(
            vaccine="HepB", maker="蜀原", max_cumulative_hours=72, document_no="SY-1", source="letter", certainty="read",
            valid_from=0, low_c=8, high_c=25, document=paper.sha256,
        )  # fmt: skip
        line = await stability.enter(tx, new, NURSE)
        await stability.approve(tx, line.id, "county", NURSE)
    await ward.freeze(exposures={LOT: {"covered_by": [line.id]}})
    proposal = await ward.propose()
    await ward.sign(proposal.id, "nurse")
    async with ward.archive.writing() as tx:
        await stability.withdraw(tx, line.id, ward.later())
    with pytest.raises(BadInput, match="no opinion says"):
        await ward.sign(proposal.id, "county")
    assert await ward.holds() == [("c1", ward.cold, 70, None)]


@on_sqlite
async def test_a_day_of_use_that_passed_between_two_names_carries_no_release(ward: Ward):
    await ward.freeze()
    await ward.opine(Verdict.CONDITIONAL, use_by="2026-07-02")
    proposal = await ward.propose()
    await ward.sign(proposal.id, "nurse")
    ward.now += 72 * HOUR
    with pytest.raises(BadInput, match="allowed the use of HepB-A1 until 2026-07-02"):
        await ward.sign(proposal.id, "county")


@on_sqlite
@pytest.mark.parametrize("display", ["李 小琴", "李　小琴", "李小琴 "])
async def test_a_name_written_otherwise_is_no_second_person(ward: Ward, display: str):
    twin = User(name="twin", display=display, role=Role.CLINIC, facility=CLINIC)
    async with ward.archive.writing() as tx:
        await people.create_user(tx, twin, "no hash", NURSE)
    await ward.freeze()
    await ward.opine()
    proposal = await ward.propose()
    await ward.sign(proposal.id, "nurse")
    with pytest.raises(BadInput, match="has signed it already"):
        async with ward.archive.writing() as tx:
            await signing.sign(tx, 1, proposal.id, twin, ward.later("twin"))


@asynccontextmanager
async def slowly(settings: ArchiveSettings, begun: asyncio.Event) -> AsyncIterator[Tx]:
    """A transaction on a connection of its own that is long in coming to its end."""
    async with open_archive(settings) as archive, archive.writing() as tx:
        yield tx
        begun.set()
        await asyncio.sleep(0.3)


async def revise(settings: ArchiveSettings, now: int, begun: asyncio.Event) -> None:
    """Late readings say another extreme."""
    case = warm(revision=2, extreme_mc=11_000)
    kept = KeptRevision(case=case, why="w", at=now, evidence_start=T0, evidence_end=case.facts.last_bad)
    async with slowly(settings, begun) as tx:
        await cases.keep(tx, [kept])
        await holds.follow(tx, [case], now)


@pytest.mark.parametrize("is_revised_first", [True, False])
async def test_evidence_that_is_frozen_while_its_excursion_is_revised_is_never_left_behind(
    ward: Ward, settings: ArchiveSettings, *, is_revised_first: bool
):
    """Whoever comes second sees what the first one wrote."""
    begun = asyncio.Event()

    async def freeze() -> None:
        async with slowly(settings, begun) as tx:
            await freezing.freeze(tx, 1, Evidence(warm(), {}), ward.later())

    first, second = (
        (revise(settings, ward.now, begun), freeze()) if is_revised_first else (freeze(), revise(settings, ward.now, begun))
    )  # fmt: skip
    waiting = asyncio.create_task(first)
    await begun.wait()
    with pytest.raises(Stale, match="another extreme_mc") if is_revised_first else nullcontext():
        await second
    await waiting
    assert (await ward.show()).dossier.version == (1 if is_revised_first else 2)


async def test_late_facts_that_come_while_the_second_one_signs_hold_what_is_released(
    ward: Ward, settings: ArchiveSettings
):
    await ward.freeze()
    await ward.opine()
    proposal = await ward.propose()
    await ward.sign(proposal.id, "nurse")
    begun = asyncio.Event()

    async def sign() -> None:
        async with slowly(settings, begun) as tx:
            await signing.sign(tx, 1, proposal.id, USERS["county"], ward.later("county"))

    waiting = asyncio.create_task(sign())
    await begun.wait()
    await revise(settings, ward.now, begun)
    await waiting
    assert (await ward.show()).dossier.state is State.REOPENED
    assert await ward.holds() == [("c1", ward.cold, 70, None)]


async def test_what_is_not_usable_after_all_is_held_again_although_it_was_released(ward: Ward):
    await ward.decide()
    await ward.move(30)
    await ward.opine(Verdict.NOT_USABLE)
    assert (await ward.show()).dossier.state is State.OPINION_IN
    assert sorted(await ward.holds(), key=str) == [("c1", ward.cold, 30, "gone"), ("c1", ward.cold, 40, None)]
    with pytest.raises(BadInput, match="under hold"):
        await ward.move(1)


# ── Doses lost sight of ──


async def test_an_excursion_that_never_was_and_then_was_after_all_holds_what_was_released(ward: Ward):
    await ward.decide()
    await ward.become(warm(revision=2, state=CaseState.WITHDRAWN))
    await ward.become(warm(revision=3, state=CaseState.CLOSED))
    assert (await ward.show()).dossier.state is State.REOPENED
    assert held_in(await ward.holds(), ward.cold) == 70


async def test_of_doses_released_in_two_parts_none_is_told_twice_as_gone(ward: Ward):
    """30 were set apart and came back; after the release 20 were given, 30 went next door."""
    await ward.move(30, Reason.MOVED, target=ward.other, held=30)
    await ward.move(30, Reason.MOVED, source=ward.other, target=ward.cold, held=30)
    await ward.decide()
    await ward.move(20)
    await ward.move(30, Reason.MOVED, target=ward.other)
    await ward.become(warm(revision=2, extreme_mc=11_000))
    found = await ward.holds()
    assert (held_in(found, ward.cold), held_in(found, ward.other)) == (20, 30)
    assert sum(doses for _, _, doses, why in found if why == "gone") == 20


async def test_of_two_excursions_on_the_same_doses_the_smaller_one_keeps_what_may_be_its_own(ward: Ward):
    await ward.become(warm(30, "c2"), at=KNOWN)
    await ward.move(10, at=KNOWN - 1)
    assert sorted((name, doses, why) for name, _, doses, why in await ward.holds()) == sorted(
        [("c1", 60, None), ("c1", 10, "gone"), ("c2", 30, None)], key=str
    )


async def test_doses_that_come_back_by_a_withdrawal_are_held_beside_those_that_stood_there(calm: Ward):
    await calm.move(20, Reason.RECEIVED, at=T0, source=None, target=calm.other)
    await calm.become(warm(20, "c2", equipment="BX2", compartment=calm.other), at=KNOWN)
    await calm.become(warm(), at=KNOWN + 2)
    await calm.move(10, Reason.MOVED, at=KNOWN - 2, target=calm.other)
    last = await calm.move(10, Reason.MOVED, at=KNOWN - 1, source=calm.other, target=calm.neighbour)
    async with calm.archive.writing() as tx:
        await lots.withdraw(tx, last, calm.later())
    with pytest.raises(BadInput, match="under hold"):
        await calm.move(1, source=calm.other)


async def test_a_destruction_goes_on_after_its_doses_were_set_apart(ward: Ward):
    await ward.decide(Outcome.DESTROY)
    await ward.move(30, Reason.MOVED, target=ward.other, held=30)
    assert (await ward.show()).dossier.state is not State.DECIDED
    for doses, place in ((40, ward.cold), (30, ward.other)):
        proposal = await ward.propose(Outcome.DESTROY, doses, compartment=place)
        await ward.sign(proposal.id, "nurse")
        await ward.sign(proposal.id, "county")
    await see(ward)
    assert sorted(await ward.holds()) == [("c1", ward.cold, 40, "destroyed"), ("c1", ward.other, 30, "destroyed")]


async def test_held_doses_that_come_to_a_decided_dossier_make_it_due_again(ward: Ward):
    await ward.move(30, Reason.MOVED, target=ward.neighbour, held=30)
    await ward.freeze(2)
    await ward.opine(Verdict.USABLE, 2)
    proposal = await ward.propose(Outcome.RELEASE, 30, number=2, compartment=ward.neighbour)
    for user in ("neighbour", "county"):
        await ward.sign(proposal.id, user, 2)
    assert (await ward.show(2)).dossier.state is State.DECIDED
    await ward.move(10, Reason.MOVED, target=ward.neighbour, held=10)
    shown = await ward.show(2)
    assert (shown.dossier.state, shown.dossier.version, shown.versions[1].changed) == (State.REOPENED, 2, ["held"])


@on_sqlite
async def test_a_corrected_place_is_a_fact_that_matters(ward: Ward):
    await ward.decide()
    await ward.become(warm(revision=2, compartment=ward.other, equipment="BX2"))
    assert (await ward.show()).dossier.state is State.REOPENED


@on_sqlite
async def test_another_rule_pack_that_says_the_same_changes_nothing(ward: Ward):
    await ward.decide()
    await ward.become(replace(warm(revision=2, rule="cn-2027/heat", rule_version="2027")))
    assert (await ward.show()).dossier.state is State.DECIDED


@on_sqlite
async def test_an_opinion_that_was_taken_back_is_no_longer_in(ward: Ward):
    await ward.freeze()
    await ward.opine()
    async with ward.archive.writing() as tx:
        await papers.withdraw_opinion(tx, 1, 1, ward.later())
    assert (await ward.show()).dossier.state is State.FROZEN
