"""GET /api/v1/excursions: what went wrong, as it is known now.

One list for all kinds, so that nobody who asks for everything misses anything; `kind` cuts it to temperatures, to what
is watched beside them (faults of probes, doors, batteries), or to one kind.
"""

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query, Request

from coldchain.archive import views
from coldchain.archive.cases import case_of
from coldchain.archive.tables import Compartment, Excursion
from coldchain.excursion import CaseState, Kind, excursion_shape
from dashboards.access import Asking
from dashboards.api.asked import Paged, Windowed, listed
from dashboards.api.models import ExcursionAnswer, Listed
from dashboards.history import TEMPERATURES, WATCHED
from dashboards.parts import parts_of

router = APIRouter(prefix="/api/v1", tags=["excursions"])


class Group(StrEnum):
    """Kinds that are asked for together."""

    TEMPERATURE = "temperature"
    WATCH = "watch"


GROUPS: dict[str, frozenset[str]] = {Group.TEMPERATURE: TEMPERATURES, Group.WATCH: WATCHED}


@router.get("/excursions")
async def excursions(
    request: Request,
    viewer: Asking,
    asked: Windowed,
    page: Paged,
    equipment: Annotated[str | None, Query(max_length=64)] = None,
    state: Annotated[CaseState | None, Query()] = None,
    kind: Annotated[
        Group | Kind | None, Query(description="`temperature`, `watch` (all others), or one kind; all unless told.")
    ] = None,
) -> Listed[ExcursionAnswer]:
    """Excursions of temperature and of what is watched that touch [start, end), the newest first."""
    first, last = asked.ms()
    kinds = None if kind is None else GROUPS.get(kind, frozenset({kind}))
    wish = views.ExcursionWish(viewer.scope, first, last, equipment, state, kinds)
    key = page.after(int, str)
    async with parts_of(request).archive.reading() as tx:
        rows = await views.excursions(tx, wish, page.limit, (key[0], key[1]) if key else None)
    return listed(rows, page, lambda row: (row[0].first_bad, row[0].id), lambda row: _shown(*row))


def _shown(row: Excursion, compartment: Compartment | None) -> ExcursionAnswer:
    shape = excursion_shape(case_of(row), compartment.name if compartment else None)
    return ExcursionAnswer.model_validate(shape)
