"""What compartments were for in time, and what may be said of the past: uses, choices of packs, buffers."""

import msgspec
import pytest
from sqlalchemy import select

from coldchain.archive import backdating, chains, documents, equipment, journal, lots, probes, rule_choices, uses
from coldchain.archive.audit import By
from coldchain.archive.backdating import Correction
from coldchain.archive.db import Archive, Tx
from coldchain.archive.equipment import NewCompartment, Purpose
from coldchain.archive.lots import NewMovement, Reason
from coldchain.archive.probes import NewBuffer
from coldchain.archive.rule_choices import NewChoice
from coldchain.archive.tables import Change, Compartment
from coldchain.archive.uses import EVER, NewUse
from coldchain.errors import BadInput
from coldchain.profile import PROFILES, may_lie_in
from tests.archive.small import HOUR, NURSE, PROBE, T0, compartment_of, fill

FRIDGE = "511900012-BX1"
NOW = T0 + 10 * HOUR
CHIEF = By("chief", NOW, "as ordered")


async def emptied(archive: Archive) -> int:
    """The cold compartment without doses from two hours on; its probe has spoken."""
    await fill(archive)
    cold = await compartment_of(archive, "cold")
    async with archive.writing() as tx:
        gone = NewMovement(lot="HepB-A1", at=T0 + 2 * HOUR, doses=70, reason=Reason.ISSUED, source=cold)
        await lots.move(tx, gone, NURSE)
        await journal.set_newest_heard(tx, {PROBE: T0 + 3 * HOUR})
    return cold


async def turn(archive: Archive, new: NewUse, by: By = CHIEF, correction: Correction | None = None) -> bool:
    async with archive.writing() as tx:
        return await uses.turn(tx, new, by, correction)


async def told(archive: Archive, compartment: int) -> list[tuple[str, str, int, int | None]]:
    async with archive.reading() as tx:
        return [(each.purpose.value, each.profile, each.start, each.end) for each in await uses.of(tx, compartment)]


async def paper(tx: Tx, reason: str = "the plate says so") -> Correction:
    kept = await documents.add(tx, "plate.txt", b"frozen since it was bought", None, CHIEF)
    return Correction(reason=reason, document=kept.sha256)


async def test_a_compartment_that_never_changed_was_for_the_same_since_ever(archive: Archive):
    await fill(archive)
    assert await told(archive, await compartment_of(archive, "cold")) == [("vaccine", "2-8", EVER, None)]


async def test_another_use_holds_from_now_on_and_is_in_the_chain(archive: Archive):
    cold = await emptied(archive)
    record = NewCompartment(
        equipment=FRIDGE, name="cold", name_zh="冷冻室", name_en="freezer", purpose=Purpose.VACCINE, profile="frozen"
    )
    async with archive.writing() as tx:
        assert await equipment.put_compartments(tx, [record], CHIEF) == 1
        assert await equipment.put_compartments(tx, [record], CHIEF) == 0
    assert await told(archive, cold) == [("vaccine", "2-8", EVER, NOW), ("vaccine", "frozen", NOW, None)]
    async with archive.reading() as tx:
        assert (await equipment.compartment(tx, FRIDGE, "cold")).profile == "frozen"
        query = select(Change).where(Change.entity == "compartment_use")
        assert [(row.channel, row.start, row.end) for row in await tx.scalars(query)] == [(PROBE, NOW, None)]
        assert await chains.unseen(tx) == []


async def test_what_is_to_come_is_not_entered(archive: Archive):
    cold = await emptied(archive)
    new = NewUse(compartment=cold, purpose=Purpose.EMPTY, profile="2-8", start=NOW + 1)
    with pytest.raises(BadInput, match=r"start: .* is still to come"):
        await turn(archive, new)


