"""What a text says: one part of 70 characters, readable without any other. Pure."""

from typing import Literal

from coldchain.limits import Side
from gateway.guard.settings import GuardLimit
from gateway.guard.watcher import Case

Act = Literal["begin", "again", "over"]


def text_of(act: Act, case: Case, limit: GuardLimit, *, language: str, is_alone: bool) -> str:
    """The text; `is_alone`: nobody else hears this box just now, and it says so."""
    value, minutes = f"{case.value / 1000:.1f}", case.out_ms // 60_000
    bound = f"{limit.high if case.side is Side.HEAT else limit.low:g}"
    if language == "en":
        return _english(act, limit.name, value, bound, minutes, case.side, is_alone=is_alone)
    if act == "over":
        return f"【冷链】{limit.name}已恢复：{value}℃，此前超限{minutes}分钟。"
    still = "仍" if act == "again" else ""
    side = "高于" if case.side is Side.HEAT else "低于"
    alone = "网络中断，网关自报。" if is_alone else ""
    return f"【冷链】{limit.name}{still}{value}℃，{side}{bound}℃已{minutes}分钟。{alone}前往请回复1"


def _english(act: Act, name: str, value: str, bound: str, minutes: int, side: Side, *, is_alone: bool) -> str:
    if act == "over":
        return f"[coldchain] {name} is well again: {value} C, was out {minutes} min."
    still = "still " if act == "again" else ""
    where = "above" if side is Side.HEAT else "below"
    alone = " No network; the gateway tells." if is_alone else ""
    return f"[coldchain] {name} {still}{value} C, {where} {bound} C for {minutes} min.{alone} Going? Answer 1"


def is_going(reply: str) -> bool:
    """True when somebody writes that they are on the way: 1, 前往, going."""
    word = reply.strip().casefold()
    return word[:1] in ("1", "１") or "前往" in word or word.startswith("going")
