"""What a replay says, as text for people: tables with a line each, times in the site's zone with their offset."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from unicodedata import east_asian_width
from zoneinfo import ZoneInfo

from alerting.replay.files import quantity_of_channel
from coldchain.excursion import Kind
from coldchain.reading import Quantity

Shape = Mapping[str, Any]
NOTHING: Final = "–"
SHOWN: Final = 3  # names of many
EXCURSIONS: Final = (
    *("first bad", "until", "channel", "rule", "severity", "certainty"),
    *("extreme", "min out", "min unknown"),
)
ENTRIES: Final = ("first bad", "last bad", "channel", "kind", "severity", "certainty")
ALARMS: Final = ("line", "name", "kind", "start", "end")


def excursions(shapes: Iterable[Shape], zone: ZoneInfo) -> list[str]:
    """Excursions, one a line."""
    return table(EXCURSIONS, [excursion_row(shape, zone) for shape in shapes])


def none(judged: Mapping[str, Collection[Kind]]) -> str:
    """What is said where no excursion was found: that all was well only where something was judged at all."""
    return (
        "no excursions" if any(judged.values()) else "nothing was judged: these rules are about nothing that was read"
    )


def unjudged(judged: Mapping[str, Collection[Kind]]) -> str:
    """Which channels of temperatures no rule is about; empty when there is none."""
    felt = [channel for channel in sorted(judged) if quantity_of_channel(channel) is Quantity.TEMPERATURE]
    silent = [channel for channel in felt if not judged[channel]]
    if not silent:
        return ""
    further = f" and {len(silent) - SHOWN} more" if len(silent) > SHOWN else ""
    names = ", ".join(silent[:SHOWN])
    return f"no rule is about {len(silent)} of {len(felt)} channels of temperatures: {names}{further}"


def recording(shapes: Sequence[Shape], zone: ZoneInfo) -> list[str]:
    """Who did not keep the duty to record, and how many did."""
    head = ("channel", "pack", "longest pause", "since", "duty", "beyond it", "beyond it while out of band")
    broken = [shape for shape in shapes if shape["pauses_beyond"] or shape["pauses_beyond_out_of_band"]]
    rows = [
        (
            shape["channel"],
            shape["pack"],
            _figure(shape["longest_pause_min"], "min"),
            moment(shape["longest_pause_from"], zone),
            f"{shape['duty_min']:g} min, {shape['duty_out_of_band_min']:g} out of band",
            str(shape["pauses_beyond"]),
            str(shape["pauses_beyond_out_of_band"]),
        )
        for shape in broken
    ]
    kept = [f"duty to record of {pack}: kept by {kept}" for pack, kept in _kept(shapes).items()]
    return ["", *kept, *table(head, rows)] if kept else []


def _kept(shapes: Sequence[Shape]) -> dict[str, str]:
    """Pack → by how many channels its duty was kept throughout."""
    kept: dict[str, dict[str, bool]] = defaultdict(dict)
    for shape in shapes:
        its, channel = kept[shape["pack"]], shape["channel"]
        its[channel] = its.get(channel, True) and not (shape["pauses_beyond"] or shape["pauses_beyond_out_of_band"])
    return {pack: f"{sum(its.values())} of {len(its)} channels" for pack, its in kept.items()}


def comparison(shape: Shape, zone: ZoneInfo) -> list[str]:
    """What other rules would change."""
    head = ("", *EXCURSIONS, "what")
    rows = [("new", *excursion_row(lone, zone), _within(lone)) for lone in shape["new"]]
    rows += [("gone", *excursion_row(lone, zone), _within(lone)) for lone in shape["gone"]]
    rows += [
        ("changed", *excursion_row(change["after"], zone), "; ".join(_changes(change["fields"], zone)))
        for change in shape["changed"]
    ]
    rows.sort(key=lambda row: (row[3], row[1], row[0]))
    counts = (f"{len(shape[name])} {name}" for name in ("new", "gone", "changed"))
    return [*table(head, rows), "", f"with {', '.join(shape['with'])}: {', '.join(counts)}, {shape['same']} the same"]


def parallel(shape: Shape, zone: ZoneInfo) -> list[str]:
    """What another platform made of the same time."""
    lines = _told(shape["told"], zone)
    lines += _titled("missed: ours, told by no alarm of theirs", _missed(shape["missed"], zone))
    undecided = [_excursion_row(each, zone) for each in shape["undecided"]]
    title = "undecided: their alarm may stand in the export before or after"
    lines += _titled(title, table(ENTRIES, undecided))
    for name, title in (
        ("invented", "invented: our readings say that all was well"),
        ("doubled", "doubled: told again what an alarm before had told"),
        ("needless", "needless: told what the county's policy only records"),
    ):
        lines += _titled(title, table(ALARMS, [_alarm_row(alarm, zone) for alarm in shape[name]]))
    rows = [(*_alarm_row(alarm, zone), alarm["why"]) for alarm in shape["unjudged"]]
    lines += _titled("not judged", table((*ALARMS, "why"), rows))
    head = ("channel", "excursions", "told", "late", "missed", "invented", "doubled", "needless")
    totals = [(row["channel"], *(str(row[name]) for name in head[1:])) for row in shape["channels"]]
    totals.append(("all", *(str(shape["totals"][name]) for name in head[1:])))
    late, most = shape["totals"]["median_late_min"], shape["totals"]["most_late_min"]
    summary = [] if late is None else ["", f"late by {late:g} min in the middle, by {most:g} min at most"]
    return [*lines, *_titled("totals", table(head, totals)), *summary]


def excursion_row(shape: Shape, zone: ZoneInfo) -> tuple[str, ...]:
    """One excursion."""
    until = moment(shape["end"]["last_bad"], zone) if shape["end"] else "goes on"
    extreme = _figure(shape["extreme_c"], "°C")
    words = (shape["channel"], shape["rule"], shape["severity"], shape["certainty"], extreme)
    minutes = (_figure(shape["minutes_out"]), _figure(shape["minutes_unknown"]))
    return (moment(shape["start"]["first_bad"], zone), until, *words, *minutes)


def moment(text: str | None, zone: ZoneInfo) -> str:
    """A time as people there write it, with its offset."""
    if text is None:
        return NOTHING
    local = datetime.fromisoformat(text).astimezone(zone)
    return local.isoformat(" ", "seconds" if local.second or local.microsecond else "minutes")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns that stand under each other; nothing at all where there is no row."""
    if not rows:
        return []
    widths = [max(map(_width, column)) for column in zip(head, *rows, strict=True)]
    return [
        "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in (head, *rows)
    ]


