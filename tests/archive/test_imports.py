import json
from pathlib import Path

import pytest

from coldchain.archive import chains, equipment, imports, lots, occasions, people, places, probes, rule_choices
from coldchain.archive.county import county_of, load_county
from coldchain.archive.db import Archive
from coldchain.archive.equipment import NewAssignment
from coldchain.archive.metrology import certificates
from coldchain.errors import BadInput
from tests.archive.small import HOUR, NURSE, PROBE, T0, TOML, fill, small_county


async def counts(archive: Archive) -> list[int]:
    async with archive.reading() as tx:
        return [
            len(await places.regions(tx)),
            len(await places.facilities(tx)),
            len(await people.persons(tx)),
            len(await equipment.compartments(tx)),
            len(await equipment.channels(tx)),
            len(await lots.vaccines(tx)),
            len(await lots.movements(tx, "HepB-A1")),
        ]


async def test_a_county_comes_in_whole(archive: Archive):
    done = await imports.import_county(archive, small_county(), NURSE)
    assert done.counts == {
        "regions": 2,
        "facilities": 2,
        "persons": 1,
        "posts": 0,
        "equipment": 1,
        "compartments": 2,
        "channels": 2,
        "vaccines": 1,
        "lots": 1,
        "movements": 2,
        "calibrations": 0,
        "buffers": 0,
        "session_hours": 0,
        "rule_choices": 0,
    }
    assert await counts(archive) == [2, 2, 1, 2, 2, 1, 2]


async def test_importing_again_changes_nothing(archive: Archive):
    await fill(archive)
    assert (await imports.import_county(archive, small_county(), NURSE)).total == 0
    assert await counts(archive) == [2, 2, 1, 2, 2, 1, 2]


MORE = (
    TOML.replace('gateway = "511900012-1"', 'gateway = "511900012-1"\nfeeder = "10kV 柳溪线"')
    + """
[[calibrations]]
device = "511900012-1/28ff641e"
certificate = "JL-1"
done_on = 2026-03-01
due_on = 2027-02-28
by = "省计量院"

[[buffers]]
channel = "511900012-1/28ff641e/temperature"
tau_s = 900
source = "CDC 2026-14"
approved_by = "张科长"
start = 2026-07-01T08:00:00+08:00

[[session_hours]]
facility = "511900012"
weekday = 0
from_min = 480
to_min = 690
start = 2026-07-01T08:00:00+08:00

[[session_hours]]
facility = "511900012"
weekday = 4
from_min = 480
to_min = 690
start = 2026-07-01T08:00:00+08:00

[[rule_choices]]
pack = "cn-2017"
facility = "511900012"
start = 2026-07-01T08:00:00+08:00

[[rule_choices]]
pack = "who-pqs"
equipment = "511900012-BX1"
compartment = "cold"
start = 2026-07-01T08:00:00+08:00
end = 2026-08-01T08:00:00+08:00
"""
)


async def test_a_file_may_say_which_packs_judge_what_explains_and_what_is_known_of_probes(archive: Archive):
    done = await imports.import_county(archive, county_of(MORE), NURSE)
    assert {name: done.counts[name] for name in list(done.counts)[-4:]} == {
        "calibrations": 1,
        "buffers": 1,
        "session_hours": 2,
        "rule_choices": 2,
    }
    async with archive.reading() as tx:
        assert (await places.facility(tx, "511900012")).feeder == "10kV 柳溪线"
        assert list(await certificates.latest(tx)) == ["511900012-1/28ff641e"]
        assert [each.tau_s for each in (await probes.buffers_of(tx, [PROBE]))[PROBE]] == [900]
        assert [each.weekday for each in await occasions.session_hours_of(tx, "511900012")] == [0, 4]
        assert [each.scope for each in await rule_choices.listed(tx)] == ["facility", "compartment"]


async def test_what_was_ended_since_does_not_come_back_with_the_file(archive: Archive):
    await imports.import_county(archive, county_of(MORE), NURSE)
    async with archive.writing() as tx:
        await rule_choices.end_choice(tx, 1, T0 + HOUR, NURSE)
        await probes.withdraw_buffer(tx, 1, NURSE)
        await certificates.withdraw(tx, 1, NURSE)
        await occasions.set_session_hours(tx, "511900012", [], NURSE, start=T0 + HOUR)
    assert (await imports.import_county(archive, county_of(MORE), NURSE)).total == 0


