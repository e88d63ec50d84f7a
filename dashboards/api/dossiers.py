"""/api/v1/dossiers: what becomes of held doses: evidence, papers, opinion, proposal, two signatures, witness.

GET → ETag ─► POST … with If-Match (somebody added to it meanwhile: 412) ─► the dossier as it is then, and its next ETag
"""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path, Query, Request, Response
from starlette.responses import Response as Raw

from coldchain import clock
from coldchain.archive import views
from coldchain.archive.db import Tx
from coldchain.archive.disposition import dossiers, freezing, opening, papers, proposing, witnessing
from coldchain.archive.disposition import told as telling
from coldchain.archive.disposition.dossiers import Wish
from coldchain.archive.disposition.papers import NewOpinion, NewReport
from coldchain.archive.disposition.proposing import NewProposal
from coldchain.archive.disposition.records import Shown
from coldchain.archive.disposition.witnessing import NewWitness
from coldchain.archive.disposition.words import State
from coldchain.clock import iso
from coldchain.errors import BadInput, Stale
from coldchain.ledger.evidence import evidence_of
from dashboards.access import Asking, Viewer
from dashboards.api.asked import Paged, listed, moment
from dashboards.api.documents import check_document
from dashboards.api.models import Listed
from dashboards.api.models_dossiers import (
    AppendixAnswer,
    DossierAnswer,
    DossierRow,
    Frozen,
    Opened,
    SentOpinion,
    SentPaper,
    SentProposal,
    SentReport,
    SentWitness,
)
from dashboards.api.writing import Seen, by_of, tagged
from dashboards.parts import parts_of
from dashboards.problems import NotFound

router = APIRouter(prefix="/api/v1", tags=["dossiers"])

Number = Annotated[int, Path(ge=1, lt=2**31, description="The dossier's number.")]


@router.get("/dossiers")
async def list_dossiers(
    request: Request,
    viewer: Asking,
    page: Paged,
    state: Annotated[State | None, Query(description="How far they are.")] = None,
    facility: Annotated[str | None, Query(max_length=64)] = None,
    excursion: Annotated[str | None, Query(max_length=64)] = None,
) -> Listed[DossierRow]:
    """Dossiers, the newest first."""
    after = page.after(int)
    wish = Wish(viewer.scope, state, facility, excursion)
    async with parts_of(request).archive.reading() as tx:
        found = await dossiers.listed(tx, wish, page.limit, after[0] if after else None)
    return listed(found, page, lambda row: (row.id,), lambda row: DossierRow(**told(row)))


@router.post("/dossiers")
async def open_dossier(request: Request, viewer: Asking, response: Response, sent: Opened) -> DossierAnswer:
    """Open the dossier of an excursion's doses at a facility; one that is open already is answered as it is."""
    if not viewer.sees(sent.facility):
        raise NotFound("facility", sent.facility)
    async with parts_of(request).archive.writing() as tx:
        number = await opening.open_for(tx, sent.excursion, sent.facility, by_of(viewer))
        return await _shown(tx, number, response)


@router.get("/dossiers/{dossier}")
async def show(request: Request, viewer: Asking, response: Response, dossier: Number) -> DossierAnswer:
    """One dossier with all that belongs to it."""
    async with parts_of(request).archive.reading() as tx:
        await check_visible(tx, viewer, dossier)
        return await _shown(tx, dossier, response)


@router.get("/dossiers/{dossier}/evidence/{version}", response_class=Raw)
async def evidence(request: Request, viewer: Asking, dossier: Number, version: Number) -> Raw:
    """The frozen evidence of a version, to the byte that its digest is of."""
    async with parts_of(request).archive.reading() as tx:
        await check_visible(tx, viewer, dossier)
        try:
            content = await dossiers.evidence(tx, dossier, version)
        except BadInput:
            raise NotFound("evidence", version) from None
    return Raw(content, media_type="application/json")


