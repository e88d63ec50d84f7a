"""What one field, register or JSON key of a device says, whatever line it came over."""

from dataclasses import dataclass

from coldchain.reading import Fault, Quantity


@dataclass(frozen=True, slots=True)
class Word:
    """One value under the name it has in a channel; None where `fault` says why."""

    device: str
    quantity: Quantity
    value: float | None
    fault: Fault = Fault.NONE
