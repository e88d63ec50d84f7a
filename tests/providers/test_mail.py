"""Mail: TLS and login, refusals at each stage, what the mail holds, and what comes back."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from coldchain.errors import BadInput
from coldchain.providers import bounces, mail
from coldchain.providers.mail import Mail
from coldchain.providers.outcome import Receipt, State, Verdict
from coldchain.providers.settings import MailSettings
from tests.fakes.smtp import FakeSmtp, fake_smtp
from tests.providers.messages import MESSAGE, at

ZHANG = "zhang@county.example"
TO_ZHANG = at(ZHANG)
AT = 1_795_000_000_000


@asynccontextmanager
async def way(fake: FakeSmtp, folder: Path, **changed: Any) -> AsyncIterator[Mail]:
    async with fake_smtp(fake, folder), mail.opened(fake.settings(**changed)) as opened:
        yield opened


def received(fake: FakeSmtp, n: int = 0) -> EmailMessage:
    content = fake.taken[n].content
    assert isinstance(content, bytes)
    return message_from_bytes(content, policy=policy.default)


@pytest.mark.parametrize("tls", ["starttls", "implicit", "none"])
async def test_a_mail_arrives_with_its_text_and_our_number(tmp_path: Path, tls: str):
    fake = FakeSmtp(tls=tls, wants_login=tls == "starttls")
    async with way(fake, tmp_path) as mail_:
        answer = await mail_.send(TO_ZHANG)
    assert (answer.verdict, answer.code) == (Verdict.ACCEPTED, "250")
    assert (answer.message_id, answer.words) == ("<n-4711-1@county.example>", "2.0.0 queued as 4XyZ12")
    got = received(fake)
    assert (got["Message-ID"], got["To"], got["Subject"]) == ("<n-4711-1@county.example>", ZHANG, "高温报警")
    assert (got["Auto-Submitted"], got["Importance"]) == ("auto-generated", "high")
    assert got.get_content().split("\n")[0] == MESSAGE.text
    assert MESSAGE.link in got.get_content()


async def test_a_text_of_several_lines_cannot_become_headers(tmp_path: Path):
    fake = FakeSmtp()
    async with way(fake, tmp_path) as mail_:
        await mail_.send(replace(TO_ZHANG, title="高温\r\nBcc: all@county.example"))
    assert received(fake)["Bcc"] is None
    assert fake.taken[0].rcpt_tos == [ZHANG]


@pytest.mark.parametrize(
    ("stage", "line", "verdict"),
    [
        ("rcpt", "550 5.1.1 no such user here", Verdict.REFUSED),
        ("rcpt", "552 5.2.2 mailbox full", Verdict.REFUSED),
        ("rcpt", "451 4.7.1 greylisted, come back", Verdict.LATER),
        ("mail", "553 5.7.1 sender not allowed", Verdict.BROKEN),
        ("mail", "421 4.3.2 closing", Verdict.LATER),
        ("data", "554 5.7.1 looks like spam", Verdict.REFUSED),
        ("data", "452 4.3.1 disk full", Verdict.LATER),
    ],
)
async def test_each_refusal_means_what_it_means(tmp_path: Path, stage: str, line: str, verdict: Verdict):
    fake = FakeSmtp(**({"rcpt": {ZHANG: line}} if stage == "rcpt" else {stage: line}))
    async with way(fake, tmp_path) as mail_:
        answer = await mail_.send(TO_ZHANG)
    assert (answer.verdict, answer.code) == (verdict, line[:3])
    assert line[4:] in answer.words
    assert not fake.taken


async def test_a_refused_neighbour_does_not_stop_the_next(tmp_path: Path):
    fake = FakeSmtp(rcpt={ZHANG: "550 5.1.1 no such user here"})
    async with way(fake, tmp_path) as mail_:
        answers = [await mail_.send(TO_ZHANG), await mail_.send(at("li@county.example"))]
    assert [answer.verdict for answer in answers] == [Verdict.REFUSED, Verdict.ACCEPTED]


@pytest.mark.parametrize("refusals", [{}, {ZHANG: "550 5.1.1 no such user here"}])
async def test_a_rude_goodbye_changes_nothing(tmp_path: Path, refusals: dict[str, str]):
    fake = FakeSmtp(quit="421 4.3.2 overloaded", rcpt=dict(refusals))
    async with way(fake, tmp_path) as mail_:
        answer = await mail_.send(TO_ZHANG)
    assert answer.code == ("550" if refusals else "250")


async def test_silence_before_the_text_means_that_nothing_went_out(tmp_path: Path):
    fake = FakeSmtp(misbehaves="rcpt")
    async with way(fake, tmp_path, timeout_s=0.2) as mail_:
        answer = await mail_.send(TO_ZHANG)
    assert (answer.verdict, answer.code) == (Verdict.LATER, "our.unreachable")


@pytest.mark.parametrize(("tls", "changed"), [("none", {"tls": "starttls"}), ("starttls", {"ca_file": None})])
async def test_without_the_tls_that_was_asked_for_nothing_is_said(tmp_path: Path, tls: str, changed: dict[str, Any]):
    fake = FakeSmtp(tls=tls)
    async with way(fake, tmp_path, **changed) as mail_:
        answer = await mail_.send(TO_ZHANG)
    assert (answer.verdict, answer.code) == (Verdict.BROKEN, "our.tls")
    assert not fake.asked


async def test_tls_on_a_port_that_speaks_none_is_broken(tmp_path: Path):
    fake = FakeSmtp()
    async with way(fake, tmp_path, tls="implicit") as mail_:
        assert (await mail_.send(TO_ZHANG)).verdict in (Verdict.BROKEN, Verdict.LATER)
    assert not fake.taken


async def test_a_server_that_reports_is_asked_to_and_the_bounce_finds_us(tmp_path: Path):
    fake = FakeSmtp(dsn=True)
    async with way(fake, tmp_path, bounces="bounce@county.example") as mail_:
        assert (await mail_.send(TO_ZHANG)).verdict is Verdict.ACCEPTED
    assert "ENVID=n-4711-1" in fake.asked[0]
    assert "NOTIFY=FAILURE,DELAY" in fake.asked[1]
    assert fake.taken[0].mail_from == "bounce+n-4711-1@county.example"


@pytest.mark.parametrize(
    "address", ["zhang", "a@b@c", "a b@c.example", "a,b@c.example", "<a@c.example>", "张@c.example"]
)
async def test_an_address_that_is_none_is_never_sent(tmp_path: Path, address: str):
    fake = FakeSmtp()
    async with way(fake, tmp_path) as mail_:
        assert (await mail_.send(at(address))).verdict is Verdict.REFUSED
    assert not fake.asked


async def test_an_authority_that_cannot_be_read_is_named(tmp_path: Path):
    section = MailSettings(host="127.0.0.1", sender="a@b.example", ca_file=tmp_path / "none.pem")
    with pytest.raises(BadInput, match="ca_file"):
        async with mail.opened(section):
            pass


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"tls": "none", "user": "u"}, "password without TLS"),
        ({"sender": "nobody"}, "sender"),
        ({"bounces": "x"}, "bounces"),
    ],
)
def test_settings_that_cannot_work_are_refused_when_they_are_read(changed: dict[str, str], words: str):
    with pytest.raises(ValidationError, match=words):
        MailSettings.model_validate({"host": "h", "sender": "a@b.example", **changed})


def test_a_connection_cut_by_the_other_side_is_not_our_settings():
    stage = mail.Stage("tls")
    assert mail.failed(ssl.SSLEOFError(), stage).verdict is Verdict.LATER
    assert mail.failed(ssl.SSLError(), stage).verdict is Verdict.BROKEN


# what comes back

SECTION = MailSettings(host="h", sender="alarm@county.example", bounces="bounce@county.example")
REPORT = """\
From: Mail Delivery System <MAILER-DAEMON@mx.example>
To: {to}
Date: Tue, 03 Nov 2026 03:12:00 +0800
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain; charset=utf-8

