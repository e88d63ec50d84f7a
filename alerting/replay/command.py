"""The word `replay`: its options, what they start, and what is printed.

Standard output holds the answer alone, the same for the same readings and rules; progress and figures go to standard
error.
"""

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from alerting.replay import report, tables
from alerting.replay.asked import Judging, Part, VendorOptions, Zones, what_ifs
from alerting.replay.compare import compare
from alerting.replay.files import read_csv
from alerting.replay.names import Names, key_of, names_of_channels, with_given
from alerting.replay.patience import alarms_of
from alerting.replay.progress import Progress, Stopwatch
from alerting.replay.vendor import Ours, Terms, hold_against
from alerting.replay.vendor_file import Alarm, read_alarms, read_names
from alerting.replay.whatif import Outcome
from alerting.replay.whatif import replay as replay_traces
from coldchain.errors import BadInput

JUDGING, STORED, VENDOR = "By which rules", "Which part of stored history (without --csv)", "Another platform's alarms"

replay = typer.Typer(help="Judge a file or stored history by any rules; nothing is written.", add_completion=False)


@dataclass(frozen=True, slots=True)
class Command:
    """Everything that was asked for."""

    csv: Path | None
    judging: Judging
    part: Part
    vendor: VendorOptions
    zones: Zones
    is_json: bool


@dataclass(frozen=True, slots=True)
class Theirs:
    """Another platform's alarms, what its names mean by hand, and how they are held against ours."""

    alarms: Sequence[Alarm]
    names: Sequence[tuple[str, str]]
    terms: Terms

    def nobody(self, known: Names) -> list[str]:
        """What is to be said of names by hand that stand for nothing here; the first row may be a header."""
        ours = dict.fromkeys(ours for _, ours in self.names if key_of(ours) not in known)
        if self.names and len(self.names) > 1 and self.names[0][1] in ours:
            del ours[self.names[0][1]]
        return [f"--vendor-names: nothing here is called {', '.join(ours)}"] if ours else []


Answer = tuple[dict[str, Any], list[str], str, list[str]]
Replayed = tuple[Outcome, Names, Zones, Theirs | None]