async def test_what_the_file_says_otherwise_is_changed(archive: Archive):
    await fill(archive)
    newer = county_of(TOML.replace('name_en = "Liuxi Clinic"', 'name_en = "Liuxi Health Centre"'))
    done = await imports.import_county(archive, newer, NURSE)
    assert {name: count for name, count in done.counts.items() if count} == {"facilities": 1}
    async with archive.reading() as tx:
        assert (await places.facility(tx, "511900012")).name_en == "Liuxi Health Centre"


async def test_a_probe_that_was_moved_since_stays_where_it_is(archive: Archive):
    await fill(archive)
    async with archive.writing() as tx:
        moved = NewAssignment(channel=PROBE, equipment="511900012-BX1", compartment="frozen", start=T0 + HOUR)
        await equipment.assign(tx, moved, NURSE)
    assert (await imports.import_county(archive, small_county(), NURSE)).total == 0
    async with archive.reading() as tx:
        assert len(await equipment.assignments_of(tx, PROBE)) == 2


async def test_a_movement_that_was_withdrawn_since_does_not_come_back(archive: Archive):
    await fill(archive)
    async with archive.writing() as tx:
        await lots.withdraw(tx, 2, NURSE)
    assert (await imports.import_county(archive, small_county(), NURSE)).total == 0


