"""What is heard without a callback: kept before it is forgotten at its source, once, and whoever replied is answered once."""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from alerting.notify.answers import Answers
from alerting.receipts import Receipts
from coldchain import clock
from coldchain.archive import alarms, audit, tables
from coldchain.archive.alarms import Alarm
from coldchain.archive.db import Archive
from coldchain.archive.telling import answering
from coldchain.errors import BadInput, Unavailable
from coldchain.excursion import AlarmState
from coldchain.providers.modem import Modem
from coldchain.providers.outcome import Answer, Receipt, Reply, Returned, Sent, State, Verdict
from coldchain.providers.settings import ModemSettings
from tests.alerting.ways import Loudspeaker
from tests.archive.small import T0, fill
from tests.archive.telling.cast import queued, rung, sent

LI = "+8613800138000"
AT = T0 + 60_000


class Queue(Loudspeaker):
    """A way whose provider gives each page of receipts and replies once, as Tencent's does."""

    queues = ("receipts", "replies")

    def __init__(self, *replies: Reply, receipts: tuple[Receipt, ...] = ()) -> None:
        super().__init__(name="sms", wakes=False)
        self.pages = [("receipts", msgspec.json.encode(receipts))] if receipts else []
        self.pages += [("replies", msgspec.json.encode([each])) for each in replies]
        self.is_out = False

    async def pull(self, queue: str) -> bytes:
        if self.is_out:
            raise Unavailable("tencent_sms: no answer")
        mine = next((n for n, (name, _) in enumerate(self.pages) if name == queue), None)
        return b"" if mine is None else self.pages.pop(mine)[1]

    def heard_in(self, queue: str, page: bytes, at: int) -> list[Receipt | Reply]:
        kind = Receipt if queue == "receipts" else Reply
        try:
            return list(msgspec.json.decode(page, type=list[kind]))  # type: ignore[valid-type]  # either
        except msgspec.DecodeError as error:
            raise BadInput("page", f"{error} at {at}", "give a page") from None


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


class Post(Loudspeaker):
    """A way whose messages come back into a mailbox."""

    def __init__(self, *mails: Returned) -> None:
        super().__init__(name="sms", wakes=False)
        self.mails = {mail.name: mail for mail in mails}

    async def returned(self, at: int) -> list[Returned]:
        assert at
        return list(self.mails.values())

    async def put_away(self, names: Sequence[str]) -> None:
        for name in names:
            del self.mails[name]


@dataclass
class Told:
    """An alarm of which 李小琴 was told by text."""

    archive: Archive
    alarm: int
    folder: Path

    async def state(self) -> AlarmState:
        async with self.archive.reading() as tx:
            return (await alarms.alarms(tx, [self.alarm]))[self.alarm].state

    async def rows(self, table: Any, *columns: str) -> list[tuple[Any, ...]]:
        async with self.archive.reading() as tx:
            rows = await tx.scalars(select(table).order_by(table.id))
            assert await audit.unseen(tx) == []
            return [tuple(getattr(row, name) for name in columns) for row in rows]

    def ears(self, way: Any, **more: Any) -> Receipts:
        return Receipts(self.archive, {way.name: way, **more}, asyncio.Event(), self.folder)


@pytest.fixture
async def told(archive: Archive, tmp_path: Path) -> Told:
    await fill(archive)
    alarm = await rung(archive)
    await queued(archive, alarm, person="1", sent_to=LI)
    await sent(archive)
    return Told(archive, alarm.id, tmp_path / "pulled")


def reply(text: str, id_: str = "r1") -> Reply:
    return Reply("sms", LI, text, T0 + 40_000, id_)


async def test_a_queue_is_emptied_and_what_it_says_is_done(told: Told):
    delivered = Receipt("sms", State.DELIVERED, T0 + 5, "m1")
    way = Queue(reply("1 20"), reply("2", "r2"), receipts=(delivered,))
    assert await told.ears(way).look(AT, 2.0) == 3
    assert await told.state() is AlarmState.TAKEN
    assert await told.rows(tables.NoticeReceipt, "state") == [("delivered",)]
    assert await told.rows(tables.NoticeReply, "outcome") == [("going",), ("seen",)]