@replay.command(name="replay")
def over(  # noqa: PLR0913 - one parameter an option
    *,
    csv: Annotated[
        Path | None, typer.Option(help="Rows of channel,time,value in order of arrival; else stored history.")
    ] = None,
    rules: Annotated[
        list[str] | None,
        typer.Option(
            help="A shipped pack (cn-2017, who-pqs …), a .toml file, or PACK@VERSION; may be repeated. "
            "Stored history: the packs in force by default.",
            rich_help_panel=JUDGING,
        ),
    ] = None,
    policy: Annotated[
        str | None,
        typer.Option(help="Whose severities: a shipped policy or a .toml file.", rich_help_panel=JUDGING),
    ] = None,
    profile: Annotated[
        str | None,
        typer.Option(help="The band that the channels are meant to keep; 2-8 for a file.", rich_help_panel=JUDGING),
    ] = None,
    equipment_type: Annotated[
        str | None,
        typer.Option("--type", help="A file: the type of the equipment, as rules may ask.", rich_help_panel=JUDGING),
    ] = None,
    interval: Annotated[
        float | None,
        typer.Option(
            help="Seconds between readings; the archive's, or a file's median spacing by default.",
            rich_help_panel=JUDGING,
        ),
    ] = None,
    compare_with: Annotated[
        list[str] | None,
        typer.Option(
            "--compare",
            help="Other packs, or PACK@VERSION: list what they would change; may be repeated.",
            rich_help_panel=JUDGING,
        ),
    ] = None,
    compare_policy: Annotated[
        str | None, typer.Option(help="Another policy: list what it would change.", rich_help_panel=JUDGING)
    ] = None,
    compare_patience: Annotated[
        float | None,
        typer.Option(
            help="Minutes by which temperatures are told later (or, below zero, sooner): how many alarms that would be.",
            rich_help_panel=JUDGING,
        ),
    ] = None,
    channel: Annotated[
        list[str] | None, typer.Option(help="A channel; may be repeated.", rich_help_panel=STORED)
    ] = None,
    equipment: Annotated[
        list[str] | None, typer.Option(help="A piece of equipment, by its code.", rich_help_panel=STORED)
    ] = None,
    facility: Annotated[list[str] | None, typer.Option(help="A facility, by its code.", rich_help_panel=STORED)] = None,
    start: Annotated[str | None, typer.Option(help="From when on, e.g. 2026-07-01.", rich_help_panel=STORED)] = None,
    end: Annotated[
        str | None, typer.Option(help="Up to when, e.g. 2026-08-01 (itself left out).", rich_help_panel=STORED)
    ] = None,
    settings: Annotated[
        Path | None, typer.Option(help="TOML file; $COLDCHAIN_SETTINGS by default.", rich_help_panel=STORED)
    ] = None,
    shift_certificate: Annotated[
        int | None,
        typer.Option(
            help="The number of a certificate that found its probe wrong: what would be different without that error, "
            "since its last good check.",
            rich_help_panel=STORED,
        ),
    ] = None,
    vendor: Annotated[
        Path | None,
        typer.Option(help="Its exported alarms: a CSV with a header.", rich_help_panel=VENDOR),
    ] = None,
    vendor_columns: Annotated[
        str,
        typer.Option(
            help="Where its columns are not found: channel=设备,start=报警时间,end=恢复时间,kind=类型,told=…,facility=…",
            rich_help_panel=VENDOR,
        ),
    ] = "",
    vendor_names: Annotated[
        Path | None,
        typer.Option(help="A CSV of its names and our channels or equipment.", rich_help_panel=VENDOR),
    ] = None,
    vendor_patience: Annotated[
        float, typer.Option(help="Minutes of delay set on its side: no lateness of its own.", rich_help_panel=VENDOR)
    ] = 0,
    vendor_late: Annotated[
        float, typer.Option(help="An alarm is late after so many minutes.", rich_help_panel=VENDOR)
    ] = 10,
    vendor_from: Annotated[
        str, typer.Option(help="It ought to tell what is at least so severe.", rich_help_panel=VENDOR)
    ] = "warning",
    vendor_tolerance: Annotated[
        float, typer.Option(help="Minutes by which two clocks may differ.", rich_help_panel=VENDOR)
    ] = 10,
    time_zone: Annotated[
        str | None, typer.Option(help="Of times without an offset, e.g. Asia/Shanghai, and of what is printed.")
    ] = None,
    progress: Annotated[
        bool | None, typer.Option("--progress/--no-progress", help="How far it is; on a terminal by default.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, as the API does.")] = False,
) -> None:
    """Judge a file or stored history by any rules; nothing is written.

    With --compare it lists what other rules would change; with --vendor, what another platform missed, invented, or told late;
    with --shift-certificate, what a probe that was found wrong would have changed.
    """
    command = Command(
        csv,
        Judging(
            rules or (), policy, profile, equipment_type, interval, compare_with or (), compare_policy, compare_patience
        ),
        Part(channel or (), equipment or (), facility or (), start, end, settings, shift_certificate),
        VendorOptions(
            vendor, vendor_columns, vendor_names, vendor_tolerance, vendor_patience, vendor_late, vendor_from
        ),
        Zones(time_zone),
        as_json,
    )
    shown = Progress(sys.stderr) if (sys.stderr.isatty() if progress is None else progress) else None
    try:
        answer, lines, figures, remarks = _answer(command, shown)
    finally:
        if shown:
            shown.done()
    print(f"replay: {figures}", *remarks, sep="\nreplay: ", file=sys.stderr)
    print(json.dumps(answer, ensure_ascii=False) if as_json else "\n".join(lines))