async def test_the_past_changes_only_with_a_reason_and_a_paper_and_is_in_the_book(archive: Archive):
    cold = await emptied(archive)
    new = NewUse(compartment=cold, purpose=Purpose.VACCINE, profile="frozen", start=T0 + 2 * HOUR)
    with pytest.raises(BadInput, match=r"start: it reaches back to 2026-07-01T02.* with a reason and a document"):
        await turn(archive, new)
    with pytest.raises(BadInput, match="document: there is no document"):
        await turn(archive, new, correction=Correction(reason="so it is", document="0" * 64))
    async with archive.writing() as tx:
        silent, said = await paper(tx, reason=" "), await paper(tx)
    with pytest.raises(BadInput, match="reason: nobody says why"):
        await turn(archive, new, correction=silent)
    assert await told(archive, cold) == [("vaccine", "2-8", EVER, None)]
    assert await turn(archive, new, correction=said)
    assert (await told(archive, cold))[1] == ("vaccine", "frozen", T0 + 2 * HOUR, None)
    async with archive.reading() as tx:
        [entry] = await backdating.listed(tx)
        assert (entry.entity, entry.action, entry.start, entry.by) == (
            "compartment_use",
            "begun",
            T0 + 2 * HOUR,
            "chief",
        )
        assert (entry.reason, entry.document) == (said.reason, said.document)
        assert await chains.unseen(tx) == []


async def test_a_correction_takes_the_place_of_what_was_said_of_later(archive: Archive):
    cold = await emptied(archive)
    await turn(archive, NewUse(compartment=cold, purpose=Purpose.EMPTY, profile="2-8"))
    async with archive.writing() as tx:
        said = await paper(tx)
    frozen = NewUse(compartment=cold, purpose=Purpose.VACCINE, profile="frozen", start=NOW - HOUR)
    await turn(archive, frozen, By("chief", NOW + HOUR, ""), said)
    assert await told(archive, cold) == [
        ("vaccine", "2-8", EVER, NOW - HOUR),
        ("vaccine", "frozen", NOW - HOUR, None),
    ]


async def test_where_no_probe_ever_spoke_a_use_may_begin_before(archive: Archive):
    cold = await emptied(archive)
    frozen = await compartment_of(archive, "frozen")
    assert await turn(archive, NewUse(compartment=frozen, purpose=Purpose.EMPTY, profile="2-8", start=0))
    assert await told(archive, frozen) == [("ice_packs", "ice-packs", EVER, 0), ("empty", "2-8", 0, None)]
    assert await told(archive, cold) == [("vaccine", "2-8", EVER, None)]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"purpose": "empty"}, r"purpose: .*BX1/cold holds 70 doses of A1\(01\); move or dispose of them first"),
        ({"purpose": "ice_packs", "profile": "ice-packs"}, "purpose: .* then it can be ice_packs"),
        ({"profile": "ambient"}, r"profile: .* holds 70 doses of A1\(01\), which ambient does not suit; move them"),
        ({"profile": "frozen"}, "profile: .* which frozen does not suit"),
    ],
)
async def test_a_use_that_does_not_suit_the_doses_inside_is_refused(
    archive: Archive, changed: dict[str, str], words: str
):
    await fill(archive)
    cold = await compartment_of(archive, "cold")
    said = {
        "equipment": FRIDGE,
        "name": "cold",
        "name_zh": "冷",
        "name_en": "c",
        "purpose": "vaccine",
        "profile": "2-8",
    }
    record = msgspec.convert(said | changed, NewCompartment)
    with pytest.raises(BadInput, match=words):
        async with archive.writing() as tx:
            await equipment.put_compartments(tx, [record], CHIEF)
    async with archive.reading() as tx:
        row = await tx.get_one(Compartment, cold)
        assert (row.purpose, row.profile, row.name_zh) == ("vaccine", "2-8", "冷藏室")


async def test_a_paper_does_not_make_the_doses_of_then_suit(archive: Archive):
    cold = await emptied(archive)
    async with archive.writing() as tx:
        said = await paper(tx)
    with pytest.raises(BadInput, match=r"purpose: .* holds 70 doses"):
        await turn(
            archive, NewUse(compartment=cold, purpose=Purpose.EMPTY, profile="2-8", start=T0 + HOUR), CHIEF, said
        )


