"""An excursion in a vehicle: what lies on board is known from the run's movements, as in any compartment."""

from coldchain.archive import cases, equipment, places
from coldchain.archive.audit import By
from coldchain.archive.equipment import Equipment, EquipmentType, NewCompartment, Purpose
from coldchain.archive.places import Facility, FacilityKind
from coldchain.archive.transport import cargo, readings, runs
from coldchain.archive.transport.cargo import Load, Unload
from coldchain.archive.transport.words import Cooling, Ice, Logger, Measured, NewRun, Point, RunKind, Tool, Way
from coldchain.excursion import Kind, LotsKnown
from tests.alerting.cast import BY, GATEWAY, HOUR, MINUTE, T0, Clinic, stock, trace_of

CLINIC, POST = "511900012000", "511900012201"
LOGGER = f"{GATEWAY}/log7/temperature"
AFTER = By("driver", T0 + 9 * HOUR, "the session")


async def drive(clinic: Clinic) -> tuple[int, int]:
    """A van takes 30 of 120 doses to a village from T0 to T0 + 5 h; returns the run and the van's compartment."""
    async with clinic.archive.writing() as tx:
        await stock(tx, clinic.compartment)
        post = Facility(
            code=POST,
            region="510000000000",
            name_zh="上坝村",
            name_en="Shangba",
            short_zh="上坝",
            kind=FacilityKind.VILLAGE_POST,
        )
        await places.put_facilities(tx, [post], BY)
        van = Equipment(
            code="V1", facility=CLINIC, name_zh="车", name_en="van", short_zh="车", type=EquipmentType.VEHICLE
        )
        await equipment.put_equipment(tx, [van], BY)
        hold = NewCompartment(
            equipment="V1", name="cold", name_zh="车厢", name_en="hold", purpose=Purpose.VACCINE, profile="2-8"
        )
        await equipment.put_compartments(tx, [hold], BY)
        carrier = (await equipment.compartment(tx, "V1", "cold")).id
        new = NewRun(
            kind=RunKind.OUTREACH, origin=CLINIC, stops=(POST,), carriers=(carrier,), started_at=T0,
            tool=Tool.VACCINE_VEHICLE, cooling=Cooling.ONBOARD_BOX, way=Way.DELIVERED, sender="Ada", plate="川Z1",
            loggers=(Logger(channel=LOGGER, carrier=carrier),),
        )  # fmt: skip
        number = (await runs.start(tx, new, AFTER)).id
        load = Load(lot="L-1", doses=30, source=clinic.compartment, carrier=carrier, at=T0 + 5 * MINUTE)
        await cargo.load(tx, number, load, AFTER)
        measured = Measured(carrier=carrier, vaccine_c=5.0, ice=Ice.FROZEN)
        await readings.read(tx, number, Point.DEPARTURE, T0 + 10 * MINUTE, measured, AFTER)
        back = Unload(lot="L-1", doses=30, carrier=carrier, at=T0 + 5 * HOUR, target=clinic.compartment)
        await cargo.bring_back(tx, number, back, AFTER)
    return number, carrier


async def test_an_excursion_on_board_names_the_lots_of_that_run(clinic: Clinic):
    number, carrier = await drive(clinic)
    await clinic.hear(trace_of([*[5.0] * 30, *[16.0] * 120, *[5.0] * 30], channel=LOGGER))
    async with clinic.archive.reading() as tx:
        found = [case for case in await cases.concerning(tx, carrier, T0, None) if case.facts.kind is Kind.HEAT]
        facts = found[0].facts
        on_it = await runs.aboard(tx, carrier, facts.first_bad, facts.last_bad + 1)
    assert (facts.equipment, facts.compartment, facts.lots_known) == ("V1", carrier, LotsKnown.COMPARTMENT)
    assert [(share.lot, share.doses) for share in facts.lots] == [("L-1", 30)]
    assert [run.id for run in on_it] == [number]


async def test_what_happens_in_the_empty_van_afterwards_concerns_no_lot(clinic: Clinic):
    _, carrier = await drive(clinic)
    await clinic.hear(trace_of([5.0, *[16.0] * 120, 5.0, 5.0], start=T0 + 6 * HOUR, channel=LOGGER))
    async with clinic.archive.reading() as tx:
        found = await cases.concerning(tx, carrier, T0, None)
    assert found
    assert {case.facts.lots for case in found} == {()}
