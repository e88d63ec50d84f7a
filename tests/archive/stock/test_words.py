"""`coldchain vaccine`, `lot` and `stock` at the terminal."""

import json
from pathlib import Path

import pytest

from coldchain.admin import stock as words
from coldchain.archive.stock import receiving
from coldchain.errors import BadInput
from coldchain.settings import ArchiveSettings
from tests.archive.stock.shop import CLINIC, KEEPER, OLD, Shop, a_delivery
from tests.archive.test_admin import run

on_sqlite = pytest.mark.parametrize("engine", ["sqlite"])


@on_sqlite
async def test_a_catalogue_is_loaded_once_and_listed(settings: ArchiveSettings, tmp_path: Path):
    first = json.loads(run(words.vaccine, settings, "load", "--json").stdout)
    assert first == {"catalogue": "coldchain 2026.1", "changed": 34}
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
    assert "511900012-BX1/cold\t70, 0 bound" in run(words.lot, settings, "show", OLD).stdout
    lines = json.loads(run(words.stock, settings, "register", CLINIC, "--lot", OLD, "--json").stdout)["items"]
    assert [each["balance"] for each in lines] == [100, 70]
    assert run(words.stock, settings, "register", CLINIC).stdout.startswith("日期,")
    assert run(words.stock, settings, "fefo", CLINIC, "HepB", "9").stdout.startswith(f"9\t{OLD}\t")
    assert run(words.stock, settings, "labels").stdout.startswith("waiting\t200\tHepB-B2")
    assert run(words.stock, settings, "due", "--facility", CLINIC).stdout.endswith("drug health\n")
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
