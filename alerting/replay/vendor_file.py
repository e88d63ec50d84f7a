"""Another platform's exported alarms: a CSV with a header, whatever its columns are called. Before: `text`. After: `vendor`.

Columns are found by the names that Chinese and English platforms give them, or named by hand. A title above the header
is passed over. Which of our kinds an alarm means is read from its words: 高温, 低温, 断电, high temperature, door …
"""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from alerting.replay.moments import Moments
from alerting.replay.text import opened
from coldchain.errors import BadInput
from coldchain.excursion import Kind

SYNONYMS: Final[Mapping[str, tuple[str, ...]]] = {
    "channel": (
        *("channel", "probe", "probename", "sensor", "sensorname", "sensormac", "探头", "探头名称", "探头编号"),
        *("测点", "测点名称", "测点编号", "采集器", "采集器编号", "collectorid", "equipment", "equipmentcode"),
        *(
            "equipmentname",
            "fridge",
            "refrigerator",
            "device",
            "deviceid",
            "devicename",
            "设备",
            "设备名称",
            "设备编号",
        ),
        *("设备编码", "冰箱", "冰箱名称", "冰箱编号", "coolername", "coolersn", "监测点", "位置", "name", "名称"),
    ),
    "start": (
        *("start", "starttime", "startedat", "begin", "begintime", "alarmstart", "alarmtime", "eventtime", "raisedat"),
        *("开始时间", "报警开始时间", "告警开始时间", "报警时间", "告警时间", "预警时间", "发生时间", "起始时间"),
        *("warningeventtime", "time", "datetime", "时间", "日期时间"),
    ),
    "end": (
        *("end", "endtime", "endedat", "alarmend", "recovered", "recoverytime", "clearedat", "resolvedat", "cleared"),
        *("恢复时间", "结束时间", "解除时间", "消除时间", "报警结束时间", "告警结束时间", "报警恢复时间"),
        "warninglasttime",
    ),
    "told": (
        *("told", "toldat", "notified", "notifiedat", "senttime", "sentat", "sent", "messagetime"),
        *("发送时间", "通知时间", "短信时间", "推送时间", "短信发送时间"),
    ),
    "kind": (
        *("kind", "type", "alarmtype", "warningtype", "eventtype", "alarm", "event", "类型", "报警类型", "告警类型"),
        *("预警类型", "异常类型", "报警内容", "告警内容", "内容", "message", "description", "描述"),
    ),
    "facility": (
        *("facility", "facilityname", "clinic", "site", "unit", "organization", "organizationname", "company"),
        *("单位", "单位名称", "机构", "机构名称", "接种单位", "使用单位", "所属单位", "门诊", "companyname"),
    ),
}
NEEDED: Final = ("channel", "start")
TITLES: Final = 10  # lines that may stand above the header

HOT: Final = frozenset({Kind.HEAT, Kind.CUMULATIVE_HEAT, Kind.MEAN_KINETIC_HEAT})
COLD: Final = frozenset({Kind.FREEZE, Kind.CUMULATIVE_FREEZE, Kind.MEAN_KINETIC_COLD})
# The first line with a word of the alarm's text says what it is about: 低湿 is no 低温, a low battery is no cold.
MEANINGS: Final[tuple[tuple[re.Pattern[str], frozenset[Kind]], ...]] = tuple(
    (re.compile(words), frozenset(kinds))
    for words, kinds in (
        ("湿|humid", set[Kind]()),
        ("电量|电池|battery", {Kind.BATTERY_LOW}),
        ("高压|低压|电压|volt", set[Kind]()),
        ("断电|停电|掉电|失电|市电|power|mains", {Kind.POWER_LOSS}),
        ("门|door", {Kind.DOOR_OPEN}),
        (
            "离线|掉线|失联|断线|通讯|通信|中断|无数据|offline|silen|no data|communic|connection|signal|lost",
            {Kind.SILENCE},
        ),
        ("故障|fault|error|probe fail", set[Kind]()),
        (r"高温|温度过高|温度偏高|温度高|高于|超高|上限|high|hot|heat|above|\bover|warm|^h$", HOT),
        (
            r"低温|温度过低|温度偏低|温度低|低于|超低|下限|冻结|\blow|too cold|^cold$|freez|frost|below|\bunder|^l$",
            COLD,
        ),
        ("温|temp|excursion", HOT | COLD),
    )
)

TELLABLE: Final = frozenset[Kind]().union(*(kinds for _, kinds in MEANINGS))  # what an alarm may be about at all


@dataclass(frozen=True, slots=True)
class Alarm:
    """One of their alarms. Times ms UTC; `end` and `told` are None where the file does not say."""

    line: int
    name: str
    facility: str
    kind: str  # in their words
    kinds: frozenset[Kind]  # in ours; empty = nothing that readings are judged for
    start: int
    end: int | None = None
    told: int | None = None

    @property
    def until(self) -> int:
        """When it ended; an alarm without an end is a moment."""
        return self.start if self.end is None else self.end

    @property
    def heard(self) -> int:
        """When people heard of it, as far as the file says."""
        return self.start if self.told is None else self.told


