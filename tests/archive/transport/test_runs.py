from typing import Any

import pytest

from coldchain.archive import cases, chains, documents, equipment, holds, lots, tables
from coldchain.archive.cases import KeptRevision
from coldchain.archive.db import Archive
from coldchain.archive.exposure import evidence
from coldchain.archive.transport import cargo, readings, runs
from coldchain.archive.transport.findings import Lack
from coldchain.archive.transport.journeys import Journey, journey
from coldchain.archive.transport.words import Logger, Measured, Point, RunKind
from coldchain.errors import BadInput
from coldchain.excursion import LotShare
from tests.archive.cast import a_case
from tests.archive.small import HOUR, PROBE, T0
from tests.archive.transport.cast import (
    CLINIC,
    LOADING,
    LOGGER,
    LOT,
    POST,
    STORE,
    Cast,
    a_run,
    arrive,
    bring_back,
    by,
    complete,
    delivered,
    furnish,
    later,
    load,
    outreach,
    read,
    receive,
    start,
)

sqlite_only = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


@pytest.fixture
async def cast(archive: Archive) -> Cast:
    return await furnish(archive)


async def whole(archive: Archive, number: int) -> Journey:
    async with archive.reading() as tx:
        run = await runs.find(tx, None, number)
        assert run is not None
        return await journey(tx, run)


async def stays(archive: Archive) -> list[tuple[int, int, int | None, int]]:
    async with archive.reading() as tx:
        found = await lots.stays(tx, LOT)
    return sorted((each.compartment, each.start, each.end, each.levels[-1][1]) for each in found)


async def test_doses_ride_in_the_carrier_from_loading_to_the_door(archive: Archive, cast: Cast):
    number = await delivered(archive, cast)
    assert [stay for stay in await stays(archive) if stay[0] == cast.van] == [(cast.van, later(0.2), later(2.2), 100)]
    done = await whole(archive, number)
    assert (done.run.ended_at, done.run.despite, done.findings, done.put_off) == (later(3), "", (), {CLINIC: 100})
    assert {each.run for each in done.movements} == {number}
    async with archive.reading() as tx:
        assert await chains.unseen(tx) == []


async def test_a_logger_measures_the_carrier_for_the_run_and_no_longer(archive: Archive, cast: Cast):
    logger = Logger(channel=LOGGER, carrier=cast.van, interval_s=300)
    number = await delivered(archive, cast, loggers=(logger,), watched=frozenset({cast.van}))
    async with archive.reading() as tx:
        [there] = await equipment.assignments_of(tx, LOGGER)
        assert await evidence.listed(tx, cast.van, 0, later(9)) == []
    assert (there.compartment, there.start, there.end, there.interval_s) == (cast.van, later(0), later(3), 300)
    assert (await whole(archive, number)).carriers[0].is_measured


async def test_what_no_channel_watched_is_vouched_for_by_hand(archive: Archive, cast: Cast):
    number = await delivered(archive, cast)
    async with archive.reading() as tx:
        [found] = await evidence.listed(tx, cast.van, 0, later(9))
    assert (found.start, found.end, found.departure_c, found.return_c) == (later(0.5), later(2), 4.5, 5.0)
    assert (found.ice_out, found.ice_back, found.signed_by, found.run) == ("frozen", "conditioned", "driver 王", number)


async def test_a_session_bag_goes_out_and_comes_back_with_what_was_not_opened(archive: Archive, cast: Cast):
    number = await start(archive, outreach(cast))
    await load(archive, number, 30, cast.fridge, cast.bag)
    await read(archive, number, Point.DEPARTURE, 0.5, cast.bag)
    await arrive(archive, number, POST, 1, cast.bag, receiver=None)
    async with archive.writing() as tx:
        given = cargo.Unload(lot=LOT, doses=18, carrier=cast.bag, at=later(3), target=None)
        await cargo.use(tx, number, given, by(100))
    await read(archive, number, Point.BACK, 4, cast.bag, 6.1)
    await bring_back(archive, number, 4.1, 12, cast.bag, cast.fridge)
    await complete(archive, number, 5)
    assert (cast.fridge, 52) in [(stay[0], stay[3]) for stay in await stays(archive)]
    async with archive.reading() as tx:
        [found] = await evidence.listed(tx, cast.bag, 0, later(9))
    assert (found.start, found.end, found.return_c) == (later(0.5), later(4), 6.1)


