"""The words `alarms who` and `duty` at a terminal, on a site's folder and on a settings file."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from coldchain.admin.alarms import alarms
from coldchain.admin.duty import duty
from coldchain.archive.db import open_archive
from coldchain.errors import BadInput
from tests.archive.small import COUNTY, fill
from tests.parts.archives import on_sqlite

AT = "2026-11-22T03:10+08:00"


@pytest.fixture
async def site(tmp_path: Path) -> Path:
    """A folder as `coldchain demo` keeps one."""
    async with open_archive(on_sqlite(tmp_path)) as archive:
        await fill(archive)
    found = next(tmp_path.rglob("archive.sqlite"))
    (found.parent / "ours.toml").write_text(f'[archive]\nurl = "sqlite:///{found}"\n')
    return found.parent


@pytest.fixture
def said(site: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    def run(*words: str) -> Any:
        duty([*words, "--settings", str(site / "ours.toml"), "--json"], standalone_mode=False)
        return json.loads(capsys.readouterr().out)

    return run


def who(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    alarms(["who", *words, "--at", AT, "--json"], standalone_mode=False)
    return json.loads(capsys.readouterr().out)


def test_who_is_told_is_asked_of_a_folder(site: Path, capsys: pytest.CaptureFixture[str]):
    found = who(capsys, "--equipment", "511900012-BX1", "--data", str(site))
    assert [each["after_min"] for each in found["levels"]] == [0]
    assert found["levels"][0]["people"] == []  # Li has no post yet: nobody is keeper
    assert "nobody is keeper of 511900012" in found["levels"][0]["gaps"]


def test_an_unknown_piece_is_refused_by_name(site: Path, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(BadInput, match="'X' is not in the archive"):
        who(capsys, "--equipment", "X", "--data", str(site))


def test_a_policy_is_printed_changed_and_entered(
    site: Path, said: Callable[..., Any], capsys: pytest.CaptureFixture[str]
):
    duty(["default"], standalone_mode=False)
    text = capsys.readouterr().out
    (site / "mine.toml").write_text(text.replace('["night_phone", "keeper"]', '["person:1"]'))
    entered = said("enter", str(site / "mine.toml"), "--region", COUNTY)
    assert (entered["id"], entered["region"], entered["title"]) == (1, COUNTY, "default")
    alarms(["who", "--facility", "511900012", "--data", str(site), "--json"], standalone_mode=False)
    assert json.loads(capsys.readouterr().out)["levels"][0]["people"][0]["name"] == "李小琴"
    assert [each["id"] for each in said("policies")["items"]] == [1]


def test_a_file_that_is_no_policy_is_refused(site: Path, said: Callable[..., Any]):
    (site / "bad.json").write_text("[1]")
    with pytest.raises(BadInput, match="it is no policy"):
        said("enter", str(site / "bad.json"))
    with pytest.raises(BadInput, match="No such file"):
        said("enter", str(site / "none.toml"))


def test_a_desk_is_set_up_at_a_terminal(said: Callable[..., Any]):
    desk = said("rota-add", "--name", "县值班", "--region", COUNTY, "--desk")
    words = ["--rota", str(desk["id"]), "--person", "1", "--from", AT]
    turn = said("turn", *words, "--day", "mon", "--hours", "18:00-08:00")
    assert (turn["from_min"], turn["to_min"]) == (1080, 1920)
    with pytest.raises(BadInput, match="--day"):
        said("turn", *words, "--day", "montag")
    with pytest.raises(BadInput, match="--hours"):
        said("turn", *words, "--day", "mon", "--hours", "abends")
    assert said("rotas")["items"][0]["turns"][0]["person"] == 1


def test_gaps_and_numbers_to_ask_for_are_listed(said: Callable[..., Any]):
    assert {each["kind"] for each in said("gaps")["items"]} >= {"nobody", "post_vacant"}
    assert [each["person"] for each in said("due")["items"]] == [1]


def test_how_every_number_stands_is_listed(site: Path, said: Callable[..., Any], capsys: pytest.CaptureFixture[str]):
    [hers] = said("numbers")["items"]
    assert (hers["name"], hers["standing"], hers["in_vain"]) == ("李小琴", "due", 0)
    word = ("--person", "1", "--kind", "mobile", "--address", "13800138000", "--actor", "吴")
    duty(["say", *word, "--said", "confirmed", "--settings", str(site / "ours.toml")], standalone_mode=False)
    capsys.readouterr()
    assert said("numbers")["items"] == []
    assert [each["standing"] for each in said("numbers", "--standing", "confirmed")["items"]] == ["confirmed"]
    duty(["say", *word, "--said", "wrong", "--settings", str(site / "ours.toml")], standalone_mode=False)
    capsys.readouterr()
    duty(["numbers", "--settings", str(site / "ours.toml")], standalone_mode=False)
    assert "李小琴\tmobile\t+8613800138000\twrong" in capsys.readouterr().out