async def test_what_was_given_once_is_held_until_the_archive_is_back(told: Told, monkeypatch: pytest.MonkeyPatch):
    way = Queue(reply("1"))
    ears = told.ears(way)
    with monkeypatch.context() as broken:
        broken.setattr("alerting.receipts.keep", _gone)
        with pytest.raises(Unavailable):
            await ears.look(AT, 2.0)
        with pytest.raises(Unavailable):
            await ears.look(AT, 2.0)
    assert await ears.look(AT, 2.0) == 1
    assert await told.state() is AlarmState.TAKEN


async def test_a_page_outlives_the_process_that_took_it(told: Told, monkeypatch: pytest.MonkeyPatch):
    delivered = Receipt("sms", State.DELIVERED, T0 + 5, "m1")
    way = Queue(reply("1 20"), receipts=(delivered,))
    with monkeypatch.context() as broken:
        broken.setattr("alerting.receipts.keep", _killed)
        with pytest.raises(KeyboardInterrupt):
            await told.ears(way).look(AT, 2.0)
    [page] = told.folder.iterdir()
    assert page.stat().st_mode & 0o777 == 0o600
    assert await told.ears(way).look(AT, 2.0) == 2
    assert await told.rows(tables.NoticeReceipt, "state") == [("delivered",)]
    assert list(told.folder.iterdir()) == []


async def _killed(*_: object) -> None:
    raise KeyboardInterrupt


async def test_a_page_that_was_kept_but_not_forgotten_changes_nothing_a_second_time(
    told: Told, monkeypatch: pytest.MonkeyPatch
):
    way = Queue(reply("1 20"))
    with monkeypatch.context() as stuck:
        stuck.setattr("coldchain.providers.pages.Pages.forget", lambda *_: None)
        await told.ears(way).look(AT, 2.0)
    assert await told.ears(way).look(AT, 2.0) == 1
    assert await told.rows(tables.NoticeReply, "outcome") == [("going",)]


async def test_a_page_that_nobody_can_read_is_set_aside_and_the_next_is_kept(told: Told):
    told.folder.mkdir()
    (told.folder / "0.sms.receipts.page").write_bytes(b"half a pa")
    (told.folder / "1.fax.receipts.page").write_bytes(b"of a way that is not open")
    assert await told.ears(Queue(reply("1"))).look(AT, 2.0) == 1
    assert sorted(path.name for path in told.folder.iterdir()) == ["0.sms.receipts.bad", "1.fax.receipts.page"]


async def test_a_disk_that_takes_no_page_loses_none(told: Told):
    told.folder.write_text("a file where the folder should be")
    assert await told.ears(Queue(reply("1"))).look(AT, 2.0) == 1
    assert await told.state() is AlarmState.TAKEN


async def test_a_mail_that_came_back_is_put_away_once_it_is_kept(told: Told, monkeypatch: pytest.MonkeyPatch):
    failed = Receipt("sms", State.FAILED, T0 + 5, out_id="n1", code="5.1.1")
    way = Post(Returned("7.1", (failed,)))
    ears = told.ears(way)
    with monkeypatch.context() as broken:
        broken.setattr("alerting.receipts.keep", _gone)
        with pytest.raises(Unavailable):
            await ears.look(AT, 2.0)
    assert list(way.mails) == ["7.1"]
    assert [await ears.look(AT, 2.0), await ears.look(AT, 2.0)] == [1, 0]
    assert way.mails == {}
    assert await told.rows(tables.NoticeReceipt, "state", "provider_code") == [("failed", "5.1.1")]


async def _gone(*_: object) -> None:
    raise Unavailable("the archive is gone")


