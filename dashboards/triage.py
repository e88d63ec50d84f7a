"""What people may say on an alarm's page of what it is: only words that can be true of its kind. Pure.

kind ─► OFFERED ─► the buttons of `story.html`

A word that comes by another way (the API, a call, a text, a card) is taken whatever the kind: it is written down as it was said.
"""

from collections.abc import Mapping
from typing import Final

from coldchain.excursion import Kind
from dashboards.i18n import N_

NOTE: Final = "note"
WORDS: Mapping[str, str] = {
    "door": N_("the door was open"),
    "sensor": N_("probe out, or defrosting"),
    "false": N_("false alarm"),
    "moved": N_("vaccine moved to …"),
    NOTE: N_("only the remark"),
}
_WARMTH: Final = ("door", "sensor", "false", "moved")  # what the vaccine feels, or is about to
_BLIND: Final = ("sensor", "false", "moved")  # a probe is out, or a plug is, and nobody knows
_DOOR: Final = ("door", "false", "moved")
_PROBES: Final = ("sensor", "false")  # one of two probes is not where it was
_UPKEEP: Final = ("false",)  # a paper, a setting, a gateway, a way to people: nothing was opened, taken out or moved

OFFERED: Mapping[Kind, tuple[str, ...]] = {
    **{kind: _WARMTH for kind in Kind if kind.is_temperature},
    Kind.FORECAST: _WARMTH,
    Kind.DOOR_OPEN: _DOOR,
    Kind.POWER_LOSS: _BLIND,
    Kind.SILENCE: _BLIND,
    Kind.GARBLED: _BLIND,
    Kind.POWER_ON_VALUE: _BLIND,
    Kind.DISCONNECTED: _BLIND,
    Kind.ZERO_SCRATCHPAD: _BLIND,
    Kind.OUT_OF_PHYSICS: _BLIND,
    Kind.NO_ANSWER: _BLIND,
    Kind.DEVICE_ERROR: _BLIND,
    Kind.NOT_A_NUMBER: _BLIND,
    Kind.FLAT_LINE: _BLIND,
    Kind.SPIKE: _PROBES,
    Kind.DISAGREEMENT: _PROBES,
    Kind.DRIFT: _UPKEEP,
    Kind.BATTERY_LOW: _UPKEEP,
    Kind.SPOOL_NEARLY_FULL: _UPKEEP,
    Kind.CLOCK_LOST: _UPKEEP,
    Kind.CLOCK_WRONG: _UPKEEP,
    Kind.OFFSET_SET: _UPKEEP,
    Kind.CALIBRATION_EXPIRED: _UPKEEP,
    Kind.CHANNEL_OUT: _UPKEEP,
    Kind.DRILL_FAILED: _UPKEEP,
    Kind.DRILL: (),
}


def offered(kind: str, *, is_drill: bool) -> tuple[str, ...]:
    """What may be said of an alarm of this kind, a remark last; nothing happened in a drill."""
    return (NOTE,) if is_drill else (*OFFERED[Kind(kind)], NOTE)
