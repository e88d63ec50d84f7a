"""Requests for a change (变更申请): a facility asks, another person decides, the archive does what it can by itself.

    ask ─► open 未处理 ─► decide ─┬─ refused, with a comment ───────────────────────────────► done 处理完成
                                 ├─ granted, and done here: scrap, standby, into use, replace ─► done
                                 └─ granted, to be done by hand ─► in progress 处理中 ─► finish ─► done

No request turns off an alarm: what concerns alarms and limits is done by hand, in the county's policy and rule packs, by
whoever answers for them.
"""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import select, true

from coldchain.archive import audit, changes, documents, locking, places, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.names import is_same_person
from coldchain.archive.pages import Asked, Page, page
from coldchain.archive.rows import Record, check_texts, record_of
from coldchain.archive.upkeep import days, life
from coldchain.archive.upkeep.words import Status, Wish, WishState
from coldchain.archive.views import Scope
from coldchain.errors import BadInput

APPLIED: Final = {Wish.SCRAP: Status.SCRAPPED, Wish.STANDBY: Status.SPARE, Wish.INTO_USE: Status.NORMAL}
OF_ONE_PIECE: Final = frozenset({*APPLIED, Wish.REPLACE, Wish.PARAMETERS, Wish.TEMPERATURE_RANGE, Wish.REMOVE_PROBE})


class NewRequest(Record, frozen=True, kw_only=True):
    """What is wanted from a day on, in words; `successor` is the piece that takes the place of `equipment`.

    `signature` is the applicant's printed name, as they signed; empty where a program asked.
    """

    kind: Wish
    facility: str
    wanted_on: str
    wanted: str
    equipment: str | None = None
    successor: str | None = None
    phone: str = ""
    document: str | None = None
    signature: str = ""


class Request(NewRequest, frozen=True, kw_only=True):
    """… that stands in the archive, with what became of it."""

    id: int
    applicant: str
    asked_at: int
    state: WishState
    is_granted: bool | None
    decided_by: str | None
    check_unit: str
    decided_at: int | None
    comment: str
    is_applied: bool
    handler: str | None
    handled_at: int | None
    handled: str
    withdrawn_at: int | None


async def ask(tx: Tx, new: NewRequest, by: By) -> Request:
    """Ask for a change.

    Raises:
        BadInput: when facility or equipment is unknown or does not belong together, or words or day cannot be.
    """
    await audit.begin(tx)
    await _check(tx, new)
    row = tables.ChangeRequest(
        kind=new.kind.value, facility=new.facility, equipment=new.equipment, successor=new.successor,
        wanted_on=new.wanted_on, wanted=new.wanted, phone=new.phone, document=new.document, applicant=by.actor, signature=new.signature.strip(),
        asked_at=by.at, state=WishState.OPEN.value,
    )  # fmt: skip
    await changes.enter(tx, by, "asked", row, [])
    return record_of(row, Request)


async def decide(
    tx: Tx, number: int, by: By, *, is_granted: bool, comment: str = "", check_unit: str = "", seen: str | None = None
) -> Request:
    """Grant or refuse a request that is open; what can be done here is done in the same transaction.

    Args:
        tx: a writing transaction.
        number: of the request.
        by: who decides.
        is_granted: what is decided.
        comment: for the applicant.
        check_unit: the office for which it is decided (审核单位).
        seen: the request as it was looked at.

    Raises:
        BadInput: when it is not open, it is the applicant's own, it is refused without a comment, or what was granted
            cannot be done (lots are inside, the status does not allow it): then it stays open.
        Stale: when it was changed since it was `seen`.
    """
    row = await _counting(tx, number, WishState.OPEN)
    locking.check(row, seen)
    if await is_same_person(tx, row.applicant, by.actor):
        raise BadInput("decided_by", f"{by.actor} asked for it", "let another person decide")
    if not is_granted and not comment.strip():
        raise BadInput("comment", "it is refused without a word", "say why, for the applicant")
    check_texts("change_request", {"comment": comment, "check_unit": check_unit})
    row.is_granted, row.decided_by, row.decided_at, row.comment = is_granted, by.actor, by.at, comment
    row.check_unit = check_unit.strip()
    row.is_applied = is_granted and await _applied(tx, row, by)
    row.state = (WishState.IN_PROGRESS if is_granted and not row.is_applied else WishState.DONE).value
    await changes.enter(tx, by, "granted" if is_granted else "refused", row, [])
    return record_of(row, Request)


async def finish(tx: Tx, number: int, handled: str, by: By, seen: str | None = None) -> Request:
    """Say that what was granted has been done by hand, and how.

    Raises:
        BadInput: when it is not in progress, or nobody says what was done.
        Stale: when it was changed since it was `seen`.
    """
    row = await _counting(tx, number, WishState.IN_PROGRESS)
    locking.check(row, seen)
    if not handled.strip():
        raise BadInput("handled", "nobody says what was done", "write it in a few words")
    check_texts("change_request", {"handled": handled})
    row.state, row.handler, row.handled_at, row.handled = WishState.DONE.value, by.actor, by.at, handled
    await changes.enter(tx, by, "finished", row, [])
    return record_of(row, Request)


