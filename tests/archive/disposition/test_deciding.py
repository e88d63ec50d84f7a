"""From frozen evidence to the second signature, and what late facts do to it."""

import asyncio
from typing import Any

import pytest

from coldchain.archive import chains, holds, people
from coldchain.archive.db import open_archive
from coldchain.archive.disposition import dossiers, freezing, papers, proposing, signing, witnessing
from coldchain.archive.disposition.freezing import Evidence
from coldchain.archive.disposition.papers import NewReport
from coldchain.archive.disposition.proposing import NewProposal
from coldchain.archive.disposition.witnessing import NewWitness
from coldchain.archive.disposition.words import Outcome, State, Verdict
from coldchain.archive.lots import Reason
from coldchain.errors import BadInput, Stale
from coldchain.excursion import CaseState
from coldchain.settings import ArchiveSettings
from tests.archive.disposition.cast import CLINIC, LOT, NEIGHBOUR, USERS, Ward, by, warm
from tests.archive.small import HOUR, NURSE, T0

RELEASED = [("c1", 1, 70, "released")]


async def see(ward: Ward, outcome: Outcome = Outcome.DESTROY, **more: Any) -> None:
    said: dict[str, Any] = {
        "name": "周",
        "organisation": "县药监局",
        "document": ward.paper,
        "seen_at": ward.now,
        "outcome": outcome,
    }
    async with ward.archive.writing() as tx:
        await witnessing.witness(tx, 1, NewWitness(**said | more), ward.later())


async def test_a_release_needs_evidence_opinion_and_two_people_and_lifts_its_holds(ward: Ward):
    states = [(await ward.show()).dossier.state]
    await ward.freeze()
    states.append((await ward.show()).dossier.state)
    await ward.opine()
    states.append((await ward.show()).dossier.state)
    proposal = await ward.propose()
    states.append((await ward.show()).dossier.state)
    await ward.sign(proposal.id, "nurse")
    states.append((await ward.show()).dossier.state)
    assert await ward.holds() == [("c1", ward.cold, 70, None)]
    decided = await ward.sign(proposal.id, "county")
    states.append((await ward.show()).dossier.state)
    assert states == [
        State.OPEN, State.FROZEN, State.OPINION_IN, State.PROPOSED, State.FIRST_SIGNATURE, State.DECIDED,
    ]  # fmt: skip
    assert [(each.place, each.user, each.sha256) for each in decided.signatures] == [
        (1, "nurse", proposal.sha256), (2, "county", proposal.sha256),
    ]  # fmt: skip
    assert await ward.holds() == RELEASED
    await ward.move(70)
    async with ward.archive.reading() as tx:
        assert await chains.unseen(tx) == []


@pytest.mark.parametrize("user", ["nurse", "again"])
async def test_two_signatures_by_one_person_are_refused(ward: Ward, user: str):
    await ward.freeze()
    await ward.opine()
    proposal = await ward.propose()
    await ward.sign(proposal.id, "nurse")
    with pytest.raises(BadInput, match="user: 李小琴 has signed it already, as nurse; let a second person sign"):
        await ward.sign(proposal.id, user)
    assert await ward.holds() == [("c1", ward.cold, 70, None)]


async def test_destroyed_doses_leave_the_books_with_their_witness(ward: Ward):
    await ward.decide(Outcome.DESTROY)
    assert await ward.holds() == [("c1", ward.cold, 70, None)]
    await see(ward)
    assert await ward.holds() == [("c1", ward.cold, 70, "destroyed")]
    shown = await ward.show()
    [line] = shown.proposals[0].lines
    assert (line.witness, line.movement is not None, shown.witnesses[0].name) == (1, True, "周")
    with pytest.raises(BadInput, match="nothing is decided and due to destroy"):
        await see(ward)


async def test_a_return_goes_to_whom_signed_for_it(ward: Ward):
    await ward.decide(Outcome.RETURN)
    await see(ward, Outcome.RETURN, organisation="蜀原")
    assert await ward.holds() == [("c1", ward.cold, 70, "returned")]


async def test_doses_that_are_missing_are_decided_by_a_paper(ward: Ward):
    await ward.freeze()
    proposal = await ward.propose(Outcome.MISSING, 10, document=ward.paper)
    for user in ("nurse", "deputy"):
        await ward.sign(proposal.id, user)
    assert await ward.holds() == [("c1", ward.cold, 60, None), ("c1", ward.cold, 10, "missing")]
    shown = await ward.show()
    assert shown.dossier.state is State.FROZEN  # 60 are still to be decided
    assert shown.proposals[0].lines[0].movement is not None
    async with ward.archive.reading() as tx:
        assert await chains.unseen(tx) == []