async def test_refused_doses_stay_on_board_until_they_are_brought_back(archive: Archive, cast: Cast):
    number = await start(archive, a_run(cast))
    await load(archive, number, 100, cast.store, cast.van)
    await read(archive, number, Point.DEPARTURE, 0.5, cast.van)
    await arrive(archive, number, CLINIC, 2, cast.van, 9.4)
    assert await receive(archive, number, 2.2, cast) == "refused"
    with pytest.raises(BadInput, match="run: 100 doses of HepB-A1 are on board; put them off, bring them back"):
        await complete(archive, number, 3, despite="refused")
    await bring_back(archive, number, 4, 100, cast.van, cast.store)
    with pytest.raises(BadInput, match=r"record: V1/cold was at 9.4 °C .*\(arrival\); write what is missing"):
        await complete(archive, number, 5)
    await complete(archive, number, 5, despite="收货拒收")
    assert (await whole(archive, number)).run.despite == "收货拒收"


async def test_doses_without_papers_come_in_and_wait(archive: Archive, cast: Cast):
    number = await start(archive, a_run(cast))
    await load(archive, number, 100, cast.store, cast.van)
    await read(archive, number, Point.DEPARTURE, 0.5, cast.van)
    await arrive(archive, number, CLINIC, 2, cast.van)
    assert await receive(archive, number, 2.2, cast, papers_complete=False, missing="批签发证明") == "waiting"
    issued = lots.NewMovement(lot=LOT, at=later(3), doses=71, reason=lots.Reason.ISSUED, source=cast.fridge)
    with pytest.raises(BadInput, match="wait for the papers"):
        async with archive.writing() as tx:
            await lots.move(tx, issued, by(100))


async def test_what_the_loggers_showed_decides_at_the_door_too(archive: Archive, cast: Cast):
    number = await start(archive, a_run(cast))
    await load(archive, number, 100, cast.store, cast.van)
    await read(archive, number, Point.DEPARTURE, 0.5, cast.van)
    await arrive(archive, number, CLINIC, 2, cast.van)
    assert await receive(archive, number, 2.2, cast, sensor_low_c=-0.8, sensor_high_c=5.0) == "refused"


async def test_a_long_way_is_read_at_least_every_six_hours(archive: Archive, cast: Cast):
    number = await start(archive, a_run(cast))
    await load(archive, number, 100, cast.store, cast.van)
    await read(archive, number, Point.DEPARTURE, 1, cast.van)
    await read(archive, number, Point.EN_ROUTE, 7, cast.van)
    await arrive(archive, number, CLINIC, 13.5, cast.van)
    assert await receive(archive, number, 13.6, cast) == "accepted"
    [finding] = (await whole(archive, number)).findings
    assert finding.lack is Lack.EN_ROUTE
    assert finding.words.endswith("to 2026-07-02T13:30:00+00:00: 6.5 h")
    with pytest.raises(BadInput, match=r"record: nobody read V1/cold from 2026-07-02T07:00:00"):
        await complete(archive, number, 14)
    await read(archive, number, Point.EN_ROUTE, 10, cast.van)
    await complete(archive, number, 14)


async def test_a_logger_that_never_spoke_measures_nothing(archive: Archive, cast: Cast):
    number = await start(archive, a_run(cast, loggers=(Logger(channel=LOGGER, carrier=cast.van),)))
    await load(archive, number, 100, cast.store, cast.van)
    await read(archive, number, Point.DEPARTURE, 0.5, cast.van)
    await arrive(archive, number, CLINIC, 10, cast.van)
    assert await receive(archive, number, 10.2, cast) == "accepted"
    with pytest.raises(BadInput, match=r"record: nobody read V1/cold from .*: 9.5 h"):
        await complete(archive, number, 11)
    await complete(archive, number, 11, despite="记录仪没电")
    assert not (await whole(archive, number)).carriers[0].is_measured
    async with archive.reading() as tx:
        assert len(await evidence.listed(tx, cast.van, 0, later(20))) == 1  # it is vouched for by hand, then


