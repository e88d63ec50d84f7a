"""Named points at which a test may kill the process, as a power cut would: `COLDCHAIN_CRASH_AT=store.after_write[:N]`.

The N-th passage (1 by default) kills. With the variable unset a point costs one look-up in a dictionary.
"""

import os
import signal

VARIABLE = "COLDCHAIN_CRASH_AT"

_left: dict[str, int] = {}
for _entry in filter(None, os.environ.get(VARIABLE, "").split(",")):
    _name, _, _count = _entry.partition(":")
    _left[_name] = int(_count or 1)


def point(name: str) -> None:
    """Die here, without any clean-up, if the environment asked for it."""
    if name not in _left:
        return
    _left[name] -= 1
    if _left[name] <= 0:
        os.kill(os.getpid(), signal.SIGKILL)
