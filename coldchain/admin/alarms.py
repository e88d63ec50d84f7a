"""The word `alarms`: what rings, its whole story, who takes it, who would be told, drills, and the figures."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Any

import msgspec
import typer

from coldchain.admin.alarm_drills import tried
from coldchain.admin.alarm_stories import line_of, number_or_code, plain, story_lines, whole
from coldchain.admin.sites import Data, time_of
from coldchain.admin.terminal import Actor, Json, Settings, moment_or_none, reading, say, writing
from coldchain.archive import views
from coldchain.archive.alarms import Alarm
from coldchain.archive.duty import asking
from coldchain.archive.duty.who import Level, Told, told
from coldchain.archive.telling import taking, together
from coldchain.archive.telling.taking import Act, Closing
from coldchain.clock import iso, iso_or_none
from coldchain.excursion import AlarmState, Severity

alarms = typer.Typer(help="Alarms, who is told of them, and how well.", add_completion=False, no_args_is_help=True)
alarms.add_typer(tried)

Which = Annotated[str, typer.Argument(help="Its number in the list, or its six characters.")]


class Said(StrEnum):
    """What a person says of an alarm."""

    SEEN = "seen"
    GOING = "going"
    MOVED = "moved"
    DOOR = "door"
    SENSOR = "sensor"
    FALSE = "false"
    NOTE = "note"


@alarms.command("list")
def list_alarms(
    state: Annotated[AlarmState | None, typer.Option("--state", help="Only those that are so.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="So many at most.")] = 50,
    data: Data = None,
    as_json: Json = False,
    settings: Settings = None,
) -> None:  # fmt: skip
    """Alarms, the newest first; a drill is one of them, and says so."""
    found = reading(settings, lambda tx: views.alarms(tx, None, limit, state=state), data)
    items = [plain(each) for each in found[:limit]]
    say({"items": items}, "\n".join(line_of(each) for each in items), as_json=as_json)


@alarms.command("show")
def show(alarm: Which, data: Data = None, as_json: Json = False, settings: Settings = None) -> None:
    """One alarm's whole story: who was told what, when, by which path, and what the provider and the person answered."""
    found, told = reading(settings, lambda tx: whole(tx, alarm), data)
    say(found, "\n".join(story_lines(found, told)), as_json=as_json)


@alarms.command("take")
def take(  # noqa: PLR0913, PLR0917 - a command's options
    alarm: Which,
    act: Annotated[Said, typer.Argument(help="seen, going, or what it is: moved, door, sensor, false; or a note.")],
    actor: Actor,
    eta_min: Annotated[int | None, typer.Option("--eta-min", help="Going: there in so many minutes.")] = None,
    note: Annotated[str, typer.Option("--note", help="Moved: where to. Else as it may help.")] = "",
    data: Data = None,
    as_json: Json = False,
    settings: Settings = None,
) -> None:  # fmt: skip
    """Say that somebody has seen an alarm, or goes; until they said they would be there, nobody else is called.

    What the same message told of the same facility is seen, or gone to, as well.
    """
    said = Act(number_or_code(alarm), act.value, actor, time_of(data), eta_min, note, "api")
    _answer(writing(settings, lambda tx: together.take(tx, said), data), as_json=as_json)


@alarms.command("close")
def close(
    alarm: Which,
    cause: Annotated[str, typer.Option("--cause", help="Why it came.")],
    measure: Annotated[str, typer.Option("--measure", help="What was done.")],
    actor: Actor,
    data: Data = None,
    as_json: Json = False,
    settings: Settings = None,
) -> None:  # fmt: skip
    """Write cause and measure of an alarm that is over: nothing is due of it any more."""
    closing = Closing(number_or_code(alarm), cause, measure, actor, time_of(data))
    _answer([writing(settings, lambda tx: taking.close(tx, closing), data)], as_json=as_json)


def _answer(alarms: Sequence[Alarm], *, as_json: bool) -> None:
    """The alarm, and behind it those that were taken with it."""
    alarm, *others = alarms
    said = {
        "id": alarm.id, "state": alarm.state.value, "taken_by": alarm.taken_by,
        "eta": iso_or_none(alarm.eta_at), "together": [each.id for each in others],
    }  # fmt: skip
    say(said, "\n".join(f"{each.id}\t{each.state}\t{each.taken_by or 'nobody'}" for each in alarms), as_json=as_json)


@alarms.command("who")
def who(  # noqa: PLR0913, PLR0917 - a command's options
    equipment: Annotated[str | None, typer.Option("--equipment", help="If this failed, by code.")] = None,
    facility: Annotated[str | None, typer.Option("--facility", help="If something failed there, by code.")] = None,
    region: Annotated[str | None, typer.Option("--region", help="If several places of it failed, by code.")] = None,
    at: Annotated[str | None, typer.Option("--at", help="When, 2026-11-22T03:10+08:00; now by default.")] = None,
    severity: Annotated[Severity, typer.Option("--severity", help="How loud.")] = Severity.CRITICAL,
    data: Data = None,
    as_json: Json = False,
    settings: Settings = None,
) -> None:  # fmt: skip
    """Who would be told then, level after level, by which channels in order, and what is wrong with that."""
    when = moment_or_none(at, "--at")
    when = time_of(data) if when is None else when
    asked = reading(
        settings,
        lambda tx: asking.asked_for(
            tx, equipment=equipment, facility=facility, region=region, severity=severity, at=when
        ),
        data,
    )
    found = told(asked)
    say(_plain(found, when), _text(found), as_json=as_json)


def _plain(found: Told, at: int) -> dict[str, Any]:
    """Names and channels; addresses are nobody's business who only asks."""
    policy = {"number": found.number, "title": found.policy.title, "source": found.policy.source}
    return {"at": iso(at), "policy": policy, "levels": [_level(each) for each in found.levels]}


def _level(level: Level) -> dict[str, Any]:
    people = [
        {"person": each.person, "name": each.name, "channels": list(dict.fromkeys(way.channel for way in each.ways))}
        for each in level.people
    ]
    said: dict[str, Any] = msgspec.to_builtins(level)
    return said | {"people": people}


def _text(found: Told) -> str:
    lines = []
    for level in found.levels:
        lines.append(f"{level.n}\tafter {level.after_min} min")
        lines += [f"\t{each['name']}\t{', '.join(each['channels'])}" for each in _level(level)["people"]]
        lines += [f"\t! {gap}" for gap in level.gaps]
    return "\n".join(lines) or "nobody"