async def test_what_is_missing_stands_in_words(archive: Archive, cast: Cast):
    number = await start(archive, a_run(cast, kind=RunKind.EMERGENCY, round=None, order_no="县疾控〔2026〕9号"))
    await read(archive, number, Point.DEPARTURE, 0.5, cast.van, 8.4, ice=None)
    await arrive(archive, number, CLINIC, 2, cast.van, receiver=None, distance_km=None)
    found = {each.lack for each in (await whole(archive, number)).findings}
    assert found == {Lack.OUT_OF_BAND, Lack.ICE, Lack.DISTANCE, Lack.RECEIVER, Lack.RECEIPT, Lack.ORDER}
    async with archive.writing() as tx:
        await readings.complete_stop(tx, number, CLINIC, by(100), distance_km=31, receiver="李小琴")
    assert Lack.RECEIVER not in {each.lack for each in (await whole(archive, number)).findings}
    with pytest.raises(BadInput, match="receiver: '李小琴' stands there; what was signed stays"):
        async with archive.writing() as tx:
            await readings.complete_stop(tx, number, CLINIC, by(100), receiver="别人")


async def test_a_wrong_reading_is_withdrawn_and_read_again(archive: Archive, cast: Cast):
    number = await start(archive, a_run(cast))
    await read(archive, number, Point.DEPARTURE, 0.5, cast.van, 45.0)
    async with archive.writing() as tx:
        await readings.withdraw(tx, 1, by(1, "a slip of the pen"))
    await read(archive, number, Point.DEPARTURE, 0.5, cast.van, 4.5)
    async with archive.reading() as tx:
        both = await readings.of_run(tx, number)
    assert [(each.vaccine_c, each.withdrawn_at) for each in both] == [(45.0, later(1)), (4.5, None)]


@sqlite_only
async def test_an_arrival_that_was_wrong_is_taken_back_and_written_anew(archive: Archive, cast: Cast):
    number = await start(archive, a_run(cast))
    await load(archive, number, 100, cast.store, cast.van)
    await read(archive, number, Point.DEPARTURE, 0.5, cast.van)
    await arrive(archive, number, CLINIC, 3, cast.van, 50.0)
    with pytest.raises(BadInput, match="a stop is reached once"):
        await arrive(archive, number, CLINIC, 2, cast.van)
    async with archive.writing() as tx:
        await readings.withdraw(tx, 2, by(4, "a slip of the pen"))
    await arrive(archive, number, CLINIC, 2, cast.van, distance_km=None)
    assert await receive(archive, number, 2.2, cast) == "accepted"
    [stop] = (await whole(archive, number)).stops
    assert (stop.arrived_at, stop.distance_km) == (later(2), 32)


@sqlite_only
async def test_a_logger_that_went_elsewhere_on_the_way_is_left_there(archive: Archive, cast: Cast):
    """Somebody took it off, or it hangs in the clinic's refrigerator by now: the run ends all the same."""
    number = await start(archive, a_run(cast, loggers=(Logger(channel=LOGGER, carrier=cast.van),)))
    async with archive.writing() as tx:
        moved = equipment.NewAssignment(channel=LOGGER, equipment="511900012-BX1", compartment="cold", start=later(1))
        await equipment.assign(tx, moved, by(1))
        await runs.cancel(tx, number, by(2))
    async with archive.reading() as tx:
        assert [each.end for each in await equipment.assignments_of(tx, LOGGER)] == [later(1), None]


@sqlite_only
@pytest.mark.parametrize("kind", ["vaccine_van", "mobile_vehicle", "gsp_vehicle", "mobile_box"])
async def test_whatever_is_made_to_carry_vaccine_rides_along(archive: Archive, cast: Cast, kind: str):
    async with archive.writing() as tx:
        van = await tx.get_one(tables.Equipment, "V1")
        van.type = kind
    assert await start(archive, a_run(cast)) == 1


async def test_a_run_begun_by_mistake_is_taken_back_with_its_loggers(archive: Archive, cast: Cast):
    number = await start(archive, a_run(cast, loggers=(Logger(channel=LOGGER, carrier=cast.van),)))
    async with archive.writing() as tx:
        await runs.cancel(tx, number, by(1))
    await start(archive, a_run(cast, started_at=later(0.05)))
    again = await start(archive, a_run(cast, carriers=(cast.box,), plate="川Z99999"))
    await read(archive, again, Point.DEPARTURE, 0.5, cast.box)
    with pytest.raises(BadInput, match=f"run: run {again} was loaded or read"):
        async with archive.writing() as tx:
            await runs.cancel(tx, again, by(1))


