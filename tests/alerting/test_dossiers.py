"""Late readings after a signed decision: through arrivals, judging and the deciding transaction, as they really come."""

import json
from hashlib import sha256

import pytest

from coldchain.archive import documents, holds, lots, people
from coldchain.archive.audit import By
from coldchain.archive.disposition import dossiers, freezing, papers, proposing, signing
from coldchain.archive.disposition.papers import NewOpinion
from coldchain.archive.disposition.proposing import NewLine, NewProposal
from coldchain.archive.disposition.records import Shown
from coldchain.archive.disposition.words import Outcome, State, Verdict
from coldchain.archive.exposure import days
from coldchain.archive.lots import NewMovement, Reason
from coldchain.archive.people import Role, User
from coldchain.errors import BadInput
from coldchain.exposure import DAY, Exposure
from coldchain.ledger.evidence import evidence_of
from coldchain.reading import Trace
from coldchain.wire import Arrival, ArrivedBatch, shard_of
from tests.alerting.cast import BY, GATEWAY, HOUR, MINUTE, PROBE, T0, Clinic, sparse, stock, trace_of

both = pytest.mark.parametrize("engine", ["sqlite", "postgresql"], indirect=True)
CLINIC = "511900012000"
NURSE = User(name="nurse", display="Ada", role=Role.CLINIC, facility=CLINIC)
COUNTY = User(name="county", display="Bo", role=Role.MANAGER, region="510000000000")
WARM = trace_of([5.0] * 3 + [9.0] * 70 + [5.0] * 3)


async def held(clinic: Clinic) -> list[tuple[int, str | None]]:
    async with clinic.archive.reading() as tx:
        return sorted((each.doses, each.lifted_why) for each in await holds.of_lot(tx, "L-1"))


async def shown(clinic: Clinic) -> Shown:
    async with clinic.archive.reading() as tx:
        return await dossiers.show(tx, 1)


async def stocked(clinic: Clinic) -> None:
    async with clinic.archive.writing() as tx:
        await stock(tx, clinic.compartment, at=T0 - HOUR)
        for user in (NURSE, COUNTY):
            await people.create_user(tx, user, "no hash", BY)


async def freeze(clinic: Clinic) -> None:
    clinic.now += 1
    by = By("nurse", clinic.now)
    found = await evidence_of(clinic.archive, clinic.series, 1, clinic.now)
    async with clinic.archive.writing() as tx:
        await freezing.freeze(tx, 1, found, by)


async def release(clinic: Clinic) -> None:
    """The evidence is frozen from the stores, the maker writes, two sign."""
    await freeze(clinic)
    by = By("nurse", clinic.now)
    async with clinic.archive.writing() as tx:
        paper = await documents.add(tx, "opinion.txt", b"usable", None, by)
        opinion = NewOpinion(
            lot="L-1", verdict=Verdict.USABLE, author="C", organisation="M", dated="2026-06-30", document=paper.sha256
        )
        await papers.add_opinion(tx, 1, opinion, by)
        line = NewLine(lot="L-1", compartment=clinic.compartment, doses=120, outcome=Outcome.RELEASE)
        proposal = await proposing.propose(tx, 1, NewProposal(version=1, lines=[line]), by)
        for user in (NURSE, COUNTY):
            await signing.sign(tx, 1, proposal.id, user, by)


async def issue(clinic: Clinic, doses: int) -> None:
    clinic.now += 1
    new = NewMovement(lot="L-1", at=clinic.now, doses=doses, reason=Reason.ISSUED, source=clinic.compartment)
    async with clinic.archive.writing() as tx:
        await lots.move(tx, new, By("nurse", clinic.now))


@both
async def test_late_readings_after_a_signed_decision_reopen_it_and_hold_what_is_left(clinic: Clinic):
    await stocked(clinic)
    await clinic.hear(WARM)
    assert await held(clinic) == [(120, None)]
    with pytest.raises(BadInput, match="under hold"):
        await issue(clinic, 1)
    await release(clinic)
    assert await held(clinic) == [(120, "released")]
    await issue(clinic, 20)
    await clinic.hear(sparse([(30.5, 14.0)]))  # a card that lay in a logger
    found = await shown(clinic)
    assert (found.dossier.state, found.dossier.version) == (State.REOPENED, 2)
    assert {"extreme_mc", "degree_ms"} <= set(found.versions[1].changed)
    assert [(each["doses"], each["held"]) for each in found.versions[1].back] == [(100, True), (20, False)]
    assert await held(clinic) == [(20, "gone"), (100, None)]
    with pytest.raises(BadInput, match="under hold"):
        await issue(clinic, 1)


