"""What may wait for the morning. Pure: the row of an alarm, what is unknown, and the policy in force there.

    heat, freezing, anything critical          never waits
    silence alone                              waits until it lasts longer than the equipment keeps cold without mains
    mains lost, batteries, doors, probes …     as alerting's policy says: its `at_night`, with its minutes and lead times

So each question has one answer: whether a kind may wait stands in alerting's table, beside how loud it is. There, a loss of mains
calls once it lasts 30 min and a limit is forecast within 2 h. Here is only what that table cannot know: this fridge's holdover.
"""

from dataclasses import dataclass

from coldchain.archive.duty.policy import Policy
from coldchain.excursion import Kind, Severity

HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is asked about."""

    kind: Kind
    severity: Severity
    waits_at_night: bool  # as alerting's policy said, and the alarm's row has
    unknown_ms: int = 0  # of a silence: since nothing is known
    holdovers_h: tuple[float | None, ...] = ()  # of the equipment that is silent; None: nobody knows


def waits(trouble: Trouble, policy: Policy) -> bool:
    """True when ways that are `is_quiet_now` are held for it."""
    if trouble.kind.is_temperature or trouble.severity is Severity.CRITICAL:
        return False
    if trouble.kind is Kind.SILENCE:
        return trouble.waits_at_night or trouble.unknown_ms < patience_ms(trouble, policy)
    return trouble.waits_at_night


def patience_ms(trouble: Trouble, policy: Policy) -> int:
    """How long a silence waits at night: as long as the least of the equipment keeps cold; the policy's hours where nobody knows."""
    known = [policy.silence_h if hours is None else hours for hours in trouble.holdovers_h] or [policy.silence_h]
    return round(min(known) * HOUR_MS)