async def test_a_provider_that_is_out_silences_no_other_way(told: Told, tmp_path: Path):
    way = Queue()
    way.is_out = True
    assert await told.ears(way, modem=spool(tmp_path, "1")).look(AT, 2.0) == 1


async def test_nothing_that_is_pending_is_kept(told: Told):
    way = Queue(receipts=(Receipt("sms", State.PENDING, T0, "m1"),))
    await told.ears(way).look(AT, 2.0)
    assert await told.rows(tables.NoticeReceipt, "state") == []


async def test_a_piece_that_cannot_be_kept_leaves_its_neighbours_alone(told: Told):
    bad = Receipt("sms" * 30, State.DELIVERED, T0, "m1")
    good = Receipt("sms", State.DELIVERED, T0, "m1", words="\0fine")
    await told.ears(Queue(receipts=(bad, good))).look(AT, 2.0)
    assert await told.rows(tables.NoticeReceipt, "provider", "answer") == [("sms", " fine")]


def spool(folder: Path, *texts: str) -> Modem:
    """The spool of smstools with these texts of 李小琴 in it."""
    for name in ("incoming", "outgoing", "checked", "sent", "failed", "report"):
        (folder / name).mkdir()
    for n, text in enumerate(texts):
        path = folder / "incoming" / f"GSM1.{n}"
        path.write_bytes(b"From: 8613800138000\nAlphabet: UCS2\n\n" + text.encode("utf-16-be"))
        os.utime(path, (clock.wall() / 1000 - 9, clock.wall() / 1000 - 9))
    return Modem(ModemSettings(spool=folder))


async def test_a_text_to_the_modem_is_forgotten_there_once_it_is_kept(told: Told, tmp_path: Path):
    ears = told.ears(spool(tmp_path, "前往 20"))
    assert [await ears.look(AT, 2.0), await ears.look(AT, 2.0)] == [1, 0]
    assert await told.state() is AlarmState.TAKEN
    assert [path.name for path in (tmp_path / "read").iterdir()] == ["GSM1.0"]