async def test_readings_that_change_nothing_leave_a_decision_alone(clinic: Clinic):
    await stocked(clinic)
    await clinic.hear(WARM)
    await release(clinic)
    before = await shown(clinic)
    await clinic.hear(sparse([(30.5, 9.0)]), trace_of([5.0] * 60, start=T0 + 80 * MINUTE))
    assert await shown(clinic) == before


async def test_an_excursion_that_goes_on_after_the_freeze_makes_one_version_until_it_is_frozen_again(clinic: Clinic):
    await stocked(clinic)
    clinic.now = T0 + 2 * HOUR
    await clinic.hear(trace_of([5.0] * 3 + [9.0] * 70))
    await freeze(clinic)
    for minute in range(73, 76):
        await clinic.hear(trace_of([9.0], start=T0 + minute * MINUTE))
    assert [each.changed for each in (await shown(clinic)).versions] == [
        [], ["degree_ms", "last_bad", "lots", "out_ms"],
    ]  # fmt: skip


async def test_the_evidence_says_what_was_known_and_its_readings_can_be_reckoned_again(clinic: Clinic):
    await stocked(clinic)
    await clinic.hear(WARM)
    await freeze(clinic)
    async with clinic.archive.reading() as tx:
        content = await dossiers.evidence(tx, 1, 1)
    version = (await shown(clinic)).versions[0]
    assert version.sha256 == sha256(content).hexdigest()
    said = json.loads(content)
    [digest] = said["readings"]
    trace = await clinic.series.read(PROBE, digest["start"], digest["end"])
    lines = [f"{t},{v!r},{q}\n" for t, v, q in zip(trace.t, trace.v, trace.q, strict=True)]
    assert (digest["count"], digest["sha256"]) == (len(lines), sha256("".join(lines).encode()).hexdigest())
    assert said["case"]["lots"][0]["doses"] == 120
    assert said["exposures"]["L-1"]["bands_ms"]["8..15"] == pytest.approx(70 * MINUTE, abs=MINUTE)
    assert said["exposures"]["L-1"]["estimates"]["estimate"] is True
    assert said["exposures"]["L-1"]["covered_by"] == []
    assert [each["why"] for each in said["alarms"][0]["transitions"]] == ["past"]
    assert said["reports_due"] == [["73", "drug"], ["73", "health"]]
    assert len(said["revisions"]) == 1


async def unheard(clinic: Clinic, trace: Trace) -> None:
    """Readings arrived, and nobody has come to them yet."""
    await clinic.series.write([trace])
    batch = ArrivedBatch(GATEWAY, "ef" * 16, 1, [trace.channel], trace.t[0], trace.t[-1], "cd" * 32)
    await clinic.series.write_arrivals([Arrival("other", shard_of(GATEWAY), 1, [batch])])


async def test_evidence_is_not_frozen_while_readings_that_arrived_are_not_judged(clinic: Clinic):
    await stocked(clinic)
    await clinic.hear(WARM)
    await unheard(clinic, trace_of([9.5] * 3, start=T0 + 90 * MINUTE))
    with pytest.raises(
        BadInput, match="dossier: readings of its compartment have arrived that nobody judged yet; wait a"
    ):
        await evidence_of(clinic.archive, clinic.series, 1, clinic.now, patience_s=0)
    await clinic.sweep()
    await evidence_of(clinic.archive, clinic.series, 1, clinic.now, patience_s=0)


async def test_evidence_is_not_frozen_by_books_of_before_the_last_readings(clinic: Clinic):
    await stocked(clinic)
    await clinic.hear(WARM)
    await unheard(clinic, trace_of([9.5] * 3, start=T0 + 90 * MINUTE))
    await clinic.sweep()
    async with clinic.archive.writing() as tx:
        key = clinic.compartment, T0 // DAY * DAY
        await days.put(tx, {key: Exposure(total_ms=DAY)}, clinic.now)
    with pytest.raises(BadInput, match=r"dossier: .* are not in the books of exposure yet"):
        await evidence_of(clinic.archive, clinic.series, 1, clinic.now, patience_s=0)


async def test_other_channels_arrivals_hold_nothing_up(clinic: Clinic):
    await stocked(clinic)
    await clinic.hear(WARM)
    other = trace_of([1.0] * 3, start=T0 + 90 * MINUTE)
    await unheard(clinic, Trace(f"{GATEWAY}/elsewhere/temperature", other.t, other.v, other.q))
    await evidence_of(clinic.archive, clinic.series, 1, clinic.now, patience_s=0)
