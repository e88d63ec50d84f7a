"""Cards lose their buttons once somebody has gone, each once, and nothing depends on it."""

import pytest

from alerting.cards import WITHIN_MS, Cards
from coldchain.archive.alarms import Alarm
from coldchain.archive.db import Archive
from coldchain.archive.telling import taking
from coldchain.archive.telling.taking import Act
from coldchain.excursion import AlarmState
from coldchain.providers.outcome import Answer, Verdict
from tests.alerting.ways import Loudspeaker
from tests.archive.small import T0, fill
from tests.archive.telling.cast import end, queued, rung, sent

TAKEN_AT = T0 + 60_000
SOON = TAKEN_AT + 1000


class Chat(Loudspeaker):
    """A way whose cards can be changed for three days."""

    card_s = 259_200.0

    def __init__(self, *answers: Answer) -> None:
        super().__init__(name="wecom", wakes=False)
        self.later = list(answers)
        self.changed: list[tuple[str, str, str]] = []

    async def change(self, message_id: str, address: str, words: str) -> Answer:
        answer = self.later.pop(0) if self.later else Answer(Verdict.ACCEPTED)
        if answer.verdict is Verdict.ACCEPTED:
            self.changed.append((message_id, address, words))
        return answer


@pytest.fixture
async def told(archive: Archive) -> Alarm:
    """An alarm of which two were told by card, and one by a text."""
    await fill(archive)
    alarm = await rung(archive)
    for step, (channel, person) in enumerate([("wecom", "ZhangSan"), ("wecom", "LiSi"), ("sms", "+8613800138000")]):
        language = "en" if person == "LiSi" else "zh"
        await queued(archive, alarm, person=str(step), channel=channel, sent_to=person, language=language)
        await sent(archive, provider_id=f"m{step} code{step}")
    return alarm


async def taken(archive: Archive, alarm: Alarm) -> None:
    async with archive.writing() as tx:
        await taking.take(tx, Act(alarm.id, "going", "王芳", TAKEN_AT, eta_min=30))


async def test_all_cards_of_an_alarm_say_who_has_gone(archive: Archive, told: Alarm):
    await taken(archive, told)
    chat = Chat()
    cards = Cards(archive, {"wecom": chat, "sms": Loudspeaker(name="sms")})
    assert [await cards.turn(SOON, 2.0), await cards.turn(SOON, 2.0)] == [2, 0]
    assert chat.changed == [("m0 code0", "ZhangSan", "王芳已前往"), ("m1 code1", "LiSi", "王芳 is going")]


async def test_what_is_over_can_no_longer_be_taken(archive: Archive, told: Alarm):
    await end(archive, told)
    chat = Chat()
    assert await Cards(archive, {"wecom": chat}).turn(T0 + 10, 2.0) == 2
    assert [words for _, _, words in chat.changed] == ["报警已结束", "It is over"]


async def test_an_alarm_that_rings_keeps_its_buttons(archive: Archive, told: Alarm):
    chat = Chat()
    assert told.state is AlarmState.RINGING
    assert await Cards(archive, {"wecom": chat}).turn(SOON, 2.0) == 0


async def test_a_refusal_is_final_and_a_provider_that_is_busy_is_not(archive: Archive, told: Alarm):
    await taken(archive, told)
    chat = Chat(Answer(Verdict.REFUSED), Answer(Verdict.LATER))
    cards = Cards(archive, {"wecom": chat})
    assert [await cards.turn(SOON, 2.0) for _ in range(3)] == [0, 1, 0]
    assert [who for _, who, _ in chat.changed] == ["LiSi"]


@pytest.mark.parametrize(("at", "wall_s"), [(TAKEN_AT + WITHIN_MS + 1, 2.0), (SOON, 260_000.0)])
async def test_what_was_long_ago_is_left_as_it_is(archive: Archive, told: Alarm, at: int, wall_s: float):
    await taken(archive, told)
    assert await Cards(archive, {"wecom": Chat()}).turn(at, wall_s) == 0
