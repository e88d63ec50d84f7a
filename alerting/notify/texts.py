"""The text of a notice in Chinese and English: what, where, how far, since when, which lots, what to do. Pure.

A text is a row of phrases, each written in both languages side by side; what is not known leaves its phrase out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from alerting.notify.phrases import clock, minutes, observed, since
from alerting.notify.scene import LotLine, Named, Scene
from alerting.notify.words import BESIDE, KINDS, OCCASIONS, REASONS, SEVERITIES
from coldchain.excursion import Certainty, Facts, Kind, LotsKnown

MOST_LOTS: Final = 6  # named in a text; the page has them all
MOST_PARTS: Final = 12  # named in one message
DRILL: Final = Named("演练", "DRILL ")
_MEAN_KINETIC: Final = frozenset({Kind.MEAN_KINETIC_HEAT, Kind.MEAN_KINETIC_COLD})
_SUMS: Final = frozenset({Kind.CUMULATIVE_HEAT, Kind.CUMULATIVE_FREEZE})


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
    said = [_head(scene, why), _where(scene)]
    if scene.case:
        said += _excursion(scene, scene.case.facts, at, zone)
    elif scene.observation:
        said += observed(scene.observation, at, zone)
    drill = DRILL if scene.alarm.is_drill else Named("", "")
    zh, en = (part.zh for part in said if part.zh), (part.en for part in said if part.en)
    return Text(f"{drill.zh}{'；'.join(zh)}", f"{drill.en}{'; '.join(en)}")


def joined(text: Text, scenes: Sequence[Scene]) -> Text:
    """One message for parts of one trouble: what the first says, then where each is, with the code that takes it."""
    named, more = scenes[:MOST_PARTS], len(scenes) - MOST_PARTS
    zh = "、".join(f"{_spot(each).zh} {each.alarm.code or ''}".strip() for each in named)
    en = ", ".join(f"{_spot(each).en} {each.alarm.code or ''}".strip() for each in named)
    return Text(
        f"{text.zh}；同一原因共 {len(scenes)} 处：{zh}{f' 等，另 {more} 处' if more > 0 else ''}",
        f"{text.en}; one cause, {len(scenes)} places: {en}{f' and {more} more' if more > 0 else ''}",
    )


def gathered(text: Text, scenes: Sequence[Scene], zone: ZoneInfo) -> Text:
    """One message for several that late data brought together: what the worst says, then each, with the code that takes it."""
    named, more = scenes[:MOST_PARTS], len(scenes) - MOST_PARTS
    said = [(_thing(each), clock(each.begun, zone), each.alarm.code or "") for each in named]
    zh = "、".join(f"{thing.zh} {time} {code}".strip() for thing, time, code in said)
    en = ", ".join(f"{thing.en} {time} {code}".strip() for thing, time, code in said)
    return Text(
        f"{text.zh}；补传数据共发现 {len(scenes)} 起：{zh}{f' 等，另 {more} 起' if more > 0 else ''}",
        f"{text.en}; {len(scenes)} in all in late data: {en}{f' and {more} more' if more > 0 else ''}",
    )


def _thing(scene: Scene) -> Named:
    return scene.equipment or _spot(scene)


def _spot(scene: Scene) -> Named:
    return scene.facility or scene.equipment or Named("未知", "unknown")


def _head(scene: Scene, why: str) -> Named:
    kind, loud, reason = KINDS[scene.alarm.kind], SEVERITIES[scene.alarm.severity], REASONS[why]
    is_possible = scene.case is not None and scene.case.facts.certainty is Certainty.POSSIBLE
    return Named(
        f"【{loud.zh}】{'可能' if is_possible else ''}{kind.zh}{f'（{reason.zh}）' if reason.zh else ''}",
        f"[{loud.en}] {'possibly ' if is_possible else ''}{kind.en}{f' ({reason.en})' if reason.en else ''}",
    )


def _where(scene: Scene) -> Named:
    names = [name for name in (scene.facility, scene.equipment, scene.compartment) if name]
    return Named("".join(name.zh for name in names), ", ".join(name.en for name in names))


def _excursion(scene: Scene, facts: Facts, at: int, zone: ZoneInfo) -> list[Named]:
    if not facts.kind.is_temperature:
        return [since(facts.first_bad, at if facts.is_open else facts.last_bad, zone)]
    return [
        _measured(facts, zone),
        _product(facts),
        _unknown(facts),
        _explained(facts),
        *_beside(scene, zone),
        _lots(scene),
    ]


def _measured(facts: Facts, zone: ZoneInfo) -> Named:
    """Since when, how far, how long; a mean over a whole day is neither far nor long."""
    begun, out = clock(facts.first_bad, zone), minutes(facts.out_ms)
    if facts.kind in _MEAN_KINETIC:
        ended, mean = clock(facts.last_bad, zone), _degrees(facts.mkt_mc)
        return Named(f"{begun} 至 {ended} 平均 {mean}", f"mean {mean} from {begun} to {ended}")
    zh, en = "累计超限" if facts.kind in _SUMS else "超限", "out in all for" if facts.kind in _SUMS else "out for"
    if facts.extreme_mc is None:
        return Named(f"{begun} 起，{zh} {out} 分钟", f"since {begun}, {en} {out} min")
    far_zh, far_en = ("最低", "lowest") if facts.kind.is_cold else ("最高", "highest")
    far = _degrees(facts.extreme_mc)
    return Named(f"{begun} 起，{far_zh} {far}，{zh} {out} 分钟", f"since {begun}, {far_en} {far}, {en} {out} min")


def _product(facts: Facts) -> Named:
    """What was measured stands before; this is reckoned, and says so."""
    if facts.product_mc is None:
        return Named("", "")
    far = _degrees(facts.product_mc)
    return Named(f"产品温度推算 {far}", f"product reckoned at {far}")


def _unknown(facts: Facts) -> Named:
    lasted = minutes(facts.unknown_ms)
    if not lasted:
        return Named("", "")
    if facts.certainty is Certainty.POSSIBLE:
        return Named(
            f"另有未知 {lasted} 分钟，也超限才成立",
            f"{lasted} min more are unknown, and it stands only if those were out too",
        )
    return Named(f"另有未知 {lasted} 分钟", f"{lasted} min more are unknown")


def _explained(facts: Facts) -> Named:
    if facts.explained is None:
        return Named("", "")
    occasion = OCCASIONS.get(facts.explained, Named(facts.explained, facts.explained))
    return Named(f"已有说明：{occasion.zh}", f"accounted for: {occasion.en}")


def _beside(scene: Scene, zone: ZoneInfo) -> list[Named]:
    """What else went on there at that time; what accounts for it was said before."""
    said = []
    for each in scene.beside:
        what = BESIDE.get(each.what) or OCCASIONS.get(each.what)
        is_said = scene.case is not None and each.what == scene.case.facts.explained
        if what is not None and not is_said:
            begun = clock(each.start, zone)
            ended = "" if each.end is None else clock(each.end, zone)
            zh = f"{what.zh} {begun} 至 {ended}" if ended else f"{what.zh}，{begun} 起"
            said.append(Named(zh, f"{what.en} {begun} to {ended}" if ended else f"{what.en} since {begun}"))
    return said


def _lots(scene: Scene) -> Named:
    said = _lots_named(scene) if scene.lots else _no_lots(scene)
    if scene.case is None or not scene.case.facts.is_held:
        return said
    return Named(f"请暂停使用并隔离冷藏：{said.zh}", f"do not use, keep apart and cold: {said.en}")


def _no_lots(scene: Scene) -> Named:
    if scene.lots_known is LotsKnown.NO:
        return Named("柜内疫苗批次未登记", "lots not recorded")
    return Named("登记显示此处无疫苗", "no vaccine recorded here")


def _lots_named(scene: Scene) -> Named:
    is_here, more = scene.lots_known is LotsKnown.COMPARTMENT, len(scene.lots) - MOST_LOTS
    zh = "、".join(f"{lot.vaccine.zh} {lot.number} {lot.doses} 剂" for lot in _named(scene))
    en = ", ".join(f"{lot.vaccine.en} {lot.number} {lot.doses} doses" for lot in _named(scene))
    lots = "1 lot" if len(scene.lots) == 1 else f"{len(scene.lots)} lots"
    return Named(
        f"{'' if is_here else '本单位（柜位不明）'}涉及 {len(scene.lots)} 批 {scene.doses} 剂：{zh}"
        f"{f' 等，另 {more} 批' if more > 0 else ''}",
        f"{lots}, {scene.doses} doses{'' if is_here else ' at this facility, compartment unknown'}: {en}"
        f"{f' and {more} more' if more > 0 else ''}",
    )


def _named(scene: Scene) -> Sequence[LotLine]:
    return scene.lots[:MOST_LOTS]


def _degrees(thousandths: int | None) -> str:
    return "—" if thousandths is None else f"{thousandths / 1000:.1f} °C"
