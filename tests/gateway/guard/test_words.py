"""The texts: one part of 70 characters each, whatever the numbers."""

import pytest

from coldchain.limits import Side
from gateway.guard.settings import GuardLimit
from gateway.guard.watcher import Case
from gateway.guard.words import is_going, text_of

LIMIT = GuardLimit(channel="a/temperature", name="城关镇卫生院二号医用冷藏箱上层", low=-70.5, high=-60.5)


@pytest.mark.parametrize("act", ["begin", "again", "over"])
@pytest.mark.parametrize("side", list(Side))
def test_a_chinese_text_is_one_part(act, side):
    case = Case("a/temperature", side, 0, None, -100_000, 99_999 * 60_000)
    assert len(text_of(act, case, LIMIT, language="zh", is_alone=True)) <= 70


def test_an_english_text_is_one_part():
    case = Case("a/temperature", Side.FREEZE, 0, None, 1_500, 20 * 60_000)
    fridge = GuardLimit(channel="a/temperature", name="Fridge 1", low=2, high=8)
    text = text_of("begin", case, fridge, language="en", is_alone=True)
    assert text == "[coldchain] Fridge 1 1.5 C, below 2 C for 20 min. No network; the gateway tells. Going? Answer 1"


@pytest.mark.parametrize("reply", ["1", "1 马上到", " １", "我前往", "Going now"])
def test_who_goes_is_understood(reply):
    assert is_going(reply)


@pytest.mark.parametrize("reply", ["知悉", "2", "", "收到"])
def test_who_only_saw_it_is_not_on_the_way(reply):
    assert not is_going(reply)
