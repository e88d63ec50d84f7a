"""Probes that were found wrong: everything since the last good check is asked about again, as a what-if; listed, never rewritten.

    certificate fails as found ─► case (channel, since, until) ─► what-if by replay ─► what would be different ─► concluded
    another certificate, entered late or withdrawn ─► the last good check is another ─► the case is due again
    readings of its time that came later ─► what was found is stale ─► asked anew

Without a good check on record it reaches back to the first reading.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import select

from coldchain.archive import audit, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.metrology import reach
from coldchain.archive.metrology.limits import Outcome
from coldchain.archive.pages import Asked, Page, page
from coldchain.archive.rows import Record, check_texts, record_of
from coldchain.archive.upkeep import days
from coldchain.archive.views import Scope
from coldchain.errors import BadInput

GOOD: Final = (Outcome.PASSED.value, Outcome.NEAR.value)
LISTS: Final = ("new", "gone", "longer", "changed")  # of what a what-if found


class ToleranceCase(Record, frozen=True, kw_only=True):
    """A probe that was found wrong, for how long it may have been, and what would be different."""

    id: int
    calibration: int
    channel: str
    since: str | None  # None: nobody knows of a good check
    until: str
    opened_at: int
    judged_at: int | None
    judged_by: str
    found: dict[str, Any] | None  # None: not asked yet
    closed_at: int | None
    closed_by: str
    conclusion: str
    withdrawn_at: int | None


async def open_case(tx: Tx, calibration: tables.Calibration, by: By) -> ToleranceCase:
    """What a failed certificate opens."""
    row = tables.ToleranceCase(
        calibration=calibration.id,
        channel=reach.channel_of(calibration.device),
        since=await _last_good(tx, calibration),
        until=calibration.done_on,
        opened_at=by.at,
    )
    tx.add(row)
    await audit.record(tx, by, "opened", [row])
    return record_of(row, ToleranceCase)


def is_wrong(calibration: tables.Calibration) -> bool:
    """True when it found its probe out of its limit, or says only how that was left, and that was out of it."""
    return (calibration.as_found or calibration.as_left) == Outcome.FAILED


async def reach_again(tx: Tx, device: str, by: By) -> None:
    """A device's certificates are others than they were: each case goes back to the last good check that is on record now.

    One that reaches farther is due again, even if people had concluded it: they saw less. One that is concluded and reaches
    less far stays as it is.
    """
    query = select(tables.ToleranceCase, tables.Calibration)
    query = query.join(tables.Calibration, tables.Calibration.id == tables.ToleranceCase.calibration)
    query = query.where(tables.Calibration.device == device, tables.ToleranceCase.withdrawn_at.is_(None))
    for case, calibration in list(await tx.execute(query)):
        since = await _last_good(tx, calibration)
        if since == case.since or (case.closed_at is not None and not _is_before(since, case.since)):
            continue
        case.since = since
        case.found, case.judged_at, case.judged_by = None, None, ""
        case.closed_at, case.closed_by, case.conclusion = None, "", ""
        await audit.record(tx, by, "reaches otherwise", [case])


async def withdraw_with(tx: Tx, calibration: tables.Calibration, by: By) -> None:
    """The certificate was a mistake, and so was its case."""
    row = await tx.scalar(select(tables.ToleranceCase).where(tables.ToleranceCase.calibration == calibration.id))
    if row is not None:
        row.withdrawn_at = by.at
        await audit.record(tx, by, "withdrawn", [row])


async def judged(tx: Tx, number: int, found: Mapping[str, Any], by: By) -> ToleranceCase:
    """Write down what a what-if found; asked again, the newer answer stands and the older one in the trail.

    Raises:
        BadInput: there is no such case, it is concluded, or the answer is none.
    """
    row = await _open(tx, number)
    missing = [name for name in LISTS if not isinstance(found.get(name), list)]
    if missing:
        raise BadInput("found", f"it lists no {', '.join(missing)}", "pass the answer of replay --shift-certificate")
    if found.get("calibration", row.calibration) != row.calibration:
        wrong = f"it is about certificate {found['calibration']}, the case about {row.calibration}"
        raise BadInput("found", wrong, "ask with the case's own certificate")
    row.found, row.judged_at, row.judged_by = dict(found), by.at, by.actor
    await audit.record(tx, by, "judged", [row])
    return record_of(row, ToleranceCase)


async def due(tx: Tx) -> list[ToleranceCase]:
    """The open cases that nobody asked about yet, or not since later readings came; the oldest first."""
    row = tables.ToleranceCase
    query = select(row).where(row.closed_at.is_(None), row.withdrawn_at.is_(None)).order_by(row.id)
    return [
        record_of(each, ToleranceCase) for each in await tx.scalars(query) if each.found is None or is_stale(each.found)
    ]


def is_stale(found: Mapping[str, Any] | None) -> bool:
    """True when readings came later than what a what-if found."""
    return found is not None and found.get("stale") is not None


async def concerned(tx: Tx, days_: Collection[tuple[str, int]]) -> list[tables.ToleranceCase]:
    """The cases with a fresh answer in whose time the readings of one of these (channel, day) lie."""
    row = tables.ToleranceCase
    query = select(row).where(row.channel.in_({channel for channel, _ in days_}), row.withdrawn_at.is_(None))
    return [
        case
        for case in await tx.scalars(query.order_by(row.id))
        if case.found is not None and not is_stale(case.found)
        if any(channel == case.channel and _is_within(day, case) for channel, day in days_)
    ]


async def came(tx: Tx, days_: Collection[tuple[str, int]], by: By) -> list[int]:
    """Readings of these (channel, day) are others than they were: what a what-if found of them is marked stale.

    A case that people concluded stays concluded; that they saw less is told with it.
    """
    await audit.begin(tx)
    cases = await concerned(tx, days_)
    for case in cases:
        case.found = {**(case.found or {}), "stale": by.at}
    await audit.record(tx, by, "stale", cases)
    return [case.id for case in cases]


def _is_within(day: int, case: tables.ToleranceCase) -> bool:
    """True for a UTC day of which some lies within the case's local days, wherever that is."""
    since = 0 if case.since is None else days.ends(case.since) - days.DAY_MS - days.WEST_MS - days.EAST_MS
    return since - days.DAY_MS < day < days.ends(case.until)