IMPOSSIBLE: list[tuple[dict[str, Any], str]] = [
    ({"kind": RunKind.EMERGENCY, "round": None}, "order_no: nothing orders this emergency run"),
    ({"kind": RunKind.EMERGENCY, "order_no": "9"}, "round: an emergency run belongs to none"),
    ({"round": None}, "round: a supply belongs to a round"),
    ({"round": 9}, "round: 9 is not one that counts"),
    ({"stops": (POST,)}, "facility: '511900013' has no line in round 1"),
    ({"stops": ()}, "stops: a run of 0 stops cannot be"),
    ({"stops": (CLINIC, CLINIC)}, "stops: 511900012, 511900012 from 511900001 comes twice to one place"),
    ({"origin": CLINIC}, "stops: 511900012 from 511900012 comes twice"),
    ({"origin": "F9"}, "facility: 'F9' is not in the archive"),
    ({"started_at": later(1)}, "started_at: 2026-07-02T01:00:00.* is yet to come"),
    ({"sender": " "}, "sender: nobody hands the vaccine over"),
    ({"plate": ""}, "plate: the vehicle has none"),
    ({"plate": "x" * 41}, "run.plate: 41 characters are too many"),
    ({"carriers": ()}, "carriers: none, or one twice"),
    ({"carriers": (999,)}, "carriers: there is no compartment 999"),
    ({"order_document": "ab"}, "order_document: there is no document 'ab'"),
    ({"loggers": (Logger(channel=LOGGER, carrier=999),)}, "loggers: .* would measure compartment 999, which does not ride"),
]  # fmt: skip


@sqlite_only
@pytest.mark.parametrize(("values", "words"), IMPOSSIBLE)
async def test_a_run_that_cannot_be_is_refused(archive: Archive, cast: Cast, values: dict[str, Any], words: str):
    with pytest.raises(BadInput, match=words):
        await start(archive, a_run(cast, **values))
    async with archive.reading() as tx:
        assert await runs.of(tx, None, 10) == []


async def test_a_fridge_does_not_ride_along_and_its_probe_is_in_one_place(archive: Archive, cast: Cast):
    with pytest.raises(BadInput, match="carriers: 511900012-BX1 is a domestic_fridge; name a vehicle"):
        await start(archive, a_run(cast, carriers=(cast.fridge,)))
    with pytest.raises(BadInput, match=f"loggers: {PROBE} measures 511900012-BX1 since .*; end that first: a probe"):
        await start(archive, a_run(cast, loggers=(Logger(channel=PROBE, carrier=cast.van),)))


async def test_a_vehicle_is_on_one_run_at_a_time(archive: Archive, cast: Cast):
    first = await start(archive, a_run(cast, carriers=(cast.van, cast.box)))
    for values in ({}, {"carriers": (cast.box,), "plate": "川Z2"}, {"carriers": (cast.bag,)}):
        with pytest.raises(BadInput, match=f"carriers: run {first} has it or its boxes from .* and goes on"):
            await start(archive, a_run(cast, **values))
    await complete(archive, first, 0.05, despite="it did not go")
    with pytest.raises(BadInput, match=f"carriers: run {first} has it or its boxes from .* until"):
        await start(archive, a_run(cast))
    await start(archive, a_run(cast, started_at=later(0.06)))