def _titled(title: str, lines: Sequence[str]) -> list[str]:
    return ["", title, *lines] if lines else []


def _told(told: Sequence[Shape], zone: ZoneInfo) -> list[str]:
    head = ("first bad", "channel", "kind", "severity", "their line", "their start", "late by", "")
    rows = [
        (
            moment(each["first_bad"], zone),
            *(each[name] for name in ("channel", "kind", "severity")),
            str(each["alarm"]["line"]),
            moment(each["alarm"]["start"], zone),
            _figure(each["late_min"], "min"),
            "late, when it was over" if each["late"] and each["was_over"] else "late" if each["late"] else "",
        )
        for each in told
    ]
    return ["told", *table(head, rows)] if rows else ["told: none"]


def _missed(missed: Sequence[Shape], zone: ZoneInfo) -> list[str]:
    rows = []
    for each in missed:
        notes = [
            "shorter than their patience" if each["within_their_patience"] else "",
            "" if each["channel_in_their_file"] else "the channel is nowhere in their file",
        ]
        rows.append((*_excursion_row(each, zone), ", ".join(filter(None, notes))))
    return table((*ENTRIES, ""), rows)


def _excursion_row(each: Shape, zone: ZoneInfo) -> tuple[str, ...]:
    words = (each[name] for name in ("channel", "kind", "severity", "certainty"))
    return (moment(each["first_bad"], zone), moment(each["last_bad"], zone), *words)


def _alarm_row(alarm: Shape, zone: ZoneInfo) -> tuple[str, ...]:
    name = " ".join(filter(None, (alarm["facility"], alarm["name"])))
    times = (moment(alarm["start"], zone), moment(alarm["end"], zone))
    return (str(alarm["line"]), name, alarm["kind"] or NOTHING, *times)


def _within(lone: Shape) -> str:
    return f"within {lone['within']}" if lone["within"] else ""


def _changes(fields: Mapping[str, Sequence[Any]], zone: ZoneInfo) -> list[str]:
    return [f"{name} {_plain(old, zone)} → {_plain(new, zone)}" for name, (old, new) in fields.items()]


def _plain(value: Any, zone: ZoneInfo) -> str:  # noqa: ANN401 - whatever a shape holds
    if value is None:
        return NOTHING
    if isinstance(value, Mapping):
        return "…".join(moment(text, zone) for text in value.values())
    if isinstance(value, list):
        return f"{len(value)} of them"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _figure(value: float | None, unit: str = "") -> str:
    return NOTHING if value is None else f"{value:g} {unit}".rstrip()


def _width(text: str) -> int:
    """Columns on a terminal: Chinese letters take two."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)
