"""The words of `equipment` for whoever plans: what is short of the requirements, and the yearly roll-up."""

from typing import Annotated, Any

import msgspec
import typer

from coldchain import clock
from coldchain.admin.equipment_terms import Facility, On, Region, day_of, scope_of
from coldchain.admin.terminal import Json, Settings, moment, say, with_archive
from coldchain.archive.db import Archive
from coldchain.archive.upkeep import cards, care, days, findings, statistics

checks = typer.Typer(add_completion=False)


@checks.command("check")
def check(
    facility: Facility = None,
    region: Region = None,
    at: Annotated[str | None, typer.Option("--at", help="As of then; now if left out.")] = None,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """What is short: probes and their positions, what each level must have, cards that lack columns, overdue care."""
    when = clock.now() if at is None else moment(at, "--at")

    async def work(archive: Archive) -> dict[str, list[dict[str, Any]]]:
        async with archive.reading() as tx:
            scope = await scope_of(tx, facility, region)
            return {
                "probes": msgspec.to_builtins(await findings.probe_findings(tx, scope, when)),
                "levels": msgspec.to_builtins(await findings.level_findings(tx, scope, when)),
                "cards": msgspec.to_builtins(await cards.gaps(tx, scope)),
                "care": msgspec.to_builtins(await care.overdue(tx, scope, when)),
            }

    found = with_archive(settings, work)
    say(found, "\n".join(_check_line(name, each) for name, its in found.items() for each in its), as_json=as_json)


@checks.command("statistics")
def roll_up(
    day: On = None, facility: Facility = None, region: Region = None, as_json: Json = False, settings: Settings = None
) -> None:
    """The yearly roll-up: per type how many there are and what they hold, in all and by status."""

    async def work(archive: Archive) -> statistics.Statistics:
        days.check("--on", day_of(day))
        async with archive.reading() as tx:
            return await statistics.statistics(tx, await scope_of(tx, facility, region), day_of(day))

    found = with_archive(settings, work)
    say(msgspec.to_builtins(found), "\n".join(_statistics_line(line) for line in found.lines), as_json=as_json)


def _check_line(name: str, each: dict[str, Any]) -> str:
    place = each.get("equipment") or each["facility"]
    if name == "cards":
        return f"card\t{place}\tlacks {', '.join(each['missing'])}"
    if name == "care":
        last = "never" if each["last_at"] is None else f"last {clock.iso(each['last_at'])}"
        return f"care\t{place}\t{each['what']}: {last}\t{each['source']}"
    room = f"/{each['compartment']}" if each["compartment"] else ""
    return f"{each['what']}\t{place}{room}\twanted {each['wanted']}, found {each['found'] or 'none'}\t{each['source']}"


def _statistics_line(line: statistics.Line) -> str:
    parts = "\t".join(f"{status.value} {each.count}" for status, each in line.by_status.items())
    total = line.total
    return f"{line.type}\t{total.count}\tcold {total.cold_l:g} L\tfrozen {total.frozen_l:g} L\t{parts}"
