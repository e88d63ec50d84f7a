"""A scanned code against the archive: which lots it may be, where they lie, what of them may be used.

text ─► Scanned ─► lots of that number, article or product in scope ─► state of each, and what the box says otherwise
"""

from collections.abc import Sequence
from dataclasses import dataclass

from coldchain.archive.db import Tx
from coldchain.archive.stock import listing, matching
from coldchain.archive.stock.state import State, state
from coldchain.archive.stock.words import Lot
from coldchain.archive.views import Scope
from coldchain.exchange.scanning import Scanned, scanned

TRADE = 14  # digits of an article number as a scanner gives it


@dataclass(frozen=True, slots=True)
class Contradiction:
    """What the box says otherwise than the archive."""

    field: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A lot that the code may be of."""

    state: State
    contradictions: Sequence[Contradiction]


@dataclass(frozen=True, slots=True)
class Found:
    """What a code says, and which lots it may be of: one where all is told, several where only the product is."""

    scanned: Scanned
    candidates: Sequence[Candidate]


async def find(tx: Tx, text: str, scope: Scope, at: int) -> Found:
    """Read a code and look it up; lots that never were in scope are as if they were not there.

    Raises:
        BadInput: when it is no code of a box.
    """
    code = scanned(text)
    found = await _lots(tx, code)
    seen = [lot for lot in found if await listing.is_seen(tx, lot.id, scope)]
    shown = [Candidate(await state(tx, lot, scope, at), _contradictions(code, lot)) for lot in seen]
    shown.sort(key=lambda each: (len(each.contradictions), not each.state.lying, each.state.lot.expires_on))
    return Found(code, shown)


async def _lots(tx: Tx, code: Scanned) -> list[Lot]:
    if code.product is not None:
        return await matching.lots_of_trace_code(tx, f"{code.product}{code.serial}", code.product)
    of_article = await matching.lots_of_gtin(tx, code.gtin or "")
    if code.lot is None:
        return of_article
    numbered = await matching.lots_numbered(tx, code.lot)
    same = [lot for lot in numbered if lot in of_article]
    return same or [lot for lot in numbered if not lot.gtin or lot.expires_on == code.expires_on]


def _contradictions(code: Scanned, lot: Lot) -> list[Contradiction]:
    pairs = (
        ("expires_on", "有效期", code.expires_on, lot.expires_on),
        ("produced_on", "生产日期", code.made_on, lot.produced_on),
        ("gtin", "商品条码", code.gtin, lot.gtin.zfill(TRADE) if lot.gtin else None),
    )
    return [
        Contradiction(field, f"{zh}：盒上为 {box}，档案为 {kept}", f"{field}: the box says {box}, the archive {kept}")
        for field, zh, box, kept in pairs
        if box is not None and kept is not None and box != kept
    ]
