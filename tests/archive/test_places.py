import pytest

from coldchain.archive import places
from coldchain.archive.db import Archive
from coldchain.archive.places import Facility, FacilityKind, Region
from coldchain.archive.region_findings import region_findings
from coldchain.errors import BadInput
from tests.archive.small import COUNTY, NURSE, TOWN, fill


def region(code: str, level: int, parent: str | None) -> Region:
    return Region(code=code, level=level, name_zh="村", name_en="village", parent=parent)


async def test_below_a_county_lie_its_towns_and_villages_and_itself(archive: Archive):
    await fill(archive)
    async with archive.writing() as tx:
        await places.put_regions(tx, [region("511900101201", 5, TOWN), region("520000000000", 1, None)], NURSE)
    async with archive.reading() as tx:
        assert await places.below(tx, COUNTY) == {COUNTY, TOWN, "511900101201"}
        assert await places.below(tx, TOWN) == {TOWN, "511900101201"}
        assert await places.below(tx, "nowhere") == frozenset()


async def test_facilities_of_a_region_include_those_without_equipment(archive: Archive):
    await fill(archive)
    async with archive.reading() as tx:
        found = await places.facilities(tx, region=COUNTY)
        assert [each.kind for each in found] == [FacilityKind.TOWNSHIP_CLINIC, FacilityKind.VILLAGE_POST]
        assert await places.facilities(tx, region="520000000000") == []
        assert await places.facility(tx, "511900013") == found[1]


async def test_a_facility_that_is_not_there_is_named_with_its_cure(archive: Archive):
    async with archive.reading() as tx:
        with pytest.raises(BadInput, match=r"facility: 'f9' is not in the archive; import it first"):
            await places.facility(tx, "f9")


async def test_children_may_be_given_before_their_parents(archive: Archive):
    async with archive.writing() as tx:
        village, town = region("511900101201", 5, TOWN), region(TOWN, 4, None)
        assert await places.put_regions(tx, [village, town], NURSE) == 2
        assert await places.put_regions(tx, [village, town], NURSE) == 0
        assert await places.regions(tx) == [town, village]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (region("5119", 4, None), r"region.code: '5119' is not 12 digits; write the national code"),
        (region(TOWN, 6, None), r"region.level: 6 of 511900101000 is no level; use 1 province"),
        (region("511900102000", 4, TOWN), r"region.parent: '511900101000' .* no region of a higher level"),
        (region("511900102000", 4, "511900102000"), r"region.parent: .* no region of a higher level"),
    ],
)
async def test_a_region_that_cannot_be_is_refused_and_its_neighbours_stay(archive: Archive, wrong: Region, words: str):
    await fill(archive)
    with pytest.raises(BadInput, match=words):
        async with archive.writing() as tx:
            await places.put_regions(tx, [wrong], NURSE)
    async with archive.reading() as tx:
        assert len(await places.regions(tx)) == 2


def ward(code: str = "f", region: str = TOWN, **said: str) -> Facility:
    return Facility(code=code, region=region, name_zh="", name_en="", short_zh="", kind=FacilityKind.OTHER, **said)  # type: ignore[arg-type]  # fields by name


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ([ward(region="x")], r"facility.region: 'x' of f is not in the archive; import it first"),
        ([ward(gateway="511900012-1")], r"facility.gateway: 511900012-1 of f stands at 511900012; name its own"),
        ([ward(gateway="g"), ward("h", gateway="g")], r"facility.gateway: g of h stands at f"),
    ],
)
async def test_a_facility_that_cannot_be_is_refused(archive: Archive, wrong: list[Facility], words: str):
    await fill(archive)
    with pytest.raises(BadInput, match=words):
        async with archive.writing() as tx:
            await places.put_facilities(tx, wrong, NURSE)


async def test_two_facilities_may_exchange_their_gateways(archive: Archive):
    await fill(archive)
    async with archive.writing() as tx:
        await places.put_facilities(tx, [ward("f", gateway="one"), ward("g", gateway="two")], NURSE)
        assert await places.put_facilities(tx, [ward("f", gateway="two"), ward("g", gateway="one")], NURSE) == 2


async def test_a_tree_of_regions_that_cannot_well_be_is_kept_and_told(archive: Archive):
    await fill(archive)
    async with archive.reading() as tx:
        assert await region_findings(tx) == []  # a county's books may begin with the county
    alone, farm = region("511900102000", 4, None), region("511900101201", 5, COUNTY)
    async with archive.writing() as tx:
        await places.put_regions(tx, [alone, farm, region("512000101201", 5, TOWN)], NURSE)
    async with archive.reading() as tx:
        found = [(each.region, each.what.value, each.told) for each in await region_findings(tx)]
    assert found == [
        ("511900101201", "skips", "a village directly in a county"),
        ("511900102000", "no_parent", "a township in no county"),
        ("512000101201", "code_elsewhere", "it lies in 511900101000"),
    ]


async def test_a_name_too_long_or_not_printable_is_refused_by_its_column(archive: Archive):
    await fill(archive)
    async with archive.reading() as tx:
        clinic = await places.facility(tx, "511900012")
    for name, words in (("x" * 201, "201 characters"), ("a\0b", "control"), ("\ud800", "control")):
        bad = Facility(**{**{f: getattr(clinic, f) for f in clinic.__struct_fields__}, "name_en": name})
        with pytest.raises(BadInput, match=rf"facility\.name_en: .*{words}"):
            async with archive.writing() as tx:
                await places.put_facilities(tx, [bad], NURSE)
