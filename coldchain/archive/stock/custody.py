"""Custody: in an emergency another clinic keeps doses for their owner, with the county's consent; that is no supply.

    give(consent of somebody who manages) ─► they stand elsewhere and stay the owner's in the books ─► give_back
      └─► unconfirmed until whoever consented says so by their own login ─► after a day: a finding

Only CDCs supply clinics, so without consent nothing goes. At night a word by telephone is consent: who gave it and when
is written down at once. That a clinic wrote a name is no consent yet: its owner confirms it, and the paper stays due.
"""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import ColumnElement, Select, or_, select, true, tuple_

from coldchain import clock
from coldchain.archive import audit, changes, documents, locking, lots, tables, views
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.pages import Asked, Page, page
from coldchain.archive.people import Role
from coldchain.archive.rows import Record, check_texts, record_of
from coldchain.archive.stock import places, reasons, terms
from coldchain.archive.stock.words import NewMovement, Reason
from coldchain.archive.views import Scope
from coldchain.errors import BadInput

HOUR: Final = 3_600_000
Place = tuple[int, int]  # (start, id)
MANAGES = frozenset({Role.MANAGER, Role.ADMINISTRATOR})


class NewCustody(Record, frozen=True, kw_only=True):
    """Doses that go from their owner's compartment to a keeper's; `held` of them are under hold and stay so."""

    lot: str
    doses: int
    source: int
    target: int
    why: str
    consented_by: str
    consented_at: int
    start: int
    consent: str | None = None
    held: int = 0
    run: int | None = None


class Custody(Record, frozen=True, kw_only=True):
    """… as it stands."""

    id: int
    lot: str
    doses: int
    owner: str
    keeper: str
    source: int
    target: int
    why: str
    consented_by: str
    consented_at: int
    consent: str | None
    confirmed_at: int | None
    confirmed_by: str | None
    start: int
    returned_at: int | None
    by: str
    withdrawn_at: int | None


async def give(tx: Tx, new: NewCustody, by: By, *, user: str | None = None) -> Custody:
    """Bring doses to where they are kept meanwhile. `user` is whose login enters it: who consented confirms it by that.

    Raises:
        BadInput: without the consent of somebody who manages the owner's county, or when the doses cannot go.
    """
    check_texts("custody", {"why": new.why, "consented_by": new.consented_by})
    await audit.begin(tx)
    owner = await places.facility_of(tx, new.source, "source")
    keeper = await places.facility_of(tx, new.target, "target")
    if owner == keeper:
        raise BadInput("target", f"both compartments stand at {owner}", "move them, nobody else keeps them")
    reasons.check("why", new.why, "no emergency is named", "say why they cannot stay")
    places.check_not_ahead("start", new.start, by.at)
    await _check_consent(tx, new, owner)
    values = {name: getattr(new, name) for name in NewCustody.__struct_fields__ if name not in {"held", "run"}}
    row = tables.Custody(**values, owner=owner, keeper=keeper, by=by.actor)
    if user == new.consented_by:
        row.confirmed_at, row.confirmed_by = by.at, user
    await changes.enter(tx, by, "given", row, [])
    out = NewMovement(
        lot=new.lot, at=new.start, doses=new.doses, reason=Reason.MOVED, source=new.source, target=new.target,
        held=new.held, run=new.run, custody=row.id, remark=new.why,
    )  # fmt: skip
    await lots.move(tx, out, by)
    return record_of(row, Custody)


async def confirm(tx: Tx, number: int, user: str, by: By, *, seen: str | None = None) -> Custody:
    """Whoever consented says so by their own login.

    Raises:
        BadInput: when it was another who consented, they may no longer, or it was confirmed before.
        Stale: it was changed since it was seen.
    """
    row = await _seen(tx, number, seen)
    if row.withdrawn_at is not None or row.confirmed_at is not None:
        raise BadInput("custody", f"{number} waits for no confirmation", "choose one from the list")
    if user != row.consented_by:
        wrong = f"{row.consented_by} is said to have consented, not {user}"
        raise BadInput("user", wrong, "let them confirm it, or withdraw it and name who did")
    await _check_manages(tx, user, row.owner)
    row.confirmed_at, row.confirmed_by = by.at, user
    await audit.record(tx, by, "consented", [row])
    return record_of(row, Custody)


async def give_back(
    tx: Tx, number: int, at: int, by: By, *, held: int = 0, target: int | None = None, seen: str | None = None
) -> Custody:
    """The doses are back where they came from, or in another compartment of their owner; `held` are under hold.

    Raises:
        BadInput: when they were given back before, or cannot go there.
        Stale: it was changed since it was seen.
    """
    row = await _seen(tx, number, seen)
    if row.returned_at is not None or row.withdrawn_at is not None:
        raise BadInput("custody", f"{number} is not one that goes on", "choose one from the list")
    places.check_not_ahead("at", at, by.at)
    if at <= row.start:
        raise BadInput("at", "it is not after they were given", "write when they came back")
    if target is not None and await places.facility_of(tx, target, "target") != row.owner:
        raise BadInput("target", f"compartment {target} does not stand at {row.owner}", "choose one of the owner's")
    home = row.source if target is None else target
    back = NewMovement(
        lot=row.lot, at=at, doses=row.doses, reason=Reason.MOVED, source=row.target, target=home,
        held=held, custody=row.id, remark="returned from custody",
    )  # fmt: skip
    await lots.move(tx, back, by)
    row.returned_at = at
    await audit.record(tx, by, "returned", [row])
    return record_of(row, Custody)


