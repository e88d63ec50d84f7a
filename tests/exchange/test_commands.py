"""The words `import --as`, `export` and `scan`, as they are typed."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from typer import Typer
from typer.testing import CliRunner, Result

from coldchain.admin import import_
from coldchain.admin.sheets import export, scan
from coldchain.archive.db import Archive
from coldchain.settings import ArchiveSettings
from tests.archive.small import fill

Typed = Callable[..., Result]
STOCK = "单位编码,疫苗,生产企业,PH,有效期至,人份数\n511900012,HepB,甲公司,N1,2027-06-30,40\nF9,HepB,甲公司,N1,2027-06-30,5\n"
STRIP = "Time,Temp\n2026-01-03 12:00,4.5\n2026-01-03 12:05,5.0\n"
ROOM = ("--compartment", "511900012-BX1/cold")


@pytest.fixture
def engine() -> str:
    return "sqlite"


@pytest.fixture
async def typed(archive: Archive, settings: ArchiveSettings) -> Typed:
    await fill(archive)
    runner = CliRunner(env={"COLDCHAIN_ARCHIVE__URL": settings.url.get_secret_value(), "NO_COLOR": "1"})

    def run(word: Typer, *said: object) -> Result:
        """In a thread: a command makes its own loop."""
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(runner.invoke, word, [str(each) for each in said]).result()

    return run


def test_a_platforms_sheet_is_imported_by_its_mapping_and_its_faults_are_told(typed: Typed, tmp_path: Path):
    file = tmp_path / "stock.csv"
    file.write_text(STOCK)
    said = typed(import_, "--save-mapping", "platform", "--as", "stock", "--title", "PH=number")
    assert "--as stock --mapping platform" in said.output
    assert "platform\tstock\tPH=number" in typed(import_, "--mappings").output
    tried = typed(import_, file, "--as", "stock", "--mapping", "platform", "--dry-run", "--json")
    assert json.loads(tried.output)["dry_run"] is True
    done = typed(import_, file, "--as", "stock", "--mapping", "platform")
    assert done.exit_code == 1
    assert "entered: 1, unchanged: 0, faults: 1" in done.output
    assert "3 单位编码: 档案中没有“F9”，请先录入或更正编码 / facility: 'F9' is not in the archive" in done.output
    found = typed(scan, "(01)06901234567892(17)270630(10)N1", "--facility", "511900012")
    assert "40 doses: free 40" in found.output


def test_a_strip_is_imported_with_who_signs_for_it(typed: Typed, tmp_path: Path):
    file = tmp_path / "strip.csv"
    file.write_text(STRIP)
    unsigned = typed(import_, file, "--as", "strips", *ROOM)
    assert "--signed-by" in str(unsigned.exception)
    done = typed(import_, file, "--as", "strips", *ROOM, "--signed-by", "李小琴", "--serial", "S1")
    assert "entered: 1" in done.output
    assert (
        "unchanged: 1"
        in typed(import_, file, "--as", "strips", *ROOM, "--signed-by", "李小琴", "--serial", "S1").output
    )


def test_a_table_is_written_in_the_format_of_its_file(typed: Typed, tmp_path: Path):
    out = tmp_path / "facilities.json"
    assert "2 rows of facilities" in typed(export, "facilities", "--out", out).output
    assert [row["code"] for row in json.loads(out.read_text())["items"]] == ["511900012", "511900013"]
    assert "is no dataset" in str(typed(export, "cars", "--out", out).exception)
