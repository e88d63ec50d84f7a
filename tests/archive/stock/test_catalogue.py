"""Vaccines, lots, prices and makers' tables: what is claimed with what certainty, and what cannot be."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from coldchain.archive import chains, locking, lots, people, tables
from coldchain.archive.audit import By
from coldchain.archive.lots import LotEntry, NewMovement, Reason, VaccineEntry
from coldchain.archive.pages import Asked
from coldchain.archive.people import Role, User
from coldchain.archive.stock import catalogue, listing, prices, stability
from coldchain.archive.stock.prices import NewPrice
from coldchain.archive.stock.stability import NewStability
from coldchain.archive.stock.words import Funding
from coldchain.errors import BadInput, Stale
from coldchain.kinetics import VVM_RATES
from tests.archive.small import COUNTY, PROBE, T0, TOWN
from tests.archive.stock.shop import CLINIC, DAY, DILUENT, KEEPER, NEW, NOW, OLD, STORE, Shop, paper

on_sqlite = pytest.mark.parametrize("engine", ["sqlite"])

TEXT = """
name = "ours"
version = "1"
source = "the insert"
certainty = "read"
[[vaccines]]
code = "HepB"
name_zh = "乙肝疫苗"
name_en = "Hepatitis B"
freeze_sensitive = true
"""


def test_every_fact_that_comes_along_has_its_certainty_and_its_source():
    known = catalogue.read()
    assert len(known.vaccines) > 30
    for each in known.vaccines:
        assert isinstance(each.certainty, dict)
        assert each.certainty["profile"] in catalogue.CERTAINTIES
        assert isinstance(each.source, str)
        assert "verify against the insert" in each.source


def test_the_catalogue_knows_the_two_axes_and_the_prequalified_monitor():
    known = {each.code: each for each in catalogue.read().vaccines}
    assert (known["OPV"].heat_group, known["OPV"].freeze_sensitive, known["OPV"].vvm_type) == ("A", False, "VVM2")
    assert (known["HepB"].heat_group, known["HepB"].freeze_sensitive) == ("F", True)
    assert (known["MMR"].info_codes, known["MMR"].funding, known["MMR"].needs_diluent) == ("1201", "programme", True)
    assert (known["DIL"].is_diluent, known["DIL"].freeze_sensitive) == (True, True)
    certainty = known["PPV23"].certainty
    assert isinstance(certainty, dict)
    assert certainty["info_codes"] == "read"
    assert {each.vvm_type for each in known.values() if each.vvm_type} <= set(VVM_RATES)


def test_programme_and_paid_have_their_labels_and_their_ways_of_reporting():
    assert (Funding.PROGRAMME.labels, Funding.PROGRAMME.reported_to) == (("免疫规划疫苗", "一类"), "province")
    assert (Funding.PAID.labels, Funding.PAID.reported_to) == (("非免疫规划疫苗", "二类"), "county")


async def test_loading_changes_what_is_there_keeps_what_the_county_added_and_doing_it_twice_changes_nothing(shop: Shop):
    async with shop.archive.writing() as tx:
        assert await catalogue.load(tx, catalogue.read(), KEEPER) == 34
        assert await catalogue.load(tx, catalogue.read(), KEEPER) == 0
        known = {each.code: each for each in await lots.vaccines(tx)}
        entries = (await chains.listed(tx, Asked(), entity="vaccine", entity_id="HepB")).items
        assert await chains.unseen(tx) == []
    assert known["HepB"].catalogue == "coldchain 2026.2"
    assert [entry.action for entry in entries] == ["added", "changed"]


async def test_a_changed_profile_makes_be_judged_again_what_measured_where_it_lay(shop: Shop):
    entry = VaccineEntry(code="HepB", name_zh="x", name_en="x", freeze_sensitive=False)
    async with shop.archive.writing() as tx:
        await lots.put_vaccines(tx, [entry], KEEPER)
        rows = list(await tx.scalars(select(tables.Change).where(tables.Change.entity == "vaccine")))
    assert [row.channel for row in rows] == [PROBE]


async def test_what_nobody_says_of_a_vaccine_stays_as_it_was(shop: Shop):
    said = VaccineEntry(code="HepB", name_zh="x", name_en="x", freeze_sensitive=True, info_codes="0202", heat_group="F")
    async with shop.archive.writing() as tx:
        await lots.put_vaccines(tx, [said], KEEPER)
        await lots.put_vaccines(
            tx, [VaccineEntry(code="HepB", name_zh="y", name_en="x", freeze_sensitive=True)], KEEPER
        )
        found = await lots.vaccine(tx, "HepB")
    assert (found.name_zh, found.info_codes, found.heat_group) == ("y", "0202", "F")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name = ", "file: Invalid value"),
        (TEXT.replace('"read"', '"sure"'), "certainty: 'sure' is none; use one of read, own-knowledge, calc"),
        (TEXT + TEXT[TEXT.index("[[") :], r"vaccines\[1\].code: 'HepB' is there twice"),
        (TEXT + 'profile = "warm"', r"vaccines\[0\].profile: 'warm' is unknown"),
        (TEXT + 'heat_group = "Z"', r"vaccines\[0\].heat_group: 'Z' is none"),
        (TEXT + 'info_codes = "12"', r"vaccines\[0\].info_codes: '12' cannot be read"),
        (TEXT + 'funding = "gift"', r"vaccines\[0\].funding: Invalid enum value 'gift'"),
        (TEXT + 'read = ["vvm_type"]', "read: HepB: vvm_type is no fact that it states"),
        (
            TEXT.replace("= true", "= false") + "is_diluent = true",
            "freeze_sensitive: HepB is a diluent; a diluent must",
        ),
    ],
)
def test_a_catalogue_that_cannot_be_is_refused(text: str, words: str):
    with pytest.raises(BadInput, match=words):
        catalogue.catalogue_of(text)


def test_a_catalogue_that_cannot_be_read_is_refused_with_its_name(tmp_path: Path):
    (tmp_path / "c.toml").write_bytes(b"\xff")
    for path, words in ((tmp_path / "none.toml", "No such file"), (tmp_path / "c.toml", "it is not UTF-8")):
        with pytest.raises(BadInput, match=words):
            catalogue.read(path)


def a_lot(**values: object) -> LotEntry:
    base = {"id": "L5", "number": "5", "vaccine": "HepB", "maker": "北生", "expires_on": "2029-01-31"}
    return LotEntry(**{**base, **values})  # type: ignore[arg-type]


@on_sqlite
@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"id": "a/b"}, "lot.id: 'a/b' cannot be used"),
        ({"expires_on": "2029-02-30"}, "lot.expires_on: '2029-02-30' is no day"),
        ({"expires_on": "31.1.2029"}, "lot.expires_on: '31.1.2029' is no day"),
        ({"produced_on": "2029-01-31"}, "lot.expires_on: 2029-01-31 is not after 2029-01-31, when L5 was made"),
        ({"produced_on": "soon"}, "lot.produced_on: 'soon' is no day"),
        ({"doses_per_vial": 0}, "lot.doses_per_vial: 0 of L5 cannot be"),
        ({"price_fen": -1}, "lot.price_fen: -1 is no price"),
        ({"trace_code": "12345"}, "lot.trace_code: '12345' is no traceability code"),
        ({"trace_code": "1" * 21}, "lot.trace_code: '1{21}' is no"),
        ({"gtin": "6901234567893"}, "lot.gtin: '6901234567893' is no GTIN"),
        ({"diluent": "L5"}, "lot.diluent: L5 cannot be its own diluent"),
        ({"diluent": OLD}, "lot.diluent: 'HepB-A1' is no lot of diluent"),
        ({"diluent": "L9"}, "lot.diluent: 'L9' is no lot of diluent"),
        ({"maker": "蜀原", "number": "B2"}, "lot.number: 'B2' of HepB by 蜀原 is HepB-B2 already; use HepB-B2"),
    ],
)
async def test_a_lot_that_cannot_be_is_refused(shop: Shop, values: dict[str, object], words: str):
    with pytest.raises(BadInput, match=words):
        async with shop.archive.writing() as tx:
            await lots.put_lots(tx, [a_lot(**values)], KEEPER)


async def test_one_number_of_two_makers_is_two_lots_and_a_diluent_is_a_lot_too(shop: Shop):
    whole = a_lot(
        number="B2", produced_on="2026-01-31", gtin="6901234567892", trace_code="8123456", diluent="DIL-2", price_fen=8800
    )  # fmt: skip
    diluent = a_lot(id="DIL-2", number="D2", vaccine="DIL")
    async with shop.archive.writing() as tx:
        assert await lots.put_lots(tx, [whole, diluent], KEEPER) == 2
        assert (await lots.lot(tx, "L5")).diluent == "DIL-2"
        found = await listing.listed(tx, listing.Wish(None, number="B2"), Asked())
    assert [each.maker for each in found.items] == ["蜀原", "北生"]


async def test_a_lot_is_changed_only_by_who_saw_its_state(shop: Shop):
    async with shop.archive.writing() as tx:
        tag = (await listing.card(tx, NEW, None)).tag
        await lots.put_lots(tx, [a_lot(id=NEW, number="B2", maker="蜀原", spec="0.5 ml")], KEEPER, seen=tag)
        with pytest.raises(Stale):
            await lots.put_lots(tx, [a_lot(id=NEW, number="B2", maker="蜀原", spec="1 ml")], KEEPER, seen=tag)
        await lots.put_lots(tx, [a_lot(id=NEW, number="B2", maker="蜀原", spec="1 ml")], KEEPER, seen=locking.ANY)


async def test_lots_are_listed_where_they_are_with_what_is_left(shop: Shop):
    async with shop.archive.writing() as tx:
        for scope, wanted in ((None, {OLD, NEW, DILUENT}), (frozenset({CLINIC}), {OLD}), (frozenset({STORE}), {NEW})):
            found = await listing.listed(tx, listing.Wish(scope), Asked())
            assert {each.id for each in found.items} == wanted
        assert await listing.doses_of(tx, [OLD, NEW], None) == {OLD: 70, NEW: 1000}
        assert [each.id for each in (await listing.listed(tx, listing.Wish(None, is_here=True), Asked())).items] == [
            OLD,
            NEW,
        ]
        soon = listing.Wish(None, vaccine="HepB", expires_before="2029-01-01")
        assert [each.id for each in (await listing.listed(tx, soon, Asked())).items] == [OLD]
        await lots.move(tx, NewMovement(lot=OLD, at=NOW, doses=70, reason=Reason.ISSUED, source=shop.cold), KEEPER)
        card = await listing.card(tx, OLD, None)
        assert card.there == ()
        assert [await listing.is_seen(tx, OLD, scope) for scope in (None, frozenset({CLINIC}), frozenset({STORE}))] == [
            True,
            True,
            False,
        ]


async def test_the_newest_price_of_its_maker_stands_before_anybody_elses(shop: Shop):
    async with shop.archive.writing() as tx:
        for fen, day, maker in ((100, "2026-01-01", ""), (120, "2026-06-01", ""), (90, "2026-01-01", "蜀原")):
            await prices.say(tx, NewPrice(vaccine="HepB", fen=fen, valid_from=day, source="文件", maker=maker), KEEPER)
        last = NewPrice(
            vaccine="HepB", fen=80, valid_from="2026-07-01", valid_to="2026-08-01", source="文件", maker="蜀原"
        )
        withdrawn = await prices.say(tx, last, KEEPER)
        its = await lots.lot(tx, NEW)
        assert [
            await prices.price_of(tx, its, day) for day in ("2025-12-31", "2026-06-30", "2026-07-31", "2026-08-01")
        ] == [None, 90, 80, 90]
        await prices.withdraw(tx, withdrawn.id, KEEPER)
        assert await prices.price_of(tx, its, "2026-07-31") == 90
        await lots.put_lots(tx, [a_lot(price_fen=500)], KEEPER)
        assert await prices.price_of(tx, await lots.lot(tx, "L5"), "2026-07-31") == 500
        assert len(await prices.listed(tx, "HepB")) == 3


@on_sqlite
@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"fen": -1}, "fen: -1 is no price"),
        ({"source": " "}, "source: nobody says so"),
        ({"vaccine": "X"}, "vaccine: 'X' is not in the archive"),
        ({"valid_from": "x"}, "valid_from: 'x' is no day"),
        ({"valid_to": "2026-01-01"}, "valid_to: 2026-01-01 is not after 2026-01-01"),
    ],
)
async def test_a_price_that_cannot_be_is_refused(shop: Shop, values: dict[str, object], words: str):
    base = {"vaccine": "HepB", "fen": 100, "valid_from": "2026-01-01", "source": "文件"}
    with pytest.raises(BadInput, match=words):
        async with shop.archive.writing() as tx:
            await prices.say(tx, NewPrice(**{**base, **values}), KEEPER)  # type: ignore[arg-type]


def a_line(**values: object) -> NewStability:
    base = {
        "vaccine": "HepB", "maker": "蜀原", "low_c": 8.0, "high_c": 25.0, "max_cumulative_hours": 72.0,
        "document_no": "EX-1", "source": "an example, no maker's word", "certainty": "example", "valid_from": T0,
    }  # fmt: skip
    return NewStability(**{**base, **values})  # type: ignore[arg-type]


async def test_a_makers_table_stands_for_its_products_while_it_is_valid(shop: Shop):
    sha256 = await paper(shop.archive)
    async with shop.archive.writing() as tx:
        assert await stability.listed(tx) == []  # none comes along
        line = await stability.enter(tx, a_line(document=sha256), KEEPER)
        own = await stability.enter(tx, a_line(product="10 µg", max_cumulative_hours=24), KEEPER)
        assert [each.id for each in await stability.standing(tx, "HepB", "蜀原", T0)] == [line.id, own.id]
        assert [each.id for each in await stability.standing(tx, "HepB", "蜀原", T0, "20 µg")] == [line.id]
        assert await stability.standing(tx, "HepB", "蜀原", T0 - 1) == []
        assert await stability.standing(tx, "HepB", "北生", T0) == []
        await stability.end(tx, line.id, T0 + DAY, KEEPER)
        await stability.withdraw(tx, own.id, KEEPER)
        assert await stability.standing(tx, "HepB", "蜀原", T0 + DAY) == []
        assert [each.id for each in await stability.standing(tx, "HepB", "蜀原", T0)] == [line.id]
    assert [line.holds(celsius) for celsius in (7.9, 8.0, 25.0, 25.1)] == [False, True, True, False]


@on_sqlite
@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"maker": ""}, "maker: nobody stands behind it"),
        ({"document_no": ""}, "document_no: nobody stands behind it"),
        ({"certainty": "sure"}, "certainty: 'sure' is none"),
        ({"low_c": 25.0}, "low_c: this is no band"),
        ({"low_c": None, "high_c": None}, "low_c: this is no band"),
        ({"high_c": float("nan")}, "low_c: this is no band"),
        ({"max_cumulative_hours": 0.0}, "max_cumulative_hours: 0.0 is no time"),
        ({"max_count": 0}, "max_count: 0 cannot be"),
        ({"valid_to": T0}, "end: .* is not after its start"),
        ({"vaccine": "X"}, "vaccine: 'X' is not in the archive"),
        ({"document": "f" * 64}, "document: there is no document"),
    ],
)
async def test_a_line_that_cannot_be_is_refused(shop: Shop, values: dict[str, object], words: str):
    with pytest.raises(BadInput, match=words):
        async with shop.archive.writing() as tx:
            await stability.enter(tx, a_line(**values), KEEPER)


@on_sqlite
async def test_what_was_read_needs_its_paper_and_a_second_person(shop: Shop):
    sha256 = await paper(shop.archive)
    twin = User(name="twin", display="Chief ", role=Role.MANAGER, region=COUNTY, facility=None)
    async with shop.archive.writing() as tx:
        await people.create_user(tx, twin, "x", KEEPER)
        with pytest.raises(BadInput, match="document: nobody can read it again"):
            await stability.enter(tx, a_line(certainty="read"), KEEPER)
        example = await stability.enter(tx, a_line(), By("chief", NOW))
        with pytest.raises(BadInput, match="marked example"):
            await stability.approve(tx, example.id, "clerk", KEEPER)
        line = await stability.enter(tx, a_line(certainty="read", document=sha256), By("chief", NOW))
        for same in ("chief", "twin"):
            with pytest.raises(BadInput, match="user: chief entered it; let a second person"):
                await stability.approve(tx, line.id, same, KEEPER)
        assert (await stability.approve(tx, line.id, "clerk", KEEPER)).approved_by == "clerk"
        with pytest.raises(BadInput, match="was approved by clerk"):
            await stability.approve(tx, line.id, "clerk", KEEPER)


async def test_a_regions_own_price_stands_before_everybodys_there_and_nowhere_else(shop: Shop):
    async with shop.archive.writing() as tx:
        for fen, region in ((100, None), (120, COUNTY), (130, TOWN)):
            new = NewPrice(vaccine="HepB", fen=fen, valid_from="2026-01-01", source="文件", region=region)
            await prices.say(tx, new, KEEPER)
        its = await lots.lot(tx, NEW)
        found = [await prices.price_of(tx, its, "2026-02-01", near) for near in ((), (COUNTY,), (TOWN, COUNTY))]
        assert found == [100, 120, 130]
        with pytest.raises(BadInput, match="region: '999' is not in the archive"):
            await prices.say(
                tx, NewPrice(vaccine="HepB", fen=1, valid_from="2026-01-01", source="x", region="999"), KEEPER
            )


@on_sqlite
@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"number": " "}, "lot.number: L5 has none; copy it from the box"),
        ({"maker": ""}, "lot.maker: L5 has none"),
        ({"expires_on": "2099-01-01"}, "lot.expires_on: 2099-01-01 is more than 6 years after 2026-07"),
        ({"produced_on": "2020-01-01", "expires_on": "2026-01-02"}, "more than 6 years after 2020-01-01"),
        ({"produced_on": "2027-01-01"}, "lot.produced_on: 2027-01-01 is still to come"),
        ({"vaccine": "DIL", "diluent": DILUENT}, "lot.diluent: L5 is a diluent itself"),
    ],
)
async def test_no_lot_is_nameless_immortal_or_of_tomorrow(shop: Shop, values: dict[str, Any], words: str):
    with pytest.raises(BadInput, match=words):
        async with shop.archive.writing() as tx:
            await lots.put_lots(tx, [a_lot(**values)], KEEPER)
