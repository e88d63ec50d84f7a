"""From an alarm to words in front of somebody: at least once, in flight at most once more, never two live claims."""

import asyncio
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from alerting.notify import stages
from alerting.notify.channels import Console, Page
from alerting.notify.expand import TOLD_BY
from alerting.notify.outbox import CLAIM_S, Outbox, Telling, build
from alerting.notify.remember import Remember
from alerting.notify.stages import Sending, Stage, dedup, deliver, quiet
from alerting.notify.words import KINDS, REASONS, SEVERITIES
from coldchain.archive import views
from coldchain.archive.alarms import Alarm
from coldchain.archive.telling import taking
from coldchain.archive.telling.notices import DROPPED, Notice, Outcome
from coldchain.archive.telling.taking import Act
from coldchain.errors import BadInput
from coldchain.excursion import AlarmState, Kind, Severity
from coldchain.providers.outcome import Answer, Channel, Verdict
from tests.alerting.cast import MINUTE, T0, Clinic, stock, trace_of
from tests.alerting.ways import Loudspeaker, nobody

ZONE = ZoneInfo("Asia/Shanghai")
NOON = T0 + 2 * 60 * MINUTE
both = pytest.mark.parametrize("engine", ["sqlite", "postgresql"], indirect=True)


async def ring(clinic: Clinic, minutes: int = 25) -> None:
    clinic.now = T0
    await clinic.hear(trace_of([5.0, *[9.5] * minutes]))


def outbox(clinic: Clinic, console: Channel, worker: str = "tests") -> Outbox:
    return Outbox(clinic.archive, {"console": console, "page": Page()}, Telling(ZONE, nobody), worker)


async def tell(clinic: Clinic, box: Outbox, wall_ms: int = 0) -> int:
    return await box.tell(lambda: clinic.now, lambda: wall_ms)


async def notices(clinic: Clinic) -> list[tuple[str, str, str]]:
    async with clinic.archive.reading() as tx:
        return [(n.channel, n.person, n.state) for n in await views.notices(tx, 1)]


async def test_a_notice_names_everything_in_both_languages(clinic: Clinic, capsys: pytest.CaptureFixture[str]):
    async with clinic.archive.writing() as tx:
        await stock(tx, clinic.compartment)
    await ring(clinic)
    await tell(clinic, outbox(clinic, Console()))
    line = capsys.readouterr().out
    assert "【警告】温度过高；琥珀镇卫生院一号冰箱冷藏室；06-29 10:41 起，最高 9.5 °C，超限 24 分钟" in line
    assert "涉及 1 批 120 剂：乙肝疫苗 202605011 120 剂" in line
    assert (
        "[warning] too warm; Amberhill clinic, fridge F1, cold; since 06-29 10:41, highest 9.5 °C, out for 24" in line
    )
    assert "1 lot, 120 doses: Hepatitis B 202605011 120 doses" in line


@both
async def test_each_hearer_is_told_once_however_often_we_look(clinic: Clinic):
    await ring(clinic)
    speaker = Loudspeaker()
    box = outbox(clinic, speaker)
    assert await tell(clinic, box) == 2
    assert await tell(clinic, box) == 0
    assert len(speaker.said) == 1
    assert sorted(await notices(clinic)) == [("console", "desk", "told"), ("page", "1", "told")]


@both
async def test_two_workers_never_tell_the_same_notice(clinic: Clinic):
    await ring(clinic)
    speaker = Loudspeaker()
    await asyncio.gather(*(tell(clinic, outbox(clinic, speaker, f"worker {n}")) for n in range(3)))
    assert len(speaker.said) == 1


async def test_a_claim_that_ran_out_is_told_once_more(clinic: Clinic):
    await ring(clinic)
    speaker = Loudspeaker()
    dead = outbox(clinic, Loudspeaker(asyncio.CancelledError()))  # dies in the middle
    with pytest.raises(asyncio.CancelledError):
        await tell(clinic, dead)
    alive = outbox(clinic, speaker, "alive")
    await tell(clinic, alive, wall_ms=round(CLAIM_S * 1000) - 1)
    assert speaker.said == []
    await tell(clinic, alive, wall_ms=round(CLAIM_S * 1000))
    assert len(speaker.said) == 1


