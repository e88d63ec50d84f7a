"""The newest reading of each channel in the terminal, read from the spool's file beside the running gateway."""

from collections.abc import Sequence

from rich.table import Table

from coldchain import clock
from coldchain.reading import Quality, Quantity, is_believed, quantity_of
from gateway.spoollayout import Latest


def item(gateway: str, latest: Latest) -> dict[str, object]:
    """As `--json` prints it."""
    return {
        "channel": f"{gateway}/{latest.series}",
        "time": None if latest.time is None else clock.iso(latest.time),
        "value": latest.value,
        "quality": latest.quality,
    }


def table(gateway: str, newest: Sequence[Latest], now_ms: int) -> Table:
    """What a person at the box wants to see: value, unit, age, and what is wrong in words."""
    view = Table(title=f"{gateway}  {clock.iso(now_ms - now_ms % 1000)}")
    for heading in ("device", "quantity", "value", "age", ""):
        view.add_column(heading, justify="right" if heading in ("value", "age") else "left")
    for latest in newest:
        device, _, quantity = latest.series.rpartition("/")
        style = None if is_believed(latest.quality) else "red"
        view.add_row(
            device, quantity, _value(latest, quantity_of(quantity)), _age(latest, now_ms), _words(latest), style=style
        )
    return view


def _value(latest: Latest, quantity: Quantity) -> str:
    return "—" if latest.value is None else f"{latest.value:g} {quantity.unit}".rstrip()


def _age(latest: Latest, now_ms: int) -> str:
    if latest.time is None:
        return "?"
    seconds = max(0, now_ms - latest.time) // 1000
    return f"{seconds} s" if seconds < 120 else f"{seconds // 60} min" if seconds < 7200 else f"{seconds // 3600} h"


def _words(latest: Latest) -> str:
    quality = Quality.of(latest.quality)
    words = [quality.fault.name.lower().replace("_", " ")] if quality.fault else []
    if latest.time is None:
        words.append("the box does not know the time")
    if quality.reconstructed:
        words.append("dated afterwards")
    return ", ".join(words)