async def conclude(tx: Tx, number: int, conclusion: str, by: By) -> ToleranceCase:
    """What people made of it.

    Raises:
        BadInput: there is no such case, nobody asked the what-if yet, it is concluded already, or in no words.
    """
    row = await _open(tx, number)
    check_texts("tolerance_case", {"conclusion": conclusion})
    if row.found is None:
        raise BadInput("case", f"{number} was not asked about yet", "run calibration what-if first")
    if is_stale(row.found):
        raise BadInput("case", f"{number}: readings came later than what was found", "it is asked anew: look again")
    if not conclusion.strip():
        raise BadInput("conclusion", "says nothing", "say what was decided about the lots it lists")
    row.conclusion, row.closed_at, row.closed_by = conclusion.strip(), by.at, by.actor
    await audit.record(tx, by, "concluded", [row])
    return record_of(row, ToleranceCase)


async def of_calibration(tx: Tx, calibration: int) -> ToleranceCase:
    """The case that a certificate opened.

    Raises:
        BadInput: it opened none.
    """
    query = select(tables.ToleranceCase).where(tables.ToleranceCase.calibration == calibration)
    row = await tx.scalar(query.where(tables.ToleranceCase.withdrawn_at.is_(None)))
    if row is None:
        wrong = f"{calibration} found its probe within its limit, or does not say"
        raise BadInput("calibration", wrong, "choose one that failed as found")
    return record_of(row, ToleranceCase)


async def of(tx: Tx, number: int) -> ToleranceCase:
    """One case.

    Raises:
        BadInput: there is none.
    """
    row = await tx.get(tables.ToleranceCase, number)
    if row is None:
        raise BadInput("case", f"there is no {number}", "choose one from the list")
    return record_of(row, ToleranceCase)


async def listed(tx: Tx, asked: Asked, scope: Scope, *, only_open: bool = False) -> Page[ToleranceCase]:
    """Cases of probes that ever measured something in scope, the last opened first."""
    row = tables.ToleranceCase
    query = select(row).where(reach.covers(row.channel, scope))
    if only_open:
        query = query.where(row.closed_at.is_(None), row.withdrawn_at.is_(None))
    return await page(tx, query, (row.id,), asked, ToleranceCase, descending=True)


def seen_from(found: Mapping[str, Any] | None, equipment: frozenset[str] | None) -> dict[str, Any] | None:
    """Of what a what-if found, what concerns this equipment; None is all of it."""
    if found is None or equipment is None:
        return None if found is None else dict(found)
    kept = {name: [item for item in found[name] if item.get("equipment") in equipment] for name in LISTS}
    return {**found, **kept, "lots": lots_of(kept)}


def lots_of(found: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """The lots that are concerned by what would be different, each with the most doses that any excursion names."""
    doses: dict[tuple[str, str], int] = {}
    for name in LISTS:
        for share in (share for item in found[name] for share in item["lots"]):
            key = share["lot"], share["vaccine"]
            doses[key] = max(doses.get(key, 0), share["doses"])
    return [{"lot": lot, "vaccine": vaccine, "doses": most} for (lot, vaccine), most in sorted(doses.items())]


def _is_before(since: str | None, other: str | None) -> bool:
    """True when it reaches farther back; None is the beginning."""
    return other is not None and (since is None or since < other)


async def _last_good(tx: Tx, calibration: tables.Calibration) -> str | None:
    """The day of the last check before this one that left the probe within its limit."""
    row = tables.Calibration
    query = select(row).where(row.device == calibration.device, row.withdrawn_at.is_(None), row.id != calibration.id)
    query = query.where(row.done_on < calibration.done_on).order_by(row.done_on.desc(), row.id.desc())
    for each in await tx.scalars(query):
        if (each.as_left or each.as_found) in GOOD:
            return each.done_on
    return None


async def _open(tx: Tx, number: int) -> tables.ToleranceCase:
    await audit.begin(tx)
    row = await tx.get(tables.ToleranceCase, number)
    if row is None or row.withdrawn_at is not None or row.closed_at is not None:
        raise BadInput("case", f"{number} is not one that is open", "choose one from the list")
    return row
