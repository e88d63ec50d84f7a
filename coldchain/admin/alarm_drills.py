"""Drills and figures, under the word `alarms`: the path is tried, and how it did when it was needed.

A drill is asked for in the archive and run by the site's alerting; whoever asks waits here until it has found something.
"""

import asyncio
from typing import Annotated, Any, Final

import msgspec
import typer

from coldchain import clock
from coldchain.admin.sites import Data, time_of
from coldchain.admin.terminal import TERMINAL, Actor, Json, Settings, moment_or_none, reading, say, when, with_archive
from coldchain.archive import drills
from coldchain.archive.audit import By
from coldchain.archive.db import Archive, Tx
from coldchain.archive.drills import Drill, DrillState
from coldchain.archive.facilities import persons
from coldchain.archive.facilities.days import SITE
from coldchain.archive.telling import counted
from coldchain.archive.telling.counted import Figures
from coldchain.archive.telling.figures import Load, Took
from coldchain.clock import iso, iso_or_none
from coldchain.errors import BadInput, Unavailable

tried = typer.Typer()

WAIT_S: Final = 1200.0  # real seconds; a drill itself gives people a quarter of an hour
LOOK_S: Final = 0.5
USUAL_MS: Final = 30 * 86_400_000
BROKEN: Final = 1  # the exit of a drill that verified nothing


@tried.command("drill")
def drill(
    facility: Annotated[str, typer.Option("--facility", help="Whose alarm path, by code.")],
    actor: Actor,
    wait_s: Annotated[float, typer.Option("--wait", min=0, help="Real seconds to wait for its end.")] = WAIT_S,
    data: Data = None,
    as_json: Json = False,
    settings: Settings = None,
) -> None:  # fmt: skip
    """Try a facility's alarm path now: its people are told, and somebody has to answer. Exits with 1 where it is broken."""

    async def work(archive: Archive) -> dict[str, Any]:
        async with archive.writing() as tx:
            asked = await drills.ask(tx, facility, By(actor, time_of(data), TERMINAL))
        return await _ended(archive, asked, wait_s)

    found = with_archive(settings, work, data)
    say(found, "\n".join(_drill_lines(found)), as_json=as_json)
    if not found["verified"]:
        raise typer.Exit(BROKEN)


async def _ended(archive: Archive, asked: Drill, wait_s: float) -> dict[str, Any]:
    """The drill when it is over.

    Raises:
        Unavailable: it is not, after so long.
    """
    until = clock.monotonic() + wait_s
    while True:
        async with archive.reading() as tx:
            now = await drills.drill(tx, asked.id)
            if now is not None and now.state.is_over:
                return await _shown(tx, now)
        if clock.monotonic() >= until:
            state = "nothing" if now is None else now.state.value
            raise Unavailable(
                f"drill {asked.id} has not ended: {state}; is alerting running? `coldchain alarms drills` says more later"
            )
        await asyncio.sleep(LOOK_S)


async def _shown(tx: Tx, its: Drill) -> dict[str, Any]:
    story = await drills.story(tx, its)
    names = await persons.names(tx, its.people)
    return {
        "id": its.id, "facility": its.facility, "verified": its.state is DrillState.VERIFIED, "state": its.state.value,
        "by_ways": its.ways, "broken": its.link, "words": its.words, "planned": its.planned, "by": its.by,
        "asked": iso(its.asked_at), "begun": iso_or_none(its.begun_at), "ended": iso_or_none(its.ended_at), "alarm": story.alarm,
        "people": [{"person": each, "name": names.get(each, "")} for each in its.people],
        "answers": [{"at": iso(each.at), "by": each.by, "act": each.why, "note": each.note} for each in story.answers],
        "notices": drills.told(story.notices),
    }  # fmt: skip


def _drill_lines(found: dict[str, Any]) -> list[str]:
    by = f" by {', '.join(found['by_ways'])}" if found["by_ways"] else ""
    why = f"\t{found['broken']}: {found['words']}" if found["broken"] else ""
    names = {str(each["person"]): each["name"] for each in found["people"]}
    told = [
        f"\t{each['channel']} → {names.get(each['person']) or each['person']}\t{each['state']}\t{each['answer']}"
        for each in found["notices"]
    ]
    answers = [f"\t{each['by']}: {each['act']}\t{each['note']}" for each in found["answers"]]
    return [f"{found['id']}\t{found['facility']}\t{found['state']}{by}{why}", *told, *answers]


