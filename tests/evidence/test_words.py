"""`coldchain verify`, `evidence`, `retention` as somebody types them, on a site's folder."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from coldchain.admin.evidence import evidence, retention, verify
from coldchain.errors import BadInput
from tests.archive.small import PROBE
from tests.evidence.cast import MIDNIGHT
from tests.evidence.conftest import Site


@pytest.fixture
def engine() -> str:
    return "sqlite"


def typed(app: Any, *words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def folder(site: Site, tmp_path: Path) -> Path:
    """A copy of the site's folder, as an auditor carries it away: its files alone."""
    copy = tmp_path / "copy"
    copy.mkdir()
    for name, path in (
        ("archive", site.archive_settings.url.get_secret_value().removeprefix("sqlite:///")),
        ("series", site.series_settings.path),
    ):
        with sqlite3.connect(path) as there, sqlite3.connect(copy / f"{name}.sqlite") as here:
            there.backup(here)
    return copy


async def in_thread(app: Any, *words: object) -> Result:
    """The words begin a loop of their own."""
    import asyncio  # noqa: PLC0415 - for this alone

    return await asyncio.to_thread(typed, app, *words)


async def test_a_whole_site_says_so_and_that_a_root_was_not_given(folder: Path):
    said = await in_thread(verify, "--data", folder)
    assert (said.exit_code, said.output.splitlines()[0][:6]) == (0, "whole:")
    assert "no root was given" in said.output


async def test_a_broken_site_names_the_first_break_and_ends_with_one(folder: Path):
    with sqlite3.connect(folder / "archive.sqlite") as archive:
        archive.execute("update lot set expires_on = '2031-01-01'")
    said = await in_thread(verify, "--data", folder)
    assert said.exit_code == 1
    assert "first: row lot/HepB-A1: differs in expires_on" in said.output
    answer = json.loads((await in_thread(verify, "--data", folder, "--json")).output)
    assert (answer["ok"], answer["found"], answer["findings"][0]["where"]) == (False, 1, "lot/HepB-A1")


async def test_a_root_is_taken_and_looked_for(folder: Path):
    root = json.loads((await in_thread(evidence, "root", "--data", folder, "--json")).output)
    assert root["n"] == 2
    assert (await in_thread(verify, "--data", folder, "--root", root["hash"])).exit_code == 0
    assert (await in_thread(verify, "--data", folder, "--root", "f" * 64)).exit_code == 1
    assert "proves nothing while it stays here" in (await in_thread(evidence, "root", "--data", folder)).output


async def test_an_export_is_written_and_verified_alone(folder: Path, tmp_path: Path):
    out = tmp_path / "e.zip"
    assert (await in_thread(evidence, "export", "--out", out, "--data", folder, "--json")).exit_code == 0
    said = await in_thread(verify, "--export", out, "--json")
    assert (said.exit_code, json.loads(said.output)["days_sealed"]) == (0, 6)


async def test_retention_says_that_nothing_is_deleted_by_itself(folder: Path):
    said = json.loads((await in_thread(retention, "show", "--data", folder, "--json")).output)
    assert (said["deletes_by_itself"], said["term"], said["acts"]) == (False, "china-vaccine-law", [])
    asked = await in_thread(retention, "ask", "--channel", PROBE, "--start", MIDNIGHT, "--end", MIDNIGHT + 86_400_000, "--data", folder, "--json")  # fmt: skip
    assert json.loads(asked.output)["lots"][0]["kept_until"] == "2033-11-28"


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        (["--data", "nowhere"], "nowhere holds no site"),
        (["--data", "x", "--settings", "y"], "--settings is named too"),
        (["--export", "x", "--data", "y"], "a site is named too"),
        (["--export", "nothing.zip"], "name a file made by `coldchain evidence export`"),
    ],
)
def test_what_names_no_site_is_refused(words: list[str], wrong: str):
    found = typed(verify, *words).exception
    assert isinstance(found, BadInput)
    assert wrong in str(found)
