"""Small phrases of a notice in both languages: times, spans, and what an observation says. Pure. Before: `texts`."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from alerting.notify.scene import Named
from alerting.notify.words import BASES, EVERYTHING, HOLDOVERS, MAINS
from coldchain.archive.cases import Observation
from coldchain.excursion import Kind
from coldchain.reading import Quantity

Detail = Mapping[str, Any]

_MINUTE: Final = 60_000
_IN_MINUTES: Final = 5 * 60
_IN_HOURS: Final = 72
_OF_PLACES: Final = frozenset({Kind.DRILL, Kind.DRILL_FAILED})  # the facility is named already


def clock(ms: int, zone: ZoneInfo) -> str:
    """Day and time of the site."""
    return datetime.fromtimestamp(ms / 1000, zone).strftime("%m-%d %H:%M")


def minutes(ms: int) -> int:
    """Whole minutes."""
    return round(ms / _MINUTE)


def since(start: int, until: int, zone: ZoneInfo) -> Named:
    """Since when, and how long that is, once it is a minute."""
    begun, long = clock(start, zone), lasted(until - start)
    if long is None:
        return Named(f"{begun} 起", f"since {begun}")
    return Named(f"{begun} 起，{long.zh}", f"since {begun}, {long.en}")


def lasted(ms: int) -> Named | None:
    """How long, as people say it: minutes of the first hours, then hours, then days; None below a minute."""
    whole = minutes(max(0, ms))
    if not whole:
        return None
    if whole < _IN_MINUTES:
        return Named(f"{whole} 分钟", f"{whole} min")
    hours = whole // 60
    return (
        Named(f"{hours} 小时", f"{hours} h") if hours < _IN_HOURS else Named(f"{hours // 24} 天", f"{hours // 24} days")
    )


def observed(seen: Observation, at: int, zone: ZoneInfo) -> list[Named]:
    """What an observation says as it stands at the telling; what is expected is said only while it goes on."""
    say = _DETAILS.get(seen.kind)
    said = say(seen.detail) if say else []
    if seen.kind is not Kind.FORECAST:
        said = [since(seen.start, at if seen.end is None else seen.end, zone), _subject(seen), *said]
    if seen.end is None:
        said += _planned(seen, zone) + _expected(seen, at, zone)
    return said


def _subject(seen: Observation) -> Named:
    if seen.subject == seen.equipment or seen.kind in _OF_PLACES:
        return Named("", "")
    return EVERYTHING.get(seen.subject, Named(seen.subject, seen.subject))


def _planned(seen: Observation, zone: ZoneInfo) -> list[Named]:
    until = seen.detail.get("planned")
    if not until:
        return []
    time = clock(int(until), zone)
    return [Named(f"计划停电至 {time}", f"planned outage until {time}")]


def _expected(seen: Observation, at: int, zone: ZoneInfo) -> list[Named]:
    """A forecast's minutes count from the observation's start and run down by themselves."""
    told = seen.detail if seen.kind is Kind.FORECAST else seen.detail.get("forecast")
    if not told:
        return []
    passes = seen.start + round(float(told["minutes"]) * _MINUTE)
    limit, time, left = f"{float(told['limit_c']):g} °C", clock(passes, zone), minutes(passes - at)
    rising = float(told["from_c"]) <= float(told["limit_c"])
    if left <= 0:
        said = Named(f"估计此时已达 {limit}", f"expected at {limit} by now")
    else:
        said = Named(
            f"约 {time}（{left} 分钟后）{'升' if rising else '降'}至 {limit}",
            f"{'reaches' if rising else 'falls to'} {limit} at about {time}, in {left} min",
        )
    bounds, basis = _bounds(told, at - seen.start), BASES.get(str(told.get("basis")), Named("", ""))
    return [
        Named(
            f"{said.zh}{bounds.zh}（估计{f'，依据{basis.zh}' if basis.zh else ''}）",
            f"{said.en}{bounds.en} (estimate{f' from {basis.en}' if basis.en else ''})",
        )
    ]


def _bounds(told: Detail, gone_ms: int) -> Named:
    if told.get("early") is None:
        return Named("", "")
    early = max(0, minutes(round(float(told["early"]) * _MINUTE) - gone_ms))
    if told.get("late") is None:
        return Named(f"，最快 {early} 分钟", f", {early} min at the soonest")
    late = max(0, minutes(round(float(told["late"]) * _MINUTE) - gone_ms))
    return Named(f"，最快 {early} 分钟，最慢 {late} 分钟", f", {early} to {late} min")


def _silence(detail: Detail) -> list[Named]:
    said = [MAINS.get(str(detail.get("mains")), MAINS["unknown"])]
    if detail.get("root") in EVERYTHING:
        said.append(
            Named(
                "所有网关同时失联，请人工测温并记录", "no gateway at all is heard: read the display and write it down"
            )
        )
    if detail.get("is_out"):
        return [*said, Named("失联前已超限", "out of its band when last heard")]
    return said + _keeps_cold(detail.get("holdover"))


def _keeps_cold(holdover: Detail | None) -> list[Named]:
    """How long it keeps cold without mains, and how that is known: so long nobody was woken for it."""
    if holdover is None:
        return []
    hours, basis = float(holdover["hours"]), HOLDOVERS.get(str(holdover["basis"]), Named("", ""))
    return [
        Named(f"断电可保冷约 {hours:g} 小时{basis.zh}", f"keeps cold for about {hours:g} h without mains{basis.en}")
    ]


def _drill(_detail: Detail) -> list[Named]:
    return [Named("并无异常，请像真报警一样应答", "nothing is wrong; please answer as if it were")]


_LINKS: Final = {
    "alarm": Named("没有产生报警", "no alarm was raised"),
    "people": Named("第一级无人", "nobody is named at the first level"),
    "way": Named("有人未能通知到", "somebody could not be told"),
    "answer": Named("无人应答", "nobody answered"),
}


def _broken_link(detail: Detail) -> list[Named]:
    """Which link, and in the programme's own words who and why: these name people and providers' answers."""
    said, words = _LINKS.get(str(detail.get("link"))), str(detail.get("words", ""))
    if said is None:
        return []
    return [said, Named(words, words)] if detail.get("link") == "way" else [said]


def _apart(detail: Detail) -> list[Named]:
    by_k = detail.get("by_k")
    return [] if by_k is None else [Named(f"相差 {float(by_k):+.1f} °C", f"by {float(by_k):+.1f} °C")]


def _spool(detail: Detail) -> list[Named]:
    said = []
    if (share := detail.get("share")) is not None:
        said.append(Named(f"已用 {float(share):.0%}", f"{float(share):.0%} full"))
    if (hours := detail.get("hours_left")) is not None:
        said.append(Named(f"还可存 {int(hours)} 小时", f"room for another {int(hours)} h"))
    if dropped := detail.get("dropped"):
        said.append(Named(f"已丢失 {dropped} 条读数", f"{dropped} readings lost"))
    return said


def _clock_wrong(detail: Detail) -> list[Named]:
    off_s = detail.get("off_s")
    if off_s is None:
        return []
    off = minutes(abs(round(float(off_s) * 1000)))
    return [
        Named(f"快 {off} 分钟", f"fast by {off} min")
        if float(off_s) > 0
        else Named(f"慢 {off} 分钟", f"slow by {off} min")
    ]


def _calibration(detail: Detail) -> list[Named]:
    due = detail.get("due_on")
    return [Named(f"应于 {due} 前校准", f"was due on {due}")] if due else []


def _offsets(detail: Detail) -> list[Named]:
    return [_added(str(each["quantity"]), float(each["adds"])) for each in detail.get("offsets", ())]


def _added(quantity: str, adds: float) -> Named:
    """What a device adds to one of its values."""
    if quantity == Quantity.TEMPERATURE:
        return Named(f"温度被加 {adds:+g} °C", f"adds {adds:+g} K to its temperature")
    if quantity == Quantity.HUMIDITY:
        return Named(f"湿度被加 {adds:+g} %RH", f"adds {adds:+g} %RH to its humidity")
    return Named(f"{quantity} 被加 {adds:+g}", f"adds {adds:+g} to its {quantity}")


_DETAILS: Final[Mapping[Kind, Callable[[Detail], list[Named]]]] = {
    Kind.SILENCE: _silence,
    Kind.DRILL: _drill,
    Kind.DRILL_FAILED: _broken_link,
    Kind.DISAGREEMENT: _apart,
    Kind.DRIFT: _apart,
    Kind.SPOOL_NEARLY_FULL: _spool,
    Kind.CLOCK_WRONG: _clock_wrong,
    Kind.OFFSET_SET: _offsets,
    Kind.CALIBRATION_EXPIRED: _calibration,
}