def _answer(command: Command, progress: Progress | None) -> Answer:
    """What was asked for, its figures, and what should be known of it; what can be wrong is read before the long part."""
    _check(command)
    if command.part.certificate is not None:
        return _shifted(command, command.part.certificate, progress)
    outcome, names, zones, theirs = _over_a_file(command, progress) if command.csv else _over_a_site(command, progress)
    items = report.shapes_of(outcome, outcome.runs[0])
    recording = report.recording_of(outcome)
    remarks = [*filter(None, [tables.unjudged(outcome.judged)])]
    answer: dict[str, Any] = {"items": items}
    if command.judging.is_compared:
        others = [*command.judging.compare, *filter(None, [command.judging.compare_policy])]
        waits = command.judging.compare_patience
        others += [] if waits is None else [f"patience {waits:+g} min"]
        answer["compare"] = report.comparison_of(outcome, compare(*outcome.runs), others)
        lines = tables.comparison(answer["compare"], zones.zone)
        if waits is not None:
            answer["alarms"] = {"before": alarms_of(outcome.runs[0]), "after": alarms_of(outcome.runs[1])}
            lines += _alarms_told(answer["alarms"])
    elif theirs is not None:
        remarks += theirs.nobody(names)
        ours = Ours(outcome.runs[0], outcome.heard, outcome.judged, with_given(names, theirs.names))
        answer["vendor"] = report.parallel_of(hold_against(theirs.alarms, ours, theirs.terms))
        lines = tables.parallel(answer["vendor"], zones.zone)
    else:
        lines = tables.excursions(items, zones.zone) or [tables.none(outcome.judged)]
        lines += tables.recording(recording, zones.zone)
    if recording:
        answer["recording"] = recording
    figures = " ".join(f"{name}={value}" for name, value in report.figures_of(outcome).items())
    return answer, lines, figures, remarks


def _alarms_told(alarms: dict[str, dict[str, Any]]) -> list[str]:
    """How many would have been told, under both."""
    before, after = alarms["before"], alarms["after"]
    return [f"{name}: {before[name]} -> {after[name]}" for name in ("alarms", "critical", "held")]


def _shifted(command: Command, calibration: int, progress: Progress | None) -> Answer:
    from alerting.replay.shift import found_by, told  # noqa: PLC0415 - a file needs no database driver
    from alerting.replay.site import replay_shifted, settings_of  # noqa: PLC0415

    settings = settings_of(command.part.settings)
    [asked] = what_ifs(command.judging, settings.alerting.policy)
    outcome, shift = asyncio.run(replay_shifted(settings, calibration, asked, progress))
    found = found_by(outcome, shift)
    figures = " ".join(f"{name}={value}" for name, value in report.figures_of(outcome).items())
    return {"items": report.shapes_of(outcome, outcome.runs[0]), "shift": found}, told(found), figures, []


def _check(command: Command) -> None:
    if command.part.certificate is not None and (command.judging.is_compared or command.vendor.file is not None):
        raise BadInput("--shift-certificate", "stands beside --compare or --vendor", "ask one after the other")
    command.part.check()
    if command.judging.is_compared and command.vendor.file is not None:
        raise BadInput("--compare", "stands beside --vendor", "ask one after the other")
    command.vendor.check_file()
    if command.csv is None:
        if command.judging.type is not None:
            raise BadInput("--type", "means nothing without --csv", "the archive knows the types of its equipment")
        return
    command.part.check_file()
    if not command.judging.rules:
        raise BadInput("--rules", "is missing", "name a pack, such as cn-2017 or who-pqs")


def _over_a_file(command: Command, progress: Progress | None) -> Replayed:
    assert command.csv is not None
    asked = what_ifs(command.judging, "default")
    theirs = _theirs(command.vendor, command.zones)
    reading = Stopwatch()
    with reading:
        tell = (lambda rows: progress.tell(None, f"{rows:,} rows read")) if progress else (lambda _: None)
        traces = read_csv(command.csv, command.zones.of_readings(), tell)
    outcome = replay_traces(traces, asked, progress)
    outcome.reading = reading
    return outcome, names_of_channels(outcome.judged), command.zones, theirs


def _over_a_site(command: Command, progress: Progress | None) -> Replayed:
    from alerting.replay.site import replay_site, settings_of  # noqa: PLC0415 - a file needs no database driver

    settings = settings_of(command.part.settings)
    zones = replace(command.zones, site=settings.alerting.time_zone)
    asked = what_ifs(command.judging, settings.alerting.policy)
    theirs = _theirs(command.vendor, zones)
    outcome, names = asyncio.run(replay_site(settings, command.part, asked, zones, progress))
    return outcome, names, zones, theirs


def _theirs(options: VendorOptions, zones: Zones) -> Theirs | None:
    if options.file is None:
        return None
    terms = options.terms()
    alarms = read_alarms(options.file, zones.of_people(), options.column_names())
    return Theirs(alarms, read_names(options.names) if options.names is not None else (), terms)
