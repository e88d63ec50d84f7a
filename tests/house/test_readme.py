"""The README's promises: its Chinese twin says the same, its lists are complete; of its commands `test_told_commands`."""

import re
import subprocess
from pathlib import Path

import pytest

from coldchain import wire

ROOT = Path(__file__).parents[2]
ENGLISH = (ROOT / "README.md").read_text()
CHINESE = (ROOT / "README.zh-CN.md").read_text()


def blocks(text):
    return re.findall(r"^```[a-z]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def test_both_languages_give_the_same_commands_and_contracts():
    assert blocks(ENGLISH) == blocks(CHINESE)


def test_both_languages_have_the_same_sections_and_the_same_names():
    assert ENGLISH.count("\n## ") == CHINESE.count("\n## ")
    assert ENGLISH.count("\n| ") == CHINESE.count("\n| ")
    assert set(re.findall(r"`([^`\n]+)`", ENGLISH)) == set(re.findall(r"`([^`\n]+)`", CHINESE))


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\bmake ([a-z]+)\b", ENGLISH))))
def test_every_make_target_that_is_named_is_there(target):
    subprocess.run(["make", "-n", target], cwd=ROOT, check=True, capture_output=True)


def test_every_file_and_folder_that_is_named_is_there():
    for name in re.findall(
        r"`((?:deploy|docs|tests|bench|coldchain|gateway|collector|alerting|dashboards|firmware_sim)/[^`]*)`", ENGLISH
    ):
        assert (ROOT / name).exists(), name


def test_every_topic_and_every_refusal_is_told():
    for what in ("readings", "stored", "health"):
        assert wire.topic_of("{gateway}", what) in ENGLISH
    assert f"coldchain/{wire.VERSION}/feed/{{shard}}" in ENGLISH
    for refusal in wire.Refusal:
        assert f"`{refusal}`" in ENGLISH


def test_links_lead_somewhere():
    for text in (ENGLISH, CHINESE):
        for link in re.findall(r"\]\(([^)#]+)\)", text):
            assert (ROOT / link).exists(), link
