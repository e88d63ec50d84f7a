"""A text leaves by the real smsd and a modem that is believed, and what comes back of it; and a spool that nobody serves."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from coldchain import clock
from coldchain.providers.modem import Modem
from coldchain.providers.outcome import Message, State, Verdict
from coldchain.providers.settings import ModemSettings
from tests.parts.smsd import FOLDERS, Texting, texting

NURSE, DESK = "+8613800138000", "+8613900139000"
TEXT = "【冷链】城关卫生院1号冰箱9.2℃，超过8℃已20分钟，3批126支。码 7K2M4Q"


def put(path: Path, data: bytes) -> None:
    """A file that has stood for a while."""
    path.write_bytes(data)
    os.utime(path, (clock.wall() / 1000 - 60,) * 2)


def message(out_id: str = "n-1", address: str = NURSE, text: str = TEXT) -> Message:
    return Message(out_id, address, text, {})


@pytest.fixture(scope="module")
async def room(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Texting]:
    async with texting(tmp_path_factory.mktemp("smsd")) as opened:
        yield opened


@pytest.fixture
def dead(tmp_path: Path) -> Modem:
    """A spool without smsd."""
    for name in FOLDERS:
        (tmp_path / name).mkdir()
    return Modem(ModemSettings(spool=tmp_path, look_every_s=0.01, deadline_s=0.05))


async def test_a_chinese_text_arrives_whole_and_once_and_its_receipt_comes_back(room: Texting):
    answer = await room.channel.send(message("whole"))
    assert await room.channel.send(message("whole")) == answer
    assert len(room.air.network.sent) == 1
    assert (answer.verdict, answer.cost_fen) == (Verdict.ACCEPTED, 10)
    assert room.air.network.texts()[-1] == ("8613800138000", TEXT)
    [receipt] = await room.receipts("whole", NURSE)
    assert (receipt.state, receipt.out_id, receipt.provider) == (State.DELIVERED, "whole", "modem")


async def test_a_long_text_is_delivered_when_all_its_pieces_are(room: Texting):
    long = TEXT * 3
    answer = await room.channel.send(message("long", DESK, long))
    assert len(answer.message_id.split()) == 2
    assert answer.cost_fen == 20
    assert room.air.network.texts()[-1] == ("8613900139000", long)
    assert [one.state for one in await room.receipts("long", DESK)] == [State.DELIVERED]


async def test_replies_keep_every_character_and_come_until_forgotten(room: Texting):
    room.air.hears("8613800138000", "确认 A12")
    room.air.hears("8613900139000", "第一段，长短信，请看" * 9)
    async with asyncio.timeout(60):
        while len(replies := room.channel.replies()) < 2:
            await asyncio.sleep(0.05)
    by_number = {reply.number: reply for reply in replies}
    assert by_number[NURSE].text == "确认 A12"
    assert by_number[DESK].text == "第一段，长短信，请看" * 9
    assert room.channel.replies() == replies
    for reply in replies:
        room.channel.forget(reply.id)
    assert room.channel.replies() == []


async def test_a_number_that_the_network_refuses_is_refused_in_its_words(room: Texting):
    room.air.network.refuses = {"8613700137000": 21}
    answer = await room.channel.send(message("refused", "13700137000"))
    assert (answer.verdict, answer.code) == (Verdict.REFUSED, "21")
    [receipt] = await room.receipts("refused", "13700137000")
    assert (receipt.state, receipt.code) == (State.FAILED, "21")


async def test_a_text_that_no_telephone_took_is_failed(dead: Modem, tmp_path: Path):
    put(tmp_path / "sent" / "n-1", b"To: 8613800138000\nMessage_id: 255 0 .\n\n")
    for number, status in ((255, 0), (0, 70)):
        body = f"SMS STATUS REPORT\nMessage_id: {number}\nStatus: {status},words of the network"
        put(tmp_path / "report" / str(number), f"From: 8613800138000\n\n{body}".encode())
    [receipt] = await dead.ask("n-1", NURSE, 0) or []
    assert (receipt.state, receipt.code, receipt.words) == (State.FAILED, "70", "words of the network")


async def test_without_smsd_it_is_taken_back_and_tried_later(dead: Modem, tmp_path: Path):
    answer = await dead.send(message())
    assert (answer.verdict, answer.retry_after_s) == (Verdict.LATER, 60.0)
    assert list((tmp_path / "outgoing").iterdir()) == []
    assert await dead.ask("n-1", NURSE, 0) == []


async def test_what_a_dead_handler_has_before_it_is_taken_back_too(dead: Modem, tmp_path: Path):
    sending = asyncio.create_task(dead.send(message()))
    await _moved(tmp_path)
    assert (await sending).verdict is Verdict.LATER
    assert list((tmp_path / "checked").iterdir()) == []


async def test_what_smsd_has_begun_to_send_is_unknown_and_found_later(dead: Modem, tmp_path: Path):
    (tmp_path / "checked" / "n-1.LOCK").touch()
    sending = asyncio.create_task(dead.send(message()))
    await _moved(tmp_path)
    assert (await sending).verdict is Verdict.UNKNOWN
    (tmp_path / "checked" / "n-1").rename(tmp_path / "sent" / "n-1")
    assert (await dead.send(message())).verdict is Verdict.ACCEPTED


async def _moved(spool: Path) -> None:
    while not (spool / "outgoing" / "n-1").exists():
        await asyncio.sleep(0.001)
    (spool / "outgoing" / "n-1").rename(spool / "checked" / "n-1")


@pytest.mark.parametrize(
    ("reason", "verdict"),
    [
        ("+CMS ERROR: 38 (Network out of order)", Verdict.LATER),
        ("+CMS ERROR: 1 (Unassigned number)", Verdict.REFUSED),
        ("+CMS ERROR: 310 (SIM not inserted)", Verdict.BROKEN),
        ("Modem initialization failed", Verdict.BROKEN),
    ],
)
async def test_each_failure_says_what_to_do_next(dead: Modem, tmp_path: Path, reason: str, verdict: Verdict):
    sending = asyncio.create_task(dead.send(message()))
    await _moved(tmp_path)
    (tmp_path / "checked" / "n-1").unlink()
    (tmp_path / "failed" / "n-1").write_text(f"To: 86\nFail_reason: {reason}\n\n")
    answer = await sending
    assert (answer.verdict, answer.words) == (verdict, reason)


async def test_what_failed_is_tried_anew_when_asked_to(dead: Modem, tmp_path: Path):
    (tmp_path / "failed" / "n-1").write_text("To: 86\nFail_reason: +CMS ERROR: 38\n\n")
    assert (await dead.send(message())).words.startswith("smsd did not take it up")
    assert len(list((tmp_path / "failed").iterdir())) == 1


async def test_a_report_of_another_time_or_number_proves_nothing(dead: Modem, tmp_path: Path):
    put(tmp_path / "sent" / "n-1", b"To: 8613800138000\nMessage_id: 117 .\n\n")
    for name, sender, number, status in [("a", "8613800138000", 118, 0), ("b", "8613900139000", 117, 0)]:
        body = f"SMS STATUS REPORT\nMessage_id: {number}\nStatus: {status},Ok"
        put(tmp_path / "report" / name, f"From: {sender}\n\n{body}".encode())
    put(tmp_path / "report" / "c", b"From: 8613800138000\n\nSMS STATUS REPORT\nMessage_id: 117\nStatus: 1,Ok")
    put(tmp_path / "report" / "d", b"\xff\xfe nonsense")
    assert await dead.ask("n-1", NURSE, 0) == []


async def test_a_file_that_is_no_text_is_set_aside_and_its_neighbour_read(dead: Modem, tmp_path: Path):
    put(tmp_path / "incoming" / "bad", b"\x00\x01")
    put(tmp_path / "incoming" / "good", b"From: 8613800138000\nAlphabet: UCS2\n\n" + "去".encode("utf-16-be"))
    (tmp_path / "incoming" / "growing").write_bytes(b"From: 86138")
    assert [reply.text for reply in dead.replies()] == ["去"]
    assert (tmp_path / "read" / "bad").exists()


@pytest.mark.parametrize("address", ["02112345678", "10086", "", "nurse@example.org"])
async def test_only_mobile_phones_take_texts(dead: Modem, address: str):
    assert (await dead.send(message(address=address))).code == "no_mobile"


async def test_a_spool_that_is_not_there_is_a_broken_channel(tmp_path: Path):
    channel = Modem(ModemSettings(spool=tmp_path / "nowhere"))
    answer = await channel.send(message())
    assert (answer.verdict, answer.code) == (Verdict.BROKEN, "spool")
    assert await channel.ask("n-1", NURSE, 0) == []