@router.get("/dossiers/{dossier}/told")
async def who_was_told(request: Request, viewer: Asking, dossier: Number) -> AppendixAnswer:
    """Who was told of its excursion and answered what, as known now, and which rows came after the evidence was frozen."""
    async with parts_of(request).archive.reading() as tx:
        await check_visible(tx, viewer, dossier)
        return AppendixAnswer(**msgspec.to_builtins(await telling.appendix(tx, dossier)))


@router.get("/lots/{lot}/dossiers")
async def of_lot(
    request: Request, viewer: Asking, lot: Annotated[str, Path(max_length=200, description="Its id.")]
) -> Listed[DossierRow]:
    """Every dossier that ever concerned a lot: where to look when somebody fell ill after it."""
    async with parts_of(request).archive.reading() as tx:
        if not await views.lot_names(tx, [lot]):
            raise NotFound("lot", lot)
        found = await dossiers.of_lot(tx, lot, viewer.scope)
    return Listed(items=[DossierRow(**told(row)) for row in found], next=None)


@router.post("/dossiers/{dossier}/freeze")
async def freeze(
    request: Request, viewer: Asking, response: Response, dossier: Number, seen: Seen, sent: Frozen
) -> DossierAnswer:  # fmt: skip
    """Freeze all that is known now, readings and archive, as the evidence of the version in force."""
    parts = parts_of(request)
    async with parts.archive.reading() as tx:
        version = await check_visible(tx, viewer, dossier)
    if sent.version != version:
        raise Stale("version", f"{sent.version} is not in force, {version} is", "look at it again")
    found = await evidence_of(parts.archive, parts.series, dossier, clock.now())
    async with parts.archive.writing() as tx:
        await freezing.freeze(tx, dossier, found, by_of(viewer), seen=seen)
        return await _shown(tx, dossier, response)


@router.post("/dossiers/{dossier}/documents")
async def add_document(
    request: Request, viewer: Asking, response: Response, dossier: Number, seen: Seen, sent: SentPaper
) -> DossierAnswer:  # fmt: skip
    """Put a photo or paper into it."""
    async with parts_of(request).archive.writing() as tx:
        await check_visible(tx, viewer, dossier)
        await check_document(tx, viewer, sent.document)
        await papers.add_document(tx, dossier, sent.document, sent.kind, by_of(viewer), note=sent.note, seen=seen)
        return await _shown(tx, dossier, response)


@router.post("/dossiers/{dossier}/opinions")
async def add_opinion(
    request: Request, viewer: Asking, response: Response, dossier: Number, seen: Seen, sent: SentOpinion
) -> DossierAnswer:  # fmt: skip
    """Enter what the manufacturer wrote about a lot."""
    async with parts_of(request).archive.writing() as tx:
        await check_visible(tx, viewer, dossier)
        await check_document(tx, viewer, sent.document)
        await papers.add_opinion(tx, dossier, NewOpinion(**sent.model_dump()), by_of(viewer), seen=seen)
        return await _shown(tx, dossier, response)


@router.post("/dossiers/{dossier}/opinions/{opinion}/withdraw")
async def withdraw_opinion(
    request: Request, viewer: Asking, response: Response, dossier: Number, opinion: Number, seen: Seen
) -> DossierAnswer:  # fmt: skip
    """Take back an opinion that was entered by mistake."""
    async with parts_of(request).archive.writing() as tx:
        await check_visible(tx, viewer, dossier)
        await papers.withdraw_opinion(tx, dossier, opinion, by_of(viewer), seen=seen)
        return await _shown(tx, dossier, response)


@router.post("/dossiers/{dossier}/reports")
async def add_report(
    request: Request, viewer: Asking, response: Response, dossier: Number, seen: Seen, sent: SentReport
) -> DossierAnswer:  # fmt: skip
    """Enter a report that was made to an authority."""
    said = sent.model_dump() | {"told_at": moment(sent.told_at, "told_at")}
    async with parts_of(request).archive.writing() as tx:
        await check_visible(tx, viewer, dossier)
        await check_document(tx, viewer, sent.document)
        await papers.add_report(tx, dossier, NewReport(**said), by_of(viewer), seen=seen)
        return await _shown(tx, dossier, response)


