"""A facility that was not there: founded by the county, in a region of its own."""

from http import HTTPStatus

import msgspec

from coldchain.archive import audit, tables
from coldchain.archive.db import Tx
from coldchain.archive.facilities import card
from coldchain.archive.facilities.card import Form, Shown
from coldchain.errors import BadInput
from dashboards.access import Viewer
from dashboards.api import within
from dashboards.api.models_facilities import CardForm
from dashboards.api.writing import already, by_of
from dashboards.problems import NotFound, Problem
from dashboards.rights import Right

WANTED = ("region", "name_zh", "name_en", "short_zh", "kind")


async def found(tx: Tx, viewer: Viewer, code: str, form: CardForm) -> Shown:
    """Write down a new facility.

    Raises:
        Problem: 403 to who only keeps a facility's books, 412 when it is there already, 404 in a region of others.
        BadInput: when what a card must say is not said, or cannot be.
    """
    if not viewer.may(Right.MANAGE):
        raise Problem(HTTPStatus.FORBIDDEN, f"a {viewer.role} founds no facility: ask the county")
    await audit.begin(tx)
    if await tx.get(tables.Facility, code) is not None:
        raise already(code) if viewer.sees(code) else NotFound("facility", code)
    said = {name: value for name, value in form.model_dump(exclude_unset=True).items() if value is not None}
    for name in WANTED:
        if name not in said:
            raise BadInput(name, "a new facility has none", "send it")
    if not code.strip() or "/" in code:
        raise BadInput("code", f"{code[:80]!r} cannot be one", "write the code, without a slash")
    await within.check_ground(tx, viewer, str(said["region"]))
    await card.put_cards(tx, [msgspec.convert({"code": code, **said}, Form)], by_of(viewer, "founded"))
    return await card.card(tx, code)
