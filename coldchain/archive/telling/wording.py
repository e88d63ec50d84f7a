"""What people write back to an alarm, read; and what they are answered. Pure. Before: a reply as it came; after: `replying`.

    [code] 1|2|word [minutes]     1, 前往, going: on the way · 2, 知悉, 收到, seen: seen, and others are called on

Whatever else stands there is passed over, for people write as they talk; two acts in one reply are none.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final, Literal

from coldchain.archive.telling.codes import LENGTH
from coldchain.archive.telling.codes import read as code_of
from coldchain.errors import BadInput

Doing = Literal["going", "seen"]
_WORDS: Final[dict[str, Doing]] = {
    "GOING": "going", "GO": "going", "前往": "going", "我前往": "going", "去": "going", "我去": "going", "马上到": "going",
    "SEEN": "seen", "知悉": "seen", "已知悉": "seen", "收到": "seen", "知道了": "seen",
}  # fmt: skip
_KEYS: Final[dict[str, Doing]] = {"1": "going", "2": "seen"}
_RUNS: Final = re.compile(r"[0-9A-Z]+|[\u4e00-\u9fff]+")
LONGEST_READ: Final = 200  # characters; what is longer was not written by somebody in a hurry


@dataclass(frozen=True, slots=True)
class Written:
    """A reply as it was understood: what they do, and what may be an alarm's code in it."""

    act: Doing | None
    codes: tuple[str, ...] = ()
    eta_min: int | None = None


def read(text: str) -> Written:
    """What somebody wrote, in full-width or small letters, with or without spaces."""
    runs = _RUNS.findall(unicodedata.normalize("NFKC", text[:LONGEST_READ]).upper())
    acts = {_WORDS[run] for run in runs if run in _WORDS}
    codes, numbers = [], []
    for run in runs:
        code, rest = _coded(run)
        if code and run not in _WORDS:
            codes.append(code)
            numbers += [rest] if rest else []
        elif run.isdecimal():
            numbers.append(run)
    if not acts and numbers and numbers[0] in _KEYS:
        acts = {_KEYS[numbers.pop(0)]}
    act = acts.pop() if len(acts) == 1 else None
    return Written(act, tuple(codes), _minutes(numbers) if act == "going" else None)


def _coded(run: str) -> tuple[str, str]:
    """A code, and a key that was written against it without a space."""
    head, rest = run[:LENGTH], run[LENGTH:]
    if rest and rest not in _KEYS:
        return "", ""
    try:
        return code_of(head), rest
    except BadInput:
        return "", ""


def _minutes(numbers: list[str]) -> int | None:
    return int(numbers[0]) if numbers and len(numbers[0]) <= 4 else None


# What goes back, by what came of the reply; each fits one text message.
ANSWERS: Final[dict[str, dict[str, str]]] = {
    "going": {
        "zh": "【冷链】{code}已记录：{name}前往，{minutes}分钟内到达。未到将继续呼叫。",
        "en": "Noted: {name} is on the way to {code}, there within {minutes} min. Others are called if not.",
    },
    "seen": {
        "zh": "【冷链】{code}已记录：{name}知悉。仍会呼叫他人，前往请回复{code} 1 分钟数。",
        "en": "Noted: {name} has seen {code}. Others are called on; to go, reply {code} 1 MINUTES.",
    },
    "stranger": {
        "zh": "【冷链】本号码未登记，未作任何更改。请联系县疾控中心登记号码。",
        "en": "This number is registered with nobody; nothing was changed. Ask the county's centre to register it.",
    },
    "unclear": {
        "zh": "【冷链】没有看懂，未作更改。请回复：报警编号 1 分钟数（前往），或编号 2（知悉）。",
        "en": "Not understood, nothing was changed. Reply CODE 1 MINUTES (going) or CODE 2 (seen).",
    },
    "which": {
        "zh": "【冷链】您有多个报警：{codes}。未作更改，请写明编号，如{code} 1 30。",
        "en": "Several alarms are open for you: {codes}. Nothing was changed; name one, as in {code} 1 30.",
    },
    "none": {
        "zh": "【冷链】目前没有待您处理的报警，未作更改。",
        "en": "No alarm is open for you; nothing was changed.",
    },
    "unknown": {
        "zh": "【冷链】没有编号为{code}的报警，未作更改。请核对短信中的六位编号。",
        "en": "There is no alarm {code}; nothing was changed. Compare the six characters of the message.",
    },
    "not_yours": {
        "zh": "【冷链】报警{code}没有通知过您，未作更改。请核对编号，或请被通知人回复。",
        "en": "You were not told of alarm {code}; nothing was changed. Compare the code.",
    },
    "over": {
        "zh": "【冷链】报警{code}已结束，无需前往。",
        "en": "Alarm {code} is over; nobody need go.",
    },
    "late": {
        "zh": "【冷链】{code}未作更改：到达时间应为1至240分钟；更久请由更近的人前往。",
        "en": "Nothing was changed at {code}: say 1 to 240 minutes, or let somebody go who is nearer.",
    },
    "number_yes": {
        "zh": "【冷链】已核对：这是{name}的号码。谢谢。",
        "en": "Noted: this is the number of {name}. Thank you.",
    },
    "number_no": {
        "zh": "【冷链】已记录：这不是{name}的号码，将请其单位更正。谢谢。",
        "en": "Noted: this is not the number of {name}; their facility is asked to correct it. Thank you.",
    },
    "number_other": {
        "zh": "【冷链】核对的不是本号码，未作更改。请用收到核对消息的号码回复。",
        "en": "Another number of yours was asked; nothing was changed. Reply from the one that got the question.",
    },
    "number_done": {
        "zh": "【冷链】该号码已核对过，未作更改。如有误，请联系县疾控中心更正。",
        "en": "That was answered before; nothing was changed. To correct it, call the county's centre.",
    },
}


def answer_of(what: str, language: str, **words: object) -> str:
    """The text that goes back."""
    return ANSWERS[what]["en" if language == "en" else "zh"].format(**words)