async def test_readings_keep_the_order_of_the_way(archive: Archive, cast: Cast):
    number = await start(archive, a_run(cast))
    late = by(100)

    async def refused(point: Point, hours: float, words: str, **values: Any) -> None:
        measured = Measured(**{"carrier": cast.van, "vaccine_c": 4.5, **values})
        with pytest.raises(BadInput, match=words):
            async with archive.writing() as tx:
                await readings.read(tx, number, point, later(hours), measured, late)

    await refused(Point.EN_ROUTE, 1, "point: run 1 has not departed with this carrier")
    with pytest.raises(BadInput, match="point: run 1 has not departed"):
        await arrive(archive, number, CLINIC, 2, cast.van)
    await read(archive, number, Point.DEPARTURE, 0.5, cast.van)
    await refused(Point.DEPARTURE, 0.6, "point: the departure of this carrier is written down")
    await refused(Point.EN_ROUTE, 0.4, "at: it departed 2026-07-02T00:30:00")
    await refused(Point.EN_ROUTE, -1, "at: run 1 began 2026-07-02T00:00:00")
    await refused(Point.EN_ROUTE, 101, "at: .* is yet to come")
    await refused(Point.EN_ROUTE, 1, "carrier: compartment .* is not on run 1; use one of", carrier=cast.bag)
    await refused(Point.EN_ROUTE, 1, "vaccine_c: 85 °C is no temperature", vaccine_c=85.0)
    await refused(Point.EN_ROUTE, 1, "ambient_c: 99 °C is no temperature", ambient_c=99.0)
    await refused(Point.ARRIVAL, 1, "point: an arrival is somewhere")
    for at, facility, more, words in (
        (0.3, CLINIC, {}, "at: it departed 2026-07-02T00:30:00"),
        (2, POST, {}, "facility: run 1 does not stop at '511900013'"),
        (2, CLINIC, {"distance_km": -1}, "distance_km: -1 km cannot be"),
    ):
        with pytest.raises(BadInput, match=words):
            await arrive(archive, number, facility, at, cast.van, **more)
    await arrive(archive, number, CLINIC, 2, cast.van)
    with pytest.raises(BadInput, match="facility: it came there 2026-07-02T02:00:00"):
        await arrive(archive, number, CLINIC, 3, cast.van)


async def test_only_what_is_there_is_loaded_and_only_what_is_on_board_is_received(archive: Archive, cast: Cast):
    number = await start(archive, a_run(cast))
    impossible: list[tuple[int, int, dict[str, int | str], str]] = [
        (501, cast.store, {}, "doses: LK1/cold holds 500 doses"),
        (1, cast.store, {"at": later(-1)}, "at: run 1 began"),
        (1, cast.store, {"carrier": cast.box}, "carrier: compartment .* is not on run 1"),
        (1, cast.store, {"bound_for": POST}, "facility: run 1 does not stop at '511900013'"),
        (1, cast.fridge, {}, "at: run 1 has not come to 511900012 by then"),
        (1, 999, {}, "source: there is no compartment 999"),
    ]
    for doses, source, values, words in impossible:
        with pytest.raises(BadInput, match=words):
            await load(archive, number, doses, source, **{"carrier": cast.van, **values})
    await load(archive, number, 100, cast.store, cast.van)
    await read(archive, number, Point.DEPARTURE, 0.5, cast.van)
    with pytest.raises(BadInput, match="at: run 1 has not come to 511900012 by then"):
        await receive(archive, number, 2, cast)
    await arrive(archive, number, CLINIC, 2, cast.van)
    with pytest.raises(BadInput, match=r"lines\[0\].doses: 100 doses of HepB-A1 are in carrier .*, not 101"):
        await receive(archive, number, 2.2, cast, doses=101)
    with pytest.raises(BadInput, match="target: it is not at 511900001, where the run began"):
        await bring_back(archive, number, 3, 1, cast.van, cast.fridge)
    assert await receive(archive, number, 2.2, cast, doses=60) == "accepted"
    with pytest.raises(BadInput, match="facility: receipt 1 was made there"):
        await receive(archive, number, 2.3, cast, doses=40)


async def test_with_two_stops_each_load_says_for_whom(archive: Archive, cast: Cast):
    from coldchain.archive.transport import rounds  # noqa: PLC0415

    async with archive.writing() as tx:
        await rounds.put_line(tx, 1, POST, 10, by(0))
    number = await start(archive, a_run(cast, stops=(CLINIC, POST)))
    with pytest.raises(BadInput, match="bound_for: run 1 has 2 stops; name the one"):
        await load(archive, number, 10, cast.store, cast.van)
    await load(archive, number, 10, cast.store, cast.van, bound_for=POST)