async def test_it_goes_in_by_many_small_transactions(archive: Archive, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(imports, "CHUNK_S", 0.0)
    monkeypatch.setattr(imports, "BATCH", 1)
    await fill(archive)
    async with archive.reading() as tx:
        assert (await chains.verify(tx)).entries == 15
        assert await chains.unseen(tx) == []


async def test_a_later_file_may_refer_to_what_an_earlier_one_brought(archive: Archive):
    await fill(archive)
    more = """
[[lots]]
id = "HepB-B2"
number = "B2"
vaccine = "HepB"
maker = "蜀原"
expires_on = "2029-01-01"

[[movements]]
lot = "HepB-B2"
at = 1782864000000
target = "511900012-BX1/cold"
doses = 5
reason = "received"
"""
    assert (await imports.import_county(archive, county_of(more), NURSE)).counts["movements"] == 1


def test_json_of_the_same_shape_is_read_too():
    regions = [{"code": "510000000000", "level": 1, "name_zh": "省", "name_en": "province", "parent": None}]
    assert len(county_of(json.dumps({"regions": regions})).regions) == 1


WRONG = [
    (
        "level = 4",
        'level = "4"',
        r"regions\[1\]\.level: Expected `int`, got `str`; see the form in coldchain.archive.co",
    ),
    ("level = 4", "level = 9", r"regions\[1\]\.level: 9 of 511900101000 is no level; use 1 province"),
    (
        'kind = "village_post"',
        'kind = "hut"',
        r"facilities\[1\]\.kind: Invalid enum value 'hut'; use one of county_store",
    ),
    (
        'type = "domestic_fridge"',
        'type = "box"',
        r"equipment\[0\]\.type: Invalid enum value 'box'; use one of domestic",
    ),
    (
        'purpose = "ice_packs"',
        'purpose = "beer"',
        r"compartments\[1\]\.purpose: .*; use one of vaccine, ice_packs, empty",
    ),
    ('profile = "2-8"', 'profile = "3-9"', r"compartments\[0\]\.profile: '3-9' is unknown; use one of 2-8"),
    (
        'facility = "511900012"\npost',
        'facility = "x"\npost',
        r"persons\[0\]\.facility: facility 'x' is neither in this file",
    ),
    (
        'parent = "511900000000"',
        'parent = "52"',
        r"regions\[1\]\.parent: region '52' is neither in this file nor in the arc",
    ),
    (
        'compartment = "cold"\npos',
        'compartment = "c"\npos',
        r"channels\[0\]\.compartment: compartment '511900012-BX1/c' is",
    ),
    ('source = "511900012-BX1/cold"', 'source = "cold"', r"movements\[0\]\.source: compartment 'cold' is neither"),
    ('reason = "issued"', 'reason = "lost"', r"movements\[0\]\.reason: Invalid enum value 'lost'; use one of received"),
    (
        "doses = 30",
        "doses = 130",
        r"movements: doses: 511900012-BX1/cold holds 100 doses .* not 130; enter the receipt",
    ),
    ("T09:00:00+08:00", "T09:00:00", r"movements\[0\]\.at: '2026-07-01T09:00:00' has no offset; add \+08:00 or Z"),
    (
        "start = 2026-07-01T08",
        'start = "x"\n#',
        r"channels\[0\]\.start: Expected `int`, got `str`; write a time with its",
    ),
    ("/28ff641e/temp", "/28ff 641e/temp", r"channels\[0\]\.device: '28ff 641e' is no name; use 1 to 64 of"),
    ("interval_s = 300", "interval_s = 0", r"channels\[1\]\.interval_s: 0 is no interval; write the seconds"),
    (
        "interval_s = 300",
        'quantity = "door"',
        r"channels\[1\]\.quantity: 'door' is not the one in '511900012-1/mains/p",
    ),
    ('id = "HepB-A1"', 'id = "a/b"', r"lots\[0\]\.id: 'a/b' cannot be used; use 1 to 64 of"),
    (
        'short_zh = "上坝"',
        f'short_zh = "{"长" * 41}"',
        r"facilities\[1\]\.short_zh: 41 characters are too many; use at mo",
    ),
    ('code = "511900013"', 'code = "511900012"', r"facilities\[1\]: '511900012' is in facilities\[0\] too; keep one"),
    (
        'post = "keeper"',
        'post = "keeper"\nage = 40',
        r"persons\[0\]: Object contains unknown field `age`; see the form",
    ),
    ('maker = "蜀原"\n', "", r"lots\[0\]: Object missing required field `maker`; see the form"),
    (
        "[[persons]]",
        '[[rule_choices]]\npack = "a"\nstart = 1\nfacility = "f"\nvaccine = "v"\n[[persons]]',
        r"rule_choices\[0\].scope: it must be said once where; give facility, equipment or vaccine",
    ),
    (
        "[[persons]]",
        '[[rule_choices]]\npack = "a"\nstart = 1\nvaccine = "v"\n[[persons]]',
        r"rule_choices\[0\].vaccine: vaccine 'v' is neither in this file nor in the archive",
    ),
    (
        "[[persons]]",
        '[[session_hours]]\nfacility = "511900012"\nweekday = 7\nfrom_min = 0\nto_min = 1\nstart = 1\n[[persons]]',
        r"session_hours\[0\].weekday: 7 is no day of the week",
    ),
    (
        "[[persons]]",
        '[[buffers]]\nchannel = "a/b/temperature"\ntau_s = 9\nsource = "s"\napproved_by = ""\nstart = 1\n[[persons]]',
        r"buffers\[0\].approved_by: nobody approved it",
    ),
    ("[[persons]]", "[[people]]", r"file: Object contains unknown field `people`; see the form"),
    ("[[persons]]", "[[persons", r"file: .*line.*; write TOML or JSON"),
]


@pytest.mark.parametrize(("right", "wrong", "words"), WRONG, ids=range(len(WRONG)))
async def test_a_wrong_file_is_refused_by_name_key_and_cure(archive: Archive, right: str, wrong: str, words: str):
    assert right in TOML
    with pytest.raises(BadInput, match=f"^small.toml: {words}"):
        await imports.import_county(
            archive, county_of(TOML.replace(right, wrong), where="small.toml"), NURSE, where="small.toml"
        )


async def test_a_file_that_refers_to_nothing_writes_nothing(archive: Archive):
    wrong = county_of(TOML.replace('vaccine = "HepB"', 'vaccine = "BCG"'))
    with pytest.raises(BadInput, match=r"lots\[0\]\.vaccine"):
        await imports.import_county(archive, wrong, NURSE)
    async with archive.reading() as tx:
        assert await places.regions(tx) == []


async def test_after_a_contradiction_the_corrected_file_goes_on_where_it_stopped(archive: Archive):
    with pytest.raises(BadInput, match="doses"):
        await imports.import_county(archive, county_of(TOML.replace("doses = 30", "doses = 130")), NURSE)
    done = await imports.import_county(archive, small_county(), NURSE)
    assert {name: count for name, count in done.counts.items() if count} == {"movements": 2}


def test_a_file_that_cannot_be_read_is_refused_by_its_name(tmp_path: Path):
    with pytest.raises(BadInput, match=r"nowhere\.toml: No such file"):
        load_county(tmp_path / "nowhere.toml")
    (tmp_path / "gbk.toml").write_bytes('name = "冷链"'.encode("gbk"))
    with pytest.raises(BadInput, match=r"gbk.toml: file: it is not UTF-8; save it as UTF-8"):
        load_county(tmp_path / "gbk.toml")


@pytest.mark.parametrize("text", ["[" * 100_000, '{"regions":' * 50_000, "{", "regions = 5", "\0"])
def test_garbage_is_refused_as_bad_input(text: str):
    with pytest.raises(BadInput):
        county_of(text)
