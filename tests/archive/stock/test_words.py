"""`coldchain vaccine`, `lot` and `stock` at the terminal."""

import json
from pathlib import Path

import pytest

from coldchain.admin import stock as words
from coldchain.archive import people
from coldchain.archive.stock import receiving
from coldchain.errors import BadInput
from coldchain.settings import ArchiveSettings
from tests.archive.stock.shop import CLINIC, KEEPER, NOW, OLD, RECORD, Shop, a_delivery
from tests.archive.test_admin import run

on_sqlite = pytest.mark.parametrize("engine", ["sqlite"])


@on_sqlite
async def test_a_catalogue_is_loaded_once_and_listed(settings: ArchiveSettings, tmp_path: Path):
    first = json.loads(run(words.vaccine, settings, "load", "--json").stdout)
    assert first == {"catalogue": "coldchain 2026.2", "changed": 34}
    assert json.loads(run(words.vaccine, settings, "load", "--json").stdout)["changed"] == 0
    own = tmp_path / "own.toml"
    own.write_text(
        'name = "ours"\nversion = "1"\nsource = "insert"\ncertainty = "read"\n'
        '[[vaccines]]\ncode = "X"\nname_zh = "疫苗"\nname_en = "X"\nfreeze_sensitive = true\n'
    )
    assert run(words.vaccine, settings, "load", "--catalogue", str(own)).stdout == "ours 1: 1 vaccines changed\n"
    listed = {each["code"]: each for each in json.loads(run(words.vaccine, settings, "list", "--json").stdout)["items"]}
    assert (listed["X"]["catalogue"], listed["BCG"]["certainty"]["light"]) == ("ours 1", "own-knowledge")
    said = run(words.vaccine, settings, "price", "X", "--fen", "8800", "--from", "2026-01-01", "--source", "文件")
    assert "88.00 CNY from 2026-01-01" in said.stdout


@on_sqlite
async def test_the_books_are_read_at_the_terminal(shop: Shop, settings: ArchiveSettings):
    async with shop.archive.writing() as tx:
        await receiving.receive(tx, a_delivery(shop, papers_complete=False, missing="x"), KEEPER)
        await receiving.receive(tx, a_delivery(shop, document="CK-8", arrival_c=9.0), KEEPER)
    here = json.loads(run(words.lot, settings, "list", "--facility", CLINIC, "--here", "--json").stdout)["items"]
    assert {each["id"]: each["doses"] for each in here} == {OLD: 70, "HepB-B2": 200}
    assert "511900012-BX1/cold\t70 doses\n" in run(words.lot, settings, "show", OLD).stdout
    lines = json.loads(run(words.stock, settings, "register", CLINIC, "--lot", OLD, "--json").stdout)["items"]
    assert [each["balance"] for each in lines] == [100, 70]
    assert run(words.stock, settings, "register", CLINIC).stdout.startswith("日期,")
    assert run(words.stock, settings, "fefo", CLINIC, "HepB", "9").stdout.startswith(f"9 doses\t{OLD}\t")
    assert run(words.stock, settings, "fefo", CLINIC, "HepB", "999").stdout.endswith("no more is free there\n")
    assert run(words.stock, settings, "labels").stdout.startswith("waiting\t200 doses\tHepB-B2")
    assert run(words.stock, settings, "due", "--facility", CLINIC).stdout.endswith("not told: drug, health authority\n")
    assert run(words.stock, settings, "rebuild", OLD).exit_code == 0


@on_sqlite
async def test_what_is_not_there_is_bad_input_with_its_cure(shop: Shop, settings: ArchiveSettings):
    for app, text, words_of_it in (
        (words.lot, "show L9", "lot: 'L9' is not in the archive"),
        (words.lot, "list --facility F9", "facility: 'F9' is not in the archive"),
        (words.stock, "register F9", "facility: 'F9' is not in the archive"),
        (words.stock, f"fefo {CLINIC} X 1", "vaccine: 'X' is not in the archive; load the catalogue"),
        (words.vaccine, "load --catalogue /none.toml", "file: No such file"),
    ):
        error = run(app, settings, *text.split()).exception
        assert isinstance(error, BadInput)
        assert words_of_it in str(error)


def file_of(tmp_path: Path, **values: object) -> str:
    """A JSON file with these values."""
    path = tmp_path / f"{len(list(tmp_path.iterdir()))}.json"
    path.write_text(json.dumps(values), encoding="utf-8")
    return str(path)


COLD = f"{CLINIC}-BX1/cold"


