"""docs/audit.md: whoever recomputes the chains by it finds the chain of every kind of row that the programme decides."""

import re
from pathlib import Path

from coldchain.archive.audited import DECIDED
from coldchain.archive.migrations.adopting import ANCHORS
from coldchain.archive.rows import table_of

PAGE = (Path(__file__).parents[2] / "docs" / "audit.md").read_text()


def test_its_table_of_streams_names_every_table_that_machines_decide():
    rows = re.findall(r"^\| ((?:`[a-z_]+`(?:, )?)+) \| (.+) \|$", PAGE, re.MULTILINE)
    named = {name: key for names, key in rows for name in re.findall(r"`([a-z_]+)`", names)}
    decided = {table_of(kind).name for kind in DECIDED}
    assert decided <= named.keys()
    assert decided == ANCHORS.keys() | {"excursion_revision"}
    numbered = {name for name in decided if "no crc32" in named[name]}
    assert numbered == {name for name, anchor in ANCHORS.items() if anchor in {"id", "alarm", "person"}}
