"""The words of `equipment` for whoever plans: what is short of the requirements, and the yearly roll-up."""

from typing import Annotated, Any

import msgspec
import typer

from coldchain import clock
from coldchain.admin.equipment_terms import Facility, On, Region, day_of, scope_of
from coldchain.admin.terminal import Json, Settings, moment, reading, say, when
from coldchain.archive.db import Tx
from coldchain.archive.region_findings import region_findings
from coldchain.archive.upkeep import cards, care, days, findings, oddities, statistics

checks = typer.Typer(add_completion=False)


@checks.command("check")
def check(
    facility: Facility = None,
    region: Region = None,
    at: Annotated[str | None, typer.Option("--at", help="As of then; now if left out.")] = None,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """What is short: probes, what each level must have, columns of cards, care; and what cannot well be, regions too."""
    when = clock.now() if at is None else moment(at, "--at")

    async def work(tx: Tx) -> dict[str, list[dict[str, Any]]]:
        scope = await scope_of(tx, facility, region)
        return {
            "probes": msgspec.to_builtins(await findings.probe_findings(tx, scope, when)),
            "levels": msgspec.to_builtins(await findings.level_findings(tx, scope, when)),
            "cards": msgspec.to_builtins(await cards.gaps(tx, scope)),
            "odd": msgspec.to_builtins(await oddities.oddities(tx, scope, when)),
            "regions": msgspec.to_builtins(await region_findings(tx)) if scope is None else [],
            "care": msgspec.to_builtins(await care.overdue(tx, scope, when)),
        }

    found = reading(settings, work)
    say(found, "\n".join(_check_line(name, each) for name, its in found.items() for each in its), as_json=as_json)


@checks.command("statistics")
def roll_up(
    day: On = None, facility: Facility = None, region: Region = None, as_json: Json = False, settings: Settings = None
) -> None:
    """The yearly roll-up: per type how many there are and what they hold, in all and by status."""
    on = day_of(day)
    days.check("--on", on)

    async def work(tx: Tx) -> statistics.Statistics:
        return await statistics.statistics(tx, await scope_of(tx, facility, region), on)

    found = reading(settings, work)
    say(msgspec.to_builtins(found), "\n".join(_statistics_line(line) for line in found.lines), as_json=as_json)


def _check_line(name: str, each: dict[str, Any]) -> str:
    if name == "regions":
        return f"{each['what']}\t{each['region']}\t{each['told']}"
    place = each.get("equipment") or each["facility"]
    if name == "odd":
        return f"{each['what']}\t{place}\t{each['about']}\t{each['told']}"
    if name == "cards":
        return f"card\t{place}\tlacks {', '.join(each['missing'])}"
    if name == "care":
        last = "never" if each["last_at"] is None else f"last {when(each['last_at'])[:10]}"
        return f"care\t{place}\t{each['what']}: {last}\t{each['source']}"
    room = f"/{each['compartment']}" if each["compartment"] else ""
    return f"{each['what']}\t{place}{room}\twanted {each['wanted']}, found {each['found'] or 'none'}\t{each['source']}"


def _statistics_line(line: statistics.Line) -> str:
    parts = "\t".join(f"{status.value} {each.count}" for status, each in line.by_status.items())
    total = line.total
    return f"{line.type}\t{total.count}\tcold {total.cold_l:g} L\tfrozen {total.frozen_l:g} L\t{parts}"