@on_sqlite
async def test_what_the_api_does_the_terminal_does(shop: Shop, settings: ArchiveSettings, tmp_path: Path):
    line = {"lot": "HepB-B2", "doses": 200, "compartment": COLD}
    delivery = file_of(
        tmp_path, facility=CLINIC, at="2026-07-03T08:00:00+08:00", document="CK-7", supplier="县疾控中心",
        transport="refrigerated_vehicle", arrival_c=4.6, record=RECORD, record_low_c=3, record_high_c=7,
        papers_complete=False, missing="批签发证明", lines=[line],
    )  # fmt: skip
    made = json.loads(run(words.stock, settings, "receive", delivery, "--json").stdout)
    assert made["state"] == "waiting"
    assert "accepted" in run(words.stock, settings, "complete", str(made["id"])).stdout
    assert json.loads(run(words.stock, settings, "receipts", "--json").stdout)["items"][0]["id"] == made["id"]
    moved = file_of(tmp_path, lot=OLD, doses=5, reason="issued", source=COLD, document="D9")
    number = json.loads(run(words.stock, settings, "move", moved, "--json").stdout)["id"]
    assert "struck" in run(words.stock, settings, "withdraw", str(number), "--why", "错").stdout
    assert f"{number}\t" in run(words.stock, settings, "movements", OLD).stdout
    found = [{"lot": OLD, "counted": 69, "unusable": 3, "why_unusable": "破损"}, {"lot": "HepB-B2", "counted": 200}]
    counted = json.loads(
        run(
            words.stock, settings, "count", file_of(tmp_path, compartment=COLD, counted_by="李", lines=found), "--json"
        ).stdout
    )
    assert "posted" in run(words.stock, settings, "post", str(counted[0]["id"]), "--reason", f"{OLD}=漏登").stdout
    assert "unusable\t3 doses" in run(words.stock, settings, "labels").stdout
    assert "unusable\t3 doses" in run(words.stock, settings, "unusable").stdout
    report = file_of(
        tmp_path, facility=CLINIC, lot=OLD, why="unusable", doses=3, told="县疾控", told_at="2026-07-04T08:00:00+08:00"
    )
    assert "3 doses\t县疾控" in run(words.stock, settings, "report-unusable", report).stdout
    gone = file_of(
        tmp_path, lot=OLD, doses=3, source=COLD, why="破损", witness="周", organisation="药监局", document=RECORD
    )
    assert "seen by 周" in run(words.stock, settings, "dispose", gone).stdout
    assert run(words.stock, settings, "misplaced").stdout == "none\n"
    assert run(words.stock, settings, "undecided").stdout == "none\n"


@on_sqlite
async def test_custody_and_makers_lines_want_a_second_persons_password(
    shop: Shop, settings: ArchiveSettings, tmp_path: Path
):
    async with shop.archive.writing() as tx:
        for name in ("chief", "clerk"):
            await people.set_password(tx, name, await people.hash_password("a long enough password"), KEEPER, wall=NOW)
    password = tmp_path / "password"
    password.write_text("a long enough password\n")
    given = file_of(
        tmp_path, lot=OLD, doses=5, source=COLD, target="511900014-BX1/cold", why="停电", consented_by="chief",
        consented_at="2026-07-04T08:00:00+08:00", start="2026-07-04T09:00:00+08:00",
    )  # fmt: skip
    assert "chief has not confirmed it" in run(words.stock, settings, "custody", "give", given).stdout
    assert "kept" in run(words.stock, settings, "custody", "list", "--unconfirmed").stdout
    shown = ("--password-file", str(password))
    assert (
        "confirmed by chief" in run(words.stock, settings, "custody", "consent", "1", "--user", "chief", *shown).stdout
    )
    line = file_of(
        tmp_path, vaccine="HepB", maker="蜀原", high_c=25, max_cumulative_hours=72, document_no="SY-1", source="insert",
        certainty="read", document=RECORD, valid_from="2026-07-01T00:00:00+08:00",
    )  # fmt: skip
    assert (
        "approved by nobody"
        in run(words.vaccine, settings, "stability", "enter", line, "--user", "clerk", *shown).stdout
    )
    own = run(words.vaccine, settings, "stability", "approve", "1", "--user", "clerk", *shown).exception
    assert "clerk entered it" in str(own)
    assert (
        "approved by chief"
        in run(words.vaccine, settings, "stability", "approve", "1", "--user", "chief", *shown).stdout
    )
    assert "withdrawn" in run(words.vaccine, settings, "stability", "withdraw", "1", "--why", "旧").stdout


@on_sqlite
async def test_vaccines_and_lots_are_entered_by_files(shop: Shop, settings: ArchiveSettings, tmp_path: Path):
    vaccine = file_of(tmp_path, code="X", name_zh="疫苗", name_en="X", freeze_sensitive=True)
    assert run(words.vaccine, settings, "put", vaccine).stdout == "X\t疫苗\t2-8\n"
    lot = {"id": "X-1", "number": "1", "vaccine": "X", "maker": "M", "expires_on": "2028-01-01"}
    assert run(words.lot, settings, "put", "-", stdin=json.dumps(lot)).stdout == "X-1\t1\texpires 2028-01-01\n"
    for text, wrong in (("{", "file: it is no object in JSON"), ('{"code": 1}', "code: Expected `str`, got `int`")):
        error = run(words.vaccine, settings, "put", "-", stdin=text).exception
        assert isinstance(error, BadInput)
        assert wrong in str(error)