@router.post("/dossiers/{dossier}/documents/{document}/withdraw")
async def withdraw_document(
    request: Request, viewer: Asking, response: Response, dossier: Number, document: Number, seen: Seen
) -> DossierAnswer:  # fmt: skip
    """Take out a photo or paper, by its number in the dossier, that was put in by mistake."""
    async with parts_of(request).archive.writing() as tx:
        await check_visible(tx, viewer, dossier)
        await papers.withdraw_document(tx, dossier, document, by_of(viewer), seen=seen)
        return await _shown(tx, dossier, response)


@router.post("/dossiers/{dossier}/reports/{report}/withdraw")
async def withdraw_report(
    request: Request, viewer: Asking, response: Response, dossier: Number, report: Number, seen: Seen
) -> DossierAnswer:  # fmt: skip
    """Take back a report that was entered by mistake."""
    async with parts_of(request).archive.writing() as tx:
        await check_visible(tx, viewer, dossier)
        await papers.withdraw_report(tx, dossier, report, by_of(viewer), seen=seen)
        return await _shown(tx, dossier, response)


@router.post("/dossiers/{dossier}/proposals")
async def propose(
    request: Request, viewer: Asking, response: Response, dossier: Number, seen: Seen, sent: SentProposal
) -> DossierAnswer:  # fmt: skip
    """Propose what is to become of held doses."""
    new = msgspec.convert(sent.model_dump(mode="json"), NewProposal)
    async with parts_of(request).archive.writing() as tx:
        await check_visible(tx, viewer, dossier)
        for line in new.lines:
            await check_document(tx, viewer, line.document)
        await proposing.propose(tx, dossier, new, by_of(viewer), seen=seen)
        return await _shown(tx, dossier, response)


@router.post("/dossiers/{dossier}/witnesses")
async def witness(
    request: Request, viewer: Asking, response: Response, dossier: Number, seen: Seen, sent: SentWitness
) -> DossierAnswer:  # fmt: skip
    """Carry out what was decided, under the eyes of somebody from outside."""
    new = NewWitness(**sent.model_dump() | {"seen_at": moment(sent.seen_at, "seen_at")})
    async with parts_of(request).archive.writing() as tx:
        await check_visible(tx, viewer, dossier)
        await check_document(tx, viewer, sent.document)
        await witnessing.witness(tx, dossier, new, by_of(viewer), seen=seen)
        return await _shown(tx, dossier, response)


async def check_visible(tx: Tx, viewer: Viewer, dossier: int) -> int:
    """The version in force of a dossier that the viewer may see.

    Raises:
        NotFound: there is none, or it is not theirs.
    """
    found = await dossiers.find(tx, dossier)
    if found is None or not viewer.sees(found.facility):
        raise NotFound("dossier", dossier)
    return found.version


async def _shown(tx: Tx, number: int, response: Response) -> DossierAnswer:
    found = await dossiers.show(tx, number)
    tagged(response, found.tag)
    return await answer_of(tx, found)


async def answer_of(tx: Tx, found: Shown) -> DossierAnswer:
    """A dossier as callers are told of it."""
    said = told(found)
    rooms = await views.compartments_of(
        tx, [each["compartment"] for each in said["lines"] + said["gone"] if each["compartment"]]
    )
    for each in said["lines"] + said["gone"]:
        room = rooms.get(each["compartment"] or 0)
        each["place"] = None if room is None else f"{room[1].code}/{room[0].name}"
    for each in said["gone"]:
        del each["compartment"]
    said["reports_due"] = [{"article": article, "authority": authority} for article, authority in found.reports_due]
    return DossierAnswer.model_validate(said)


def told(record: msgspec.Struct) -> dict[str, Any]:
    """A record with its times as people read them."""
    said: dict[str, Any] = _told(msgspec.to_builtins(record))
    return said


def _told(value: Any, name: str = "") -> Any:  # noqa: ANN401 - whatever a record holds
    if isinstance(value, dict):
        return {key: _told(each, key) for key, each in value.items()}
    if isinstance(value, list):
        return [_told(each) for each in value]
    return iso(value) if isinstance(value, int) and (name == "at" or name.endswith("_at")) else value
