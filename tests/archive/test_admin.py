"""`coldchain token`, `user` and `import`: the words for whoever runs the machine."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from coldchain import admin
from coldchain.archive import audit, people
from coldchain.archive.db import Archive
from coldchain.archive.pages import Asked
from coldchain.errors import BadInput
from coldchain.settings import ArchiveSettings
from tests.archive.small import COUNTY, TOML, fill


def run(app: typer.Typer, settings: ArchiveSettings, *words: str, stdin: str = "") -> Result:
    """In a thread: a command makes its own loop."""
    runner = CliRunner(env={"COLDCHAIN_ARCHIVE__URL": settings.url.get_secret_value(), "NO_COLOR": "1"})
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
        [entry] = (await audit.listed(tx, Asked(), entity="token")).items
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


def test_the_first_word_on_a_new_machine_makes_the_archive(fresh_url: str):
    """As a process, as somebody at a terminal starts it."""
    command = [sys.executable, "-c", "from coldchain.cli import main; main()", "token", "create", "--role", "auditor"]
    made = subprocess.run(
        command, env=os.environ | {"COLDCHAIN_ARCHIVE__URL": fresh_url}, capture_output=True, text=True, check=False
    )
    assert made.stdout.startswith("cct_")
    assert made.stderr == ""