def read_alarms(path: Path, moments: Moments, columns: Mapping[str, str]) -> list[Alarm]:
    """Read an export, in the order of its alarms' starts.

    Args:
        path: the file.
        moments: how its times are read.
        columns: ours → theirs, where they are named by hand.

    Raises:
        BadInput: with the file, the line, what is wrong and the cure.
    """
    with opened(path, "vendor") as text:
        delimiter = _delimiter(text.readline())
        text.seek(0)
        rows = _rows(csv.reader(text, delimiter=delimiter), path)
        places = _places(rows, columns, path)
        alarms = [_alarm(row, places, moments, f"{path}:{line}", line) for line, row in rows]
    return sorted(alarms, key=lambda alarm: (alarm.start, alarm.line))


def read_names(path: Path) -> list[tuple[str, str]]:
    """Read `their name,our channel or equipment` rows; a name may have several.

    Raises:
        BadInput: with the file, the line, what is wrong and the cure.
    """
    with opened(path, "vendor-names") as text:
        found = []
        for line, row in _rows(csv.reader(text), path):
            if len(row) != 2 or not all(row):
                cure = "write their name,our channel or equipment"
                raise BadInput("vendor-names", f"{len(row)} columns", cure, where=f"{path}:{line}")
            found.append((row[0], row[1]))
    return found


def meaning_of(words: str) -> frozenset[Kind]:
    """Which of our kinds an alarm's words mean; without words it is about the temperature."""
    text = words.strip().lower()
    if not text:
        return HOT | COLD
    return next((kinds for pattern, kinds in MEANINGS if pattern.search(text)), frozenset())


def parse_columns(text: str) -> dict[str, str]:
    """Read `channel=设备,start=报警时间`.

    Raises:
        BadInput: naming the part that is wrong.
    """
    named: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        ours, is_set, theirs = part.partition("=")
        if not is_set or ours.strip() not in SYNONYMS or not theirs.strip():
            cure = f"write NAME=THEIR COLUMN with names of {', '.join(SYNONYMS)}"
            raise BadInput("--vendor-columns", f"{part!r} names no column", cure)
        named[ours.strip()] = theirs.strip()
    return named


def _delimiter(first_line: str) -> str:
    return max(",;\t", key=first_line.count)


def _rows(reader: Iterator[list[str]], path: Path) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not blank, with their line."""
    try:
        for line, row in enumerate(reader, 1):
            cells = [cell.strip() for cell in row]
            if any(cells):
                yield line, cells
    except csv.Error as error:
        raise BadInput("csv", f"{path}: {error}", "save the export as CSV once more") from None


def _places(rows: Iterator[tuple[int, list[str]]], columns: Mapping[str, str], path: Path) -> dict[str, int]:
    """Where each column stands; reads up to the header."""
    seen: list[str] = []
    for line, row in rows:
        places = _places_in(row, columns)
        if all(name in places for name in NEEDED):
            _check_named(places, columns, f"{path}:{line}")
            return places
        seen += [f"{line}: {', '.join(row)[:120]}"]
        if line >= TITLES:
            break
    wrong = f"{path} has no header that says which channel, and when an alarm began; it begins {' | '.join(seen[:3])}"
    raise BadInput("vendor", wrong, "name the columns: --vendor-columns channel=设备,start=报警时间")


def _places_in(header: Sequence[str], columns: Mapping[str, str]) -> dict[str, int]:
    plain = [_plain(cell) for cell in header]
    places = {}
    for ours, synonyms in SYNONYMS.items():
        names = [_plain(columns[ours])] if ours in columns else list(synonyms)
        found = next((name for name in names if name in plain), None)
        if found is not None:
            places[ours] = plain.index(found)
    return places


def _check_named(places: Mapping[str, int], columns: Mapping[str, str], where: str) -> None:
    for ours, theirs in columns.items():
        if ours not in places:
            raise BadInput("--vendor-columns", f"there is no column {theirs!r}", "write it as in the file", where=where)


def _plain(cell: str) -> str:
    """A column's name without case, blanks, units and remarks."""
    return re.sub(r"[\s_\-:：/]|[(（].*?[)）]", "", cell).lower()


def _alarm(row: Sequence[str], places: Mapping[str, int], moments: Moments, where: str, line: int) -> Alarm:
    cells = {ours: row[at] if at < len(row) else "" for ours, at in places.items()}
    for ours in NEEDED:
        if not cells[ours]:
            raise BadInput(ours, "is empty", "fill it in, or take the line out", where=where)
    start, end, told = (_time(cells.get(ours, ""), moments, ours, where) for ours in ("start", "end", "told"))
    assert start is not None
    if end is not None and end < start:
        raise BadInput("end", "lies before the start", "see which columns they are: --vendor-columns", where=where)
    words = cells.get("kind", "")
    return Alarm(line, cells["channel"], cells.get("facility", ""), words, meaning_of(words), start, end, told)


def _time(text: str, moments: Moments, ours: str, where: str) -> int | None:
    if not text or not any(letter.isdigit() for letter in text):  # --, 未恢复
        if ours == "start":
            raise BadInput(ours, f"{text!r} is no time", "write 2026-07-03 16:00", where=where)
        return None
    try:
        return moments.read(text, ours)
    except BadInput as error:
        raise BadInput(error.field, error.wrong, error.cure, where=where) from None
