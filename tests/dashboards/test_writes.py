"""Every route that writes: it asks which state the caller saw, or says why not; and somebody at a terminal can do the same.

A new route is in neither list, and must decide.
"""

import inspect
from importlib.metadata import entry_points
from typing import Any

import pytest
import typer

from coldchain import cli
from dashboards.app import API
from dashboards.rights import ROUTES, SAFE

WRITES = {route for route in ROUTES if route.split()[0] not in SAFE and " /api/v1/" in route}

CREATES = "it enters something new; what is there already is not changed by it"
BOOKS = "a further line in the book of something: no line of before is changed"
ABOARD = "a further movement of doses; what lies there and on board is counted again in the act"
BULK = "a statement about many at once; each by its own key, the last one said holds, and all are in the trail"
READS = "it writes nothing"
PEOPLE = "several people may say what they do, at once; each is written down beside the others"
PASSWORDS = "two people sign with their passwords what `retention/standing` showed; it is looked at again in the act"
RESUMES = "it goes on with what was signed, and does nothing twice"

# Routes that ask for no If-Match, each with the reason.
EXEMPT: dict[str, str] = {
    "POST /api/v1/alarms/{alarm}/take": PEOPLE,
    "POST /api/v1/alarms/{alarm}/close": "it is closed once: what goes on, or was closed before, is refused in the act",
    "POST /api/v1/alarms/{alarm}/moves": "all of a lot that lies there is moved; what lies there is counted in the act",
    "POST /api/v1/people/{number}/wechat-link": READS,
    "POST /api/v1/drills": CREATES,
    "POST /api/v1/duty/policies": "a policy holds from then on; the one of that place before it ends by itself",
    "POST /api/v1/duty/rotas": CREATES,
    "POST /api/v1/duty/rotas/{number}/turns": BOOKS,
    "POST /api/v1/duty/rotas/{number}/shifts": BOOKS,
    "POST /api/v1/absences": CREATES,
    "POST /api/v1/people/{number}/ways/words": BOOKS,
    "POST /api/v1/documents": CREATES,
    "POST /api/v1/retention/acts": PASSWORDS,
    "POST /api/v1/retention/acts/{number}/carry-out": RESUMES,
    "POST /api/v1/equipment/{code}/modes": CREATES,
    "POST /api/v1/equipment/{code}/papers": CREATES,
    "POST /api/v1/equipment/{code}/repairs": CREATES,
    "POST /api/v1/equipment/{code}/care": CREATES,
    "POST /api/v1/equipment/{code}/probes": "a probe hangs here from now on; where it hung before ends by itself",
    "POST /api/v1/equipment/{code}/compartments/{name}/evidence": CREATES,
    "POST /api/v1/requests": CREATES,
    "POST /api/v1/items": CREATES,
    "POST /api/v1/rule-choices": CREATES,
    "POST /api/v1/buffers": CREATES,
    "POST /api/v1/occasions": CREATES,
    "POST /api/v1/rounds": CREATES,
    "POST /api/v1/runs": CREATES,
    "POST /api/v1/runs/{number}/load": ABOARD,
    "POST /api/v1/runs/{number}/unload": ABOARD,
    "POST /api/v1/runs/{number}/readings": BOOKS,
    "POST /api/v1/records": CREATES,
    "POST /api/v1/records/hours": CREATES,
    "POST /api/v1/facilities/{code}/hand-overs": CREATES,
    "POST /api/v1/calendar-days": CREATES,
    "POST /api/v1/people": CREATES,
    "POST /api/v1/posts": CREATES,
    "POST /api/v1/courses": CREATES,
    "POST /api/v1/courses/{number}/attendances": BOOKS,
    "POST /api/v1/collections": CREATES,
    "POST /api/v1/collections/{number}/units": BOOKS,
    "POST /api/v1/collections/{number}/units/{facility}/remind": BOOKS,
    "POST /api/v1/lots/{lot}/given": BULK,
    "POST /api/v1/vaccines/{code}/prices": CREATES,
    "POST /api/v1/vaccines/{code}/stability": CREATES,
    "POST /api/v1/receipts": CREATES,
    "POST /api/v1/receipts/{number}/reports": BOOKS,
    "POST /api/v1/movements": CREATES,
    "POST /api/v1/counts": CREATES,
    "POST /api/v1/custody": CREATES,
    "POST /api/v1/disposals": CREATES,
    "POST /api/v1/unusable/reports": CREATES,
    "POST /api/v1/dossiers": CREATES,
    "POST /api/v1/calibrations": CREATES,
    "POST /api/v1/corrections": CREATES,
    "POST /api/v1/imports/{kind}": BULK,
    "POST /api/v1/scan": READS,
}

