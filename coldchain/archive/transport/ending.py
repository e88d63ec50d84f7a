"""The end of a run: nothing is on board any more, its loggers come off, and what no channel watched is vouched for by hand.

journey ─► on board? ─► findings: none, or why nevertheless ─► ended ─► loggers off · evidence by hand of unwatched carriers
"""

from collections.abc import Collection

from coldchain.archive import audit, changes, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.exposure import evidence
from coldchain.archive.exposure.evidence import NewEvidence
from coldchain.archive.rows import check_texts, record_of
from coldchain.archive.transport import cargo, runs
from coldchain.archive.transport.findings import Carrier
from coldchain.archive.transport.journeys import Journey, journey, span_of
from coldchain.archive.transport.words import Run
from coldchain.errors import BadInput


async def complete(
    tx: Tx, number: int, at: int, by: By, *, despite: str = "", watched: Collection[int] = ()
) -> Run:  # fmt: skip
    """End a run. With something missing in its record only by saying why; that stays with it.

    Args:
        tx: a writing transaction.
        number: of the run.
        at: when it ended.
        by: who says so.
        despite: why its record lacks something.
        watched: the carriers that readings cover on their whole way (`coldchain.ledger.roads`); the rest is vouched for by hand.

    Raises:
        BadInput: when doses are on board, something was read or moved later, or the record lacks what nobody accounts for.
    """
    row = await runs.going(tx, number)
    check_texts("run", {"despite": despite})
    runs.check_moment(row, at, by.at)
    whole = await journey(tx, record_of(row, Run), watched)
    _check_last(whole, at)
    await _check_empty(tx, number, at)
    if whole.findings and not despite.strip():
        wrong = "; ".join(each.words for each in whole.findings)
        raise BadInput("record", wrong, "write what is missing, or end it with the reason why it is")
    await runs.detach(tx, row, at, by)
    row.ended_at, row.closed_by = at, by.actor
    row.despite = despite if whole.findings else ""
    await changes.enter(tx, by, "ended", row, [])
    await _keep_measured(tx, whole, by)
    for carrier in whole.carriers:
        await _vouch(tx, whole, carrier, by)
    return record_of(row, Run)


async def _keep_measured(tx: Tx, whole: Journey, by: By) -> None:
    """As readings had it when the run ended: what comes late or is deleted makes no other record of it."""
    rows = [await tx.get_one(tables.RunCarrier, (whole.run.id, each.compartment)) for each in whole.carriers]
    for row, carrier in zip(rows, whole.carriers, strict=True):
        row.is_measured = carrier.is_measured
    await audit.record(tx, by, "ended", rows)


def _check_last(whole: Journey, at: int) -> None:
    """It ends after all that happened on it."""
    last = max(
        [
            whole.run.started_at + 1,
            *(each.at for each in whole.readings if each.withdrawn_at is None),
            *(each.at for each in whole.movements),
        ]
    )
    if at < last:
        raise BadInput("at", "something was read or moved on it later", "end it when all was done")


async def _check_empty(tx: Tx, number: int, at: int) -> None:
    left = await cargo.on_board(tx, number, at)
    if left:
        words = ", ".join(f"{each.doses} doses of {each.lot}" for each in left)
        raise BadInput("run", f"{words} are on board", "put them off, bring them back, or write that they were given")


async def _vouch(tx: Tx, whole: Journey, carrier: Carrier, by: By) -> None:
    """The readings at both ends, the ice packs and a name, where no channel rode along."""
    span = span_of(carrier.compartment, whole.readings)
    if carrier.is_measured or span is None:
        return
    out, back = span
    new = NewEvidence(
        compartment=carrier.compartment, start=out.at, end=back.at, signed_by=back.by, departure_c=out.vaccine_c,
        return_c=back.vaccine_c, ice_out=out.ice, ice_back=back.ice, run=whole.run.id,
        note=f"run {whole.run.id}",
    )  # fmt: skip
    await evidence.enter(tx, new, by)
