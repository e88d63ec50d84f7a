"""What fits a template: a telephone's voice and a text message have variables of six characters and no room for links. Pure.

scene ─► place, thing, what, value, since, lots, doses, code ─► SMS ≤ 70 characters, with the fixed address and the code
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from alerting.notify.scene import Scene
from alerting.notify.words import EVERYTHING, KINDS
from coldchain.excursion import Facts, Kind, LotsKnown, Severity
from coldchain.providers.sections import SHORTS

LONGEST: Final = 6  # characters of a variable
LONGEST_SMS: Final = 70  # characters of a text message in Chinese; of a longer one each part costs as much
MOST: Final = 9999  # what is counted, where a higher number does not fit
UNKNOWN: Final = "不明"
NOTHING: Final = "无"
BY_HAND: Final = "请人工测温"
DAY_MS: Final = 86_400_000
LOUD: Final = {Severity.CRITICAL: "严重", Severity.WARNING: "警告", Severity.NOTE: "提示"}
# Where the usual word has more than six characters.
_BRIEF: Final = {
    Kind.MEAN_KINETIC_HEAT: "平均过热",
    Kind.MEAN_KINETIC_COLD: "平均过冷",
    Kind.POWER_ON_VALUE: "探头重启",
    Kind.FLAT_LINE: "读数不变",
    Kind.DISAGREEMENT: "探头不一致",
    Kind.SPOOL_NEARLY_FULL: "存储将满",
    Kind.OFFSET_SET: "设有修正值",
    Kind.ZERO_SCRATCHPAD: "探头短路",
    Kind.CLOCK_WRONG: "时钟不准",
    Kind.CLOCK_LOST: "时间丢失",
    Kind.DEVICE_ERROR: "设备报错",
}


def short_of(scene: Scene, at: int, zone: ZoneInfo) -> dict[str, str]:
    """A scene's variables: each has something to say, for a provider refuses an empty one."""
    return {
        "place": _cut(scene.place_short or (scene.facility.zh if scene.facility else "")),
        "thing": _cut(scene.thing_short or (scene.equipment.zh if scene.equipment else "")),
        "what": _BRIEF.get(scene.alarm.kind, KINDS[scene.alarm.kind].zh)[:LONGEST],
        "value": _value(scene.case.facts) if scene.case else _asked(scene),
        "since": _since(scene, at, zone),
        "lots": _counted(scene, len(scene.lots), "批"),
        "doses": _counted(scene, scene.doses, "支"),
        "code": scene.alarm.code or UNKNOWN,
    }


def plain(**said: str) -> dict[str, str]:
    """The variables of a message about no alarm: nothing, where nothing is said."""
    return {name: said.get(name, "")[:LONGEST] or NOTHING for name in SHORTS}


def of_many(short: Mapping[str, str], parts: int) -> dict[str, str]:
    """The variables of a message that tells of several parts: the first's, and how many there are."""
    return {**short, "place": _cut(f"{parts}处单位"), "thing": "多台设备"}


def of_gathered(short: Mapping[str, str], parts: int, *, is_one_thing: bool) -> dict[str, str]:
    """The variables of a message that tells of several at one place: the worst one's, and how many there are."""
    thing = short["thing"] if is_one_thing else "多台设备"
    return {**short, "thing": thing, "what": f"{min(parts, 999)}次报警"}


def sms_of(short: Mapping[str, str], severity: Severity, kind: str, url: str) -> str:
    """The text message; what has the least to say goes first where it would be too long."""
    where = "".join(short[name] for name in ("place", "thing") if short[name] != UNKNOWN)
    head = f"{'演练' if kind == 'drill' else ''}{LOUD[severity]} {where}{short['what']}"
    head += "（已过去）" if kind == "note" else ""  # nobody shall run for what is over
    if kind == "over":
        return f"{where}{short['what']}已结束 {short['code']}"[:LONGEST_SMS]
    value = "" if short["value"] == UNKNOWN else short["value"]
    since, lots = f"，{short['since']}起", f"，{short['lots']}{short['doses']}"
    lots = "" if UNKNOWN in lots else lots
    tail = f"。编码{short['code']} {url}".rstrip()
    for said in (f"{value}{since}{lots}", f"{value}{since}", value, ""):
        if len(head) + len(said) + len(tail) <= LONGEST_SMS:
            return f"{head}{said}{tail}"
    return f"{head}。编码{short['code']}"[:LONGEST_SMS]


def _cut(name: str) -> str:
    return name[:LONGEST] or UNKNOWN


def _value(facts: Facts) -> str:
    if facts.extreme_mc is None:
        return UNKNOWN
    said = f"{facts.extreme_mc / 1000:.1f}℃"
    return said if len(said) <= LONGEST else f"{facts.extreme_mc / 1000:.0f}℃"


def _asked(scene: Scene) -> str:
    """What stands in the place of a value: where nobody at all is heard, whoever is there has to read the display."""
    is_part = scene.observation is not None and scene.observation.detail.get("root") in EVERYTHING
    return BY_HAND if is_part else UNKNOWN


def _since(scene: Scene, at: int, zone: ZoneInfo) -> str:
    begun = datetime.fromtimestamp(scene.begun / 1000, zone)
    return begun.strftime("%H:%M" if at - scene.begun < DAY_MS else "%m-%d")


def _counted(scene: Scene, count: int, unit: str) -> str:
    is_unknown = scene.case is None or (scene.lots_known is LotsKnown.NO and not scene.lots)
    said = f"{count}{unit}"
    return UNKNOWN if is_unknown else said if len(said) <= LONGEST else f"{MOST}+{unit}"
