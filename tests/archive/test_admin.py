"""`coldchain token`, `rules`, `occasion` …: the words for whoever runs the machine or answers for a county."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import typer
from msgspec.structs import replace
from typer.testing import CliRunner, Result

from coldchain import admin
from coldchain.admin.equipment import equipment as equipment_words
from coldchain.archive import chains, documents, journal, people, rule_packs
from coldchain.archive.db import Archive
from coldchain.archive.pages import Asked
from coldchain.archive.rule_packs import Version
from coldchain.errors import BadInput
from coldchain.settings import ArchiveSettings
from tests.archive.small import COUNTY, HOUR, NURSE, PROBE, T0, TOML, fill


def run(app: typer.Typer, settings: ArchiveSettings, *words: str, stdin: str = "", **env: str) -> Result:
    """In a thread: a command makes its own loop."""
    runner = CliRunner(env={"COLDCHAIN_ARCHIVE__URL": settings.url.get_secret_value(), "NO_COLOR": "1", **env})
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(runner.invoke, app, words, input=stdin).result()


@pytest.fixture
def password_file(tmp_path: Path) -> str:
    file = tmp_path / "password"
    file.write_text("a long enough password\n")
    return str(file)


async def test_a_token_made_at_the_terminal_opens_the_api_and_stands_in_the_trail(
    archive: Archive, settings: ArchiveSettings
):
    await fill(archive)
    made = run(admin.token, settings, "create", "--role", "auditor", "--region", COUNTY, "--actor", "root", "--json")
    answer = json.loads(made.stdout)
    assert (answer["role"], answer["region"]) == ("auditor", COUNTY)
    async with archive.reading() as tx:
        found = await people.find_token(tx, answer["token"])
        [entry] = (await chains.listed(tx, Asked(), entity="token")).items
    assert found is not None
    assert (entry.actor, entry.reason) == ("root", "command line")


async def test_a_token_is_listed_without_its_secret_and_revoked_by_its_number(
    archive: Archive, settings: ArchiveSettings
):
    secret = run(admin.token, settings, "create", "--role", "auditor", "--label", "审计").stdout.strip()
    listed = json.loads(run(admin.token, settings, "list", "--json").stdout)["items"]
    assert [(each["label"], each["revoked_at"]) for each in listed] == [("审计", None)]
    assert secret not in json.dumps(listed)
    assert run(admin.token, settings, "revoke", str(listed[0]["id"])).exit_code == 0
    async with archive.reading() as tx:
        assert await people.find_token(tx, secret) is None


@pytest.mark.parametrize(
    ("app", "words", "complaint"),
    [
        (admin.token, "create --role auditor --region 9", "region: '9' is not in the archive; import it first"),
        (admin.token, "revoke 9", "token: 9 is not one that is in use; see `coldchain token list`"),
        (admin.user, "disable li", "name: 'li' is no user; see `coldchain user list`"),
        (admin.import_, "/no/county.toml", "file: /no/county.toml: No such file or directory; name a file"),
        (admin.user, "create li --role auditor --password-file /no", "password-file: /no: "),
        (admin.rules, "choose --pack a --facility F9 --from 0", "facility: 'F9' is not in the archive; import it"),
        (admin.rules, "choose --pack a --compartment cold --from 0", "--compartment: it is in no equipment; name"),
        (admin.rules, "end 9 --at noon", "--at: 'noon' is no time; write 2026-07-03T16:00:00+08:00"),
        (admin.sessions, "list F9", "facility: 'F9' is not in the archive; import it first, or correct"),
        (admin.occasion, "withdraw 9", "occasion: 9 is not one that counts; choose one from the list"),
        (admin.sessions, "set F9 mon --from 0", "hours: 'mon' cannot be read; write \"mon 08:00-11:30\", days are mon"),
    ],
)
def test_what_cannot_be_is_bad_input_with_its_cure(
    settings: ArchiveSettings, app: typer.Typer, words: str, complaint: str
):
    error = run(app, settings, *words.split()).exception
    assert isinstance(error, BadInput)
    assert complaint in str(error)


def test_an_unknown_role_is_refused_with_those_there_are(settings: ArchiveSettings):
    ended = run(admin.token, settings, "create", "--role", "king")
    assert ended.exit_code == 2
    assert "auditor" in ended.stderr


async def test_a_user_logs_in_with_the_password_of_the_file_until_disabled(
    archive: Archive, settings: ArchiveSettings, password_file: str
):
    made = run(admin.user, settings, "create", "li", "--role", "manager", "--password-file", password_file)
    assert made.exit_code == 0
    assert await people.check_password(archive, "li", "a long enough password") is not None
    Path(password_file).write_text("quite another one")
    assert run(admin.user, settings, "password", "li", "--password-file", password_file).exit_code == 0
    assert await people.check_password(archive, "li", "a long enough password") is None
    assert await people.check_password(archive, "li", "quite another one") is not None
    assert run(admin.user, settings, "disable", "li").exit_code == 0
    assert await people.check_password(archive, "li", "quite another one") is None


async def test_a_county_is_imported_from_a_file_or_from_a_pipe(settings: ArchiveSettings, tmp_path: Path):
    (tmp_path / "small.toml").write_text(TOML, encoding="utf-8")
    first = run(admin.import_, settings, str(tmp_path / "small.toml"), "--json")
    assert json.loads(first.stdout)["movements"] == 2
    again = run(admin.import_, settings, "-", stdin=TOML)
    assert again.stdout == "nothing was to be changed\n"


CLINIC, FRIDGE = "511900012", "511900012-BX1"
NOON, EVENING = "2026-07-01T12:00:00+08:00", "2026-07-01T18:00:00+08:00"


def told(app: typer.Typer, settings: ArchiveSettings, *words: str) -> Any:
    ended = run(app, settings, *words, "--json")
    assert ended.exit_code == 0, ended.exception or ended.stderr
    return json.loads(ended.stdout)


async def test_a_pack_is_chosen_listed_ended_and_withdrawn(archive: Archive, settings: ArchiveSettings):
    await fill(archive)
    place = ["--equipment", FRIDGE, "--compartment", "cold"]
    chosen = told(admin.rules, settings, "choose", "--pack", "who-pqs", *place, "--from", NOON)
    assert (chosen["pack"], chosen["compartment"], chosen["equipment"]) == ("who-pqs", 1, None)
    run(admin.rules, settings, "choose", "--pack", "gsp", "--facility", CLINIC, "--from", NOON, "--until", EVENING)
    assert run(admin.rules, settings, "end", "1", "--at", EVENING, "--reason", "over").exit_code == 0
    assert run(admin.rules, settings, "withdraw", "2").exit_code == 0
    assert run(admin.rules, settings, "list", "--facility", CLINIC).stdout.splitlines() == [
        "1\twho-pqs\tcompartment 1\t2026-07-01T12:00+08:00 – 2026-07-01T18:00+08:00",
        "2\tgsp\tfacility 511900012\t2026-07-01T12:00+08:00 – 2026-07-01T18:00+08:00\twithdrawn",
    ]
    async with archive.reading() as tx:
        trail = (await chains.listed(tx, Asked(), entity="rule_choice")).items
    assert [entry.reason for entry in trail] == ["command line", "command line", "over", "command line"]


async def test_the_packs_that_may_be_chosen_are_listed_with_their_sources(archive: Archive, settings: ArchiveSettings):
    version = Version(
        pack="county", version="1", valid_from=0, sha256="a", title_zh="县", title_en="County", source="notice 3",
        text="…",
    )  # fmt: skip
    gone = replace(version, pack="old", is_loaded=False)
    async with archive.writing() as tx:
        await rule_packs.load(tx, [version, gone], NURSE)
    [pack] = told(admin.rules, settings, "packs")["items"]
    assert (pack["pack"], pack["source"], "text" in pack) == ("county", "notice 3", False)
    assert run(admin.rules, settings, "packs").stdout == "county\t1\tfrom 1970-01-01T08:00+08:00\tCounty\tnotice 3\n"


async def test_an_empty_list_says_that_there_is_none(settings: ArchiveSettings):
    assert run(admin.rules, settings, "list").stdout == "none\n"


async def test_an_occasion_is_entered_listed_and_withdrawn(archive: Archive, settings: ArchiveSettings):
    await fill(archive)
    when = ["--from", NOON, "--until", EVENING]
    entered = told(admin.occasion, settings, "add", "--kind", "defrost", "--equipment", FRIDGE, *when, "--note", "月度")
    assert (entered["kind"], entered["note"]) == ("defrost", "月度")
    assert run(admin.occasion, settings, "withdraw", "1").exit_code == 0
    [line] = run(admin.occasion, settings, "list", "--since", NOON).stdout.splitlines()
    assert line == f"1\tdefrost\t{FRIDGE}\t2026-07-01T12:00+08:00 – 2026-07-01T18:00+08:00\t月度\twithdrawn"
    assert told(admin.occasion, settings, "list", "--since", EVENING)["items"] == []


async def test_an_outage_is_planned_once_for_all_that_hang_on_a_feeder(settings: ArchiveSettings, tmp_path: Path):
    toml = TOML.replace('gateway = "511900012-1"', 'gateway = "511900012-1"\nfeeder = "10kV 柳溪线"')
    assert run(admin.import_, settings, "-", stdin=toml).exit_code == 0
    outage = ["--kind", "planned_outage", "--feeder", "10kV 柳溪线", "--from", NOON, "--until", EVENING]
    assert run(admin.occasion, settings, "add", *outage).stdout.startswith("1\tplanned_outage\tfeeder 10kV 柳溪线\t")


async def test_the_week_of_a_clinic_is_set_and_listed(archive: Archive, settings: ArchiveSettings):
    await fill(archive)
    week = told(admin.sessions, settings, "set", CLINIC, "mon 08:00-11:30", "Fri 8:00-11:30", "--from", NOON)
    assert [(each["weekday"], each["from_min"], each["to_min"]) for each in week["items"]] == [
        (0, 480, 690),
        (4, 480, 690),
    ]
    assert run(admin.sessions, settings, "set", CLINIC, "--from", EVENING).stdout == "none\n"
    assert run(admin.sessions, settings, "list", CLINIC).stdout.splitlines() == [
        "1\tmon 08:00-11:30\t2026-07-01T12:00+08:00 – 2026-07-01T18:00+08:00",
        "2\tfri 08:00-11:30\t2026-07-01T12:00+08:00 – 2026-07-01T18:00+08:00",
    ]
    assert (
        told(admin.sessions, settings, "held", CLINIC, "--from", "2026-07-01", "--until", "2026-07-12")["items"] == []
    )
    run(admin.sessions, settings, "set", CLINIC, "mon 08:00-11:30", "--from", EVENING)
    held = told(admin.sessions, settings, "held", CLINIC, "--from", "2026-07-01", "--until", "2026-07-12")["items"]
    assert held == [{"day": "2026-07-06", "start": "08:00", "end": "11:30"}]
    assert run(admin.sessions, settings, "withdraw", "3").exit_code == 0
    assert run(admin.sessions, settings, "withdraw", "3").exception is not None


async def test_a_buffer_is_approved_listed_ended_and_withdrawn(archive: Archive, settings: ArchiveSettings):
    await fill(archive)
    how = ["--seconds", "900", "--source", "CDC 2026-14", "--approved-by", "张科长", "--from", NOON]
    assert told(admin.buffer, settings, "approve", PROBE, *how)["approved_by"] == "张科长"
    assert run(admin.buffer, settings, "end", "1", "--at", EVENING).exit_code == 0
    assert run(admin.buffer, settings, "withdraw", "1").exit_code == 0
    [line] = run(admin.buffer, settings, "list").stdout.splitlines()
    assert line.endswith("2026-07-01T18:00+08:00\tapproved by 张科长: CDC 2026-14\twithdrawn")


def test_a_certificate_is_added_listed_and_withdrawn(settings: ArchiveSettings):
    words = "add gw-1/28ff641e --certificate JL-1 --done 2026-03-01 --due 2027-02-28 --by metrology"
    assert told(admin.calibration, settings, *words.split())["due_on"] == "2027-02-28"
    assert run(admin.calibration, settings, "withdraw", "1").exit_code == 0
    listed = run(admin.calibration, settings, "list", "--device", "gw-1/28ff641e").stdout
    assert listed == "1\tgw-1/28ff641e\tJL-1\t2026-03-01 – 2027-02-28\tmetrology\twithdrawn\n"


def test_the_first_word_on_a_new_machine_makes_the_archive(fresh_url: str):
    """As a process, as somebody at a terminal starts it."""
    command = [sys.executable, "-c", "from coldchain.cli import main; main()", "token", "create", "--role", "auditor"]
    made = subprocess.run(
        command, env=os.environ | {"COLDCHAIN_ARCHIVE__URL": fresh_url}, capture_output=True, text=True, check=False
    )
    assert made.stdout.startswith("cct_")
    assert made.stderr == ""


async def test_a_compartment_is_put_to_another_use_and_says_what_it_was_for(
    archive: Archive, settings: ArchiveSettings
):  # fmt: skip
    await fill(archive)
    place = [FRIDGE, "frozen"]
    used = told(equipment_words, settings, "use", *place, "empty", "2-8", "--reason", "defrosted for good")
    assert [(each["purpose"], each["start"] is None) for each in used["items"]] == [
        ("ice_packs", True),
        ("empty", False),
    ]
    assert run(equipment_words, settings, "uses", *place).stdout.startswith("ice_packs\tice-packs\tever – ")
    refused = run(equipment_words, settings, "use", FRIDGE, "cold", "empty", "2-8")
    assert isinstance(refused.exception, BadInput)
    assert "holds 70 doses" in str(refused.exception)


async def test_the_past_is_corrected_with_a_paper_and_listed(archive: Archive, settings: ArchiveSettings):
    await fill(archive)
    async with archive.writing() as tx:
        await journal.set_newest_heard(tx, {PROBE: T0 + HOUR})
        paper = await documents.add(tx, "order.txt", b"who-pqs since noon", None, NURSE)
    choose = ["choose", "--pack", "who-pqs", "--equipment", FRIDGE, "--from", NOON]
    for more, words in (([], "reaches back"), (["--document", paper.sha256], "reason: nobody says why")):
        refused = run(admin.rules, settings, *choose, *more)
        assert words in str(refused.exception)
    told(admin.rules, settings, *choose, "--document", paper.sha256, "--reason", "ordered then")
    [entry] = told(admin.rules, settings, "backdated")["items"]
    assert (entry["entity"], entry["reason"], entry["document"]) == ("rule_choice", "ordered then", paper.sha256)
    assert "rule_choice/1 chosen\t2026-07-01T12:00+08:00 – still" in run(admin.rules, settings, "backdated").stdout
