"""The words `exposure`, `affected` and `given`: what a lot went through, and which doses an excursion concerns."""

import csv
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import typer

from coldchain import clock
from coldchain.admin.sites import with_stores
from coldchain.admin.terminal import (
    TERMINAL,
    Actor,
    Json,
    Number,
    Reason,
    Settings,
    by,
    reading,
    say,
    span,
    when,
    writing,
)
from coldchain.archive import views
from coldchain.archive.db import Archive
from coldchain.archive.exposure import affected as archive_affected
from coldchain.archive.exposure import given as archive_given
from coldchain.archive.exposure.affected import AffectedLot
from coldchain.archive.exposure.given import NewGiven
from coldchain.errors import BadInput
from coldchain.exposure import MINUTE, Exposure, exposure_shape, vial_shape
from coldchain.ledger import lots
from coldchain.ledger.lots import Passage, Story, Told
from coldchain.profile import profile_of
from coldchain.series import Series

exposure = typer.Typer(help="What a lot went through.", add_completion=False, no_args_is_help=True)
affected = typer.Typer(help="Which doses an excursion concerns.", add_completion=False, no_args_is_help=True)
given = typer.Typer(help="Doses given, as another system counts them.", add_completion=False, no_args_is_help=True)

VIAL_MODELS: Final = (("life_used_pct", "by measured rates"), ("nominal_pct", "by the nominal table"))
COLUMNS: Final = ("lot", "facility", "given_on", "doses", "source")


