"""/api/v1/regions: the tree of five levels; who answers for a region keeps what lies in it."""

from http import HTTPStatus
from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Request, Response

from coldchain.archive import audit, locking, places, region_findings, tables
from coldchain.archive.db import Tx
from coldchain.archive.places import Region
from dashboards.access import Asking, Viewer
from dashboards.api import within
from dashboards.api.asked import Paged, listed
from dashboards.api.models import Listed
from dashboards.api.models_county import RegionAnswer, RegionFindingAnswer, RegionPut
from dashboards.api.writing import SeenOrNew, already, by_of, tagged
from dashboards.parts import parts_of
from dashboards.problems import NotFound

router = APIRouter(prefix="/api/v1", tags=["facilities"])

Code = Annotated[str, Path(max_length=12)]


@router.get("/regions")
async def regions(request: Request, viewer: Asking, page: Paged) -> Listed[RegionAnswer]:
    """The regions in scope and those they lie in, by code."""
    last = page.after(str)
    async with parts_of(request).archive.reading() as tx:
        mine = await _mine(tx, viewer)
        found = sorted(await places.regions(tx), key=lambda each: each.code)
    after = [each for each in found if (mine is None or each.code in mine) and (last is None or each.code > last[0])]
    return listed(after[: page.limit + 1], page, lambda each: (each.code,), _shown)


@router.get("/regions/{code}")
async def region(request: Request, viewer: Asking, code: Code, response: Response) -> RegionAnswer:
    """One of them; its state as ETag."""
    async with parts_of(request).archive.reading() as tx:
        mine = await _mine(tx, viewer)
        row = await tx.get(tables.Region, code)
        if row is None or (mine is not None and code not in mine):
            raise NotFound("region", code)
        tagged(response, locking.tag_of(row))
        return _shown(msgspec.convert(row, Region, from_attributes=True))


@router.put("/regions/{code}")
async def put_region(
    request: Request, response: Response, viewer: Asking, code: Code, body: RegionPut, seen: SeenOrNew
) -> RegionAnswer:
    """Enter a region (If-None-Match: *) or change one, where what it lies in is the caller's own."""
    new = Region(code=code, **body.model_dump())
    async with parts_of(request).archive.writing() as tx:
        await audit.begin(tx)
        row = await tx.get(tables.Region, code)
        if row is None or seen is None:
            if row is not None:
                raise already(code)
            if seen is not None:
                raise NotFound("region", code)
            response.status_code = HTTPStatus.CREATED
        else:
            await within.check_ground(tx, viewer, code)
            locking.check(row, seen)
        if viewer.scope is not None and (row is None or row.parent != new.parent):
            await within.check_ground(tx, viewer, new.parent or "")
        await places.put_regions(tx, [new], by_of(viewer, "region"))
        tagged(response, locking.tag_of(await tx.get_one(tables.Region, code)))
    return _shown(new)


@router.get("/checks/regions")
async def findings(request: Request, viewer: Asking, page: Paged) -> Listed[RegionFindingAnswer]:
    """Regions in scope whose place in the tree cannot well be: in none, skipping a level, or in another than their code says."""
    last = page.after(str, str)
    async with parts_of(request).archive.reading() as tx:
        mine = await _mine(tx, viewer)
        found = [each for each in await region_findings.region_findings(tx) if mine is None or each.region in mine]
    after = [each for each in found if last is None or (each.region, each.what.value) > (last[0], last[1])]
    return listed(
        after[: page.limit + 1],
        page,
        lambda each: (each.region, each.what.value),
        lambda each: RegionFindingAnswer(**msgspec.structs.asdict(each)),
    )


async def _mine(tx: Tx, viewer: Viewer) -> frozenset[str] | None:
    """The regions of the caller's facilities, those they lie in, and all in the caller's own; None: all."""
    if viewer.scope is None:
        return None
    if viewer.region is not None:
        return frozenset([*await places.below(tx, viewer.region), *await places.lineage(tx, viewer.region)])
    homes = {each.region for each in await places.facilities(tx) if each.code in viewer.scope}
    return frozenset([code for home in homes for code in await places.lineage(tx, home)])


def _shown(each: Region) -> RegionAnswer:
    return RegionAnswer(**msgspec.structs.asdict(each))
