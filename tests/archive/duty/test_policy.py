"""What a policy may say: the shipped one holds, and each mistake is refused by its field."""

from typing import Any

import pytest

from coldchain.archive.duty.policy import MemberKind, member_of, policy_of, read, shipped, written
from coldchain.archive.duty.words import Means, carriers, means_of
from coldchain.errors import BadInput
from coldchain.excursion import Severity
from tests.archive.duty.books import STEP, policy


def test_what_ships_names_its_source_and_how_sure_that_is():
    assert "GSP annex 3" in shipped().source
    assert shipped().certainty == "practice"
    assert shipped().people == 3
    assert [step.after_min for step in shipped().levels(Severity.CRITICAL)] == [0, 10, 20]
    assert shipped().levels(Severity.CRITICAL)[0].channels[0] == "voice"


def test_what_is_written_can_be_sent_again():
    assert policy_of(written(shipped())) == shipped()


@pytest.mark.parametrize(
    ("step", "field"),
    [
        ({"members": ["guardian"]}, "members"),
        ({"members": ["rota:0"]}, "members"),
        ({"members": []}, "members"),
        ({"channels": ["pigeon"]}, "channels"),
        ({"channels": []}, "channels"),
        ({"channels": ["sms", "wecom"]}, "channels"),  # a critical alarm that calls nobody
        ({"severity": "note"}, "severity"),
        ({"after_min": 5}, "after_min"),
        ({"repeat_min": -1}, "repeat_min"),
        ({"receipt_min": 0}, "receipt_min"),
        ({"colour": "red"}, "policy"),
    ],
)
def test_a_step_that_cannot_be_is_refused_by_its_field(step: dict[str, Any], field: str):
    with pytest.raises(BadInput) as refused:
        policy(step)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"people": 2}, "people"),
        ({"source": " "}, "source"),
        ({"quiet": {"from": "25:00", "until": "07:00"}}, "quiet.from"),
        ({"quiet": {"from": "22:00", "until": "7"}}, "quiet.until"),
        ({"quiet": {"from": "22:00", "until": "07:00", "rest_until": "9"}}, "quiet.rest_until"),
        ({"quiet": {"from": "22:00", "until": "07:00", "rest_until": "06:00"}}, "quiet.rest_until"),
        ({"quiet": {"from": "22:00", "until": "07:00", "rest_until": "22:00"}}, "quiet.rest_until"),
        ({"tail_min": -5}, "tail_min"),
        ({"silence_h": 1000.0}, "silence_h"),
        ({"steps": []}, "steps"),
        ({"steps": [STEP, STEP]}, "after_min"),
    ],
)
def test_a_policy_that_cannot_be_is_refused_by_its_field(fields: dict[str, Any], field: str):
    with pytest.raises(BadInput) as refused:
        policy({}, **fields)
    assert refused.value.field == field


def test_a_file_that_is_no_toml_is_refused_with_its_name():
    with pytest.raises(BadInput, match=r"ours\.toml"):
        read("title = ", "ours.toml")


def test_members_are_written_in_few_words():
    assert member_of("keeper@519921000?") == member_of("keeper@519921000?")
    found = member_of("keeper@519921000?")
    assert (found.kind, found.post, found.facility, found.is_optional) == (MemberKind.POST, "keeper", "519921000", True)
    assert (member_of("rota:12").number, member_of("desk").kind) == (12, MemberKind.DESK)


def test_a_channel_says_its_means_and_a_means_is_carried_by_what_is_open():
    assert [means_of(name) for name in ("voice", "tencent_voice", "modem", "robot")] == [
        Means.VOICE, Means.VOICE, Means.SMS, None,
    ]  # fmt: skip
    opened = ["aliyun_voice", "aliyun_sms", "tencent_sms", "modem", "page"]
    assert carriers("sms", opened) == ["aliyun_sms", "tencent_sms", "modem"]
    assert carriers("tencent_sms", opened) == ["tencent_sms"]
    assert carriers("tencent_voice", opened) == []