async def test_a_run_ends_after_all_that_happened_on_it_and_once(archive: Archive, cast: Cast):
    number = await delivered(archive, cast)
    with pytest.raises(BadInput, match=f"run: run {number} ended 2026-07-02T03:00:00"):
        await complete(archive, number, 4)
    again = await start(archive, outreach(cast))
    await read(archive, again, Point.DEPARTURE, 0.5, cast.bag)
    with pytest.raises(BadInput, match="at: something was read or moved on it later"):
        await complete(archive, again, 0.4, despite="x")


async def test_an_outreach_alone_gives_doses_and_to_nobody_s_compartment(archive: Archive, cast: Cast):
    number = await start(archive, a_run(cast))
    await load(archive, number, 10, cast.store, cast.van)
    async with archive.writing() as tx:
        given = cargo.Unload(lot=LOT, doses=1, carrier=cast.van, at=later(1), target=None)
        with pytest.raises(BadInput, match="run: run 1 is a supply, no outreach"):
            await cargo.use(tx, number, given, by(100))
        with pytest.raises(BadInput, match="target: it is left out"):
            await cargo.unload(tx, number, given, by(100))


async def test_a_run_is_seen_from_where_it_begins_and_where_it_stops(archive: Archive, cast: Cast):
    number = await start(archive, a_run(cast))
    async with archive.reading() as tx:
        for scope, seen in ((frozenset({STORE}), True), (frozenset({CLINIC}), True), (frozenset({POST}), False)):
            assert (await runs.find(tx, scope, number) is not None) is seen
            assert bool(await runs.of(tx, scope, 10, round_=1, only_going=True)) is seen
        assert [each.id for each in await runs.aboard(tx, cast.van, later(1), later(2))] == [number]
        assert await runs.aboard(tx, cast.box, later(1), later(2)) == []


async def test_held_doses_go_on_board_only_as_held_and_stay_so(archive: Archive, cast: Cast):
    async with archive.writing() as tx:
        case = a_case(compartment=cast.store, equipment="LK1", lots=(LotShare(LOT, "HepB", 450, HOUR),))
        await cases.keep(tx, [KeptRevision(case=case, why="w", at=LOADING, evidence_start=T0, evidence_end=LOADING)])
        await holds.keep(tx, case, STORE, T0 + 2 * HOUR)
    number = await start(archive, a_run(cast, kind=RunKind.EMERGENCY, round=None, order_no="隔离转移"))
    with pytest.raises(BadInput, match="doses: 450 of the doses of HepB-A1 there are under hold"):
        await load(archive, number, 100, cast.store, cast.van)
    await load(archive, number, 50, cast.store, cast.van)
    await load(archive, number, 30, cast.store, cast.van, held=30, at=later(0.3))
    async with archive.reading() as tx:
        found = {(hold.compartment, hold.doses) for hold in await holds.of_lot(tx, LOT) if hold.lifted_at is None}
    assert found == {(cast.store, 420), (cast.van, 30)}


async def test_an_order_that_was_on_no_paper_is_due_after_the_run_until_it_is_filed(archive: Archive, cast: Cast):
    order = {"kind": RunKind.EMERGENCY, "round": None, "order_no": "急〔2026〕3号"}
    number = await start(archive, a_run(cast, **order))
    supply = await start(archive, outreach(cast))
    assert await due(archive) == []  # it is on its way
    await complete(archive, number, 1, despite="文件后补")
    assert (await due(archive), await due(archive, CLINIC)) == ([number], [])
    async with archive.writing() as tx:
        paper = (await documents.add(tx, "order.pdf", b"%PDF-1.4 order", None, by(2))).sha256
        for other, words in ((supply, "only an emergency run has an order"), (99, "99")):
            with pytest.raises(BadInput, match=words):
                await runs.file_order(tx, other, paper, by(2))
        with pytest.raises(BadInput, match="order_document"):
            await runs.file_order(tx, number, "0" * 64, by(2))
        await runs.file_order(tx, number, paper, by(2))
        with pytest.raises(BadInput, match="what was filed stays"):
            await runs.file_order(tx, number, paper, by(2))
    assert await due(archive) == []


async def due(archive: Archive, *facilities: str) -> list[int]:
    async with archive.reading() as tx:
        return [each.id for each in await runs.orders_due(tx, frozenset(facilities) or None, 10)]
