"""The words of a notice in Chinese and English: what, where, how far, since when, which lots. Pure.

Each language is one table of words and one way of putting them together, so that neither is a translation of the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from alerting.notify.scene import LotLine, Named, Scene
from coldchain.excursion import Certainty, Kind, LotsKnown, Severity

MOST_LOTS = 6  # named in a text; the page has them all

KINDS = {
    Kind.HEAT: Named("温度过高", "too warm"),
    Kind.FREEZE: Named("温度过低", "too cold"),
    Kind.CUMULATIVE_HEAT: Named("累计过热", "too warm in sum"),
    Kind.CUMULATIVE_FREEZE: Named("累计过冷", "too cold in sum"),
    Kind.SILENCE: Named("没有数据", "no data"),
    Kind.POWER_LOSS: Named("停电", "mains lost"),
    Kind.DOOR_OPEN: Named("门未关", "door open"),
}
SEVERITIES = {
    Severity.NOTE: Named("提示", "note"),
    Severity.WARNING: Named("警告", "warning"),
    Severity.CRITICAL: Named("严重", "critical"),
}
REASONS = {
    "raised": Named("", ""),
    "worsened": Named("加重", "worse now"),
    "reopened": Named("再次发生", "again"),
    "past": Named("已过去，补传数据发现", "past, found in late data"),
    "ended": Named("已结束", "over"),
    "eased": Named("减轻", "eased"),
    "merged": Named("合并", "merged"),
    "withdrawn": Named("撤销：补传数据显示未超温", "withdrawn: late data shows that it was none"),
}
CAUSES = {"power": Named("断电前报告停电", "it reported lost mains before")}


@dataclass(frozen=True, slots=True)
class Text:
    """A notice in both languages."""

    zh: str
    en: str


def text_of(scene: Scene, why: str, at: int, zone: ZoneInfo) -> Text:
    """What is told of a scene.

    Args:
        scene: what it is about.
        why: the transition's reason.
        at: domain time of the telling.
        zone: of the site, for times of day.
    """
    return Text(_chinese(scene, why, at, zone), _english(scene, why, at, zone))


def _chinese(scene: Scene, why: str, at: int, zone: ZoneInfo) -> str:
    kind, severity, reason = KINDS[scene.alarm.kind].zh, SEVERITIES[scene.alarm.severity].zh, REASONS[why].zh
    head = f"【{severity}】{'可能' if _is_possible(scene) else ''}{kind}{f'（{reason}）' if reason else ''}"
    parts = [head, "".join(n.zh for n in _where(scene))]
    if scene.case:
        facts = scene.case.facts
        extreme = (
            ""
            if facts.extreme_mc is None
            else f"最{'低' if facts.kind is Kind.FREEZE else '高'} {facts.extreme_mc / 1000:.1f} °C，"
        )
        parts.append(f"{_clock(facts.first_bad, zone)} 起，{extreme}超限 {_minutes(facts.out_ms)} 分钟")
        if facts.unknown_ms:
            parts.append(f"另有未知 {_minutes(facts.unknown_ms)} 分钟")
        parts.append(_lots_zh(scene))
    elif scene.observation:
        seen = scene.observation
        parts.append(f"{_clock(seen.start, zone)} 起，{_minutes((seen.end or at) - seen.start)} 分钟")
        parts.append(seen.subject)
        cause = CAUSES.get(str(seen.detail.get("cause")))
        parts += [cause.zh] if cause else []
    return "；".join(part for part in parts if part)


def _english(scene: Scene, why: str, at: int, zone: ZoneInfo) -> str:
    kind, severity, reason = KINDS[scene.alarm.kind].en, SEVERITIES[scene.alarm.severity].en, REASONS[why].en
    head = f"[{severity}] {'possibly ' if _is_possible(scene) else ''}{kind}{f' ({reason})' if reason else ''}"
    parts = [head, ", ".join(n.en for n in _where(scene))]
    if scene.case:
        facts = scene.case.facts
        extreme = (
            ""
            if facts.extreme_mc is None
            else f", {'lowest' if facts.kind is Kind.FREEZE else 'highest'} {facts.extreme_mc / 1000:.1f} °C"
        )
        parts.append(f"since {_clock(facts.first_bad, zone)}{extreme}, out for {_minutes(facts.out_ms)} min")
        if facts.unknown_ms:
            parts.append(f"{_minutes(facts.unknown_ms)} min more are unknown")
        parts.append(_lots_en(scene))
    elif scene.observation:
        seen = scene.observation
        parts.append(f"since {_clock(seen.start, zone)}, {_minutes((seen.end or at) - seen.start)} min")
        parts.append(seen.subject)
        cause = CAUSES.get(str(seen.detail.get("cause")))
        parts += [cause.en] if cause else []
    return "; ".join(part for part in parts if part)


def _is_possible(scene: Scene) -> bool:
    return scene.case is not None and scene.case.facts.certainty is Certainty.POSSIBLE


def _where(scene: Scene) -> Sequence[Named]:
    return [name for name in (scene.facility, scene.equipment, scene.compartment) if name]


def _lots_zh(scene: Scene) -> str:
    if not scene.lots:
        return "柜内疫苗批次未登记" if scene.lots_known is LotsKnown.NO else "登记显示此处无疫苗"
    place = "" if scene.lots_known is LotsKnown.COMPARTMENT else "本单位（柜位不明）"
    named = "、".join(f"{lot.vaccine.zh} {lot.number} {lot.doses} 剂" for lot in _named(scene))
    more = len(scene.lots) - MOST_LOTS
    return f"{place}涉及 {len(scene.lots)} 批 {scene.doses} 剂：{named}{f' 等，另 {more} 批' if more > 0 else ''}"


def _lots_en(scene: Scene) -> str:
    if not scene.lots:
        return "lots not recorded" if scene.lots_known is LotsKnown.NO else "no vaccine recorded here"
    place = "" if scene.lots_known is LotsKnown.COMPARTMENT else " at this facility, compartment unknown"
    named = ", ".join(f"{lot.vaccine.en} {lot.number} {lot.doses} doses" for lot in _named(scene))
    more = len(scene.lots) - MOST_LOTS
    lots = "1 lot" if len(scene.lots) == 1 else f"{len(scene.lots)} lots"
    return f"{lots}, {scene.doses} doses{place}: {named}{f' and {more} more' if more > 0 else ''}"


def _named(scene: Scene) -> Sequence[LotLine]:
    return scene.lots[:MOST_LOTS]


def _clock(ms: int, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(ms / 1000, zone).strftime("%m-%d %H:%M")


def _minutes(ms: int) -> int:
    return round(ms / 60_000)
