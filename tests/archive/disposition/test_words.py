"""`coldchain dossier`: from the frozen evidence to the witness, at the terminal."""

import json
from pathlib import Path
from typing import Any

import pytest

from coldchain.admin.dossiers import dossier
from coldchain.archive import people
from coldchain.archive.people import Role, User
from coldchain.errors import BadInput
from coldchain.series.embedded import EmbeddedSeries
from coldchain.settings import ArchiveSettings
from tests.archive.disposition.cast import CLINIC, LOT, Ward
from tests.archive.small import COUNTY, NURSE
from tests.archive.test_admin import run

PASSWORDS = {"li": "a refrigerator stands in a clinic", "zhao": "and another one in the county"}


@pytest.fixture
async def signers(ward: Ward, tmp_path: Path) -> dict[str, str]:
    """Users with real passwords, each in a file."""
    places = {"li": (Role.CLINIC, None, CLINIC), "zhao": (Role.MANAGER, COUNTY, None)}
    files = {}
    for name, (role, region, facility) in places.items():
        hashed = await people.hash_password(PASSWORDS[name])
        async with ward.archive.writing() as tx:
            user = User(name=name, display=name, role=role, region=region, facility=facility)
            await people.create_user(tx, user, hashed, NURSE)
        file = tmp_path / name
        file.write_text(PASSWORDS[name] + "\n")
        files[name] = str(file)
    return files


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_a_destruction_is_decided_and_carried_out_at_the_terminal(
    ward: Ward, settings: ArchiveSettings, signers: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("COLDCHAIN_SERIES__PATH", str(tmp_path / "series.sqlite"))
    async with EmbeddedSeries.open(tmp_path / "series.sqlite", writer=True):
        pass  # the collector was here
    scan = tmp_path / "scan.txt"
    scan.write_text("不可使用")

    def say(*words: str) -> dict[str, Any]:
        done = run(dossier, settings, *words, "--json")
        assert done.exit_code == 0, done.exception
        said: dict[str, Any] = json.loads(done.stdout)
        return said

    assert [each["id"] for each in say("list", "--state", "open")["items"]] == [1]
    assert say("lot", LOT)["items"] == say("list")["items"]
    say("freeze", "1")
    words = ["--verdict", "not_usable", "--author", "陈", "--organisation", "蜀原", "--dated", "2026-07-02"]
    say("opinion", "1", "--lot", LOT, *words, "--file", str(scan))
    report = ["--article", "73", "--authority", "drug", "--told", "药监局", "--at", "2026-07-02T00:00:00+08:00"]
    assert say("report", "1", *report, "--file", str(scan))["reports_due"] == [["73", "health"]]
    [photo] = say("document", "1", "--photo", "--file", str(scan))["papers"]
    assert say("withdraw", "1", "document", str(photo["id"]))["papers"][0]["withdrawn_at"]
    say("propose", "1", "--version", "1", "--line", f"{LOT} 511900012-BX1/cold 70 destroy")
    for user, file in signers.items():
        say("sign", "1", "--proposal", "1", "--user", user, "--password-file", file)
    said = say("show", "1")
    assert said["dossier"]["state"] == "decided"
    at = said["proposals"][0]["decided_at"]
    words = ["--outcome", "destroy", "--name", "周", "--organisation", "药监局", "--at", str(at)]
    say("witness", "1", *words, "--file", str(scan))
    assert await ward.holds() == [("c1", ward.cold, 70, "destroyed")]
    told = run(dossier, settings, "show", "1").stdout
    assert "proposal 1\tdecided\tli, zhao" in told
    assert json.loads(run(dossier, settings, "show", "1", "--evidence", "1").stdout)["dossier"]["version"] == 1
    appended = say("told", "1")
    assert (appended["version"], appended["new"], appended["changed"], appended["alarms"]) == (1, [], [], [])
    assert run(dossier, settings, "told", "1").stdout.startswith("dossier 1 version 1\t")


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        ("show 7", "dossier: there is no dossier 7"),
        ("open c9 F9", "excursion: 'c9' holds nothing at 'F9'"),
        ("propose 1 --version 1 --line nonsense", "--line: 'nonsense' cannot be read"),
        ("document 1 --file /no/such", "--file: /no/such: No such file or directory"),
        ("sign 1 --proposal 1 --user nobody --password-file {file}", "password: it is not that of 'nobody'"),
    ],
)
async def test_what_cannot_be_is_refused_at_the_terminal_too(
    ward: Ward, settings: ArchiveSettings, words: str, wrong: str, tmp_path: Path
):
    assert ward.now
    (tmp_path / "password").write_text("a wrong one, surely")
    error = run(dossier, settings, *(each.format(file=tmp_path / "password") for each in words.split())).exception
    assert isinstance(error, BadInput)
    assert wrong in str(error)