@pytest.mark.parametrize(
    ("vaccine", "place", "may"),
    [
        ("2-8", "2-8", True), ("2-8", "frozen", False), ("2-8", "ambient", False), ("2-8", "ice-packs", False),
        ("frozen", "frozen", True), ("frozen", "2-8", True), ("frozen", "ultra-cold", True), ("frozen", "ambient", False),
        ("ultra-cold", "ultra-cold", True), ("ultra-cold", "2-8", True), ("ultra-cold", "frozen", False),
        ("ambient", "2-8", True), ("ambient", "ambient", True),
    ],
)  # fmt: skip
def test_a_place_suits_what_its_band_keeps_and_what_may_lie_thawed(vaccine: str, place: str, may: bool):
    assert may_lie_in(PROFILES[vaccine], PROFILES[place]) is may


async def test_a_choice_of_rules_neither_begins_nor_ends_in_the_past_silently(archive: Archive):
    await emptied(archive)
    back = NewChoice(pack="who-pqs", equipment=FRIDGE, start=T0)
    async with archive.writing() as tx:
        with pytest.raises(BadInput, match="start: it reaches back"):
            await rule_choices.choose(tx, back, CHIEF)
        said = await paper(tx)
        choice = await rule_choices.choose(tx, back, CHIEF, None, said)
        with pytest.raises(BadInput, match="end: it reaches back"):
            await rule_choices.end_choice(tx, choice.id, T0 + HOUR, CHIEF)
        with pytest.raises(BadInput, match="choice: it reaches back"):
            await rule_choices.withdraw_choice(tx, choice.id, CHIEF)
        assert (await rule_choices.end_choice(tx, choice.id, NOW, CHIEF)).end == NOW
        await rule_choices.end_choice(tx, choice.id, T0 + HOUR, CHIEF, said)
        await rule_choices.withdraw_choice(tx, choice.id, CHIEF, said)
    async with archive.reading() as tx:
        found = [(each.action, each.start, each.end) for each in await backdating.listed(tx)]
        assert await chains.unseen(tx) == []
    assert found == [("withdrawn", T0, T0 + HOUR), ("ended", T0 + HOUR, NOW), ("chosen", T0, None)]


async def test_a_choice_for_now_or_tomorrow_needs_no_paper(archive: Archive):
    await emptied(archive)
    async with archive.writing() as tx:
        await rule_choices.choose(tx, NewChoice(pack="who-pqs", equipment=FRIDGE, start=NOW, end=NOW + HOUR), CHIEF)
        later = await rule_choices.choose(tx, NewChoice(pack="gsp", equipment=FRIDGE, start=NOW + HOUR), CHIEF)
        await rule_choices.withdraw_choice(tx, later.id, CHIEF)
        assert await backdating.listed(tx) == []


async def test_a_buffer_neither_begins_nor_ends_in_the_past_silently(archive: Archive):
    await emptied(archive)
    back = NewBuffer(channel=PROBE, tau_s=900, source="CN-77", approved_by="county", start=T0)
    async with archive.writing() as tx:
        with pytest.raises(BadInput, match="start: it reaches back"):
            await probes.approve_buffer(tx, back, CHIEF)
        said = await paper(tx)
        buffer = await probes.approve_buffer(tx, back, CHIEF, said)
        with pytest.raises(BadInput, match="end: it reaches back"):
            await probes.end_buffer(tx, buffer.id, T0 + HOUR, CHIEF)
        with pytest.raises(BadInput, match="buffer: it reaches back"):
            await probes.withdraw_buffer(tx, buffer.id, CHIEF)
        assert await probes.buffers_of(tx, [PROBE]) == {PROBE: [buffer]}
        await probes.end_buffer(tx, buffer.id, T0 + HOUR, CHIEF, said)
        await probes.withdraw_buffer(tx, buffer.id, CHIEF, said)
        assert [each.action for each in await backdating.listed(tx)] == ["withdrawn", "ended", "approved"]
