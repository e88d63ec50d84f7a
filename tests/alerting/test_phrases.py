"""How long something lasts: nothing below a minute, then minutes, hours, days."""

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
        (299 * 60, "07-02 12:00 起，299 分钟", "since 07-02 12:00, 299 min"),
        (26 * 3600, "07-02 12:00 起，26 小时", "since 07-02 12:00, 26 h"),
        (72 * 3600, "07-02 12:00 起，3 天", "since 07-02 12:00, 3 days"),
    ],
)
def test_it_is_said_as_people_say_it(lasted_s: int, zh: str, en: str):
    assert since(BEGUN, BEGUN + lasted_s * 1000, ZoneInfo("Asia/Shanghai")) == Named(zh, en)
