"""What is heard without a callback: kept before it is forgotten at its source, and once."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from coldchain import clock
from coldchain.archive import tables
from coldchain.errors import Unavailable
from coldchain.excursion import AlarmState
from coldchain.providers.modem import Modem
from coldchain.providers.outcome import Receipt, Returned, State
from coldchain.providers.settings import ModemSettings
from tests.alerting.hearing import AT, Queue, Told, at_once, reply
from tests.alerting.ways import Loudspeaker
from tests.archive.small import T0


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