FILE = "import"  # a county's file, or a sheet
# What a terminal has for the same act: a word of `coldchain`.
WORDS: dict[str, str] = {
    "POST /api/v1/drills": "alarms drill",
    "POST /api/v1/duty/policies": "duty enter",
    "POST /api/v1/duty/policies/{number}/end": "duty end",
    "POST /api/v1/duty/policies/{number}/withdraw": "duty withdraw",
    "POST /api/v1/duty/rotas": "duty rota-add",
    "PUT /api/v1/duty/rotas/{number}": "duty rota-change",
    "POST /api/v1/duty/rotas/{number}/withdraw": "duty rota-withdraw",
    "POST /api/v1/duty/rotas/{number}/turns": "duty turn",
    "POST /api/v1/duty/turns/{number}/end": "duty turn-end",
    "POST /api/v1/duty/rotas/{number}/shifts": "duty shift",
    "POST /api/v1/duty/shifts/{number}/withdraw": "duty shift-withdraw",
    "POST /api/v1/absences": "duty absence",
    "POST /api/v1/absences/{number}/end": "duty absence-end",
    "POST /api/v1/absences/{number}/withdraw": "duty absence-withdraw",
    "POST /api/v1/people/{number}/ways/words": "duty say",
    "PUT /api/v1/people/{number}/wish": "duty wish",
    "PUT /api/v1/regions/{code}": FILE,
    "POST /api/v1/documents": "equipment paper",
    "PUT /api/v1/equipment/{code}": "equipment set",
    "PUT /api/v1/equipment/{code}/compartments/{name}": FILE,
    "POST /api/v1/equipment/{code}/compartments/{name}/use": "equipment use",
    "POST /api/v1/equipment/{code}/probes": "equipment probe hang",
    "POST /api/v1/equipment/{code}/probes/{number}/take-off": "equipment probe take-off",
    "POST /api/v1/equipment/{code}/status": "equipment status",
    "POST /api/v1/equipment/{code}/place": "equipment move",
    "POST /api/v1/equipment/{code}/modes": "occasion add",
    "POST /api/v1/equipment/{code}/modes/{number}/withdraw": "occasion withdraw",
    "POST /api/v1/equipment/{code}/papers": "equipment paper",
    "POST /api/v1/equipment/{code}/papers/{number}/withdraw": "equipment withdraw",
    "POST /api/v1/equipment/{code}/repairs": "equipment repair",
    "POST /api/v1/equipment/{code}/care": "equipment care",
    "POST /api/v1/repairs/{number}/mended": "equipment mended",
    "POST /api/v1/repairs/{number}/withdraw": "equipment withdraw",
    "POST /api/v1/requests": "equipment request",
    "POST /api/v1/requests/{number}/decide": "equipment decide",
    "POST /api/v1/requests/{number}/finish": "equipment finish",
    "POST /api/v1/requests/{number}/withdraw": "equipment withdraw",
    "POST /api/v1/care/{number}/withdraw": "equipment withdraw",
    "POST /api/v1/items": "equipment items",
    "POST /api/v1/items/{number}/withdraw": "equipment withdraw",
    "POST /api/v1/rule-choices": "rules choose",
    "POST /api/v1/rule-choices/{number}/end": "rules end",
    "POST /api/v1/rule-choices/{number}/withdraw": "rules withdraw",
    "POST /api/v1/buffers": "buffer approve",
    "POST /api/v1/buffers/{number}/end": "buffer end",
    "POST /api/v1/buffers/{number}/withdraw": "buffer withdraw",
    "POST /api/v1/occasions": "occasion add",
    "POST /api/v1/occasions/{number}/withdraw": "occasion withdraw",
    "POST /api/v1/rounds": "round plan",
    "POST /api/v1/rounds/{number}/close": "round close",
    "PUT /api/v1/rounds/{number}/lines/{facility}/sessions": "round sessions",
    "POST /api/v1/runs": "run start",
    "POST /api/v1/runs/{number}/load": "run load",
    "POST /api/v1/runs/{number}/unload": "run unload",
    "POST /api/v1/runs/{number}/readings": "run reading",
    "POST /api/v1/runs/{number}/arrive": "run arrive",
    "POST /api/v1/runs/{number}/receive": "run receive",
    "POST /api/v1/runs/{number}/complete": "run complete",
    "POST /api/v1/records": "record enter",
    "POST /api/v1/records/hours": "record hours",
    "POST /api/v1/records/{record}/withdraw": "record withdraw",
    "PUT /api/v1/facilities/{code}": "facility set",
    "POST /api/v1/facilities/{code}/status": "facility status",
    "POST /api/v1/facilities/{code}/hand-overs": "facility hand-over",
    "POST /api/v1/calendar-days": "facility calendar-day",
    "POST /api/v1/calendar-days/{number}/withdraw": "facility withdraw-day",
    "POST /api/v1/people": "person add",
    "PUT /api/v1/people/{number}/phones": "person phones",
    "POST /api/v1/posts": "person post",
    "POST /api/v1/posts/{number}/end": "person end-post",
    "POST /api/v1/courses/{number}/attendances": "person trained",
    "POST /api/v1/collections": "collection open",
    "POST /api/v1/collections/{number}/units/{facility}/confirm": "collection confirm",
    "POST /api/v1/collections/{number}/units/{facility}/return": "collection return",
    "POST /api/v1/collections/{number}/units/{facility}/excuse": "collection excuse",
    "POST /api/v1/collections/{number}/consolidate": "collection consolidate",
    "POST /api/v1/collections/{number}/freeze": "collection freeze",
    "POST /api/v1/lots/{lot}/given": "given import",
    "POST /api/v1/lots/{lot}/given/{number}/withdraw": "given withdraw",
    "PUT /api/v1/vaccines/{code}": "vaccine put",
    "POST /api/v1/vaccines/{code}/prices": "vaccine price",
    "POST /api/v1/vaccines/{code}/stability": "vaccine stability enter",
    "POST /api/v1/stability/{number}/approve": "vaccine stability approve",
    "POST /api/v1/stability/{number}/end": "vaccine stability end",
    "POST /api/v1/stability/{number}/withdraw": "vaccine stability withdraw",
    "PUT /api/v1/lots/{lot}": "lot put",
    "POST /api/v1/receipts": "stock receive",
    "POST /api/v1/receipts/{number}/complete": "stock complete",
    "POST /api/v1/receipts/{number}/refuse": "stock refuse",
    "POST /api/v1/receipts/{number}/reports": "stock report-refusal",
    "POST /api/v1/receipts/{number}/reports/{report}/paper": "stock report-paper",
    "POST /api/v1/receipts/{number}/reports/{report}/withdraw": "stock withdraw",
    "POST /api/v1/receipts/{number}/withdraw": "stock withdraw",
    "POST /api/v1/movements": "stock move",
    "POST /api/v1/alarms/{alarm}/take": "alarms take",
    "POST /api/v1/alarms/{alarm}/close": "alarms close",
    "POST /api/v1/alarms/{alarm}/moves": "stock move",
    "POST /api/v1/movements/{number}/withdraw": "stock withdraw",
    "POST /api/v1/counts": "stock count",
    "POST /api/v1/counts/{number}/post": "stock post",
    "POST /api/v1/counts/{number}/withdraw": "stock withdraw",
    "POST /api/v1/custody": "stock custody give",
    "POST /api/v1/custody/{number}/consent": "stock custody consent",
    "POST /api/v1/custody/{number}/paper": "stock custody paper",
    "POST /api/v1/custody/{number}/return": "stock custody return",
    "POST /api/v1/custody/{number}/withdraw": "stock custody withdraw",
    "POST /api/v1/disposals": "stock dispose",
    "POST /api/v1/unusable/reports": "stock report-unusable",
    "POST /api/v1/unusable/reports/{number}/paper": "stock report-paper",
    "POST /api/v1/unusable/reports/{number}/withdraw": "stock withdraw",
    "PUT /api/v1/facilities/{code}/session-hours": "sessions set",
    "POST /api/v1/facilities/{code}/session-hours/{number}/withdraw": "sessions withdraw",
    "POST /api/v1/facilities/{code}/hand-overs/{number}/countersign": "facility countersign",
    "POST /api/v1/collections/{number}/units/{facility}/remind": "collection remind",
    "PUT /api/v1/runs/{number}/order": "run order",
    "POST /api/v1/dossiers": "dossier open",
    "POST /api/v1/dossiers/{dossier}/freeze": "dossier freeze",
    "POST /api/v1/dossiers/{dossier}/documents": "dossier document",
    "POST /api/v1/dossiers/{dossier}/opinions": "dossier opinion",
    "POST /api/v1/dossiers/{dossier}/opinions/{opinion}/withdraw": "dossier withdraw",
    "POST /api/v1/dossiers/{dossier}/documents/{document}/withdraw": "dossier withdraw",
    "POST /api/v1/dossiers/{dossier}/reports": "dossier report",
    "POST /api/v1/dossiers/{dossier}/reports/{report}/withdraw": "dossier withdraw",
    "POST /api/v1/dossiers/{dossier}/proposals": "dossier propose",
    "POST /api/v1/dossiers/{dossier}/proposals/{proposal}/signatures": "dossier sign",
    "POST /api/v1/dossiers/{dossier}/witnesses": "dossier witness",
    "POST /api/v1/calibrations": "calibration add",
    "POST /api/v1/calibrations/{number}/withdraw": "calibration withdraw",
    "POST /api/v1/corrections": "calibration correction propose",
    "POST /api/v1/corrections/{number}/approve": "calibration correction approve",
    "POST /api/v1/corrections/{number}/end": "calibration correction end",
    "POST /api/v1/corrections/{number}/withdraw": "calibration correction withdraw",
    "POST /api/v1/tolerance-cases/{number}/conclude": "calibration conclude",
    "POST /api/v1/retention/acts": "retention delete",
    "POST /api/v1/retention/acts/{number}/carry-out": "retention carry-out",
    "POST /api/v1/imports/{kind}": FILE,
    "PUT /api/v1/sheet-mappings/{name}": FILE,
    "POST /api/v1/sheet-mappings/{name}/withdraw": FILE,
    "POST /api/v1/scan": "scan",
}


