"""The form 疫苗储存和运输温度异常情况记录表: its columns in the order in which authorities know them, and a line's cells. Pure.

`archive.disposition.abnormal` ─► cells ─► `exporting`

Its cells are in Chinese, as the form is; times are the site's. Both 异常原因 and 采取措施 are what somebody wrote when they closed
the alarm: empty until then, for no alarm can be closed without them.
"""

from collections.abc import Iterable, Mapping
from datetime import tzinfo
from typing import Final

from coldchain.archive.disposition.abnormal import Line
from coldchain.archive.disposition.words import Outcome, Verdict
from coldchain.archive.tables import Opinion
from coldchain.archive.transport.words import RIDES_ALONG
from coldchain.clock import iso
from coldchain.excursion import CaseState, Kind
from coldchain.sheets import Cell

NAME: Final = "abnormal-temperatures"
MINUTE: Final = 60_000
COLUMNS: Final[Mapping[str, str]] = {
    "facility": "单位编码", "facility_name": "单位", "stage": "储存/运输环节", "equipment": "设备编码或车牌",
    "equipment_name": "设备名称", "vaccine": "疫苗名称", "maker": "生产企业", "spec": "规格", "number": "批号",
    "expires_on": "有效期", "doses": "数量(剂)", "start_iso": "异常开始时间", "end_iso": "异常结束时间",
    "out_min": "累计时间(分钟)", "unknown_min": "其中不明(分钟)", "low_c": "最低温度(℃)", "high_c": "最高温度(℃)",
    "ambient_c": "环境温度(℃)", "cause": "异常原因", "measure": "采取措施", "opinion": "生产企业评估意见/结论",
    "outcome": "处理结果", "filled_by": "填报人", "reviewed_by": "审核人", "closed_iso": "填报日期",
    "excursion": "超温事件",
}  # fmt: skip
VERDICTS: Final = {Verdict.USABLE: "可以使用", Verdict.NOT_USABLE: "不可使用", Verdict.CONDITIONAL: "有条件使用"}
OUTCOMES: Final = {
    Outcome.RELEASE: "放行使用", Outcome.DESTROY: "销毁", Outcome.RETURN: "退回", Outcome.MISSING: "盘亏",
}  # fmt: skip


def titles() -> list[str]:
    """In both languages."""
    return [f"{zh} ({name})" for name, zh in COLUMNS.items()]


def cells(line: Line, zone: tzinfo) -> list[Cell]:
    """One line of the form."""
    case = line.case
    said: dict[str, Cell] = {
        "facility": case["facility"],
        "facility_name": case["facility_name"],
        "stage": "运输" if case["type"] in RIDES_ALONG else "储存",
        "equipment": case["equipment"],
        "equipment_name": case["equipment_name"],
        "doses": line.share.doses if line.share else None,
        "start_iso": iso(case["first_bad"], zone),
        "end_iso": None if case["state"] == CaseState.OPEN else iso(case["last_bad"], zone),
        "out_min": round(case["out_ms"] / MINUTE, 1),
        "unknown_min": round(case["unknown_ms"] / MINUTE, 1),
        _side(Kind(case["kind"])): None if case["extreme_mc"] is None else case["extreme_mc"] / 1000,
        "ambient_c": line.ambient_c,
        "opinion": _joined(_opinion(each) for each in line.decided.opinions),
        "outcome": _joined(f"{OUTCOMES[Outcome(what)]}{doses}剂" for what, doses in line.decided.outcomes),
        "reviewed_by": _joined(line.decided.reviewers),
        "excursion": case["id"],
    }
    said |= _lot(line) | _closing(line, zone)
    return [said.get(name) for name in COLUMNS]


def _lot(line: Line) -> dict[str, Cell]:
    if line.lot is None:
        return {"number": line.share.lot} if line.share else {}
    lot, vaccine = line.lot
    return {
        "vaccine": vaccine.name_zh, "maker": lot.maker, "spec": lot.spec, "number": lot.number, "expires_on": lot.expires_on,
    }  # fmt: skip


def _closing(line: Line, zone: tzinfo) -> dict[str, Cell]:
    row = line.closed
    if row is None or row.closed_at is None:
        return {}
    return {
        "cause": row.cause, "measure": row.measure, "filled_by": row.closed_by, "closed_iso": iso(row.closed_at, zone),
    }  # fmt: skip


def _side(kind: Kind) -> str:
    """On which side it was out: the other extreme says nothing against it."""
    return "low_c" if kind.is_cold else "high_c"


def _opinion(row: Opinion) -> str:
    condition = f"（{row.condition}）" if row.condition else ""
    return f"{VERDICTS[Verdict(row.verdict)]}{condition} {row.organisation} {row.author} {row.dated}"


def _joined(words: Iterable[str]) -> str | None:
    """Each once, in order; nothing where there is none."""
    return "；".join(dict.fromkeys(word for word in words if word)) or None
