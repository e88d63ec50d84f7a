"""Yes or no to "is this still your number?", from that very number. Before: a reply as it came; after: the question's end.

是 · 否 · Y · N ─► the question open at this address ─► yes: confirmed · no: a gap
                      └─► none: asked at another address of theirs? answered already? then nothing is changed, and why goes back
"""

import re
import unicodedata
from typing import Final

from coldchain.archive.db import Tx
from coldchain.archive.duty import questions
from coldchain.archive.duty.questions import Question, QuestionState
from coldchain.archive.duty.words import WayKind

YES: Final = "number_yes"
NO: Final = "number_no"
OTHER: Final = "number_other"  # asked at another address of theirs
DONE: Final = "number_done"  # answered before, by this number or by a person
_YES: Final = frozenset({"是", "是的", "是我", "是我的", "对", "对的", "没错", "正确", "Y", "YES"})
_NO: Final = frozenset({"否", "不是", "不是我", "不是我的", "不对", "错", "错了", "打错了", "N", "NO"})
_RUNS: Final = re.compile(r"[0-9A-Z]+|[\u4e00-\u9fff]+")
_LONGEST: Final = 200
_PHONES: Final = (WayKind.MOBILE, WayKind.FIXED, WayKind.WARD_NIGHT)
_CHATS: Final = {"wecom": (WayKind.WECOM,), "wechat": (WayKind.WECHAT,)}


def read(text: str) -> bool | None:
    """Yes, no, or None: neither, or both."""
    runs = set(_RUNS.findall(unicodedata.normalize("NFKC", text[:_LONGEST]).upper()))
    yes, no = bool(runs & _YES), bool(runs & _NO)
    return yes if yes is not no else None


async def answer(tx: Tx, provider: str, number: str, person: int, text: str, at: int) -> tuple[str, int] | None:
    """What came of it, and whose number it is; None: it is no answer to such a question.

    Args:
        tx: a writing transaction.
        provider: the channel's name.
        number: that wrote, as the archive keeps numbers; or a chat's id.
        person: whom that number belongs to.
        text: what was written.
        at: domain time, of its arrival.
    """
    is_theirs = read(text)
    if is_theirs is None:
        return None
    here = await questions.of_address(tx, _CHATS.get(provider, _PHONES), number, at)
    for asked in here:
        if asked.state.is_open:
            return await _ended(tx, asked, provider, is_theirs=is_theirs, at=at)
    if any(each.state in {QuestionState.CONFIRMED, QuestionState.WRONG} for each in here):
        return DONE, person
    return (OTHER, person) if await questions.open_of(tx, person) else None


async def _ended(tx: Tx, asked: Question, provider: str, *, is_theirs: bool, at: int) -> tuple[str, int] | None:
    state = await questions.answered(tx, asked.id, is_theirs=is_theirs, at=at, how=f"a reply by {provider}")
    if state is QuestionState.WITHDRAWN:
        return None  # the address is theirs no more
    said = QuestionState.CONFIRMED if is_theirs else QuestionState.WRONG
    return ((YES if is_theirs else NO) if state is said else DONE), asked.person
