"""Settings that could reach nobody are refused with the key and the cure."""

from typing import Any

import pytest
from pydantic import ValidationError

from coldchain.errors import BadInput
from coldchain.providers import opening
from coldchain.providers.opening import open_channels
from coldchain.providers.settings import ChannelsSettings
from tests.providers import sections


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"templates": {}}, "give templates.alarm its id"),
        ({"templates": {"alarm": {"id": "S", "variables": ["place", "place"]}}}, "a variable is named twice"),
        ({"templates": {"alarm": {"id": "S", "variables": ["where"]}}}, "Input should be 'place'"),
        (
            {"templates": {"alarm": {"id": "S", "variables": ["place"], "text": "${thing}"}}},
            "text and variables differ",
        ),
        ({"templates": {"alarm": {"id": "S", "variables": ["place"], "text": "{1}{2}"}}}, "text and variables differ"),
        ({"url": "dysmsapi.aliyuncs.com"}, "write https://host/"),
        ({"key_id": "a b"}, "key_id"),
        ({"key_secret": ""}, "key_secret"),
        ({"signature": "某县疾控"}, "Extra inputs"),
    ],
)
def test_a_section_that_cannot_work_is_refused(changes: dict[str, Any], words: str):
    with pytest.raises(ValidationError, match="1 validation error") as refused:
        sections.aliyun_sms("http://x/", **changes)
    assert words in str(refused.value)


def test_a_call_with_keys_needs_words_for_the_key():
    with pytest.raises(ValidationError, match="needs keyed_template"):
        sections.aliyun_voice("http://x/", keyed_template="")


def test_a_call_without_a_number_of_ones_own_has_two_variables():
    three = {"alarm": {"id": "T", "variables": ["place", "thing", "what"]}}
    with pytest.raises(ValidationError, match=r"templates\.alarm: .* at most 2"):
        sections.aliyun_voice("http://x/", show_number="", templates=three)


def test_a_secret_is_not_shown():
    assert "a-secret-of-tests" not in repr(sections.tencent_sms("http://x/"))


async def test_only_ways_with_a_section_are_opened():
    settings = ChannelsSettings(aliyun_sms=sections.aliyun_sms("http://x/"))
    async with open_channels(settings) as ways:
        assert list(ways) == ["aliyun_sms"]


async def test_a_way_whose_library_is_missing_names_what_to_install(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(opening.WAYS, "aliyun_sms", "no_such_library")
    settings = ChannelsSettings(aliyun_sms=sections.aliyun_sms("http://x/"))
    with pytest.raises(BadInput, match=r"channels\.aliyun_sms: no_such_library is not installed; install coldchain"):
        async with open_channels(settings):
            pass


def test_every_section_of_the_settings_has_a_way_and_every_way_a_section():
    assert set(ChannelsSettings.model_fields) == set(opening.WAYS)
