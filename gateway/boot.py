"""One run of this machine between two power cuts: its name, and milliseconds that only ever rise while it lasts.

Readings are stamped with it because it is the one clock that nobody can set. `clockwatch` knows what time it is.
"""

import ctypes
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from coldchain import clock

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_TIME_ERROR = 5  # adjtimex(2): the clock is not synchronized
_TIMEX_BYTES = 512  # more than struct timex has anywhere


@dataclass(frozen=True, slots=True)
class Boot:
    """`ticks()` is ms since the boot `id`."""

    id: str
    ticks: Callable[[], int]


def this_boot() -> Boot:
    """The boot that we run in.

    Under the demo's scaled clock a boot is this process, and its ticks are domain time: both run at the same speed.
    """
    if os.environ.get(clock.VARIABLE):
        start = clock.now()
        return Boot(uuid4().hex, lambda: clock.now() - start)
    try:
        name = _BOOT_ID.read_text(encoding="ascii").strip().replace("-", "")
    except OSError:  # not Linux: a process is the longest that we can speak for
        start_s = clock.monotonic()
        return Boot(uuid4().hex, lambda: round((clock.monotonic() - start_s) * 1000))
    return Boot(name, _since_boot)


def _since_boot() -> int:
    """Unlike the monotonic clock it also counts while the machine sleeps."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000


def kernel_says_synchronized() -> bool:
    """True while the kernel believes its clock to be steered by NTP; what `timedatectl` shows, asked directly."""
    if os.environ.get(clock.VARIABLE):  # the demo's clock is the time by definition
        return True
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        state = int(libc.adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES)))
    except (OSError, AttributeError):  # no such call on this system
        return False
    return 0 <= state < _TIME_ERROR
