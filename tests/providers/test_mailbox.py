"""The mailbox of bounces: a real Dovecot, a Maildir, strangers' mails, and what is put away only once it is kept."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from coldchain.errors import BadInput, Unavailable
from coldchain.providers import bounces, mail
from coldchain.providers.imap import Imap
from coldchain.providers.mail import Mail
from coldchain.providers.outcome import Receipt, Returns, State
from coldchain.providers.settings import ImapSettings, MaildirSettings, MailSettings
from tests.parts.dovecot import Dovecot, dovecot_server
from tests.parts.process import free_port

AT = 1_795_000_000_000
STRANGER = b"From: li@county.example\r\nTo: bounce@county.example\r\nSubject: hello\r\n\r\nCall me"


def bounce(out_id: str) -> bytes:
    """A mail host in its own words, to the address that names the message."""
    head = f"From: MAILER-DAEMON@mx.example\r\nTo: bounce+{out_id}@county.example\r\nSubject: returned mail\r\n\r\n"
    return head.encode() + b"no such user"


@pytest.fixture(scope="module")
def running() -> Iterator[Dovecot]:
    with dovecot_server() as server:
        yield server


@pytest.fixture
def dovecot(running: Dovecot) -> Dovecot:
    running.empty()
    return running


@asynccontextmanager
async def way(**box: Any) -> AsyncIterator[Mail]:
    section = MailSettings.model_validate(
        {"host": "h", "sender": "a@county.example", "bounces": "bounce@county.example"} | box
    )
    async with mail.opened(section) as opened:
        yield opened


async def look(opened: Mail) -> dict[str, list[str]]:
    """The names of the mails that came back -> our ids in them; a look is due each time."""
    await asyncio.sleep(0.002)
    return {each.name: [receipt.out_id for receipt in each.receipts] for each in await opened.returned(AT)}


@pytest.mark.parametrize("tls", ["implicit", "starttls", "none"])
async def test_a_bounce_is_read_and_comes_again_until_it_is_put_away(dovecot: Dovecot, tls: str):
    dovecot.deliver(bounce("n7"))
    async with way(imap=dovecot.settings(tls)) as opened:
        assert isinstance(opened, Returns)
        first, second = await look(opened), await look(opened)
        assert dovecot.flags() == [set()]
        await opened.put_away(list(first))
        third = await look(opened)
    assert list(first.values()) == [["n7"]]
    assert (second, third) == (first, {})
    assert dovecot.flags() == [{r"\Seen"}]


async def test_a_receipt_says_what_came_back(dovecot: Dovecot):
    dovecot.deliver(bounce("n7"))
    async with way(imap=dovecot.settings()) as opened:
        [returned] = await opened.returned(AT)
    assert returned.receipts == (Receipt("mail", State.FAILED, AT, out_id="n7", code="bounce", words="returned mail"),)


async def test_what_is_none_of_ours_stays_unread(dovecot: Dovecot):
    dovecot.deliver(STRANGER, bounce("n1"), STRANGER)
    async with way(imap=dovecot.settings()) as opened:
        await opened.put_away(list(await look(opened)))
        assert await look(opened) == {}
    assert dovecot.flags() == [set(), {r"\Seen"}, set()]


async def test_deleting_takes_what_was_kept_and_nothing_that_others_marked(dovecot: Dovecot):
    dovecot.deliver(STRANGER, bounce("n1"))
    dovecot.deliver(STRANGER, flags=r"\Deleted")
    async with way(imap=dovecot.settings(afterwards="delete")) as opened:
        await opened.put_away(list(await look(opened)))
    assert dovecot.flags() == [set(), {r"\Deleted"}]


@pytest.mark.parametrize(
    "odd",
    [
        b"",
        b"\xff\xfe\x00\x01",
        b"From: MAILER-DAEMON\r\nTo: =?utf-8?b?//79/Pv6?= <bounce+n9\r\nContent-Type: multipart/report; boundary=\r\n\r\n--\r\n",
        b'Content-Type: multipart/report; boundary="b"\r\n\r\n' + b"--b\r\nContent-Type: message/rfc822\r\n\r\n" * 400,
        b"Date: 31 Feb 2026 99:99:99 +9999\r\nFrom: <>\r\n\r\n",
    ],
    ids=["empty", "binary", "headers", "nested", "date"],
)
async def test_a_mail_that_is_none_stops_no_other(dovecot: Dovecot, odd: bytes):
    dovecot.deliver(bounce("n1"), odd or b"\r\n", bounce("n2"))
    async with way(imap=dovecot.settings()) as opened:
        assert sorted((await look(opened)).values()) == [["n1"], ["n2"]]


async def test_what_the_library_raises_at_one_mail_stops_no_other(dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch):
    read = bounces.receipts_of

    def raising(section: MailSettings, body: bytes, at: int) -> list[Receipt]:
        if b"hello" in body:
            raise IndexError("string index out of range")
        return read(section, body, at)

    monkeypatch.setattr(bounces, "receipts_of", raising)
    dovecot.deliver(bounce("n1"), STRANGER, bounce("n2"))
    async with way(imap=dovecot.settings()) as opened:
        assert sorted((await look(opened)).values()) == [["n1"], ["n2"]]
    assert dovecot.flags() == [set()] * 3


async def test_a_full_mailbox_is_read_in_turns(dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("coldchain.providers.imap.AT_ONCE", 2)
    dovecot.deliver(STRANGER, STRANGER, STRANGER, bounce("n1"))
    async with way(imap=dovecot.settings()) as opened:
        assert [len(await look(opened)) for _ in range(3)] == [0, 1, 1]


async def test_what_is_too_large_for_a_bounce_is_not_fetched(dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("coldchain.providers.imap.LARGEST_B", 1000)
    dovecot.deliver(bounce("n1") + b"x" * 2000, bounce("n2"))
    async with way(imap=dovecot.settings()) as opened:
        assert list((await look(opened)).values()) == [["n2"]]


def test_a_name_of_a_mailbox_that_was_made_anew_is_of_no_mail(dovecot: Dovecot):
    dovecot.deliver(bounce("n1"))
    box = Imap(dovecot.settings())
    [(name, _)] = box.unread(frozenset())
    box.put_away([f"1.{name.partition('.')[2]}"])
    assert dovecot.flags() == [set()]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"password": "wrong"}, "AUTHENTICATIONFAILED"),
        ({"folder": 'no "such" folder'}, "Mailbox doesn't exist"),
        ({"ca_file": None}, "certificate verify failed"),
    ],
)
async def test_a_server_that_refuses_us_is_named(dovecot: Dovecot, changed: dict[str, Any], words: str):
    async with way(imap=dovecot.settings(**changed)) as opened:
        with pytest.raises(Unavailable, match=words):
            await look(opened)


async def test_a_server_that_is_gone_is_looked_at_again(dovecot: Dovecot):
    dovecot.deliver(bounce("n1"))
    port = free_port()
    async with way(imap=dovecot.settings(port=port)) as opened:
        for _ in range(2):
            with pytest.raises(Unavailable, match="the mailbox of bounces"):
                await look(opened)


async def test_a_server_that_says_nothing_is_given_up():
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    box = {"host": "127.0.0.1", "port": port, "tls": "none", "user": "u", "password": "p", "timeout_s": 0.2}
    async with server, way(imap=box) as opened:
        with pytest.raises(Unavailable, match="timed out"):
            await opened.returned(AT)


async def test_the_mailbox_is_not_looked_at_more_often_than_the_settings_say(dovecot: Dovecot):
    dovecot.deliver(bounce("n1"))
    async with way(imap=dovecot.settings(look_every_s=60)) as opened:
        assert [len(await opened.returned(AT)) for _ in range(2)] == [1, 0]


async def test_without_a_mailbox_nothing_comes_back():
    async with way() as opened:
        assert await opened.returned(AT) == []


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    for name in ("new", "cur", "tmp"):
        (tmp_path / name).mkdir()
    (tmp_path / "new" / "1.a").write_bytes(STRANGER)
    (tmp_path / "new" / "2.b").write_bytes(bounce("n1"))
    return tmp_path


@pytest.mark.parametrize(("afterwards", "names"), [("seen", ["cur/2.b:2,S", "new/1.a"]), ("delete", ["new/1.a"])])
async def test_a_maildir_of_this_machine_is_read_the_same_way(maildir: Path, afterwards: str, names: list[str]):
    box = {"folder": maildir, "look_every_s": 0.001, "afterwards": afterwards}
    async with way(maildir=box) as opened:
        found = await look(opened)
        assert found == await look(opened) == {"2.b": ["n1"]}
        await opened.put_away(list(found))
        assert await look(opened) == {}
    assert sorted(str(path.relative_to(maildir)) for path in maildir.rglob("*") if path.is_file()) == names


async def test_a_maildir_that_is_not_there_is_named(tmp_path: Path):
    async with way(maildir={"folder": tmp_path / "none"}) as opened:
        with pytest.raises(Unavailable, match="none/new"):
            await opened.returned(AT)


async def test_an_authority_that_cannot_be_read_is_a_wrong_setting(tmp_path: Path):
    box = {"host": "h", "user": "u", "password": "p", "ca_file": tmp_path / "none.pem"}
    with pytest.raises(BadInput, match=r"channels\.mail\.imap\.ca_file"):
        async with way(imap=box):
            pass


def test_one_mailbox_and_no_password_in_the_open():
    with pytest.raises(ValidationError, match="set tls"):
        ImapSettings.model_validate({"host": "mail.example", "user": "u", "password": "p", "tls": "none"})
    both = {"imap": {"host": "h", "user": "u", "password": "p"}, "maildir": MaildirSettings(folder=Path("/var/mail"))}
    with pytest.raises(ValidationError, match="leave one"):
        MailSettings.model_validate({"host": "h", "sender": "a@b.example", **both})
