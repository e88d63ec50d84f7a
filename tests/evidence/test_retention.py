"""Nothing is deleted but by an act that two people sign, and nothing that a lot still needs."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from coldchain.archive import audit, equipment, lots, people, places, tables
from coldchain.archive.audit import By
from coldchain.archive.equipment import NewAssignment
from coldchain.archive.evidence import law, retention
from coldchain.archive.evidence.days import lines_of
from coldchain.archive.evidence.retention import Signed, Wish
from coldchain.archive.exposure import given
from coldchain.archive.exposure.given import NewGiven
from coldchain.archive.lots import NewMovement, Reason
from coldchain.archive.people import Role, User
from coldchain.archive.places import Region
from coldchain.errors import BadInput
from coldchain.reading import Trace
from tests.archive.small import HOUR, NURSE, PROBE, T0, drawer_of
from tests.evidence.cast import DAY, MIDNIGHT, NOW, beside, trace
from tests.evidence.conftest import Site

PASSWORD = "a refrigerator stands in a clinic"
SIGNED = Signed("admin", PASSWORD, "manager", PASSWORD)
LONG_AFTER = int(datetime(2034, 1, 1, tzinfo=UTC).timestamp() * 1000)  # the lot expires on 2028-11-28
BY = By("admin", LONG_AFTER, "the law's term is over")
WISH = Wish((PROBE,), MIDNIGHT, MIDNIGHT + 2 * DAY)
BEFORE = Wish((PROBE,), MIDNIGHT - DAY, MIDNIGHT)  # nothing hung anywhere, and nobody recorded a lot
FARAWAY = Region(code="512000000000", level=3, name_zh="远县", name_en="Faraway")


@pytest.fixture
def engine() -> str:
    return "sqlite"


@pytest.fixture
async def ready(site: Site) -> Site:
    """Nothing is held or undecided, and people have passwords."""
    hashed = await people.hash_password(PASSWORD)
    async with site.archive.writing() as tx:
        await places.put_regions(tx, [FARAWAY], NURSE)
        others = [("admin2", " Admin", None), ("faraway", "faraway", FARAWAY.code)]
        for name, display, region in others:
            user = User(name=name, display=display, role=Role.MANAGER, region=region)
            await people.create_user(tx, user, "no hash", NURSE)
        for name in ("admin", "manager", "nurse", "admin2", "faraway"):
            await people.set_password(tx, name, hashed, NURSE, wall=0)
        for hold in await tx.scalars(select(tables.Hold)):
            hold.lifted_at, hold.lifted_why = NOW, "released"
        for dossier in await tx.scalars(select(tables.Dossier)):
            dossier.state = "decided"
    await beside(site.archive, "update excursion set state = 'closed'")
    return site


async def refused(site: Site, wish: Wish = WISH, signed: Signed = SIGNED, by: By = BY) -> str:
    with pytest.raises(BadInput) as caught:
        await retention.delete(site.archive, site.series, wish, signed, by)
    assert len(await site.series.read(PROBE, MIDNIGHT, MIDNIGHT + DAY)) == 144
    return str(caught.value)


async def test_an_act_deletes_what_no_lot_needs_and_says_what_it_was(ready: Site):
    was = await ready.series.read(PROBE, WISH.start, WISH.end)
    act = await retention.delete(ready.archive, ready.series, WISH, SIGNED, BY)
    assert len(await ready.series.read(PROBE, WISH.start, WISH.end)) == 0
    assert len(await ready.series.read(PROBE, WISH.end, WISH.end + DAY)) == 144
    [[channel, count, sha256]] = act.channels
    assert (channel, count) == (PROBE, len(lines_of(was)))
    assert act.lots == [["HepB-A1", "2028-11-28", "2033-11-28"]]
    assert (act.signed_by, act.second, len(sha256)) == ("admin", "manager", 64)


async def test_a_verification_says_of_a_deleted_day_by_which_act_it_is_gone(ready: Site):
    before = await ready.findings()
    await retention.delete(ready.archive, ready.series, WISH, SIGNED, BY)
    report = await ready.verified()
    assert ([str(each) for each in report.findings], report.days_deleted) == (before, 2)


async def test_what_is_put_back_after_an_act_is_found(ready: Site):
    was = await ready.series.read(PROBE, WISH.start, WISH.start + HOUR)
    await retention.delete(ready.archive, ready.series, WISH, SIGNED, BY)
    await ready.series.write([was])
    assert f"day {PROBE} 2026-07-01: it was to be deleted by act 1, and holds 6 readings" in await ready.findings()


async def test_an_act_that_was_cut_off_is_carried_out_again(ready: Site):
    act = await retention.decide(ready.archive, ready.series, WISH, SIGNED, BY)
    await ready.series.delete(PROBE, WISH.start, WISH.end)
    await retention.carry_out(ready.archive, ready.series, act.id, BY)
    async with ready.archive.reading() as tx:
        [act] = await retention.acts(tx)
    assert act.done_at == LONG_AFTER


async def not_carried_out(site: Site, act: int) -> str:
    with pytest.raises(BadInput) as caught:
        await retention.carry_out(site.archive, site.series, act, BY)
    return str(caught.value)


async def test_an_act_is_carried_out_once(ready: Site):
    act = await retention.delete(ready.archive, ready.series, WISH, SIGNED, BY)
    await ready.series.write([trace(PROBE, MIDNIGHT, MIDNIGHT + HOUR)])
    assert f"act {act.id} was carried out at 2034-01-01" in await not_carried_out(ready, act.id)
    assert len(await ready.series.read(PROBE, WISH.start, WISH.end)) == 6


async def test_an_act_deletes_nothing_but_what_was_signed_for(ready: Site):
    """What came between the signatures and the deletion is in no digest: it would be gone without a trace."""
    act = await retention.decide(ready.archive, ready.series, WISH, SIGNED, BY)
    await ready.series.write([Trace(PROBE, [MIDNIGHT + 1], [9.9], [0])])
    assert "holds 277 readings, and not those 276 that were signed for" in await not_carried_out(ready, act.id)
    assert len(await ready.series.read(PROBE, WISH.start, WISH.end)) == 277


async def test_a_hold_between_the_signatures_and_the_deletion_is_honoured(ready: Site):
    act = await retention.decide(ready.archive, ready.series, WISH, SIGNED, BY)
    async with ready.archive.writing() as tx:
        (await tx.scalars(select(tables.Hold))).one().lifted_at = None
    assert "they cover lots that are held: HepB-A1" in await not_carried_out(ready, act.id)


async def test_who_asks_learns_of_which_channels_nobody_wrote_down_what_they_measured(ready: Site):
    """Before its first assignment, 8 hours into the first day."""
    async with ready.archive.reading() as tx:
        assert (await retention.standing(tx, BEFORE, LONG_AFTER)).unassigned == (PROBE,)
        assert (await retention.standing(tx, WISH, LONG_AFTER)).unassigned == ()


@pytest.mark.parametrize(
    ("signed", "words"),
    [
        (Signed("admin", PASSWORD, "admin", PASSWORD), "second: one person signs twice"),
        (Signed("admin", PASSWORD, "admin2", PASSWORD), "second: one person signs twice: admin as admin and as admin2"),
        (Signed("admin", PASSWORD, "faraway", PASSWORD), "second: faraway does not answer for 511900012-1/28ff641e"),
        (Signed("admin", "wrong", "manager", PASSWORD), "user: name or password is wrong"),
        (Signed("admin", PASSWORD, "nobody", PASSWORD), "second: name or password is wrong"),
        (Signed("manager", PASSWORD, "admin", PASSWORD), "user: a manager may not sign this; let a administrator sign"),
        (Signed("admin", PASSWORD, "nurse", PASSWORD), "second: a clinic may not sign this"),
    ],
)
async def test_who_may_not_sign_is_refused(ready: Site, signed: Signed, words: str):
    assert words in await refused(ready, signed=signed)


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        (Wish((PROBE,), MIDNIGHT + HOUR, MIDNIGHT + DAY), "start: these are no whole UTC days"),
        (Wish((PROBE,), MIDNIGHT + DAY, MIDNIGHT), "start: these are no whole UTC days"),
        (Wish((PROBE,), MIDNIGHT, LONG_AFTER // DAY * DAY + DAY), "end: 2034-01-02T00:00:00+00:00 is still to come"),
        (Wish(("a/b/temperature",), MIDNIGHT, MIDNIGHT + DAY), "channel: a/b/temperature is not in the archive"),
        (Wish((), MIDNIGHT, MIDNIGHT + DAY), "channel: none is not in the archive"),
    ],
)
async def test_what_is_no_wish_is_refused(ready: Site, wish: Wish, words: str):
    assert words in await refused(ready, wish)


async def test_no_reason_is_no_act(ready: Site):
    assert "reason: none is given" in await refused(ready, by=By("admin", LONG_AFTER, " "))


async def test_readings_that_cover_a_lot_within_its_term_stay(ready: Site):
    at = int(datetime(2033, 11, 28, 23, tzinfo=UTC).timestamp() * 1000)
    assert "they cover lots within their term: HepB-A1 until 2033-11-28" in await refused(
        ready, by=By("admin", at, "r")
    )


async def test_a_lot_that_came_for_an_hour_is_covered_all_the_same(ready: Site):
    async with ready.archive.writing() as tx:
        new = lots.Lot(id="late", number="L", vaccine="HepB", maker="m", expires_on="2032-01-01")
        await lots.put_lots(tx, [new], NURSE)
        for reason, at, end in ((Reason.RECEIVED, T0 + HOUR, "target"), (Reason.ISSUED, T0 + 2 * HOUR, "source")):
            await lots.move(tx, NewMovement(lot="late", at=at, doses=5, reason=reason, **{end: 1}), NURSE)  # type: ignore[arg-type] # one of its two ends
    assert "late until 2037-01-01" in await refused(ready)


async def test_a_channel_of_the_whole_equipment_covers_what_is_in_any_compartment(ready: Site):
    async with ready.archive.reading() as tx:
        stands = await retention.standing(tx, Wish(("511900012-1/mains/power",), MIDNIGHT, MIDNIGHT + DAY), LONG_AFTER)
    assert [each.lot for each in stands.lots] == ["HepB-A1"]


async def test_readings_of_lots_that_are_held_stay(ready: Site):
    async with ready.archive.writing() as tx:
        (await tx.scalars(select(tables.Hold))).one().lifted_at = None
    assert "they cover lots that are held: HepB-A1" in await refused(ready)


async def test_readings_of_an_excursion_that_is_not_decided_stay(ready: Site):
    await beside(ready.archive, "update dossier set state = 'opinion_in'")
    assert "excursions are undecided: c1" in await refused(ready)
    await beside(ready.archive, "update dossier set state = 'decided'")
    await beside(ready.archive, "update excursion set state = 'open'")
    assert "excursions are undecided: c1" in await refused(ready)


async def obstacles(site: Site, wish: Wish = WISH, at: int = LONG_AFTER) -> str:
    async with site.archive.reading() as tx:
        return "; ".join((await retention.standing(tx, wish, at)).obstacles)


async def test_readings_of_lots_that_nobody_recorded_stay_for_the_longest_term(ready: Site):
    words = "nobody recorded which lots they cover, and such stay until 2034-06-30"
    assert words in await obstacles(ready, BEFORE)
    assert words in await refused(ready, BEFORE)
    assert not await obstacles(ready, BEFORE, LONG_AFTER + 365 * DAY)


async def test_a_day_without_a_lot_is_not_known_by_the_lot_of_the_day_after(ready: Site):
    """The lot came at eight; the day before it nothing was recorded."""
    assert "nobody recorded" in await obstacles(ready, Wish((PROBE,), MIDNIGHT - DAY, MIDNIGHT + DAY))


async def test_a_lot_in_another_compartment_of_the_facility_is_asked_for(ready: Site):
    drawer = await drawer_of(ready.archive)
    async with ready.archive.writing() as tx:
        new = lots.Lot(id="beside", number="L", vaccine="HepB", maker="m", expires_on="2032-01-01")
        await lots.put_lots(tx, [new], NURSE)
        move = NewMovement(lot="beside", at=T0 + HOUR, doses=5, reason=Reason.RECEIVED, target=drawer)
        await lots.move(tx, move, NURSE)
    assert "they cover lots within their term: beside until 2037-01-01" in await obstacles(ready)


async def test_a_lot_that_is_only_known_to_have_been_given_there_is_asked_for(ready: Site):
    async with ready.archive.writing() as tx:
        new = lots.Lot(id="given", number="L", vaccine="HepB", maker="m", expires_on="2032-01-01")
        await lots.put_lots(tx, [new], NURSE)
        count = NewGiven(lot="given", facility="511900012", given_on="2026-07-01", doses=2, source="IIS")
        await given.put(tx, [count], By("desk", NOW, "import"))
    assert "given until 2037-01-01" in await obstacles(ready)


async def test_an_expiry_that_was_rewritten_frees_nothing(ready: Site):
    async with ready.archive.writing() as tx:
        row = await tx.get_one(tables.Lot, "HepB-A1")
        row.expires_on = "2010-01-01"
        await audit.record(tx, By("admin", NOW, "corrected"), "changed", [row])
    at = int(datetime(2033, 11, 28, 23, tzinfo=UTC).timestamp() * 1000)
    assert "HepB-A1 until 2033-11-28" in await obstacles(ready, at=at)


async def test_a_probe_moved_for_the_past_takes_no_lot_off_the_list(ready: Site):
    async with ready.archive.writing() as tx:
        new = NewAssignment(channel=PROBE, equipment="511900012-BX1", compartment="frozen", start=T0 + 1)
        await equipment.assign(tx, new, By("admin", NOW, "it hung elsewhere"))
        stands = await retention.standing(tx, Wish((PROBE,), MIDNIGHT + DAY, MIDNIGHT + 2 * DAY), LONG_AFTER)
    assert ([each.lot for each in stands.lots], stands.unrecorded) == (["HepB-A1"], ())


@pytest.mark.parametrize(
    ("expires", "kept"), [("2028-11-28", "2033-11-28"), ("2028-02-29", "2033-03-01"), ("2024-12-31", "2029-12-31")]
)
def test_a_term_counts_from_expiry(expires: str, kept: str):
    assert law.kept_until(expires, law.term_at(NOW)) == kept


def test_the_terms_are_dated_and_the_law_holds_today():
    assert law.term_at(NOW).name == "china-vaccine-law"
    assert {term.name for term in law.shipped() if term.is_in_force(date(2018, 1, 1))} == {"china-storage-code-2017"}
    assert all(term.source and term.certainty for term in law.shipped())
    assert all(term.source and term.certainty for term in law.shipped_unrecorded())
    with pytest.raises(BadInput, match="no term is in force on 1970-01-01"):
        law.term_at(0)
