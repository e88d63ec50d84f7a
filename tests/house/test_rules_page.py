"""docs/rules.md: its examples are read as they stand there, its table names every pack that is shipped."""

import re
from pathlib import Path

import pytest
import typer

from alerting.excursion.policy import load_policy
from alerting.excursion.rules import SHIPPED, load_pack
from coldchain import admin

PAGE = (Path(__file__).parents[2] / "docs" / "rules.md").read_text()
PACK, WHEN = re.findall(r"^```toml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
COMMANDS = re.findall(r"^coldchain (rules|occasion|sessions|buffer) (\w+)(.*(?:\\\n.*)*)", PAGE, re.MULTILINE)


def test_the_table_names_every_pack_that_is_shipped():
    assert set(re.findall(r"^\| `([a-z0-9-]+)` \|", PAGE, re.MULTILINE)) == {p.stem for p in SHIPPED.glob("*.toml")}


def test_the_pack_of_one_s_own_can_be_read(tmp_path):
    (tmp_path / "county.toml").write_text(PACK)
    pack = load_pack(str(tmp_path / "county.toml"))
    assert [rule.id for rule in pack.versions[0].rules] == [f"{pack.name}/heat"]


def test_the_row_of_a_policy_can_be_read(tmp_path):
    (tmp_path / "county.toml").write_text(f'policy = "county"\nsilence_while_out = "critical"\n{WHEN}')
    [row] = load_policy(str(tmp_path / "county.toml")).rows
    assert row.is_held


@pytest.mark.parametrize(("word", "command", "rest"), COMMANDS)
def test_its_commands_and_their_options_are_there(word, command, rest):
    known = typer.main.get_group(getattr(admin, word)).commands[command].params
    named = re.findall(r"--[a-z-]+", rest.partition("#")[0])
    assert set(named) <= {option for each in known for option in each.opts}
