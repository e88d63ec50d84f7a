"""Whom a gateway told itself, the server does not tell the same case a second time."""

import pytest

from coldchain.archive import edge
from coldchain.archive.edge import EdgeNotice
from coldchain.archive.telling.story import story
from tests.alerting.cast import MINUTE, PROBE, T0, Clinic
from tests.alerting.desks import Desks, is_told_true, notices, ring
from tests.alerting.ways import Ladder, level, person

TEXTED = Ladder(level(1, 0, person(1, "sms", "voice"), person(2, "sms"), repeat_min=5))
CALLED = Ladder(level(1, 0, person(1, "voice"), repeat_min=5))


async def said(clinic: Clinic, **changes: object) -> None:
    """The gateway told the person of number 1 by its modem."""
    event = {
        "gateway": "gw-1", "channel": PROBE, "anchor": T0 - MINUTE, "at": T0 + MINUTE, "way": "modem", "act": "begin",
        "person": "P1", "phone_number": "+861", "answer": "accepted", "received_at": T0,
    } | changes  # fmt: skip
    await edge.keep(clinic.archive, [EdgeNotice(**event)])  # type: ignore[arg-type] # a table of fields


async def test_who_was_texted_by_the_gateway_is_not_texted_again_and_others_are(clinic: Clinic):
    await said(clinic)
    desks = Desks(clinic, TEXTED)
    await ring(clinic)
    await desks.tell()
    assert desks.called == ["sms +862"]
    spared, other = await notices(clinic)
    assert (spared.state, spared.told_at) == ("told", T0 + MINUTE)
    assert "gateway gw-1" in spared.answer
    assert other.state == "told"
    assert await is_told_true(clinic.archive)


async def test_the_story_shows_what_the_gateway_said(clinic: Clinic):
    await said(clinic)
    desks = Desks(clinic, TEXTED)
    await ring(clinic)
    await desks.tell()
    async with clinic.archive.reading() as tx:
        [event] = (await story(tx, 1)).at_edge
    assert (event.gateway, event.phone_number, event.answer) == ("gw-1", "+861", "accepted")


async def test_the_next_turn_goes_to_everybody(clinic: Clinic):
    await said(clinic)
    desks = Desks(clinic, TEXTED)
    await ring(clinic)
    await desks.tell()
    await desks.tell(5)
    assert "sms +861" in desks.called


@pytest.mark.parametrize(
    ("answer", "called"), [("accepted", ["voice +861"]), ("delivered", ["voice +861"]), ("replied", [])]
)
async def test_a_text_of_the_gateway_wakes_nobody_so_a_call_is_spared_only_who_replied(
    clinic: Clinic, answer: str, called: list[str]
):
    await said(clinic, answer=answer)
    desks = Desks(clinic, CALLED)
    await ring(clinic)
    await desks.tell()
    assert desks.called == called


@pytest.mark.parametrize(
    "changes",
    [
        {"answer": "refused"},
        {"act": "over"},
        {"phone_number": "+862", "person": "P2"},
        {"anchor": T0 - 24 * 60 * MINUTE},
        {"channel": "gw-1/other/temperature"},
        {"boot": "b-1"},
    ],
)
async def test_what_was_not_told_there_or_not_of_this_is_told_here(clinic: Clinic, changes: dict[str, object]):
    await said(clinic, **changes)
    desks = Desks(clinic, Ladder(level(1, 0, person(1, "sms"), repeat_min=5)))
    await ring(clinic)
    await desks.tell()
    assert desks.called == ["sms +861"]
