"""What a site is told at its start about ways that will never hear what it may count on."""

import logging
from typing import Any

import pytest

from coldchain.providers.hearing import deaf
from coldchain.providers.opening import open_channels
from coldchain.providers.settings import ChannelsSettings
from tests.providers import sections

URL = {"url": "http://127.0.0.1:1/"}
MAIL = {"host": "h", "sender": "a@b.example"}
WECOM = {"corp_id": "ww1", "agent_id": 1, "secret": "s"}
SEALED = {"callback_token": "t", "aes_key": "a" * 43}
HEARS = {"callback_token": "a-token"}


def settings(name: str, section: dict[str, Any]) -> ChannelsSettings:
    return ChannelsSettings.model_validate({name: URL | section if name != "mail" else section})


@pytest.mark.parametrize(
    ("name", "section", "words"),
    [
        ("tencent_voice", sections.TENCENT_VOICE | sections.TENCENT, "neither a pressed key nor what became of a call"),
        ("tencent_sms", sections.TENCENT_SMS | sections.TENCENT, "support has opened the queues"),
        ("aliyun_voice", sections.ALIYUN_VOICE | sections.ALIYUN, "a pressed key is never heard"),
        ("aliyun_voice", sections.ALIYUN_VOICE | sections.ALIYUN | HEARS | {"show_number": ""}, "buy a number"),
        ("aliyun_sms", sections.ALIYUN_SMS | sections.ALIYUN, "a text that somebody answers"),
        ("wecom", WECOM, "no button"),
        ("mail", MAIL, "read by nobody"),
    ],
)
def test_what_is_never_heard_is_named_with_its_cure(name: str, section: dict[str, Any], words: str):
    [line] = deaf(settings(name, section))
    assert line.startswith(f"channels.{name}: ")
    assert words in line


@pytest.mark.parametrize(
    ("name", "section"),
    [
        ("tencent_voice", sections.TENCENT_VOICE | sections.TENCENT | HEARS),
        ("tencent_sms", sections.TENCENT_SMS | sections.TENCENT | HEARS),
        ("aliyun_voice", sections.ALIYUN_VOICE | sections.ALIYUN | HEARS),
        ("aliyun_sms", sections.ALIYUN_SMS | sections.ALIYUN | HEARS),
        ("wecom", WECOM | SEALED),
        ("mail", MAIL | {"maildir": {"folder": "/var/mail/bounce"}}),
        ("webhook", {"secret": "of sixteen characters"}),
    ],
)
def test_a_way_that_hears_all_it_can_is_not_spoken_of(name: str, section: dict[str, Any]):
    assert deaf(settings(name, section)) == []


async def test_it_is_said_when_the_ways_are_opened(caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.WARNING):
        async with open_channels(settings("tencent_voice", sections.TENCENT_VOICE | sections.TENCENT)):
            pass
    assert "channels.tencent_voice: neither a pressed key" in caplog.text
