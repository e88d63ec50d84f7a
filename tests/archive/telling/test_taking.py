"""What people say of an alarm: few arrows, each once, and what cannot be is refused by name."""

from typing import Any

import pytest

from coldchain.archive import alarms, chains, views
from coldchain.archive.alarms import Arrow
from coldchain.archive.db import Archive
from coldchain.archive.telling import codes, taking
from coldchain.archive.telling.taking import LONGEST_ETA_MIN, USUAL_ETA_MIN, Act, Closing
from coldchain.errors import BadInput
from coldchain.excursion import AlarmState
from tests.archive.small import T0
from tests.archive.telling.cast import end, rung

MINUTE = 60_000


async def take(archive: Archive, act: str, alarm: int | str = 1, by: str = "Ada", **more: Any) -> alarms.Alarm:
    async with archive.writing() as tx:
        return await taking.take(tx, Act(alarm, act, by, T0 + 1, **more))  # type: ignore[arg-type] # a table of acts


async def close(archive: Archive, **changes: Any) -> alarms.Alarm:
    said: dict[str, Any] = {"alarm": 1, "cause": "门未关", "measure": "已关门", "by": "Ada", "at": T0 + 20} | changes
    async with archive.writing() as tx:
        return await taking.close(tx, Closing(**said))


async def whys(archive: Archive) -> list[tuple[str, str]]:
    async with archive.reading() as tx:
        return [(t.why, t.note) for t in await views.transitions(tx, [1])][1:]


async def test_who_goes_is_waited_for_and_who_has_seen_it_is_not(archive: Archive):
    await rung(archive)
    seen = await take(archive, "seen")
    assert (seen.state, seen.next_at) == (AlarmState.SEEN, T0)
    gone = await take(archive, "going", eta_min=20, note="骑车")
    assert (gone.state, gone.eta_at, gone.next_at) == (AlarmState.TAKEN, T0 + 1 + 20 * MINUTE, T0 + 1 + 20 * MINUTE)
    assert await whys(archive) == [("seen", ""), ("taken", "20 min · 骑车")]


async def test_the_same_said_twice_is_written_once(archive: Archive):
    await rung(archive)
    for act in ("seen", "seen", "going", "going"):
        await take(archive, act)
    last = await take(archive, "seen")
    assert [why for why, _ in await whys(archive)] == ["seen", "taken"]
    assert last.eta_at == T0 + 1 + USUAL_ETA_MIN * MINUTE


async def test_another_may_go_instead_and_who_goes_may_be_later(archive: Archive):
    await rung(archive)
    await take(archive, "going", eta_min=10)
    assert (await take(archive, "going", eta_min=40)).eta_at == T0 + 1 + 40 * MINUTE
    assert (await take(archive, "going", by="Bea", eta_min=5)).taken_by == "Bea"


async def test_it_is_taken_by_its_code_however_that_was_typed(archive: Archive):
    code = (await rung(archive)).code or ""
    typed = f" {code.lower().replace('0', 'o').replace('1', 'l')} "
    assert (await take(archive, "going", typed)).state is AlarmState.TAKEN


@pytest.mark.parametrize("act", ["moved", "door", "sensor", "false", "note"])
async def test_what_it_was_is_written_and_changes_no_state(archive: Archive, act: str):
    await rung(archive)
    await take(archive, "going")
    assert (await take(archive, act, note="二号冰箱")).state is AlarmState.TAKEN
    assert (await whys(archive))[-1] == (act, "二号冰箱")


REFUSED = [
    ({"act": "going", "alarm": 99}, "alarm", "99 is unknown"),
    ({"act": "going", "alarm": "ZZZZZZ"}, "alarm", "ZZZZZZ is unknown"),
    ({"act": "going", "alarm": "not a code"}, "code", "is no alarm's code"),
    ({"act": "going", "eta_min": 0}, "eta_min", "0 minutes"),
    ({"act": "going", "eta_min": LONGEST_ETA_MIN + 1}, "eta_min", "241 minutes"),
    ({"act": "going", "by": " "}, "by", "nobody is named"),
    ({"act": "moved"}, "note", "does not say where to"),
    ({"act": "note", "note": "x" * 501}, "note", "501 characters"),
]


@pytest.mark.parametrize(("said", "field", "words"), REFUSED)
async def test_what_cannot_be_is_refused_and_changes_nothing(
    archive: Archive, said: dict[str, Any], field: str, words: str
):
    await rung(archive)
    with pytest.raises(BadInput, match=words) as refused:
        await take(archive, **said)
    assert refused.value.field == field
    assert await whys(archive) == []


async def test_what_is_over_is_taken_by_nobody_but_may_still_be_explained(archive: Archive):
    await end(archive, await rung(archive))
    with pytest.raises(BadInput, match="is over"):
        await take(archive, "going")
    assert (await take(archive, "door")).state is AlarmState.ENDED


async def test_it_is_closed_with_cause_and_measure_by_a_named_person(archive: Archive):
    await end(archive, await rung(archive))
    closed = await close(archive)
    assert (closed.state, closed.cause, closed.measure, closed.closed_by) == (
        AlarmState.CLOSED,
        "门未关",
        "已关门",
        "Ada",
    )
    assert closed.ended_at == T0 + 9
    async with archive.reading() as tx:
        assert await views.open_alarms(tx) == []
        assert await chains.unseen(tx) == []


@pytest.mark.parametrize("field", ["cause", "measure", "by"])
async def test_nothing_is_closed_with_a_field_left_empty(archive: Archive, field: str):
    await end(archive, await rung(archive))
    with pytest.raises(BadInput, match="is empty") as refused:
        await close(archive, **{field: " "})
    assert refused.value.field == field


async def test_what_goes_on_or_is_closed_is_not_closed(archive: Archive):
    alarm = await rung(archive)
    with pytest.raises(BadInput, match="goes on"):
        await close(archive)
    await end(archive, alarm)
    await close(archive)
    with pytest.raises(BadInput, match="was closed by Ada"):
        await close(archive)
    with pytest.raises(BadInput, match="is closed"):
        await take(archive, "note", note="late")


async def test_what_comes_again_after_it_was_closed_is_due_again(archive: Archive):
    alarm = await rung(archive)
    await end(archive, alarm)
    await close(archive)
    async with archive.writing() as tx:
        await alarms.change(tx, alarm, Arrow(AlarmState.RINGING, "reopened", T0 + 30))
        again = await alarms.alarm(tx, 1)
    assert (again.state, again.cause, again.closed_by, again.score) == (AlarmState.RINGING, "", None, 1)
    assert again.next_at == T0 + 30


async def test_codes_are_six_characters_that_nobody_misreads(archive: Archive):
    found = {(await rung(archive)).code for _ in range(5)}
    assert len(found) == 5
    assert all(code and len(code) == 6 and set(code) <= set(codes.ALPHABET) for code in found)
    assert not set("OIL") & set(codes.ALPHABET)
