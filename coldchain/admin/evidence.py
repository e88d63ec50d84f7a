"""The words `verify` and `evidence`: is anything changed, and what is taken out of the house."""

import asyncio
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from coldchain import clock
from coldchain.admin.retention import retention
from coldchain.admin.sites import Data, settings_of, stores
from coldchain.admin.terminal import Json, Settings, moment_or_none, say
from coldchain.archive import views
from coldchain.archive.db import open_archive
from coldchain.archive.evidence import exported, exporting, roots
from coldchain.archive.evidence.exporting import Choice
from coldchain.archive.evidence.findings import Report
from coldchain.archive.evidence.limits import limits
from coldchain.archive.evidence.roots import Root
from coldchain.archive.evidence.sources import archive_source
from coldchain.archive.evidence.verify import verify as verified
from coldchain.errors import BadInput

__all__ = ["evidence", "retention", "verify"]

verify = typer.Typer(help="Is anything changed?", add_completion=False)
evidence = typer.Typer(help="What is taken out of the house.", add_completion=False, no_args_is_help=True)

BROKEN: Final = 1  # the exit code when something is

TO_LEAVE = (
    "A root proves nothing while it stays here: whoever controls this machine can make all chains and roots anew. "
    "Mail it, print it, or let somebody else write it down; then `coldchain verify --root HASH` proves that nothing "
    "from before it was changed."
)


@verify.command()
def _verify(
    data: Data = None,
    export: Annotated[Path | None, typer.Option("--export", help="A file made by `coldchain evidence export`.")] = None,
    root: Annotated[str | None, typer.Option("--root", help="The hash of a root that left the house.")] = None,
    as_json: Json = False,
    settings: Settings = None,
) -> None:
    """Follow every chain, compare every row, hash every day again. Nothing is written; exit code 1 if anything differs."""
    if export is not None and (data is not None or settings is not None):
        raise BadInput("--export", "a site is named too", "name the file alone")
    report = asyncio.run(_look(export, settings, data, None if root is None else roots.wanted(root)))
    say(report.plain() | {"not_proved": limits(report)}, told(report), as_json=as_json)
    if not report.is_whole:
        raise typer.Exit(BROKEN)


async def _look(export: Path | None, settings: Path | None, data: Path | None, root: str | None) -> Report:
    if export is not None:
        with exported.opened(export) as (package, source):
            report = await verified(source, root)
            package.check(report)
            return report
    async with stores(settings_of(settings, data)) as (archive, series):
        return await verified(archive_source(archive, series), root)


def told(report: Report) -> str:
    """The report in lines."""
    lines = [f"{'whole' if report.is_whole else 'BROKEN'}: {_figures(report)}"]
    lines += [f"first: {finding}" if n == 0 else f"       {finding}" for n, finding in enumerate(report.findings)]
    if report.found > len(report.findings):
        lines.append(f"       … and {report.found - len(report.findings)} more")
    if report.root is not None:
        lines.append(f"root {report.root} was looked for")
    lines += ["what this does not prove:", *(f"  - {each}" for each in limits(report))]
    return "\n".join(lines)


def _figures(report: Report) -> str:
    rate = report.readings / report.seconds if report.seconds else 0
    return (
        f"{report.links} links of {len(report.chains)} chains, {report.rows} rows, {report.roots} roots, "
        f"{report.readings} readings in {report.days_sealed} sealed days of channels, {report.batches} batches cited; "
        f"{report.seconds:.1f} s ({rate:,.0f} readings/s)"
    )


@evidence.command("root")
def root_of_now(as_json: Json = False, settings: Settings = None, data: Data = None) -> None:
    """Take a root of what stands now, to be carried out of the house."""

    async def work() -> Root:
        async with open_archive(settings_of(settings, data).archive) as archive, archive.writing() as tx:
            return await roots.take(tx, clock.now())

    taken = asyncio.run(work())
    say(roots.plain(taken), f"root {taken.n} of {clock.iso(taken.at)}\n{taken.hash}\n\n{TO_LEAVE}", as_json=as_json)


@evidence.command("export")
def export_all(  # noqa: PLR0913, PLR0917 - a command's options
    out: Annotated[Path, typer.Option(help="The file to write, FILE.zip.")],
    region: Annotated[str | None, typer.Option(help="Readings of this region's facilities only, by code.")] = None,
    facility: Annotated[str | None, typer.Option(help="Readings of this facility only, by code.")] = None,
    start: Annotated[str | None, typer.Option("--start", help="Readings from this UTC day on.")] = None,
    end: Annotated[
        str | None, typer.Option("--end", help="Readings before this time, to the end of its UTC day.")
    ] = None,
    as_json: Json = False,
    settings: Settings = None,
    data: Data = None,
) -> None:
    """Write one file of open formats that can be checked without us. The books in it are whole, whatever is chosen."""
    if region is not None and facility is not None:
        raise BadInput("--region", "a facility was named too", "name one of the two")
    span = moment_or_none(start, "--start"), moment_or_none(end, "--end")

    async def work() -> dict[str, Any]:
        async with stores(settings_of(settings, data)) as (archive, series):
            facilities = None if facility is None else frozenset({facility})
            if region is not None:
                async with archive.reading() as tx:
                    facilities = await views.facilities_below(tx, region)
            return await exporting.export(archive, series, out, Choice(facilities, *span), clock.now())

    manifest = asyncio.run(work())
    said = {"file": str(out), "members": len(manifest["sha256"])}
    say(said, f"{out}: {said['members']} members; check it with `coldchain verify --export {out}`", as_json=as_json)