async def test_what_a_channel_cannot_take_now_waits(clinic: Clinic):
    await ring(clinic)
    speaker = Loudspeaker(Answer(Verdict.LATER, words="busy", retry_after_s=30))
    box = outbox(clinic, speaker)
    await tell(clinic, box)
    assert ("console", "desk", "waiting") in await notices(clinic)
    await tell(clinic, box, wall_ms=29_999)
    assert speaker.said == []
    await tell(clinic, box, wall_ms=30_000)
    assert len(speaker.said) == 1


async def test_what_a_channel_refuses_is_kept_with_its_words(clinic: Clinic):
    await ring(clinic)
    await tell(clinic, outbox(clinic, Loudspeaker(Answer(Verdict.REFUSED, words="no such number"))))
    async with clinic.archive.reading() as tx:
        [refused] = [n for n in await views.notices(tx, 1) if n.channel == "console"]
    assert (refused.state, refused.answer) == ("refused", "no such number")


async def test_an_end_is_on_the_page_and_rings_nobody(clinic: Clinic):
    await ring(clinic)
    speaker = Loudspeaker()
    await tell(clinic, outbox(clinic, speaker))
    await clinic.hear(trace_of([5.0], start=T0 + 26 * MINUTE))
    await tell(clinic, outbox(clinic, speaker))
    assert len(speaker.said) == 1
    assert [channel for channel, _, _ in await notices(clinic)].count("page") == 2


def sending(**changes: object) -> Sending:
    of_notice: dict[str, Any] = {name: changes.pop(name) for name in ("level", "kind") if name in changes}
    notice = Notice(
        id=1, transition=1, alarm=1, person="desk", channel="console", step=0, text_zh="", text_en="", created_at=T0,
        state="claimed", claim="w", claimed_until=1.0, told_at=None, answer="", **of_notice,
    )  # fmt: skip
    alarm = Alarm(id=1, kind=Kind.HEAT, severity=Severity.CRITICAL, state=AlarmState.RINGING, raised_at=T0)
    base = Sending(notice, alarm, "raised", "raised", was_told=False, at=NOON)
    return replace(base, **changes)  # type: ignore[arg-type] # a table of tests


PAST = Alarm(
    id=1, kind=Kind.FREEZE, severity=Severity.CRITICAL, state=AlarmState.ENDED, raised_at=T0, is_past=True
)  # fmt: skip


def is_held(passed: Sending) -> bool:
    return passed.outcome is not None and passed.outcome.state == "waiting"


async def test_heat_and_frost_that_go_on_are_never_held_at_night():
    stage = quiet({"console": Loudspeaker()})
    for kind in (Kind.HEAT, Kind.FREEZE):
        loud = Alarm(id=1, kind=kind, severity=Severity.WARNING, state=AlarmState.RINGING, raised_at=1)
        assert not is_held(await stage(sending(is_night=True, alarm=loud)))


async def test_what_is_past_waits_for_the_morning_where_it_would_wake_somebody():
    stage = quiet({"console": Loudspeaker()})
    assert is_held(await stage(sending(is_night=True, alarm=PAST)))
    assert not is_held(await stage(sending(at=NOON, alarm=PAST)))
    assert not is_held(await quiet({"console": Page()})(sending(is_night=True, alarm=PAST)))


async def test_what_policy_lets_wait_wakes_nobody():
    stage, door = quiet({"console": Loudspeaker()}), Kind.DOOR_OPEN
    ringing = Alarm(id=1, kind=door, severity=Severity.WARNING, state=AlarmState.RINGING, raised_at=1)
    patient = Alarm(
        id=1, kind=door, severity=Severity.WARNING, state=AlarmState.RINGING, raised_at=1, waits_at_night=True
    )  # fmt: skip
    assert not is_held(await stage(sending(is_night=True, alarm=ringing)))
    assert is_held(await stage(sending(is_night=True, alarm=patient)))
    assert not is_held(await stage(sending(at=NOON, alarm=patient)))