async def withdraw(tx: Tx, number: int, by: By) -> Request:
    """Take back a request before anybody decided.

    Raises:
        BadInput: when there is none that is open.
    """
    row = await _counting(tx, number, WishState.OPEN)
    row.withdrawn_at = by.at
    await changes.enter(tx, by, "withdrawn", row, [])
    return record_of(row, Request)


async def request(tx: Tx, number: int) -> tuple[Request, str]:
    """One request, and the tag of its state.

    Raises:
        BadInput: when there is none.
    """
    row = await tx.get(tables.ChangeRequest, number)
    if row is None:
        raise BadInput("number", f"there is no request {number}", "choose one from the list")
    return record_of(row, Request), locking.tag_of(row)


async def listed(tx: Tx, asked: Asked, scope: Scope, *, state: WishState | None = None) -> Page[Request]:
    """Requests in scope that count, the newest first."""
    row = tables.ChangeRequest
    query = select(row).where(row.withdrawn_at.is_(None), true() if scope is None else row.facility.in_(scope))
    if state is not None:
        query = query.where(row.state == state.value)
    return await page(tx, query, (row.id,), asked, Request, descending=True)


async def _check(tx: Tx, new: NewRequest) -> None:
    await places.facility(tx, new.facility)
    check_texts("change_request", {"wanted": new.wanted, "phone": new.phone, "signature": new.signature})
    days.check("wanted_on", new.wanted_on)
    await documents.check(tx, "document", new.document)
    if not new.wanted.strip():
        raise BadInput("wanted", "nobody says what is wanted", "write it in a few words")
    if new.kind in OF_ONE_PIECE and new.equipment is None:
        raise BadInput("equipment", f"{new.kind.value} concerns one piece", "name the equipment")
    if (new.successor is not None) != (new.kind is Wish.REPLACE):
        cure = "name the piece that takes its place" if new.successor is None else "only a replacement has one"
        raise BadInput("successor", f"it does not fit {new.kind.value}", cure)
    if new.equipment is not None and new.equipment == new.successor:
        raise BadInput("successor", f"{new.successor} would take its own place", "name another piece")
    await _check_stands(tx, new.facility, {"equipment": new.equipment, "successor": new.successor})


async def _check_stands(tx: Tx, facility: str, pieces: Mapping[str, str | None]) -> None:
    """A facility asks for its own, and what went elsewhere since is no longer that."""
    for field, code in pieces.items():
        if code is not None and (await life.row_of(tx, code)).facility != facility:
            raise BadInput(field, f"{code} does not stand at {facility}", "correct the code or the facility")


async def _counting(tx: Tx, number: int, state: WishState) -> tables.ChangeRequest:
    row = await changes.counting(tx, tables.ChangeRequest, "number", number)
    if row.state != state.value:
        raise BadInput("number", f"request {number} is {row.state}", f"choose one that is {state.value}")
    return row


async def _applied(tx: Tx, row: tables.ChangeRequest, by: By) -> bool:
    """Do what was granted, if it is in the archive's power; on the wanted day, or today if that is still to come."""
    kind = Wish(row.kind)
    if row.equipment is None or (kind not in APPLIED and kind is not Wish.REPLACE):
        return False
    await _check_stands(tx, row.facility, {"equipment": row.equipment, "successor": row.successor})
    has_begun = row.wanted_on <= days.day_of(by.at + days.EAST_MS)  # where it is that day already
    on = row.wanted_on if has_begun else days.day_of(by.at)
    why = f"request {row.id}: {row.wanted}"
    if kind in APPLIED:
        await life.set_status(tx, row.equipment, life.Turn(APPLIED[kind], on, why, row.document), by)
        return True
    assert row.successor is not None
    await _replace(tx, row.equipment, row.successor, life.Turn(Status.SPARE, on, why, row.document), by)
    return True


async def _replace(tx: Tx, old: str, new: str, turn: life.Turn, by: By) -> None:
    """The old one stands by until somebody scraps it; the new one is in use and says whose place it took."""
    piece = await life.row_of(tx, new)
    if piece.replaces is not None:
        raise BadInput("successor", f"{new} took the place of {piece.replaces} already", "name another piece")
    if (await life.row_of(tx, old)).status != Status.SPARE:
        await life.set_status(tx, old, turn, by)
    if piece.status != Status.NORMAL:
        await life.set_status(tx, new, life.Turn(Status.NORMAL, turn.on, turn.why, turn.document), by)
    piece.replaces = old
    await audit.record(tx, by, "replaced", [piece])