async def test_what_another_excursion_holds_stays_held_after_a_release(ward: Ward):
    await ward.become(warm(name="c2", state=CaseState.CLOSED))
    await ward.decide()
    assert [why for _, _, _, why in await ward.holds()] == ["released", None]
    with pytest.raises(BadInput, match="under hold"):
        await ward.move(1)


async def test_a_conditional_opinion_releases_with_its_condition(ward: Ward):
    await ward.freeze()
    await ward.opine(Verdict.CONDITIONAL, condition="use first", use_by="2026-09-30")
    proposal = await ward.propose()
    await ward.sign(proposal.id, "nurse")
    await ward.sign(proposal.id, "deputy")
    [opinion] = (await ward.show()).opinions
    assert (opinion.condition, opinion.use_by, await ward.holds()) == ("use first", "2026-09-30", RELEASED)


async def test_reports_are_due_until_they_were_made(ward: Ward):
    assert (await ward.show()).reports_due == [("73", "drug"), ("73", "health")]
    new = NewReport(article="73", authority="drug", told="县药监局", told_at=ward.now, document=ward.paper)
    async with ward.archive.writing() as tx:
        await papers.add_report(tx, 1, new, ward.later())
    assert (await ward.show()).reports_due == [("73", "health")]
    async with ward.archive.writing() as tx:
        await papers.withdraw_report(tx, 1, 1, ward.later())
    assert len((await ward.show()).reports_due) == 2


async def test_a_photo_that_was_taken_out_may_be_put_in_again(ward: Ward):
    for is_last in (False, True):
        async with ward.archive.writing() as tx:
            paper = await papers.add_document(tx, 1, ward.paper, "photo", ward.later())
            if not is_last:
                await papers.withdraw_document(tx, 1, paper.id, ward.later())
    assert [(each.id, each.withdrawn_at) for each in (await ward.show()).papers] == [(1, None)]
    async with ward.archive.reading() as tx:
        assert await chains.unseen(tx) == []


# ── Late facts ──


async def test_late_facts_after_a_decision_make_it_due_again_and_hold_what_is_still_there(ward: Ward):
    await ward.decide()
    await ward.move(30)
    await ward.move(15, Reason.MOVED, target=ward.other)
    await ward.become(warm(revision=2, extreme_mc=11_000))
    shown = await ward.show()
    assert (shown.dossier.state, shown.dossier.version) == (State.REOPENED, 2)
    assert shown.versions[1].changed == ["extreme_mc"]
    assert [(each["doses"], each["compartment"], each["held"]) for each in shown.versions[1].back] == [
        (25, ward.cold, True), (30, ward.cold, False), (15, ward.other, True),
    ]  # fmt: skip
    assert sorted(await ward.holds(), key=str) == sorted(
        [("c1", 1, 25, None), ("c1", 1, 30, "gone"), ("c1", ward.other, 15, None)], key=str
    )
    with pytest.raises(BadInput, match="under hold"):
        await ward.move(1)
    async with ward.archive.reading() as tx:
        assert await chains.unseen(tx) == []


async def test_the_same_numbers_again_change_nothing(ward: Ward):
    await ward.decide()
    before = await ward.show()
    await ward.become(warm(revision=2, mkt_mc=8_400))
    assert (await ward.show(), await ward.holds()) == (before, RELEASED)


async def test_late_facts_before_a_decision_let_signatures_lapse(ward: Ward):
    await ward.freeze()
    await ward.opine()
    proposal = await ward.propose()
    await ward.sign(proposal.id, "nurse")
    await ward.become(warm(revision=2, last_bad=T0 + 3 * HOUR))
    shown = await ward.show()
    assert (shown.dossier.state, shown.dossier.version) == (State.OPEN, 2)
    assert shown.proposals[0].lapsed_why == "version 2: last_bad"
    with pytest.raises(Stale, match="lapsed: version 2"):
        await ward.sign(proposal.id, "county")
    await ward.freeze()
    with pytest.raises(BadInput, match="no opinion says"):  # that one was on other facts
        await ward.propose()


async def test_facts_that_change_again_before_they_are_frozen_make_no_further_version(ward: Ward):
    await ward.decide()
    await ward.become(warm(revision=2, extreme_mc=11_000))
    await ward.become(warm(revision=3, extreme_mc=12_000))
    assert (await ward.show()).dossier.version == 2


