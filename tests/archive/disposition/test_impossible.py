"""What cannot be in a dossier is refused by name, with its cure."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from coldchain.archive import documents, people
from coldchain.archive.disposition import dossiers, freezing, papers, proposing, signing, witnessing
from coldchain.archive.disposition.freezing import Evidence
from coldchain.archive.disposition.papers import NewReport
from coldchain.archive.disposition.proposing import NewLine, NewProposal
from coldchain.archive.disposition.witnessing import NewWitness
from coldchain.archive.disposition.words import Outcome, Verdict
from coldchain.archive.lots import Reason
from coldchain.archive.people import NewPerson
from coldchain.errors import BadInput
from coldchain.excursion import CaseState, LotsKnown
from tests.archive.disposition.cast import CLINIC, LOT, USERS, Ward, warm
from tests.archive.small import HOUR, NURSE, T0

Act = Callable[[Ward], Awaitable[object]]
NOWHERE = "0" * 64


def opined(verdict: Verdict = Verdict.USABLE, **more: Any) -> Act:
    async def act(ward: Ward) -> None:
        await ward.freeze()
        await ward.opine(verdict, **more)

    return act


def proposed(outcome: Outcome = Outcome.RELEASE, verdict: Verdict | None = Verdict.USABLE, **more: Any) -> Act:
    async def act(ward: Ward) -> None:
        await ward.freeze(exposures={LOT: {"covered_by": [], "estimates": {"vvm_life_used": {"measured": 0.01}}}})
        if verdict is not None:
            await ward.opine(verdict)
        await ward.propose(outcome, **more)

    return act


def signed(*users: str, proposal: int = 1) -> Act:
    async def act(ward: Ward) -> None:
        await proposed()(ward)
        for user in users:
            await ward.sign(proposal, user)

    return act


def seen(**said: Any) -> Act:
    async def act(ward: Ward) -> None:
        await ward.decide(Outcome.DESTROY)
        new: dict[str, Any] = {
            "name": "周",
            "organisation": "药监局",
            "document": ward.paper,
            "seen_at": ward.now,
            "outcome": Outcome.DESTROY,
        }
        async with ward.archive.writing() as tx:
            await people.put_persons(tx, [NewPerson(name="吴 军", facility=CLINIC, post="keeper")], NURSE)
            await witnessing.witness(tx, 1, NewWitness(**new | said), ward.later())

    return act


def reported(**said: Any) -> Act:
    async def act(ward: Ward) -> None:
        new: dict[str, Any] = {
            "article": "73",
            "authority": "drug",
            "told": "县药监局",
            "told_at": ward.now,
            "document": ward.paper,
        }
        async with ward.archive.writing() as tx:
            await papers.add_report(tx, 1, NewReport(**new | said), ward.later())

    return act


async def opined_unfrozen(ward: Ward) -> None:
    await ward.opine()


async def signed_before_opinion(ward: Ward) -> None:
    await ward.freeze()
    await ward.sign(1, "nurse")


async def frozen_twice(ward: Ward) -> None:
    await ward.freeze()
    await ward.freeze()


async def frozen_void(ward: Ward) -> None:
    await ward.become(warm(state=CaseState.WITHDRAWN, revision=2))
    await ward.freeze()


async def decided_on_an_old_version(ward: Ward) -> None:
    await opined()(ward)
    await ward.become(warm(revision=2, extreme_mc=11_000))
    await ward.freeze()
    await ward.opine()
    await ward.propose(version=1)


async def twice_the_same_place(ward: Ward) -> None:
    await opined()(ward)
    line = NewLine(lot=LOT, compartment=ward.cold, doses=35, outcome=Outcome.RELEASE)
    async with ward.archive.writing() as tx:
        await proposing.propose(tx, 1, NewProposal(version=1, lines=[line, line]), ward.later())


async def nothing_proposed(ward: Ward) -> None:
    await opined()(ward)
    async with ward.archive.writing() as tx:
        await proposing.propose(tx, 1, NewProposal(version=1, lines=[]), ward.later())


async def isolated_after_the_first_name(ward: Ward) -> None:
    await signed("nurse")(ward)
    await ward.move(30, Reason.MOVED, target=ward.other, held=30)
    await ward.sign(1, "county")


async def destroyed_nobody_knows_where(ward: Ward) -> None:
    await ward.become(warm(70, "c2", lots_known=LotsKnown.FACILITY))
    await ward.freeze(2)
    await ward.opine(Verdict.NOT_USABLE, 2)
    await ward.propose(Outcome.DESTROY, compartment=None, number=2)


async def destroyed_without_witness(ward: Ward) -> None:
    await ward.decide(Outcome.DESTROY)
    await ward.move(70, Reason.DISPOSED, held=70)


async def decided_otherwise_before_it_was_carried_out(ward: Ward) -> None:
    await ward.decide(Outcome.DESTROY)
    await ward.propose(Outcome.RETURN)


async def nothing_proposed_of_what_is_decided(ward: Ward) -> None:
    await ward.decide()
    async with ward.archive.writing() as tx:
        await proposing.propose(tx, 1, NewProposal(version=1, lines=[]), ward.later())


async def no_such_dossier(ward: Ward) -> None:
    await ward.show(9)


async def no_such_evidence(ward: Ward) -> None:
    async with ward.archive.reading() as tx:
        await dossiers.evidence(tx, 1, 1)


async def unknown_paper(ward: Ward) -> None:
    async with ward.archive.writing() as tx:
        await papers.add_document(tx, 1, NOWHERE, "photo", ward.later())


async def opinion_of_another(ward: Ward) -> None:
    async with ward.archive.writing() as tx:
        await papers.withdraw_opinion(tx, 1, 7, ward.later())


async def report_taken_back_twice(ward: Ward) -> None:
    await reported()(ward)
    async with ward.archive.writing() as tx:
        await papers.withdraw_report(tx, 1, 1, ward.later())
        await papers.withdraw_report(tx, 1, 1, ward.later())


async def photo_of_another(ward: Ward) -> None:
    async with ward.archive.writing() as tx:
        await papers.withdraw_document(tx, 1, 7, ward.later())


async def missing_nobody_knows_where(ward: Ward) -> None:
    await ward.become(warm(70, "c2", lots_known=LotsKnown.FACILITY))
    await ward.freeze(2)
    await ward.propose(Outcome.MISSING, compartment=None, number=2, document=ward.paper)


async def opinion_that_carries_a_decision(ward: Ward) -> None:
    await ward.decide()
    async with ward.archive.writing() as tx:
        await papers.withdraw_opinion(tx, 1, 1, ward.later())


async def evidence_nobody_saw(ward: Ward) -> None:
    async with ward.archive.writing() as tx:
        await freezing.freeze(tx, 1, Evidence(warm(), {}), ward.later(), seen="0" * 16)


async def signed_what_nobody_saw(ward: Ward) -> None:
    await proposed()(ward)
    async with ward.archive.writing() as tx:
        await signing.sign(tx, 1, 1, USERS["nurse"], ward.later(), seen="0" * 16)


async def too_late_to_use(ward: Ward) -> None:
    await ward.freeze()
    await ward.opine(Verdict.CONDITIONAL, use_by="2026-07-01")
    ward.now += 48 * HOUR
    await ward.propose()


IMPOSSIBLE: list[tuple[Act, str]] = [
    (no_such_dossier, "dossier: there is no dossier 9; see the list"),
    (no_such_evidence, "version: there is no evidence 1 of dossier 1; freeze it"),
    (frozen_twice, "dossier: version 1 was frozen by nurse; decide by it"),
    (frozen_void, "dossier: there was no excursion after all"),
    (evidence_nobody_saw, "tag: '0+' is no longer its state; look at it again"),
    (unknown_paper, "document: there is no document '0+'; send the document first"),
    # opinions
    (opined_unfrozen, "dossier: its evidence is not frozen; freeze it: an opinion is about what is known"),
    (opined(dated="2026-06-30"), "dated: 2026-06-30 is before the excursion"),
    (opined(dated="2026-07-09"), "dated: 2026-07-09 is still to come"),
    (opined(dated="2026-02-30"), "dated: '2026-02-30' is no day; write 2026-07-03"),
    (opined(author=" "), "author: nobody stands behind the opinion"),
    (opined(document=NOWHERE), "document: there is no document '0+'"),
    (opined(lot="HepB-B2"), "lot: 'HepB-B2' is none of the dossier's"),
    (opined(Verdict.CONDITIONAL), "condition: it is under no condition"),
    (opined(use_by="2026-08-01"), "condition: usable knows none"),
    (opined(Verdict.CONDITIONAL, use_by="2026-06-30"), "use_by: 2026-06-30 is before the opinion"),
    (opinion_of_another, "opinion: 7 is not one that counts"),
    (report_taken_back_twice, "report: 1 is not one that counts; choose one from the dossier"),
    (photo_of_another, "document: 7 is not one that counts"),
    (missing_nobody_knows_where, "compartment: nobody knows where these doses of HepB-A1 are; isolate them"),
    (opinion_that_carries_a_decision, "opinion: a decision rests on 1"),
    # reports
    (reported(article="40"), "article: '40' demands no report; use one of 39, 73"),
    (reported(authority="press"), "authority: 'press' is none; use one of drug, health"),
    (reported(told=""), "told: nobody stands behind the report"),
    (reported(told_at=T0 + 99 * HOUR), "told_at: .* is still to come"),
    # proposals
    (proposed(verdict=None), "outcome: no opinion says that HepB-A1 is usable, and no table .*estimates are no ground"),
    (proposed(verdict=Verdict.NOT_USABLE), "outcome: 蜀原 wrote that HepB-A1 is not usable; destroy or return it"),
    (proposed(Outcome.DESTROY, None), "outcome: nobody gave an opinion on HepB-A1"),
    (proposed(Outcome.MISSING), "document: nothing shows that HepB-A1 is missing"),
    (proposed(doses=71), "doses: 70 doses of HepB-A1 are held there and undecided, not 71"),
    (proposed(doses=0), "doses: a line is of no dose"),
    (proposed(compartment=3), "doses: 0 doses of HepB-A1 are held there and undecided"),
    (too_late_to_use, "outcome: 蜀原 allowed the use of HepB-A1 until 2026-07-01"),
    (twice_the_same_place, "lines: a lot is named twice in one place"),
    (nothing_proposed_of_what_is_decided, "lines: nothing is proposed"),
    (decided_otherwise_before_it_was_carried_out, "doses: 0 doses of HepB-A1 are held there and undecided"),
    (nothing_proposed, "lines: nothing is proposed"),
    (decided_on_an_old_version, "version: 1 is not in force, 2 is"),
    (destroyed_nobody_knows_where, "compartment: nobody knows where these doses of HepB-A1 are; isolate them"),
    # signatures
    (signed_before_opinion, "proposal: 1 is none of this dossier's"),
    (signed("nurse", "nurse"), "user: 李小琴 has signed it already"),
    (signed("auditor"), "user: 'auditor' may not sign"),
    (signed("neighbour"), "dossier: there is no dossier 1"),
    (signed("nurse", "county", "deputy"), "proposal: 1 is decided; nothing is left to sign"),
    (isolated_after_the_first_name, "doses: 40 doses of HepB-A1 are held there and undecided, not 70"),
    (signed_what_nobody_saw, "tag: '0+' is no longer its state"),
    # witnesses
    (destroyed_without_witness, "held: no decision that is being carried out covers 70"),
    (seen(name="吴军"), "name: 吴军 is of the house; let somebody from outside see it"),
    (seen(name="赵科长"), "name: 赵科长 is of the house"),
    (seen(name=""), "name: nobody from outside is named"),
    (seen(organisation="柳溪镇卫生院"), "organisation: it is the facility itself"),
    (seen(document=NOWHERE), "document: there is no document '0+'"),
    (seen(seen_at=T0 + 2 * HOUR), "seen_at: .* is not between the decision and now"),
    (seen(outcome=Outcome.RETURN), "outcome: nothing is decided and due to return"),
    (seen(outcome=Outcome.RELEASE), "outcome: release needs no witness"),
]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("act", "wrong"), IMPOSSIBLE, ids=[wrong[:40] for _, wrong in IMPOSSIBLE])
async def test_what_cannot_be_is_refused(ward: Ward, act: Act, wrong: str):
    with pytest.raises(BadInput, match=wrong):
        await act(ward)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_a_table_of_the_maker_that_covers_the_exposure_is_a_ground_and_one_that_ended_is_none(ward: Ward):
    from coldchain.archive.stock import stability  # noqa: PLC0415 - this test's alone
    from coldchain.archive.stock.stability import NewStability  # noqa: PLC0415

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
    assert (proposal.lines[0].opinion, proposal.lines[0].stability) == (None, [line.id])
    async with ward.archive.writing() as tx:
        await stability.withdraw(tx, line.id, ward.later())
    with pytest.raises(BadInput, match="no opinion says"):
        await ward.propose()
