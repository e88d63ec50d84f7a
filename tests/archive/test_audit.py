import hashlib
import json

import pytest
from sqlalchemy import JSON, delete, func, insert, select, text, update

from coldchain.archive import audit, audited, chains, images, imports, places
from coldchain.archive.audit import By
from coldchain.archive.comparing import Difference
from coldchain.archive.db import Archive
from coldchain.archive.pages import Asked
from coldchain.archive.people import NewToken, Role, create_token
from coldchain.archive.places import Facility, FacilityKind
from coldchain.archive.rows import table_of
from coldchain.archive.tables import AuditEntry, Lot, Person, Phone, Region, Token, User
from coldchain.errors import BadInput
from tests.archive.small import NURSE, T0, TOWN, fill, small_county


async def verified(archive: Archive, stream: str = chains.COUNTY) -> chains.Verified:
    async with archive.reading() as tx:
        return await chains.verify(tx, stream)


async def unseen(archive: Archive) -> list[Difference]:
    async with archive.reading() as tx:
        return await chains.unseen(tx)


async def audited_rows(archive: Archive) -> int:
    async with archive.reading() as tx:
        return sum([await tx.scalar(select(func.count()).select_from(kind)) or 0 for kind in audited.AUDITED])


async def behind_its_back(archive: Archive, statement) -> None:
    async with archive.writing() as tx:
        await tx.execute(statement)


async def test_a_chain_that_nobody_touched_holds_to_its_head(archive: Archive):
    await fill(archive)
    async with archive.reading() as tx:
        entries = (await chains.listed(tx, Asked())).items
    found = await verified(archive)
    assert (found.entries, found.head, found.broken_at) == (len(entries), entries[-1].hash, None)
    assert entries[0].previous == chains.GENESIS
    assert len({(each.entity, each.entity_id) for each in entries}) == await audited_rows(archive)


async def test_an_empty_chain_holds(archive: Archive):
    assert await verified(archive, "nobody's") == chains.Verified("nobody's", 0, chains.GENESIS)


@pytest.mark.parametrize("column", ["at", "actor", "action", "entity", "entity_id", "image", "reason", "hash"])
async def test_a_changed_link_breaks_the_chain_there(archive: Archive, column: str):
    await fill(archive)
    value: object = T0 + 1 if column == "at" else "another"
    await behind_its_back(archive, update(AuditEntry).where(AuditEntry.n == 3).values({column: value}))
    found = await verified(archive)
    assert (found.broken_at, found.wrong) == (3, "its content was changed")


async def test_a_link_whose_hash_was_made_to_fit_breaks_at_the_next_one(archive: Archive):
    await fill(archive)
    async with archive.writing() as tx:
        row = await tx.get(AuditEntry, ("county", 3))
        assert row is not None
        row.actor = "somebody else"
        row.hash = images.digest({name: value for name, value in images.image_of(row).items() if name != "hash"})
    found = await verified(archive)
    assert (found.broken_at, found.wrong) == (4, "it does not follow the link before it")


@pytest.mark.parametrize("n", [1, 7])
async def test_a_removed_link_is_missed(archive: Archive, n: int):
    await fill(archive)
    await behind_its_back(archive, delete(AuditEntry).where(AuditEntry.n == n))
    found = await verified(archive)
    assert (found.broken_at, found.wrong) == (n, f"link {n} is missing")


async def test_long_chains_are_followed_to_the_end(archive: Archive, monkeypatch: pytest.MonkeyPatch):
    await fill(archive)
    monkeypatch.setattr(chains, "BATCH", 4)
    whole = await verified(archive)
    assert (whole.entries > 3 * chains.BATCH, whole.broken_at) == (True, None)
    await behind_its_back(archive, update(AuditEntry).where(AuditEntry.n == whole.entries).values(reason="x"))
    assert (await verified(archive)).broken_at == whole.entries


async def test_rows_changed_added_or_removed_beside_the_trail_are_found(archive: Archive):
    await fill(archive)
    assert await unseen(archive) == []
    await behind_its_back(archive, update(Lot).values(expires_on="2031-01-01"))
    await behind_its_back(archive, delete(Phone))
    await behind_its_back(archive, delete(Person))
    extra = {"code": "510000000000", "level": 1, "name_zh": "省", "name_en": "province"}
    await behind_its_back(archive, insert(Region).values(extra))
    assert await unseen(archive) == [
        Difference("region", "510000000000", "is not in the trail"),
        Difference("lot", "HepB-A1", "differs in expires_on"),
        Difference("person", "1", "was removed"),
        Difference("phone", "1", "was removed"),
    ]
    assert (await verified(archive)).broken_at is None


