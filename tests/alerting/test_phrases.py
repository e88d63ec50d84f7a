"""How long something lasts is said once it is a minute."""

from zoneinfo import ZoneInfo

import pytest

from alerting.notify.phrases import since
from alerting.notify.scene import Named

BEGUN = 1_782_964_800_000  # 2026-07-02T12:00:00+08:00


@pytest.mark.parametrize(
    ("lasted_s", "zh", "en"),
    [
        (0, "07-02 12:00 起", "since 07-02 12:00"),
        (20, "07-02 12:00 起", "since 07-02 12:00"),
        (60, "07-02 12:00 起，1 分钟", "since 07-02 12:00, 1 min"),
    ],
)
def test_nobody_is_told_of_no_minutes(lasted_s: int, zh: str, en: str):
    assert since(BEGUN, BEGUN + lasted_s * 1000, ZoneInfo("Asia/Shanghai")) == Named(zh, en)
