"""Late facts: a dossier whose excursion says something else than its frozen evidence becomes due again, as another version.

case revised ─► does it say anything else that a decision rests on? ─► version n+1, signatures lapse
                                                                      └► after a decision: what was released is held again

It runs in the transaction that wrote the case: one question by index where, as nearly always, there is nothing to do.
An excursion that a change of configuration eased or withdrew leaves its dossier to be decided, marked `configuration`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import Select, select
from sqlalchemy.orm import defer

from coldchain.archive import audit, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.disposition.dossiers import version_row
from coldchain.archive.disposition.opening import begin_version, ensure
from coldchain.archive.disposition.placing import place
from coldchain.archive.disposition.tracing import Named, Piece, pieces_of
from coldchain.archive.disposition.words import CONFIGURATION, Lifted, State, machine
from coldchain.excursion import Case, CaseState

_COUNTING: Final = frozenset({CaseState.OPEN, CaseState.CLOSED})
_FACTS: Final = (
    "kind",
    "equipment",
    "compartment",
    "first_bad",
    "last_bad",
    "extreme_mc",
    "product_mc",
    "out_ms",
    "unknown_ms",
    "degree_ms",
    "lots_known",
    "lots",
)


def facts_of(case: Case) -> dict[str, Any]:
    """What of a case a decision rests on; not its severity, nor that it merely goes on saying the same."""
    said = asdict(case.facts)
    facts = {name: getattr(said[name], "value", said[name]) for name in _FACTS}
    return facts | {"lots": list(facts["lots"]), "counts": case.state in _COUNTING, "merged_into": case.merged_into}


def differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """The facts that are no longer so, by name."""
    return sorted(name for name in now if then.get(name) != now[name])


@dataclass(frozen=True, slots=True)
class _News:
    """A case as it became, and by which change of configuration it was eased, now (`note`) or ever (`is_kept`)."""

    case: Case
    note: str
    is_kept: bool

    @property
    def fresh(self) -> State:
        """Of a dossier that nobody decided: void while there is no excursion, unless configuration made it so."""
        return State.OPEN if self.case.state in _COUNTING or self.is_kept else State.VOID


async def follow(tx: Tx, cases: Sequence[Case], at: int, eased: Mapping[str, str] = MappingProxyType({})) -> None:
    """Make due again what was decided, or was about to be, on other facts; `eased` as in `holds.follow`."""
    latest = {case.id: case for case in cases}
    found = await _dossiers(tx, list(latest))
    if not found:
        return
    keys = {row.excursion for row, _ in found}
    kept = await _kept(tx, keys - eased.keys()) | eased.keys()
    news = {key: _News(latest[key], eased.get(key, ""), key in kept) for key in keys}
    due = [row.id for row, version in found if await _is_other(tx, row, version, news[row.excursion])]
    if not due:
        return
    await audit.begin(tx)  # whoever signs meanwhile comes before, or finds another version
    for row, version in await _dossiers(tx, list(latest), due):
        its = news[row.excursion]
        if version.sha256 is None:
            await _keep_open(tx, row, its, at)
        elif changed := differences(version.facts or {}, facts_of(its.case)):
            await _begin_anew(tx, row, its, changed, at)
        else:
            await _mark(tx, row, machine(at, its.note))


async def is_kept(tx: Tx, excursion: str) -> bool:
    """True when a change of configuration ever eased this excursion: only people lift what it holds."""
    return bool(await _kept(tx, {excursion}))


async def _kept(tx: Tx, excursions: Collection[str]) -> set[str]:
    """Those of these excursions that a change of configuration ever eased."""
    version, dossier = tables.DossierVersion, tables.Dossier
    query = select(dossier.excursion, version.changed).join(dossier, dossier.id == version.dossier)
    rows = await tx.execute(query.where(dossier.excursion.in_(excursions)))
    return {excursion for excursion, changed in rows if CONFIGURATION in changed}


async def _dossiers(
    tx: Tx, excursions: Sequence[str], only: Sequence[int] | None = None
) -> list[tuple[tables.Dossier, tables.DossierVersion]]:
    dossier, version = tables.Dossier, tables.DossierVersion
    is_its = (version.dossier == dossier.id) & (version.version == dossier.version)
    query = select(dossier, version).join(version, is_its).where(dossier.excursion.in_(excursions))
    query = query.options(defer(version.evidence))  # what was frozen may be long, and is not compared
    query = query if only is None else query.where(dossier.id.in_(only))
    rows = await tx.execute(query.order_by(dossier.id).execution_options(populate_existing=True))
    return [(row[0], row[1]) for row in rows]


async def _is_other(tx: Tx, row: tables.Dossier, version: tables.DossierVersion, news: _News) -> bool:
    if news.note and CONFIGURATION not in version.changed:
        return True
    if version.sha256 is None:
        return _unfrozen(row, news) != row.state or await _is_released_after_all(tx, row, news.case)
    return bool(differences(version.facts or {}, facts_of(news.case)))


def _unfrozen(row: tables.Dossier, news: _News) -> str:
    return row.state if row.state == State.REOPENED else news.fresh.value


async def _mark(tx: Tx, row: tables.Dossier, by: By) -> None:
    """The version in force says that configuration eased its excursion."""
    version = await version_row(tx, row)
    if CONFIGURATION not in version.changed:
        version.changed = [*version.changed, CONFIGURATION]
        await audit.record(tx, by, CONFIGURATION, [version])


async def _is_released_after_all(tx: Tx, row: tables.Dossier, case: Case) -> bool:
    """Due again when there seemed to be no excursion, so that nothing was held; and there is one."""
    if row.state != State.REOPENED or case.state not in _COUNTING:
        return False
    return await tx.scalar(_released(row).limit(1)) is not None


async def _keep_open(tx: Tx, row: tables.Dossier, news: _News, at: int) -> None:
    by = machine(at, news.note or f"its excursion is {news.case.state.value}")
    if news.note:
        await _mark(tx, row, by)
    written: list[tables.Dossier | tables.DossierVersion] = [row]
    row.state = _unfrozen(row, news)
    if await _is_released_after_all(tx, row, news.case):
        version = await version_row(tx, row)
        version.back = [*version.back, *await hold_again(tx, row, by)]
        written += [version]
    await audit.record(tx, by, row.state, written)


async def _begin_anew(tx: Tx, row: tables.Dossier, news: _News, changed: list[str], at: int) -> None:
    said = f"revision {news.case.revision} of its excursion"
    by = machine(at, f"{said}; {news.note}" if news.note else said)
    changed = [*changed, CONFIGURATION] if news.note else changed
    is_again = await was_decided(tx, row)
    await lapse(tx, row, by, f"version {row.version + 1}: {', '.join(changed)}")
    back = await hold_again(tx, row, by) if news.case.state in _COUNTING else []
    row.version += 1
    row.state = (State.REOPENED if is_again else news.fresh).value
    await begin_version(tx, row, by, changed, back)


async def was_decided(tx: Tx, row: tables.Dossier) -> bool:
    """True when two people decided about it, on whatever version."""
    proposal = tables.Proposal
    query = select(proposal.id).where(proposal.dossier == row.id, proposal.decided_at.is_not(None))
    return await tx.scalar(query.limit(1)) is not None


async def lapse(tx: Tx, row: tables.Dossier, by: By, why: str) -> None:
    """What is proposed and not decided is no more; its signatures with it."""
    proposal = tables.Proposal
    query = select(proposal).where(
        proposal.dossier == row.id, proposal.decided_at.is_(None), proposal.lapsed_at.is_(None)
    )
    standing = list(await tx.scalars(query))
    for each in standing:
        each.lapsed_at, each.lapsed_why = by.at, why[:200]
    await audit.record(tx, by, "lapsed", standing)


async def hold_again(tx: Tx, row: tables.Dossier, by: By, lot: str | None = None) -> list[dict[str, Any]]:
    """Released doses, of a lot or of all, are held again where they are now; of those gone it is told by which movement."""
    told: list[dict[str, Any]] = []
    for released in [each for each in await tx.scalars(_released(row)) if lot in {None, each.lot}]:
        since = (by.at if released.lifted_at is None else released.lifted_at) - 1
        named = Named(
            released.excursion, released.lot, released.facility, released.compartment, released.doses, since
        )  # fmt: skip
        pieces = await pieces_of(tx, named, by.at)
        await place(tx, released, pieces, by)
        await ensure(tx, row.excursion, {piece.facility for piece in pieces if not piece.is_gone}, by)
        told += [_told(released.lot, piece) for piece in pieces]
    return told


def _released(row: tables.Dossier) -> Select[tables.Hold]:
    hold = tables.Hold
    return select(hold).where(hold.dossier == row.id, hold.lifted_why == Lifted.RELEASED.value).order_by(hold.id)


def _told(lot: str, piece: Piece) -> dict[str, Any]:
    return {
        "lot": lot,
        "doses": piece.doses,
        "facility": piece.facility,
        "compartment": piece.compartment,
        "movement": piece.movement,
        "held": not piece.is_gone,
    }