GONE = Alarm(
    id=1, kind=Kind.HEAT, severity=Severity.CRITICAL, state=AlarmState.TAKEN, raised_at=T0, taken_by="Ada", eta_at=NOON + 1
)  # fmt: skip
MILD = Alarm(id=1, kind=Kind.HEAT, severity=Severity.WARNING, state=AlarmState.RINGING, raised_at=T0)


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, None),
        ({"was_told": True}, "dropped"),
        ({"was_told": True, "level": 1}, None),
        ({"alarm": PAST, "last_why": "withdrawn"}, "dropped"),
        ({"alarm": PAST, "last_why": "ended"}, None),
        ({"alarm": PAST, "last_why": "ended", "level": 1}, "dropped"),
        ({"alarm": PAST, "why": "withdrawn", "last_why": "withdrawn"}, None),
        ({"alarm": GONE, "level": 1}, "dropped"),
        ({"alarm": GONE, "level": 1, "at": NOON + 1}, None),
        ({"alarm": GONE}, None),
        ({"is_dear": True}, None),
        ({"is_dear": True, "kind": "over", "alarm": MILD}, "dropped"),
        ({"is_dear": True, "kind": "alarm", "alarm": MILD}, None),
        ({"is_dear": True, "kind": "over"}, None),
    ],
)
async def test_what_the_alarm_no_longer_wants_or_may_not_cost_is_dropped(changes: dict[str, object], state: str | None):
    passed = await dedup()(sending(**changes))
    assert (passed.outcome.state if passed.outcome else None) == state


async def test_what_was_dropped_is_not_delivered():
    speaker = Loudspeaker()
    await deliver({"console": speaker})(sending(outcome=Outcome(DROPPED, NOON)))
    assert speaker.said == []


async def test_a_channel_that_is_open_no_more_is_refused_and_named():
    passed = await deliver({})(sending())
    assert passed.outcome is not None
    assert (passed.outcome.state, passed.outcome.answer) == ("refused", "no channel console is open")


def test_the_order_of_the_stages_stands_in_one_place(clinic: Clinic):
    remember = Remember(clinic.archive, frozenset())
    names = [_name(stage) for stage in build({}, Telling(ZONE), remember)]
    assert names == ["quiet", "dedup", "deliver", "Remember"]


def _name(stage: Stage) -> str:
    return str(getattr(stage, "__qualname__", "")).split(".")[0]


async def test_a_person_takes_an_alarm_and_is_written_down(clinic: Clinic):
    await ring(clinic)
    async with clinic.archive.writing() as tx:
        seen = await taking.take(tx, Act(1, "seen", "Ada", T0))
        going = await taking.take(tx, Act(1, "going", "Ada", T0 + 1))
        still = await taking.take(tx, Act(1, "seen", "Bea", T0 + 2))
        every = [t.why for t in await views.transitions(tx, [1])]
    assert (seen.state, going.state, still.state) == (AlarmState.SEEN, AlarmState.TAKEN, AlarmState.TAKEN)
    assert (still.taken_by, every) == ("Ada", ["raised", "seen", "taken"])


async def test_what_is_over_or_unknown_cannot_be_taken(clinic: Clinic):
    await ring(clinic)
    await clinic.hear(trace_of([5.0], start=T0 + 26 * MINUTE))
    for number, words in ((1, "is over"), (99, "is unknown")):
        async with clinic.archive.reading() as tx:
            with pytest.raises(BadInput, match=words):
                await taking.take(tx, Act(number, "going", "Ada", T0))


def test_every_reason_has_words():
    assert REASONS.keys() == TOLD_BY.keys()
    assert KINDS.keys() == set(Kind)
    assert SEVERITIES.keys() == set(Severity)
    assert TOLD_BY.keys() > stages.RINGING