async def test_what_could_not_be_kept_stays_in_the_modem(told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    ears = told.ears(spool(tmp_path, "1"))
    with monkeypatch.context() as broken:
        broken.setattr("alerting.receipts.keep", _gone)
        with pytest.raises(Unavailable):
            await ears.look(AT, 2.0)
    assert len(list((tmp_path / "incoming").iterdir())) == 1


async def test_a_message_is_asked_for_until_something_was_heard_of_it(told: Told, monkeypatch: pytest.MonkeyPatch):
    at_once(monkeypatch)
    way = Looking(State.PENDING, State.RANG_OUT)
    ears = told.ears(way)
    for _ in range(4):
        await ears.look(AT, 2.0)
    assert way.looked == ["m1", "m1"]
    assert await told.rows(tables.NoticeReceipt, "state", "provider_id") == [("rang_out", "m1")]


def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask without waiting."""
    monkeypatch.setattr("alerting.receipts.FIRST_S", 0.0)
    monkeypatch.setattr("alerting.receipts.MOST_S", 0.0)


async def alarm_of(told: Told) -> Alarm:
    async with told.archive.reading() as tx:
        return (await alarms.alarms(tx, [told.alarm]))[told.alarm]


async def test_messages_to_one_number_are_asked_for_together(told: Told, monkeypatch: pytest.MonkeyPatch):
    at_once(monkeypatch)
    await queued(told.archive, await alarm_of(told), person="1", sent_to=LI, step=2)
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
    await queued(told.archive, await alarm_of(told), person="2", sent_to="+8613900139000", step=2)
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


async def answered(told: Told, *answers: Answer) -> tuple[Loudspeaker, Answers]:
    """The reply "?" heard, and the way back, which answers so."""
    await told.ears(Queue(reply("?"))).look(AT, 2.0)
    way = Loudspeaker(*answers, name="sms")
    return way, Answers(told.archive, {"sms": way})


async def test_whoever_replied_is_answered_once_by_the_same_way(told: Told):
    way, back = await answered(told)
    assert [await back.send(AT), await back.send(AT)] == [1, 0]
    [message] = way.messages
    assert (message.address, message.kind, message.out_id) == (LI, "note", "r1")
    assert "没有看懂" in message.text
    assert await told.rows(tables.NoticeReply, "text_back_state") == [("told",)]


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (Answer(Verdict.LATER, retry_after_s=0.0), "told"),
        (Answer(Verdict.UNKNOWN), "told"),
        (Answer(Verdict.REFUSED), "refused"),
        (Answer(Verdict.BROKEN), "refused"),
    ],
)
async def test_only_what_surely_did_not_go_out_is_sent_again(told: Told, answer: Answer, state: str):
    way, back = await answered(told, answer)
    await back.send(AT)
    if answer.verdict is Verdict.LATER:
        back._later.clear()
    await back.send(AT)
    assert await told.rows(tables.NoticeReply, "text_back_state") == [(state,)]
    assert len(way.messages) == (2 if answer.verdict is Verdict.LATER else 1)


async def test_a_crash_while_an_answer_leaves_answers_nobody_twice(told: Told):
    _, back = await answered(told)
    async with told.archive.writing() as tx:
        assert len(await answering.leave(tx, AT, 9)) == 1
    assert await back.send(AT) == 0


async def test_where_that_way_is_not_open_the_answer_is_refused_and_kept(told: Told):
    await answered(told)
    await Answers(told.archive, {}).send(AT)
    assert await told.rows(tables.NoticeReply, "text_back_state") == [("refused",)]


async def test_whoever_wrote_long_ago_is_answered_no_more(told: Told):
    way, back = await answered(told)
    await back.send(AT + answering.STALE_MS + 1)
    assert way.messages == []


class Faulty(Queue):
    """A way with a fault of ours: it fails with whatever it is asked."""

    async def pull(self, queue: str) -> bytes:
        raise KeyError(queue)

    async def look(self, message_id: str, address: str, sent_at: int) -> list[Receipt]:
        raise KeyError(message_id)


async def test_a_way_that_fails_in_our_own_code_deafens_us_to_no_other(
    told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    at_once(monkeypatch)
    assert await told.ears(Faulty(), modem=spool(tmp_path, "1")).look(AT, 2.0) == 1
    assert await told.state() is AlarmState.TAKEN


async def test_a_page_over_which_our_own_code_fails_is_set_aside(told: Told, monkeypatch: pytest.MonkeyPatch):
    way = Queue(reply("1"), receipts=(Receipt("sms", State.DELIVERED, T0 + 5, "m1"),))
    whole = way.heard_in
    monkeypatch.setattr(way, "heard_in", lambda queue, *page: whole(queue, *page) if queue == "replies" else {}[queue])
    assert await told.ears(way).look(AT, 2.0) == 1
    assert await told.state() is AlarmState.TAKEN
    assert [path.name.rpartition(".")[2] for path in told.folder.iterdir()] == ["bad"]


async def test_what_nobody_can_be_asked_for_stands_before_nothing(told: Told, monkeypatch: pytest.MonkeyPatch):
    at_once(monkeypatch)
    monkeypatch.setattr("alerting.receipts.AT_ONCE", 2)
    for step in range(2, 6):
        await queued(told.archive, await alarm_of(told), person="1", channel="wecom", sent_to="li", step=step)
        await sent(told.archive)
    way = Listing("n1")
    assert await told.ears(way, wecom=Loudspeaker(name="wecom"), page=Loudspeaker(name="page")).look(AT, 2.0) == 1


async def test_an_answer_over_which_our_own_code_fails_is_sent_no_second_time(told: Told):
    way = Queue(reply("1"))
    way.answers = [KeyError("Code")]
    await told.ears(way).look(AT, 2.0)
    answers = Answers(told.archive, {"sms": way})
    assert [await answers.send(AT), await answers.send(AT)] == [1, 0]
    assert await told.rows(tables.NoticeReply, "text_back_state") == [("told",)]
