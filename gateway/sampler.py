"""From what devices say to readings: sentinels told apart, the time stamped, haste seen. After: drivers; before: spool.

Nothing is thrown away: what is no measurement becomes a null with its fault.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from coldchain.reading import Fault, Quantity, fault_of
from gateway.clockwatch import WIDEST_MS
from gateway.sample import Sample
from gateway.settings import GatewaySettings, QuantityOptions
from gateway.spoolfile import Stamped

log = logging.getLogger(__name__)

POWER_ON_C = 85.0  # DS18B20 before its first conversion
DISCONNECTED_C = -127.0  # what Dallas' library says of a probe that is gone
NEIGHBOUR_K = 2.0  # 85.0 is a temperature only if the reading before it was as hot: a hot-air test
_NO_OPTIONS = QuantityOptions()
_AT_ONCE = frozenset({Quantity.DOOR, Quantity.POWER})


def believed(sample: Sample, before: float | None) -> Sample:
    """The sample with the fault that its number shows; `before` is the number that its probe gave last."""
    fault = sample.fault
    if fault is Fault.NONE and sample.quantity is Quantity.TEMPERATURE:
        fault = _ds18b20(sample.value, before)
    if fault is Fault.NONE:
        fault = fault_of(sample.quantity, sample.value)
    value = None if fault else sample.value
    return Sample(sample.device, sample.quantity, value, sample.ticks, fault)


def _ds18b20(value: float | None, before: float | None) -> Fault:
    if value == DISCONNECTED_C:
        return Fault.DISCONNECTED
    if value == POWER_ON_C and (before is None or abs(before - POWER_ON_C) > NEIGHBOUR_K):
        return Fault.POWER_ON
    return Fault.NONE


def _in_order(time: int | None, before: int | None) -> int | None:
    """The time, or 1 ms after the reading before: a small correction of the clock turns no order round and hits no time twice."""
    if time is not None and before is not None and time <= before < time + WIDEST_MS:
        return before + 1
    return time


@dataclass(slots=True)
class _Before:
    """What a series said last."""

    number: float | None = None  # as the probe gave it, believed or not, but no sentinel
    value: float | None = None
    fault: Fault = Fault.NONE
    was_urgent: bool = False
    ticks: int = -1
    time: int | None = None


class Sampler:
    """Remembers what each series said last, for the neighbour rule and for haste."""

    def __init__(self, settings: GatewaySettings) -> None:
        self._low, self._high = settings.gateway.urgent_low, settings.gateway.urgent_high
        self._options = {device.id: device.quantities for device in settings.device if device.id}
        self._before: dict[str, _Before] = {}

    def take(self, sample: Sample, time: int | None) -> tuple[Stamped, bool] | None:
        """The reading of a sample and whether it is urgent; None when the settings do not keep that quantity.

        `time` is the moment of `sample.ticks` in UTC ms, None while the boot's clock is unknown.
        """
        options = self._options_of(sample)
        if not options.keep:
            return None
        before = self._before.setdefault(sample.series, _Before())
        judged = believed(sample, before.number)
        if judged.fault is not Fault.POWER_ON and sample.value is not None:
            before.number = sample.value
        # Two samples of a series in one ms (a device that hurries after a stall) are two readings.
        late = max(0, before.ticks + 1 - sample.ticks)
        ticks = sample.ticks + late
        urgent = self._is_urgent(judged, before, options)
        before.time = _in_order(None if time is None else time + late, before.time)
        before.value, before.fault, before.ticks = judged.value, judged.fault, ticks
        return Stamped(sample.series, ticks, before.time, judged.value, int(judged.fault)), urgent

    def _options_of(self, sample: Sample) -> QuantityOptions:
        """The device's own, or those of the device whose input it is (`28ff….1` is an input of `28ff…`)."""
        none: Mapping[Quantity, QuantityOptions] = {}
        own = self._options.get(sample.device)
        whole = self._options.get(sample.device.rpartition(".")[0], none)
        return (whole if own is None else own).get(sample.quantity, _NO_OPTIONS)

    def _is_urgent(self, now: Sample, before: _Before, options: QuantityOptions) -> bool:
        """True when something changed that should not wait for the next minute: a hint to hurry, never a judgement."""
        low = self._low if options.urgent_low is None else options.urgent_low
        high = self._high if options.urgent_high is None else options.urgent_high
        outside = now.quantity is Quantity.TEMPERATURE and now.value is not None and not low <= now.value <= high
        news = outside and not before.was_urgent
        if now.value is not None:
            before.was_urgent = outside
        if now.fault is not before.fault:
            return True
        return news or (now.quantity in _AT_ONCE and before.ticks >= 0 and now.value != before.value)