async def test_a_column_that_later_tables_have_is_no_difference(archive: Archive):
    """An image made before a migration lacks the columns that the migration brings."""
    await fill(archive)
    older = json.dumps({"id": 1, "name": "李小琴", "a column since dropped": 1})
    await behind_its_back(archive, update(AuditEntry).where(AuditEntry.entity == "person").values(image=older))
    assert await unseen(archive) == []


async def test_a_secret_is_in_no_image_but_its_change_is(archive: Archive):
    async with archive.writing() as tx:
        issued = await create_token(tx, NewToken(label="l", role=Role.AUDITOR), NURSE)
        row = await tx.get(Token, issued.token.id)
    assert row is not None
    async with archive.reading() as tx:
        [entry] = (await chains.listed(tx, Asked(), entity="token")).items
    assert row.digest not in entry.image
    await behind_its_back(archive, update(Token).values(digest="0" * 64))
    assert [each.wrong for each in await unseen(archive)] == ["differs in digest"]


async def test_an_image_is_the_row_in_one_spelling(archive: Archive):
    await fill(archive)
    async with archive.reading() as tx:
        [entry] = (await chains.listed(tx, Asked(), entity="equipment")).items
    image = json.loads(entry.image)
    assert (image["code"], image["name_zh"], image["volume_cold_l"]) == ("511900012-BX1", "一号冰箱", 150.5)
    assert entry.image == images.canonical(image)
    assert "一号冰箱" in entry.image


async def test_nothing_is_written_for_what_did_not_change(archive: Archive):
    await fill(archive)
    before = await verified(archive)
    await imports.import_county(archive, small_county(), NURSE)
    assert await verified(archive) == before


async def test_entries_are_listed_by_entity_and_time_in_pages(archive: Archive):
    await fill(archive)
    clinic = Facility(code="f2", region=TOWN, name_zh="", name_en="", short_zh="", kind=FacilityKind.HOSPITAL)
    async with archive.writing() as tx:
        await places.put_facilities(tx, [clinic], By("a", T0 + 5, "new"))
        first = await chains.listed(tx, Asked(limit=2), entity="facility")
        second = await chains.listed(tx, Asked(limit=2, cursor=first.next), entity="facility")
        assert [each.entity_id for each in first.items + second.items] == ["511900012", "511900013", "f2"]
        assert second.next is None
        late = await chains.listed(tx, Asked(), start=T0 + 5, end=T0 + 6)
        assert [each.entity_id for each in late.items] == ["f2"]
        assert (await chains.listed(tx, Asked(), start=T0 + 6)).items == []
        one = await chains.listed(tx, Asked(), entity="facility", entity_id="511900013")
        assert [each.n for each in one.items] == [4]


async def test_streams_are_chains_of_their_own(archive: Archive):
    await fill(archive)
    before = await verified(archive)
    async with archive.writing() as tx:
        row = await tx.get(Region, TOWN)
        assert row is not None
        await audit.record(tx, NURSE, "judged", [row], stream="shard-3")
        assert await chains.streams(tx) == ["county", "shard-3"]
    assert await verified(archive) == before
    assert (await verified(archive, "shard-3")).entries == 1


async def test_an_actor_that_cannot_be_written_is_refused(archive: Archive):
    with pytest.raises(BadInput, match=r"audit\.actor: 201 characters"):
        async with archive.writing() as tx:
            await create_token(tx, NewToken(label="", role=Role.AUDITOR), By("x" * 201, T0))


def test_every_image_can_be_written_as_json():
    """A column of a kind that JSON lacks would fail at the first change of such a row."""
    columns = [column for kind in audited.AUDITED for column in table_of(kind).columns]
    kinds = {column.type.python_type for column in columns if not isinstance(column.type, JSON)}
    assert kinds <= {str, int, float, bool, bytes}  # bytes are shown by their digest
    assert User in audited.AUDITED


async def test_the_hash_is_over_this_very_text(archive: Archive):
    """Anybody must be able to compute it again, in any language, from the columns."""
    await fill(archive)
    async with archive.reading() as tx:
        row = (await tx.execute(text("select * from audit where n = 1"))).mappings().one()
    spelled = json.dumps(
        {name: row[name] for name in row if name != "hash"}, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    assert hashlib.sha256(spelled.encode()).hexdigest() == row["hash"]
