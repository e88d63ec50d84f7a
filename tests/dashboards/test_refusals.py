"""Whatever pages and the API refuse about alarms, duty, drills, figures and records is said in Chinese to who reads that."""

import pkgutil

import pytest

import dashboards.api
import dashboards.callbacks
import dashboards.pages
from coldchain.errors import BadInput
from coldchain.exchange.words import in_chinese
from tests.parts.refusals import refusals

DOORS = [
    each.name
    for package in (dashboards.api, dashboards.callbacks, dashboards.pages)
    for each in pkgutil.iter_modules(package.__path__, f"{package.__name__}.")
]
BEHIND = [
    f"coldchain.archive.{name}"
    for name in (
        "drills", "duty.absences", "duty.asking", "duty.checks", "duty.policies", "duty.policy", "duty.rotas",
        "duty.ways", "facilities.days", "pages", "performance.reports", "telling.codes", "telling.counted",
        "telling.taking", "twice_daily.days", "twice_daily.entries", "twice_daily.hours", "twice_daily.sheet",
    )
]  # fmt: skip
OF_THE_CLOCK_ITSELF = {"coldchain.clock:__post_init__", "coldchain.clock:parse"}  # a setting of the process
A_STATE = {"coldchain.archive.twice_daily.entries:_place"}  # its second half is one of few words: asked below
MODULES = [*DOORS, *BEHIND, "dashboards.stories", "coldchain.clock"]
REFUSED = sorted(set(refusals(MODULES, but=OF_THE_CLOCK_ITSELF | A_STATE)))


@pytest.mark.parametrize(("where", "wrong"), REFUSED)
def test_it_is_said_in_chinese(where: str, wrong: str):
    assert not in_chinese(BadInput("field", wrong, "cure")).startswith("档案不接受"), f"{where}: {wrong}"


def test_the_refusals_are_found():
    assert len(REFUSED) > 100


@pytest.mark.parametrize(
    ("wrong", "zh"),
    [
        ("'2026-13' is no month", "“2026-13”不是月份，请写如 2026-07"),
        ("12 holds since 2026-07-03T08:00:00+00:00", "第 12 号规则自 2026-07-03T08:00:00+00:00 起已生效，请结束它，或另立一项"),
        ("'99999999999999999' is outside of 1970 to 9999", "“99999999999999999”不在 1970 年至 9999 年之间，数字的单位是毫秒"),
        ("9.4 °C is outside of what E1/cold is to keep", "9.4 °C 超出 E1/cold 的保存范围，请填写处理措施"),
        ("E1 is moved", "E1 已调出，请填写在用设备"),
        ("it stands at F03, nurse keeps the record of F04", "设备在 F03，nurse 负责 F04 的记录，请选择本单位的设备"),
    ],
)  # fmt: skip
def test_it_is_the_sentence_of_what_was_wrong_and_of_nothing_like_it(wrong: str, zh: str):
    assert in_chinese(BadInput("field", wrong, "cure")) == zh
