"""POST /api/v1/dossiers/{dossier}/proposals/{proposal}/signatures: a person's name under a decision about vaccine.

a person's session or token, no program's ─► the password once more (before the transaction) ─► signed
"""

from http import HTTPStatus

from fastapi import APIRouter, Request, Response

from coldchain.archive import people
from coldchain.archive.disposition import dossiers, signing
from dashboards.access import Asking
from dashboards.api.dossiers import Number, answer_of, check_visible
from dashboards.api.models_dossiers import DossierAnswer, SentSignature
from dashboards.api.writing import Seen, by_of, signer_of, tagged
from dashboards.pages.login import MOST_HASHES
from dashboards.parts import address_of, parts_of
from dashboards.problems import Problem

router = APIRouter(prefix="/api/v1", tags=["dossiers"])


@router.post("/dossiers/{dossier}/proposals/{proposal}/signatures")
async def sign(
    request: Request,
    viewer: Asking,
    response: Response,
    dossier: Number,
    proposal: Number,
    seen: Seen,
    sent: SentSignature,
) -> DossierAnswer:
    """Sign a proposal. The second name, of another person, makes it the decision."""
    parts = parts_of(request)
    async with parts.archive.reading() as tx:
        await check_visible(tx, viewer, dossier)
    name = signer_of(viewer)
    await parts.limits.login(address_of(request), name)
    async with MOST_HASHES:
        user = await people.check_password(parts.archive, name, sent.password)
    if user is None:
        raise Problem(HTTPStatus.FORBIDDEN, "the password is not right: write the one you log in with")
    async with parts.archive.writing() as tx:
        await signing.sign(tx, dossier, proposal, user, by_of(viewer), meaning=sent.meaning, seen=seen)
        found = await dossiers.show(tx, dossier)
        tagged(response, found.tag)
        return await answer_of(tx, found)
