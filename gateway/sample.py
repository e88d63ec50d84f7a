"""One thing that a device said, as drivers hand it on: after the wire, before the spool. Its time is still the boot's."""

from dataclasses import dataclass

from coldchain.reading import Fault, Quantity


@dataclass(frozen=True, slots=True)
class Sample:
    """A value, or the fault that stands in its place. `ticks` is ms since this machine's boot."""

    device: str
    quantity: Quantity
    value: float | None
    ticks: int
    fault: Fault = Fault.NONE

    @property
    def series(self) -> str:
        """`device/quantity`: the channel without its gateway."""
        return f"{self.device}/{self.quantity}"
