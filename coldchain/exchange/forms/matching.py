"""Vaccines and lots by what is printed or what a platform calls them."""

import hashlib
import re
from collections.abc import Iterable
from typing import Final

from coldchain.archive import lots
from coldchain.archive.db import Tx
from coldchain.archive.lots import Lot, Vaccine
from coldchain.archive.stock.matching import lots_numbered
from coldchain.errors import BadInput
from coldchain.exchange.form import folded

_UNFIT: Final = re.compile(r"[^A-Za-z0-9._-]+")
LONGEST_ID: Final = 64


async def vaccine_called(tx: Tx, name: str) -> Vaccine:
    """The vaccine of this code, name, WHO code or 4-digit code of the information system.

    Raises:
        BadInput: when it is none, or more than one.
    """
    found = [each for each in await lots.vaccines(tx) if folded(name) in map(folded, _names(each))]
    exact = [each for each in found if each.code == name]
    if len(exact or found) == 1:
        return (exact or found)[0]
    if not found:
        raise BadInput("vaccine", f"{name[:80]!r} is not in the archive", "load the catalogue, or correct the name")
    codes = ", ".join(each.code for each in found)
    raise BadInput("vaccine", f"{name[:80]!r} may be {codes}", "write one of these codes")


async def lot_numbered(tx: Tx, number: str, vaccine: str | None, maker: str | None) -> Lot:
    """The lot with this number.

    Raises:
        BadInput: when there is none, or more than one.
    """
    found = await lots_numbered(tx, number, vaccine, maker)
    if len(found) == 1:
        return found[0]
    if not found:
        raise BadInput("lot", f"{number[:80]!r} is not in the archive", "import the stock first, or correct the number")
    raise BadInput("lot", f"{number[:80]!r} is the number of {_listed(found)}", "name vaccine and maker too")


def id_for(vaccine: str, number: str, maker: str) -> str:
    """An id for a lot that is new: readable, the same whenever the same box is met, unlike that of another maker's."""
    mark = hashlib.sha256(f"{vaccine}/{maker}/{number}".encode()).hexdigest()[:6]
    return f"{_UNFIT.sub('-', f'{vaccine}-{number}')[: LONGEST_ID - 7]}-{mark}"


def _names(vaccine: Vaccine) -> Iterable[str]:
    return (vaccine.code, vaccine.name_zh, vaccine.name_en, vaccine.who_code, *vaccine.info_codes.split())


def _listed(found: Iterable[Lot]) -> str:
    return ", ".join(f"{each.id} ({each.vaccine}, {each.maker})" for each in found)