Your message could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example
{envelope}
Final-Recipient: rfc822; zhang@county.example
Action: {action}
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such
 user here

--b
Content-Type: {quoted}

Message-ID: {id}
Subject: =?utf-8?b?6auY5rip?=

--b--
"""


def report(
    action: str = "failed",
    *,
    to: str = "alarm@county.example",
    envelope: str = "",
    quoted: str = "text/rfc822-headers",
    id_: str = "<n-4711-1@county.example>",
) -> bytes:
    envelope = f"Original-Envelope-Id: {envelope}\n" if envelope else ""
    return REPORT.format(action=action, to=to, envelope=envelope, quoted=quoted, id=id_).encode()


FOUND = Receipt(
    provider="mail",
    state=State.FAILED,
    at=1793646720000,
    out_id="n-4711-1",
    address=ZHANG,
    code="5.1.1",
    words="smtp; 550 5.1.1 no such user here",
)


@pytest.mark.parametrize(
    "body",
    [
        report(),
        report(quoted="message/rfc822"),
        report(id_="", to="bounce+n-4711-1@county.example"),
        report(id_="", envelope="n-4711-1"),
        report().replace(b"\n", b"\r\n"),
    ],
    ids=["headers", "whole", "address", "envelope", "crlf"],
)
def test_a_report_finds_its_message_by_whatever_it_still_quotes(body: bytes):
    assert bounces.receipts_of(SECTION, body, AT) == [FOUND]


def test_a_report_of_delivery_is_one():
    [receipt] = bounces.receipts_of(SECTION, report("delivered"), AT)
    assert receipt.state is State.DELIVERED


@pytest.mark.parametrize("action", ["delayed", "relayed", "expanded", ""])
def test_what_is_not_final_says_nothing(action: str):
    assert bounces.receipts_of(SECTION, report(action), AT) == []


def test_a_report_about_another_houses_mail_is_not_ours():
    assert bounces.receipts_of(SECTION, report(id_="<n-4711-1@other.example>"), AT) == []


def test_a_report_from_the_future_is_of_now():
    assert bounces.receipts_of(SECTION, report(), 1000)[0].at == 1000


def test_a_host_that_writes_no_report_is_known_by_the_address_it_writes_to():
    plain = b"From: PostMaster@qq.com\nTo: bounce+n-4711-1@county.example\nSubject: =?utf-8?b?6YCA5L+h?=\n\nSorry"
    [receipt] = bounces.receipts_of(SECTION, plain, AT)
    assert (receipt.state, receipt.out_id, receipt.words, receipt.at) == (State.FAILED, "n-4711-1", "退信", AT)


def test_a_persons_holiday_note_is_no_bounce():
    note = b"From: zhang@county.example\nTo: bounce+n-4711-1@county.example\nSubject: away\n\nBack on Monday"
    assert bounces.receipts_of(SECTION, note, AT) == []


@pytest.mark.parametrize("body", [b"", b"\xff\xfe\x00", b"x" * (1024 * 1024 + 1), report()[:400], b"Date: never\n\n"])
def test_what_is_no_mail_is_no_receipt(body: bytes):
    assert bounces.receipts_of(SECTION, body, AT) == []