PAGE = "a clinic does it at its own page, with what the page shows; a terminal stands at the county"
SLIP = "a slip is mended where it was made, at the page"
# What a terminal has no word for, each with the reason.
ONLY_OVER_HTTP: dict[str, str] = {
    "POST /api/v1/people/{number}/wechat-link": "the person uses it on their own telephone",
    "POST /api/v1/equipment/{code}/compartments/{name}/evidence": PAGE,
    "POST /api/v1/equipment/{code}/compartments/{name}/evidence/{number}/withdraw": SLIP,
    "PUT /api/v1/people/{number}": PAGE,
    "POST /api/v1/posts/{number}/withdraw": SLIP,
    "POST /api/v1/courses": PAGE,
    "POST /api/v1/courses/{number}/withdraw": SLIP,
    "POST /api/v1/attendances/{number}/withdraw": SLIP,
    "POST /api/v1/collections/{number}/units": PAGE,
    "POST /api/v1/collections/{number}/units/{facility}/consolidate": PAGE,
    "PUT /api/v1/rounds/{number}": PAGE,
    "POST /api/v1/rounds/{number}/withdraw": SLIP,
    "PUT /api/v1/rounds/{number}/lines/{facility}": PAGE,
    "POST /api/v1/rounds/{number}/lines/{facility}/close": PAGE,
    "POST /api/v1/runs/{number}/cancel": SLIP,
    "POST /api/v1/runs/{number}/readings/{reading}/withdraw": SLIP,
    "PUT /api/v1/runs/{number}/stops/{facility}": PAGE,
    "POST /api/v1/movements/{number}/confirm": PAGE,
    "POST /api/v1/prices/{number}/withdraw": SLIP,
}


