"""What both stores do alike with the rows that they have read, and with a step that they were given. Pure."""

from collections.abc import Sequence

from coldchain.errors import BadInput
from coldchain.series import DAY, HOUR, UndatedTrace

UndatedRow = tuple[int, float | None, int, int | None, int | None]


def undated_trace(channel: str, boot: str, rows: Sequence[UndatedRow]) -> UndatedTrace:
    """One boot's trace of rows (t, value, quality, after, before); its bounds are the tightest that were ever told."""
    t, v, q, afters, befores = zip(*rows, strict=True)
    return UndatedTrace(
        channel,
        boot,
        max((a for a in afters if a is not None), default=None),
        min((b for b in befores if b is not None), default=None),
        list(t),
        list(v),
        list(q),
    )


def check_step(step: int) -> int:
    """Return `step` if there are rollups of it.

    Raises:
        BadInput: when it is neither an hour nor a day.
    """
    if step not in {HOUR, DAY}:
        raise BadInput("step", f"{step} ms", "use coldchain.series.HOUR or DAY")
    return step
