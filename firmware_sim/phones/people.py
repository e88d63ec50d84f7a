"""How a person answers a text or a call. Pure: the same message to the same number at the same hour is answered alike.

By day most people pick up, and go where vaccine is in danger; at night a call may ring out, and a text is read in the morning.
A drill is answered in seconds, because everybody has been told that it comes. Whose number it is, is answered by whoever has it
now. News and thanks are read and not answered.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

MORNING, EVENING = 7, 21
RINGS_S: Final = 45.0
GOING, SEEN = "1", "2"
# Two of the demo's county whose numbers nobody asked for: so it shows what comes of a "no", and of silence.
GIVEN_UP: Final = frozenset({"+8615400110007"})  # a stranger has it by now
SILENT: Final = frozenset({"+8615400100012"})
GOES_FOR: Final = ("温度", "过热", "过冷", "停电", "超限", "门未关", "warm", "cold", "mains", "door")


@dataclass(frozen=True, slots=True)
class Act:
    """What happens to a message, so many seconds (of the county's clock) after it was taken."""

    after_s: float
    state: str = ""  # of a receipt: delivered, answered, rang_out, keyed
    key: str = ""
    text: str = ""  # of a reply
    said: str = ""  # for the screen


@dataclass(frozen=True, slots=True)
class Habits:
    """How likely each thing is."""

    picks_up: float
    presses: float  # of those who picked up
    writes_back: float


BY_DAY: Final = Habits(picks_up=0.85, presses=0.9, writes_back=0.6)
AT_NIGHT: Final = Habits(picks_up=0.55, presses=0.85, writes_back=0.1)
DRILLED: Final = Habits(picks_up=1.0, presses=1.0, writes_back=1.0)


def answers(way: str, message: Mapping[str, Any], hour: int) -> list[Act]:
    """What a person does with a message.

    Args:
        way: sms or voice.
        message: as the webhook has it.
        hour: of the day where they live.
    """
    kind = str(message.get("kind", ""))
    if kind == "number":
        return _asked(way, str(message.get("to", "")))
    habits = DRILLED if kind == "drill" else BY_DAY if MORNING <= hour < EVENING else AT_NIGHT
    chance = random.Random(f"{way}/{message.get('to')}/{message.get('id')}")
    key = _pressed(kind, str(message.get("text", "")))
    if way == "voice":
        return _called(habits, chance, kind, key)
    return _written_to(habits, chance, str(message.get("code", "")), kind, key)


def _asked(way: str, number: str) -> list[Act]:
    """Whether the number is still theirs, by a key or in a word."""
    chance = random.Random(f"{way}/{number}")
    if number in SILENT:
        return [Act(RINGS_S, "rang_out", said="无人接听 rang out")] if way == "voice" else [Act(2, "delivered")]
    key, word = ("2", "否") if number in GIVEN_UP else ("1", "是")
    if way == "voice":
        after_s = chance.uniform(6, 20)
        pressed = Act(after_s + chance.uniform(6, 15), "keyed", key=key, said=f"按{key} pressed {key}")
        return [Act(after_s, "answered", said="接听 picked up"), pressed]
    return [
        Act(chance.uniform(1, 4), "delivered"),
        Act(chance.uniform(30, 240), text=word, said=f"回复 replied: {word}"),
    ]


def _pressed(kind: str, text: str) -> str:
    """Nobody drives out at once for a certificate."""
    return GOING if kind == "alarm" and any(word in text for word in GOES_FOR) else SEEN


def _called(habits: Habits, chance: random.Random, kind: str, key: str) -> list[Act]:
    quick = 0.3 if kind == "drill" else 1.0
    if chance.random() >= habits.picks_up:
        return [Act(RINGS_S, "rang_out", said="无人接听 rang out")]
    after_s = chance.uniform(6, 20) * quick
    found = [Act(after_s, "answered", said="接听 picked up")]
    if kind in {"alarm", "drill"} and chance.random() < habits.presses:
        found.append(Act(after_s + chance.uniform(6, 15) * quick, "keyed", key=key, said=f"按{key} pressed {key}"))
    return found


def _written_to(habits: Habits, chance: random.Random, code: str, kind: str, key: str) -> list[Act]:
    found = [Act(chance.uniform(1, 4), "delivered")]
    if kind not in {"alarm", "drill"} or not code or chance.random() >= habits.writes_back:
        return found
    minutes = f" {chance.choice((15, 20, 30))}" if key == GOING else ""
    after_s = chance.uniform(5, 15) if kind == "drill" else chance.uniform(30, 120)
    text = f"{code} {key}{minutes}"
    return [*found, Act(after_s, text=text, said=f"回复 replied: {text}")]
