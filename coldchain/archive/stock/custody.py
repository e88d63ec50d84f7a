"""Custody: in an emergency another clinic keeps doses for their owner, with the county's consent; that is no supply.

    give(consent of somebody who manages) ─► they stand elsewhere and stay the owner's in the books ─► give_back

Only CDCs supply clinics, so without consent nothing goes. At night a word by telephone is consent: who gave it and when
is written down at once, and the paper stays due until it is added.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, or_, select, true

from coldchain.archive import audit, changes, documents, lots, tables, views
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.pages import Asked, Page, page
from coldchain.archive.people import Role
from coldchain.archive.rows import Record, check_texts, record_of
from coldchain.archive.stock import places
from coldchain.archive.stock.words import NewMovement, Reason
from coldchain.archive.views import Scope
from coldchain.errors import BadInput

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
    start: int
    returned_at: int | None
    by: str
    withdrawn_at: int | None


async def give(tx: Tx, new: NewCustody, by: By) -> Custody:
    """Bring doses to where they are kept meanwhile.

    Raises:
        BadInput: without the consent of somebody who manages the owner's county, or when the doses cannot go.
    """
    check_texts("custody", {"why": new.why, "consented_by": new.consented_by})
    await audit.begin(tx)
    owner = await places.facility_of(tx, new.source, "source")
    keeper = await places.facility_of(tx, new.target, "target")
    if owner == keeper:
        raise BadInput("target", f"both compartments stand at {owner}", "move them, nobody else keeps them")
    if not new.why.strip():
        raise BadInput("why", "no emergency is named", "say why they cannot stay")
    places.check_not_ahead("start", new.start, by.at)
    await _check_consent(tx, new, owner)
    values = {name: getattr(new, name) for name in NewCustody.__struct_fields__ if name not in {"held", "run"}}
    row = tables.Custody(**values, owner=owner, keeper=keeper, by=by.actor)
    await changes.enter(tx, by, "given", row, [])
    out = NewMovement(
        lot=new.lot, at=new.start, doses=new.doses, reason=Reason.MOVED, source=new.source, target=new.target,
        held=new.held, run=new.run, custody=row.id, remark=new.why,
    )  # fmt: skip
    await lots.move(tx, out, by)
    return record_of(row, Custody)


async def give_back(
    tx: Tx, number: int, at: int, by: By, *, held: int = 0, target: int | None = None
) -> Custody:  # fmt: skip
    """The doses are back where they came from, or in another compartment of their owner; `held` are under hold.

    Raises:
        BadInput: when they were given back before, or cannot go there.
    """
    await audit.begin(tx)
    row = await _open(tx, number)
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


async def withdraw(tx: Tx, number: int, by: By) -> Custody:
    """Take back a custody that was entered by mistake, with its movements: the doses never left.

    Raises:
        BadInput: when there is none that counts, or the doses have gone on.
    """
    row = await changes.counting(tx, tables.Custody, "custody", number)
    row.withdrawn_at = by.at
    await tx.flush()
    its = select(tables.Movement.id).where(tables.Movement.custody == number, tables.Movement.withdrawn_at.is_(None))
    for movement in list(await tx.scalars(its.order_by(tables.Movement.at.desc()))):
        await lots.withdraw(tx, movement, by, alone=False)
    await audit.record(tx, by, "withdrawn", [row])
    return record_of(row, Custody)


async def add_paper(tx: Tx, number: int, consent: str, by: By) -> Custody:
    """The written consent, where a word was given first.

    Raises:
        BadInput: when there is no such custody or document, or the paper is there.
    """
    await audit.begin(tx)
    row = await tx.get(tables.Custody, number)
    if row is None:
        raise BadInput("custody", f"there is no custody {number}", "choose one from the list")
    if row.consent is not None:
        raise BadInput("consent", "its paper is there", "nothing is to be done")
    await documents.check(tx, "consent", consent)
    row.consent = consent
    await audit.record(tx, by, "paper", [row])
    return record_of(row, Custody)


async def custody(tx: Tx, number: int) -> Custody:
    """One.

    Raises:
        BadInput: when there is none.
    """
    row = await tx.get(tables.Custody, number)
    if row is None:
        raise BadInput("custody", f"there is no custody {number}", "choose one from the list")
    return record_of(row, Custody)


async def listed(tx: Tx, scope: Scope, asked: Asked, *, is_open: bool = False) -> Page[Custody]:
    """Custodies in which these facilities are owner or keeper, the newest first; `is_open` those that go on."""
    row = tables.Custody
    query = select(row).where(_in(scope))
    if is_open:
        query = query.where(row.returned_at.is_(None), row.withdrawn_at.is_(None))
    return await page(tx, query, (row.start, row.id), asked, Custody, descending=True)


async def papers_due(tx: Tx, scope: Scope) -> Sequence[Custody]:
    """Custodies by word whose paper has not come."""
    row = tables.Custody
    query = select(row).where(row.consent.is_(None), row.withdrawn_at.is_(None), _in(scope))
    query = query.order_by(row.start, row.id)
    return [record_of(each, Custody) for each in await tx.scalars(query)]


async def _open(tx: Tx, number: int) -> tables.Custody:
    row = await tx.get(tables.Custody, number)
    if row is None or row.returned_at is not None or row.withdrawn_at is not None:
        raise BadInput("custody", f"{number} is not one that goes on", "choose one from the list")
    return row


async def _check_consent(tx: Tx, new: NewCustody, owner: str) -> None:
    """Somebody who manages the owner's county, before the doses go."""
    user = await tx.get(tables.User, new.consented_by)
    sees_owner = user is not None and (
        user.region is None or owner in await views.facilities_below(tx, user.region)
    )  # fmt: skip
    if user is None or user.disabled_at is not None or user.role not in MANAGES or not sees_owner:
        wrong = f"{new.consented_by[:80]!r} cannot consent for {owner}"
        raise BadInput("consented_by", wrong, "name the user at the county who did: a manager or administrator")
    if new.consented_at > new.start:
        raise BadInput("consented_at", "the doses went before", "ask first; then write when consent was given")
    await documents.check(tx, "consent", new.consent)


def _in(scope: Scope) -> ColumnElement[bool]:
    row = tables.Custody
    return true() if scope is None else or_(row.owner.in_(scope), row.keeper.in_(scope))
