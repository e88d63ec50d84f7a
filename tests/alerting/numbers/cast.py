"""When a small county is asked for its numbers, and how."""

from typing import Final
from zoneinfo import ZoneInfo

from alerting.numbers.rounds import Quarterly
from tests.archive.small import T0

HOUR, DAY = 3_600_000, 86_400_000
NOON: Final = T0 + 2 * HOUR  # Wednesday, 2026-07-01T10:00:00+08:00
HOW: Final = Quarterly(ZoneInfo("Asia/Shanghai"))
# Where a process dies, and how often the message went out by then.
POINTS: Final = {"numbers.after_leave": 0, "numbers.after_send": 1}