async def withdraw(tx: Tx, number: int, by: By, *, seen: str | None = None) -> Custody:
    """Take back a custody that was entered by mistake, with its movements: the doses never left.

    Raises:
        BadInput: when there is none that counts, or the doses have gone on.
        Stale: it was changed since it was seen.
    """
    row = await changes.counting(tx, tables.Custody, "custody", number)
    locking.check(row, seen)
    row.withdrawn_at = by.at
    await tx.flush()
    its = select(tables.Movement.id).where(tables.Movement.custody == number, tables.Movement.withdrawn_at.is_(None))
    for movement in list(await tx.scalars(its.order_by(tables.Movement.at.desc()))):
        await lots.withdraw(tx, movement, by, alone=False)
    await audit.record(tx, by, "withdrawn", [row])
    return record_of(row, Custody)


async def add_paper(tx: Tx, number: int, consent: str, by: By, *, seen: str | None = None) -> Custody:
    """The written consent, where a word was given first.

    Raises:
        BadInput: when there is no such custody or document, or the paper is there.
        Stale: it was changed since it was seen.
    """
    row = await _seen(tx, number, seen)
    if row.consent is not None:
        raise BadInput("consent", "its paper is there", "nothing is to be done")
    await documents.check(tx, "consent", consent)
    row.consent = consent
    await audit.record(tx, by, "paper", [row])
    return record_of(row, Custody)


async def custody(tx: Tx, number: int) -> tuple[Custody, str]:
    """One, and the tag of its state.

    Raises:
        BadInput: when there is none.
    """
    row = await _row(tx, number)
    return record_of(row, Custody), locking.tag_of(row)


async def listed(tx: Tx, scope: Scope, asked: Asked, *, is_open: bool = False) -> Page[Custody]:
    """Custodies in which these facilities are owner or keeper, the newest first; `is_open` those that go on."""
    row = tables.Custody
    query = select(row).where(_in(scope))
    if is_open:
        query = query.where(row.returned_at.is_(None), row.withdrawn_at.is_(None))
    return await page(tx, query, (row.start, row.id), asked, Custody, descending=True)


async def papers_due(tx: Tx, scope: Scope, *, after: Place | None = None, most: int | None = None) -> Sequence[Custody]:
    """Custodies by word whose paper has not come, the oldest first; so many behind a place, or all."""
    row = tables.Custody
    return await _oldest(tx, select(row).where(row.consent.is_(None), _in(scope)), after, most)


async def unconfirmed(
    tx: Tx, scope: Scope, at: int, *, after: Place | None = None, most: int | None = None
) -> Sequence[Custody]:
    """Custodies whose consent nobody confirmed in time: a finding, the oldest first; so many behind a place, or all."""
    row = tables.Custody
    query = select(row).where(row.confirmed_at.is_(None), row.start < at - terms.confirm_hours(at) * HOUR, _in(scope))
    return await _oldest(tx, query, after, most)


def place_of(each: Custody) -> Place:
    """Where it stands among the oldest."""
    return each.start, each.id


async def _oldest(tx: Tx, query: Select[tables.Custody], after: Place | None, most: int | None) -> Sequence[Custody]:
    row = tables.Custody
    query = query.where(row.withdrawn_at.is_(None)).order_by(row.start, row.id).limit(most)
    if after is not None:
        query = query.where(tuple_(row.start, row.id) > tuple_(*after))
    return [record_of(each, Custody) for each in await tx.scalars(query)]


async def _row(tx: Tx, number: int) -> tables.Custody:
    row = await tx.get(tables.Custody, number)
    if row is None:
        raise BadInput("custody", f"there is no custody {number}", "choose one from the list")
    return row


async def _seen(tx: Tx, number: int, seen: str | None) -> tables.Custody:
    await audit.begin(tx)
    row = await _row(tx, number)
    locking.check(row, seen)
    return row


async def _check_consent(tx: Tx, new: NewCustody, owner: str) -> None:
    """Somebody who manages the owner's county, before the doses go and not long before."""
    await _check_manages(tx, new.consented_by, owner)
    if new.consented_at > new.start:
        raise BadInput("consented_at", "the doses went before", "ask first; then write when consent was given")
    most = terms.consent_days(new.start)
    if new.consented_at < new.start - most * 24 * HOUR:
        wrong = f"consent of {clock.iso(new.consented_at)} is older than {most} days"
        raise BadInput("consented_at", wrong, "ask again: consent is to one emergency")
    await documents.check(tx, "consent", new.consent)


async def _check_manages(tx: Tx, name: str, owner: str) -> None:
    user = await tx.get(tables.User, name)
    sees_owner = user is not None and (
        user.region is None or owner in await views.facilities_below(tx, user.region)
    )  # fmt: skip
    if user is None or user.disabled_at is not None or user.role not in MANAGES or not sees_owner:
        wrong = f"{name[:80]!r} cannot consent for {owner}"
        raise BadInput("consented_by", wrong, "name the user at the county who did: a manager or administrator")


def _in(scope: Scope) -> ColumnElement[bool]:
    row = tables.Custody
    return true() if scope is None else or_(row.owner.in_(scope), row.keeper.in_(scope))
