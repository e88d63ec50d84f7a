"""docs/rules.md: its examples are read as they stand there, its table names every pack that is shipped."""

import re
from pathlib import Path

from alerting.excursion.policy import load_policy
from alerting.excursion.rules import SHIPPED, load_pack

PAGE = (Path(__file__).parents[2] / "docs" / "rules.md").read_text()
PACK, WHEN = re.findall(r"^```toml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


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
