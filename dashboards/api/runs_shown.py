"""Runs as the API shows them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from coldchain.archive import locking, tables
from coldchain.archive.db import Tx
from coldchain.archive.tables import Compartment
from coldchain.archive.transport.cargo import Aboard
from coldchain.archive.transport.journeys import Journey
from coldchain.archive.transport.words import Reading, Run, Stop
from coldchain.clock import iso, iso_or_none
from dashboards.api.models_rounds import (
    CarrierAnswer,
    FindingAnswer,
    OnBoard,
    RunAnswer,
    RunCard,
    RunMovement,
    RunReadingAnswer,
    StopAnswer,
)


@dataclass(frozen=True, slots=True)
class Tags:
    """The states of what can be acted on in a run."""

    run: str
    stops: Mapping[str, str]  # by facility
    readings: Mapping[int, str]


async def tags_of(tx: Tx, whole: Journey) -> Tags:
    """The states of a run's rows."""
    number = whole.run.id
    return Tags(
        run=locking.tag_of(await tx.get_one(tables.Run, number)),
        stops={
            each.facility: locking.tag_of(await tx.get_one(tables.RunStop, (number, each.facility)))
            for each in whole.stops
        },
        readings=await locking.tags_of(tx, tables.RunReading, [each.id for each in whole.readings]),
    )


def run_of(run: Run) -> RunAnswer:
    """A run, in short."""
    return RunAnswer(
        id=run.id,
        kind=run.kind,
        round=run.round,
        origin=run.origin,
        tool=run.tool,
        cooling=run.cooling,
        way=run.way,
        plate=run.plate,
        purpose=run.purpose,
        sender=run.sender,
        order_no=run.order_no,
        order_document=run.order_document,
        started=iso(run.started_at),
        ended=iso_or_none(run.ended_at),
        closed_by=run.closed_by,
        despite=run.despite,
    )


def card_of(whole: Journey, on_board: Sequence[Aboard], places: Mapping[int, Compartment], tags: Tags) -> RunCard:
    """All of a run; `places` are the compartments that its movements touch."""
    riding = {each.compartment: each.name for each in whole.carriers}
    names = riding | {number: f"{row.equipment}/{row.name}" for number, row in places.items()}
    movements = [
        RunMovement(
            id=each.id,
            time=iso(each.at),
            lot=each.lot,
            doses=each.doses,
            reason=each.reason,
            source=None if each.source is None else names[each.source],
            target=None if each.target is None else names[each.target],
            bound_for=each.counterparty,
        )
        for each in whole.movements
    ]
    return RunCard(
        tag=whole.state,
        run=run_of(whole.run).model_copy(update={"tag": tags.run}),
        stops=[_stop(each, whole.put_off.get(each.facility, 0), tags.stops[each.facility]) for each in whole.stops],
        carriers=[CarrierAnswer(place=each.name, is_measured=each.is_measured) for each in whole.carriers],
        loggers=list(whole.loggers),
        readings=[_reading(each, riding, tags.readings[each.id]) for each in whole.readings],
        movements=movements,
        on_board=[
            OnBoard(carrier=riding[each.carrier], lot=each.lot, vaccine=each.vaccine, doses=each.doses)
            for each in on_board
        ],
        findings=[FindingAnswer(lack=each.lack, words=each.words) for each in whole.findings],
    )


def _stop(each: Stop, put_off: int, tag: str) -> StopAnswer:
    return StopAnswer(
        facility=each.facility,
        position=each.position,
        arrived=iso_or_none(each.arrived_at),
        distance_km=each.distance_km,
        receiver=each.receiver,
        receipt=each.receipt,
        put_off=put_off,
        tag=tag,
    )


def _reading(each: Reading, riding: Mapping[int, str], tag: str) -> RunReadingAnswer:
    return RunReadingAnswer(
        id=each.id,
        point=each.point,
        carrier=riding[each.carrier],
        facility=each.facility,
        time=iso(each.at),
        vaccine_c=each.vaccine_c,
        ice=each.ice,
        ambient_c=each.ambient_c,
        by=each.by,
        withdrawn=iso_or_none(each.withdrawn_at),
        tag=tag,
    )