@exposure.command()
def of_lot(
    lot: Annotated[str, typer.Argument(help="Its id; or its printed number, where only one has it.")],
    dossier: Annotated[bool, typer.Option("--dossier", help="With estimates of the vial monitor's life used.")] = False,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Minutes per band by uncorrected readings, manual and unknown time, extremes, of the way with most time outside."""

    async def work(archive: Archive, series: Series) -> tuple[Story, Told]:
        async with archive.reading() as tx:
            found = await views.lots_of(tx, lot)
            if len(found) != 1:
                ids = ", ".join(each.id for each, _ in found)
                wrong = f"{len(found)} lots are called {lot[:80]!r}"
                raise BadInput("lot", wrong, f"ask by id: {ids}" if found else "correct it")
            story = await lots.story_of(tx, *found[0])
        return story, await lots.tell(archive, series, story, story.ends(), clock.now())

    story, told = with_stores(settings, work)
    shown = {
        "lot": story.lot.id,
        "vaccine": story.vaccine.code,
        **_sums(story, told.worst),
        "places": [_place(story, each) for each in told.passages],
        "vvm": vial_shape(told.worst, story.vaccine.vvm_type) if dossier else None,
    }
    say(
        shown,
        "\n".join(
            [
                _line("in all, by the way with most time outside (*)", shown),
                *([_vial_line(shown["vvm"])] if dossier else []),
                *(_line(_where(each), each) for each in shown["places"]),
            ]
        ),
        as_json=as_json,
    )


@affected.command()
def of_case(
    case: Annotated[str, typer.Argument(help="The excursion's id.")], as_json: Json = False, settings: Settings = None
) -> None:
    """Which doses, for how long they were out, where they are now, and who gave some of them since."""
    found = reading(settings, lambda tx: archive_affected.by_excursion(tx, case))
    text = [f"{span(found.start, found.end)}\tlots known: {found.known}", *(_lot_line(each) for each in found.lots)]
    shown = asdict(found) | {"lots": [_lot_shown(each) for each in found.lots]}
    say(shown, "\n".join(text), as_json=as_json)


@given.command("import")
def import_given(
    file: Annotated[
        Path, typer.Argument(help=f"CSV with the columns {', '.join(COLUMNS)}.", exists=True, dir_okay=False)
    ],
    actor: Actor,
    reason: Reason = TERMINAL,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Take in counts of doses given; what stands there already is left alone or corrected, and no name is kept."""
    records = _read(file)

    count = writing(settings, lambda tx: archive_given.put(tx, records, by(actor, reason)))
    say({"rows": len(records), "changed": count}, f"{count} of {len(records)} rows were new", as_json=as_json)


@given.command("withdraw")
def withdraw_given(number: Number, actor: Actor, reason: Reason = TERMINAL, settings: Settings = None) -> None:
    """Take back a count that was wrong altogether."""
    writing(settings, lambda tx: archive_given.withdraw(tx, number, by(actor, reason)))


@given.command("list")
def list_given(
    lot: Annotated[str, typer.Argument(help="Its id.")], as_json: Json = False, settings: Settings = None
) -> None:
    """What is counted of a lot; what cannot well be is marked."""
    found = reading(settings, lambda tx: archive_given.of_lots(tx, [lot]))
    lines = [f"{g.id}\t{g.given_on}\t{g.facility}\t{g.doses}\t{g.source}\t{g.strange or ''}" for g in found]
    say({"items": msgspec.to_builtins(found)}, "\n".join(lines), as_json=as_json)


def _read(file: Path) -> list[NewGiven]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = csv.DictReader(lines)
        missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
        if missing:
            raise BadInput("given", f"the file has no column {missing[0]}", f"write the columns {', '.join(COLUMNS)}")
        return [_row(number, row) for number, row in enumerate(rows, 2)]


def _row(number: int, row: dict[str, str | None]) -> NewGiven:
    lot, facility, given_on, doses, source = ((row[name] or "").strip() for name in COLUMNS)
    if not doses.isdecimal():
        raise BadInput(f"line {number}: doses", f"{doses[:40]!r} is no count", "write a whole number")
    return NewGiven(lot=lot, facility=facility, given_on=given_on, doses=int(doses), source=source)


def _sums(story: Story, found: Exposure) -> dict[str, Any]:
    band = profile_of(story.vaccine.profile)
    return exposure_shape(found, band.low_c, band.high_c)


def _place(story: Story, passage: Passage) -> dict[str, Any]:
    room, unit = story.rooms[passage.leg.stay.compartment]
    return {
        "facility": unit.facility,
        "equipment": unit.code,
        "compartment": room.name,
        "start": clock.iso(passage.leg.start),
        "end": None if passage.leg.end is None else clock.iso(passage.leg.end),
        "counted": passage.is_counted,
        "excursions": len(passage.excursions),
        **_sums(story, passage.went),
    }


def _where(place: dict[str, Any]) -> str:
    mark = "*" if place["counted"] else ""
    return f"{place['equipment']}/{place['compartment']}{mark}\t{_told_at(place['start'])} – {_told_at(place['end'])}"


def _told_at(at: str | None) -> str:
    return "still" if at is None else when(clock.parse_iso(at, "at"))


def _vial_line(vial: dict[str, Any] | None) -> str:
    """Estimates are called so wherever they stand."""
    if vial is None:
        return "vial monitor\tno estimate: none of a known type"
    shares = [f"{vial[name]:g} % ({of})" for name, of in VIAL_MODELS if vial[name] is not None]
    return f"vial monitor\t{vial['type']}: an estimate of the life used, {', '.join(shares)}"


def _line(name: str, shown: dict[str, Any]) -> str:
    spent = ", ".join(f"{band}: {minutes:g} min" for band, minutes in shown["bands"].items() if minutes)
    rest = f"manual {shown['minutes_manual']:g} min, unknown {shown['minutes_unknown']:g} min"
    extremes = "" if shown["low_c"] is None else f"; {shown['low_c']:g} … {shown['high_c']:g} °C"
    return f"{name}\t{spent or 'no sensor'}; {rest}{extremes}"


def _lot_line(lot: AffectedLot) -> str:
    out = "?" if lot.out_ms is None else f"{lot.out_ms / MINUTE:.1f}"
    now = ", ".join(f"{p.facility} {p.equipment}/{p.compartment}: {p.concerned} of {p.doses}" for p in lot.now)
    left = ", ".join(f"{i.facility} {i.reason} {i.concerned} of {i.doses}" for i in lot.issued)
    counted = ", ".join(f"{g.facility} gave {g.doses} on {g.given_on}" for g in lot.given)
    parts = [
        f"{lot.lot}\t{lot.vaccine} {lot.number}\t{lot.doses} doses out {out} min",
        f"now {now or 'nowhere'}",
        left,
        counted,
    ]
    return "\n\t".join(part for part in parts if part)


def _lot_shown(lot: AffectedLot) -> dict[str, Any]:
    return {
        **{name: getattr(lot, name) for name in ("lot", "number", "vaccine", "maker", "expires_on", "doses", "out_ms")},
        "now": [asdict(each) for each in lot.now],
        "issued": [asdict(each) for each in lot.issued],
        "given": [msgspec.to_builtins(each) | {"seen": each.facility in lot.seen} for each in lot.given],
    }