async def test_a_decision_is_made_anew_on_the_new_version(ward: Ward):
    await ward.decide()
    await ward.become(warm(revision=2, extreme_mc=11_000))
    await ward.decide(Outcome.DESTROY)
    await see(ward)
    assert await ward.holds() == [("c1", ward.cold, 70, "destroyed")]


async def test_what_was_all_used_meanwhile_is_acknowledged_by_two(ward: Ward):
    await ward.decide()
    await ward.move(70)
    await ward.become(warm(revision=2, extreme_mc=11_000))
    await ward.freeze()
    async with ward.archive.writing() as tx:
        proposal = await proposing.propose(tx, 1, NewProposal(version=2, lines=[], why="all given"), ward.later())
    await ward.sign(proposal.id, "nurse")
    await ward.sign(proposal.id, "county")
    assert (await ward.show()).dossier.state is State.DECIDED


async def test_an_excursion_that_never_was_leaves_nothing_to_decide(ward: Ward):
    await ward.become(warm(state=CaseState.WITHDRAWN, revision=2))
    assert ((await ward.show()).dossier.state, await ward.holds()) == (State.VOID, [("c1", 1, 70, "withdrawn")])
    await ward.become(warm(state=CaseState.CLOSED, revision=3))
    assert (await ward.show()).dossier.state is State.OPEN
    assert (await ward.holds())[1:] == [("c1", 1, 70, None)]


async def test_evidence_gathered_before_the_last_revision_is_not_frozen(ward: Ward):
    await ward.become(warm(revision=2, extreme_mc=11_000))
    async with ward.archive.writing() as tx:
        with pytest.raises(Stale, match="another extreme_mc by now; freeze it again"):
            await freezing.freeze(tx, 1, Evidence(warm(), {}), ward.later())


async def test_everything_a_lot_went_through_is_found_with_its_dossiers(ward: Ward):
    await ward.move(30, Reason.MOVED, target=ward.neighbour, held=30)
    async with ward.archive.reading() as tx:
        assert [each.facility for each in await dossiers.of_lot(tx, LOT)] == [CLINIC, NEIGHBOUR]
        assert [each.id for each in await dossiers.of_lot(tx, LOT, frozenset({NEIGHBOUR}))] == [2]
        found = await dossiers.listed(tx, dossiers.Wish(frozenset({CLINIC}), state=State.OPEN), 10)
    assert [each.id for each in found] == [1]


async def test_four_who_sign_at_once_come_to_one_decision(ward: Ward, settings: ArchiveSettings):
    """Each on a connection of its own, as four processes would."""
    await ward.freeze()
    await ward.opine()
    proposal = (await ward.propose()).id

    async def try_to(user: str) -> str:
        async with open_archive(settings) as archive:
            try:
                async with archive.writing() as tx:
                    await signing.sign(tx, 1, proposal, USERS[user], by(ward.now + 1, user))
            except BadInput as error:
                return error.field
            return "signed"

    said = await asyncio.gather(*(try_to(user) for user in ("nurse", "again", "deputy", "county")))
    assert sorted(said) in (["proposal", "proposal", "signed", "signed"], ["proposal", "signed", "signed", "user"])
    [decided] = (await ward.show()).proposals
    assert len({each.display.strip() for each in decided.signatures}) == 2
    assert await ward.holds() == RELEASED


async def test_an_opinion_that_was_taken_back_carries_nothing(ward: Ward):
    await ward.freeze()
    await ward.opine()
    proposal = await ward.propose()
    await ward.sign(proposal.id, "nurse")
    async with ward.archive.writing() as tx:
        await papers.withdraw_opinion(tx, 1, 1, ward.later())
    with pytest.raises(Stale, match="an opinion was taken back"):
        await ward.sign(proposal.id, "county")
    with pytest.raises(BadInput, match="no opinion says"):
        await ward.propose()


async def test_a_user_who_was_disabled_signs_no_more(ward: Ward):
    await ward.freeze()
    await ward.opine()
    proposal = await ward.propose()
    async with ward.archive.writing() as tx:
        await people.disable_user(tx, "nurse", NURSE, wall=1)
    with pytest.raises(BadInput, match="'nurse' may not sign"):
        await ward.sign(proposal.id, "nurse")


async def test_following_the_same_case_twice_writes_nothing_more(ward: Ward):
    async with ward.archive.reading() as tx:
        before = (await chains.verify(tx)).entries
    async with ward.archive.writing() as tx:
        await holds.follow(tx, [warm()], ward.now)
    async with ward.archive.reading() as tx:
        assert (await chains.verify(tx)).entries == before