def asks(route: str) -> bool:
    """True when the route wants to know which state the caller saw."""
    return any(
        "seen" in inspect.signature(each.endpoint).parameters
        for module in API
        for each in module.router.routes
        if route in {f"{method} {each.path}" for method in each.methods}
    )


@pytest.mark.parametrize("route", sorted(WRITES))
def test_a_route_asks_which_state_was_seen_or_says_why_not(route: str) -> None:
    assert asks(route) is (route not in EXEMPT)


def test_every_exemption_is_of_a_route_with_a_reason() -> None:
    assert set(EXEMPT) <= WRITES
    assert all(EXEMPT.values())


def words_of(command: Any, said: str) -> set[str]:
    """All that can be said after a word."""
    inner = getattr(command, "commands", {})
    return {said, *(word for name, each in inner.items() for word in words_of(each, f"{said} {name}"))}


@pytest.fixture(scope="module")
def words() -> set[str]:
    points = entry_points(group=cli.GROUP)
    return {word for point in points for word in words_of(typer.main.get_command(point.load()), point.name)}


@pytest.mark.parametrize("route", sorted(WRITES))
def test_what_can_be_done_over_http_can_be_done_at_a_terminal_or_it_is_said_why_not(
    route: str, words: set[str]
) -> None:
    assert (WORDS.get(route) in words) is not (route in ONLY_OVER_HTTP)
