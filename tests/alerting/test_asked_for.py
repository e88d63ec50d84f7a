"""What is asked for: only while nothing was heard of a message, ever less often, and one silent provider holds up no other."""

from collections.abc import Sequence

import pytest

from coldchain import clock
from coldchain.archive import tables
from coldchain.errors import Unavailable
from coldchain.providers.outcome import Receipt, Sent, State
from tests.alerting.hearing import AT, LI, Told, at_once
from tests.alerting.ways import Loudspeaker
from tests.archive.small import T0
from tests.archive.telling.cast import queued, sent


class Looking(Loudspeaker):
    """A way that is asked by the provider's own id, as Aliyun's calls are."""

    def __init__(self, *states: State) -> None:
        super().__init__(name="sms")
        self.states = list(states)
        self.looked: list[str] = []

    async def look(self, message_id: str, address: str, sent_at: int) -> list[Receipt]:
        self.looked.append(message_id)
        return [Receipt("sms", self.states.pop(0), T0 + 5, message_id)]


class Listing(Loudspeaker):
    """A way that tells of all messages to one number in one answer, as both providers of texts do."""

    def __init__(self, *out_ids: str) -> None:
        super().__init__(name="sms", wakes=False)
        self.delivered = out_ids
        self.questions: list[tuple[str, int]] = []
        self.is_out = False

    async def listed(self, address: str, sent: Sequence[Sent]) -> list[Receipt]:
        self.questions.append((address, len(sent)))
        if self.is_out:
            raise Unavailable("no answer")
        return [Receipt("sms", State.DELIVERED, T0 + 5, out_id=name) for name in self.delivered]


async def test_a_message_is_asked_for_until_something_was_heard_of_it(told: Told, monkeypatch: pytest.MonkeyPatch):
    at_once(monkeypatch)
    way = Looking(State.PENDING, State.RANG_OUT)
    ears = told.ears(way)
    for _ in range(4):
        await ears.look(AT, 2.0)
    assert way.looked == ["m1", "m1"]
    assert await told.rows(tables.NoticeReceipt, "state", "provider_id") == [("rang_out", "m1")]


async def test_messages_to_one_number_are_asked_for_together(told: Told, monkeypatch: pytest.MonkeyPatch):
    at_once(monkeypatch)
    await queued(told.archive, await told.its_alarm(), person="1", sent_to=LI, step=2)
    await sent(told.archive)
    way = Listing("n1", "n2", "n999")
    assert await told.ears(way).look(AT, 2.0) == 2
    assert way.questions == [(LI, 2)]
    assert await told.rows(tables.NoticeReceipt, "out_id", "state") == [("n1", "delivered"), ("n2", "delivered")]


async def test_a_message_is_asked_for_at_twice_its_age(told: Told, monkeypatch: pytest.MonkeyPatch):
    now_s = 1000.0
    monkeypatch.setattr(clock, "monotonic", lambda: now_s)
    way, asked_at = Listing(), []
    ears = told.ears(way)
    for _ in range(80):
        before = len(way.questions)
        await ears.look(AT, now_s - 999.0)
        asked_at += [now_s - 1000.0] * (len(way.questions) - before)
        now_s += 5.0
    assert asked_at == [15.0, 30.0, 60.0, 120.0, 240.0]


async def test_a_provider_that_cannot_be_asked_is_not_asked_for_the_next_message(
    told: Told, monkeypatch: pytest.MonkeyPatch
):
    at_once(monkeypatch)
    await queued(told.archive, await told.its_alarm(), person="2", sent_to="+8613900139000", step=2)
    await sent(told.archive)
    way = Listing("n1", "n2")
    way.is_out = True
    ears = told.ears(way)
    await ears.look(AT, 2.0)
    assert len(way.questions) == 1
    way.is_out = False
    assert await ears.look(AT, 2.0) == 2


async def test_a_message_of_the_day_before_is_asked_for_no_more(told: Told, monkeypatch: pytest.MonkeyPatch):
    at_once(monkeypatch)
    way = Looking()
    await told.ears(way).look(AT, 90_000.0)
    assert way.looked == []


async def test_what_nobody_can_be_asked_for_stands_before_nothing(told: Told, monkeypatch: pytest.MonkeyPatch):
    at_once(monkeypatch)
    monkeypatch.setattr("alerting.receipts.AT_ONCE", 2)
    for step in range(2, 6):
        await queued(told.archive, await told.its_alarm(), person="1", channel="wecom", sent_to="li", step=step)
        await sent(told.archive)
    way = Listing("n1")
    assert await told.ears(way, wecom=Loudspeaker(name="wecom"), page=Loudspeaker(name="page")).look(AT, 2.0) == 1