@tried.command("drills")
def list_drills(
    facility: Annotated[str | None, typer.Option("--facility", help="Only of this one, by code.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="So many at most.")] = 50,
    data: Data = None,
    as_json: Json = False,
    settings: Settings = None,
) -> None:  # fmt: skip
    """Drills that were run, refused or withdrawn, the newest first."""

    async def work(tx: Tx) -> list[dict[str, Any]]:
        return [await _shown(tx, each) for each in (await drills.listed(tx, None, limit, facility=facility))[:limit]]

    found = reading(settings, work, data)
    say({"items": found}, "\n".join(_drill_lines(each)[0] for each in found), as_json=as_json)


@tried.command("figures")
def figures(
    month: Annotated[str | None, typer.Option("--month", help="This month, YYYY-MM, by the site's clocks.")] = None,
    start: Annotated[str | None, typer.Option("--start", help="From when on; 30 days before the end by default.")] = None,
    end: Annotated[str | None, typer.Option("--end", help="Until when; now by default.")] = None,
    data: Data = None,
    as_json: Json = False,
    settings: Settings = None,
) -> None:  # fmt: skip
    """How soon people were told, went, and it was over, by clinic and shift; how often they were woken, and for nothing.

    What other patience would have made of it: `coldchain replay --start … --compare-patience MINUTES`.
    """
    now = time_of(data)
    since, until = _window(month, start, end, now)
    found = reading(settings, lambda tx: counted.figures(tx, None, since, until, zone=SITE, at=now), data)
    say(_plain(found), "\n".join(_figure_lines(found)), as_json=as_json)


def _window(month: str | None, start: str | None, end: str | None, now: int) -> tuple[int, int]:
    """From when to when.

    Raises:
        BadInput: one is no time, or a month is asked for and a time besides.
    """
    if month is not None:
        if start is not None or end is not None:
            raise BadInput("--month", "stands beside --start or --end", "ask for a month, or from when to when")
        return counted.month(month, SITE)
    last = moment_or_none(end, "--end") or now
    first = moment_or_none(start, "--start")
    return (last - USUAL_MS if first is None else first), last


def _plain(found: Figures) -> dict[str, Any]:
    loads = [_load(each) for each in found.loads]
    plain: dict[str, Any] = msgspec.to_builtins(found)
    return plain | {"start": iso(found.start), "end": iso(found.end), "loads": loads}


def _load(load: Load) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(load)
    return plain | {
        "alarms_per_fridge_month": load.alarms_per_fridge_month,
        "night_calls_per_fridge_month": load.night_calls_per_fridge_month,
    }


def _figure_lines(found: Figures) -> list[str]:
    lines = [f"{when(found.start)} – {when(found.end)}"]
    for each in found.responses:
        took = "\t".join(
            f"{name} {_took(its)}"
            for name, its in (("told", each.told), ("taken", each.taken), ("over", each.recovered))
        )
        lines.append(f"{each.facility or 'several'}\t{each.shift}\t{each.alarms} alarms\t{took}")
    lines += [_load_line(load) for load in found.loads if load.alarms or load.night_calls]
    lines += [
        f"! {each.name or each.sent_to} never answers {each.channel}, {each.times} times" for each in found.silent
    ]
    return lines


def _load_line(load: Load) -> str:
    alarms = f"{load.alarms} alarms ({load.false_alarms} false, {load.past} past)"
    calls = f"{load.night_calls} night calls ({load.night_calls_for_nothing} for nothing)"
    per = f"{load.alarms_per_fridge_month} and {load.night_calls_per_fridge_month} a fridge-month"
    return f"{load.facility or 'several'}\t{alarms}\t{calls}\t{per}"


def _took(took: Took) -> str:
    bands = " ".join(f"{band} {count}" for band, count in took.bands.items() if count)
    return f"{bands or '–'}" + (f" (median {took.median_min:g} min)" if took.median_min is not None else "")
