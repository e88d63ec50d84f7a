"""Sealed letters: opened when they are WeCom's or WeChat's own, refused in every other case before anything is believed."""

from dataclasses import replace

import pytest

from coldchain.errors import BadInput
from coldchain.providers import sealed
from coldchain.providers.sealed import Forged, Seal
from tests.fakes.letters import AES_KEY, TOKEN, Office

AT = 1_795_000_000_000
OURS = Seal.of(TOKEN, AES_KEY, "ww1f2e3d4c5b6a7988")
OFFICE = Office("ww1f2e3d4c5b6a7988")
EVENT = {"MsgType": "event", "EventKey": "seen K7M2Q9", "Content": "确认 <&> ]]"}

# The vendor's own sample, of the page on receiving messages.
SAMPLE = Seal.of("QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", "wx5823bf96d3bd56c7")
SAMPLE_ECHO = {
    "msg_signature": "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3",
    "timestamp": "1409659589",
    "nonce": "263014780",
    "echostr": "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ==",
}
SAMPLE_QUERY = {
    "msg_signature": "477715d11cdb4164915debcba66cb864d751f3e6",
    "timestamp": "1409659813",
    "nonce": "1372623149",
}
SAMPLE_TEXT = (
    "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/sYYvuJTs3TUUk"
    "SUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwGc2hgf5gsijff0ekU"
    "NXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUax5wLVMNS0+rU"
    "PA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIGHBZZIs2pDBS8R07+"
    "qN+E7Q=="
)


def test_the_vendors_own_sample_of_a_url_check_is_opened():
    assert sealed.echo(SAMPLE, SAMPLE_ECHO, 1409659589_000) == b"1616140317555161061"


def test_the_vendors_own_sample_of_a_message_is_opened():
    body = f"<xml><ToUserName><![CDATA[x]]></ToUserName><Encrypt><![CDATA[{SAMPLE_TEXT}]]></Encrypt></xml>".encode()
    letter = sealed.opened(SAMPLE, SAMPLE_QUERY, body, 1409659813_000)
    assert (letter["FromUserName"], letter["Content"]) == ("mycreate", "hello")


@pytest.mark.parametrize("length", [0, 1, 11, 12, 13, 31, 32, 33, 2048])
def test_a_letter_of_any_length_is_opened(length: int):
    letter = OFFICE.letter({"Content": "温" * length, "MsgType": "text"}, AT)
    assert sealed.opened(OURS, letter.query, letter.body, AT)["Content"] == "温" * length


def test_a_letter_brings_its_fields():
    letter = OFFICE.letter(EVENT, AT)
    assert sealed.opened(OURS, letter.query, letter.body, AT) | {"xml": ""} == {**EVENT, "xml": ""}


def test_our_answer_is_opened_by_the_platform():
    root = OFFICE.opened(sealed.sealed_answer(OURS, "<xml><A>已处理</A></xml>".encode(), AT))
    assert root.findtext("A") == "已处理"


@pytest.mark.parametrize(
    "office",
    [replace(OFFICE, token="another"), replace(OFFICE, aes_key=AES_KEY[::-1]), replace(OFFICE, receiver="wwanother")],
    ids=["token", "key", "receiver"],
)
def test_a_letter_of_somebody_else_is_forged(office: Office):
    letter = office.letter(EVENT, AT)
    with pytest.raises(Forged):
        sealed.opened(OURS, letter.query, letter.body, AT)


@pytest.mark.parametrize("name", ["msg_signature", "timestamp", "nonce"])
def test_a_letter_without_or_with_another_parameter_is_forged(name: str):
    letter = OFFICE.letter(EVENT, AT)
    for query in ({**letter.query, name: "1795000001"}, {k: v for k, v in letter.query.items() if k != name}):
        with pytest.raises(Forged):
            sealed.opened(OURS, query, letter.body, AT)


def test_a_changed_body_is_forged_wherever_it_is_changed():
    letter = OFFICE.letter(EVENT, AT)
    start = letter.body.index(b"<Encrypt><![CDATA[") + len(b"<Encrypt><![CDATA[")
    for place in range(start, letter.body.index(b"]]></Encrypt>"), 7):
        other = b"A" if letter.body[place : place + 1] != b"A" else b"B"
        with pytest.raises(Forged):
            sealed.opened(OURS, letter.query, letter.body[:place] + other + letter.body[place + 1 :], AT)


@pytest.mark.parametrize("later_s", [-601, 601, 86400])
def test_an_old_letter_is_not_believed_again(later_s: int):
    letter = OFFICE.letter(EVENT, AT)
    with pytest.raises(Forged, match="timestamp"):
        sealed.opened(OURS, letter.query, letter.body, AT + later_s * 1000)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not xml",
        b"<xml><Encrypt>",
        b"<xml></xml>",
        b'<!DOCTYPE x [<!ENTITY a "aaaa">]><xml><Encrypt>&a;</Encrypt></xml>',
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><xml/>',
        b"<xml>" + b"<a>" * 10 + b"x" * (64 * 1024),
        "<xml><Encrypt>é".encode("latin-1"),
    ],
)
def test_a_body_that_no_platform_sends_is_forged(body: bytes):
    with pytest.raises(Forged):
        sealed.opened(OURS, OFFICE.letter(EVENT, AT).query, body, AT)


@pytest.mark.parametrize("text", ["", "AAAA", "!!!!", "QUJD" * 8])
def test_what_is_signed_but_not_sealed_is_forged(text: str):
    signature = OFFICE.signature(str(AT // 1000), "n", text)
    query = {"msg_signature": signature, "timestamp": str(AT // 1000), "nonce": "n"}
    with pytest.raises(Forged):
        sealed.opened(OURS, query, f"<xml><Encrypt>{text}</Encrypt></xml>".encode(), AT)


@pytest.mark.parametrize("aes_key", ["", "short", AES_KEY + "x", "!" * 43])
def test_a_wrong_aes_key_is_refused_when_it_is_read(aes_key: str):
    with pytest.raises(BadInput, match="43 characters"):
        Seal.of(TOKEN, aes_key, "ww1")


def test_a_seal_does_not_print_its_secrets():
    assert TOKEN not in repr(OURS)
    assert str(OURS.key) not in repr(OURS)
