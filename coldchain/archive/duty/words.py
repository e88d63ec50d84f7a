"""The words of duty: by what somebody is reached, who may be named in a policy, what may be wrong with it.

A policy says `voice`, `sms`, `wecom` …; which provider carries that is the site's settings, in their order. A county that wants
one provider alone writes its channel's own name: `aliyun_voice`. What ends in a means is carried by it.
"""

from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache
from typing import Final


class Means(StrEnum):
    """By what somebody is reached, whoever carries it."""

    VOICE = "voice"
    SMS = "sms"
    WECOM = "wecom"
    WECHAT = "wechat"
    MAIL = "mail"
    PAGE = "page"  # the page of the dashboards: everybody with a login has it, and it wakes nobody


class WayKind(StrEnum):
    """What an address is."""

    MOBILE = "mobile"
    FIXED = "fixed"
    WARD_NIGHT = "ward_night"
    WECOM = "wecom"
    WECHAT = "wechat"  # the openid with the county's official account
    MAIL = "mail"


class GapKind(StrEnum):
    """What is wrong with how people are told; none of it stops anything."""

    TOO_FEW = "too_few"  # fewer distinct people and numbers than the policy asks for
    NOBODY = "nobody"  # nobody at all
    POST_VACANT = "post_vacant"
    ROTA_EMPTY = "rota_empty"
    ROTA_UNKNOWN = "rota_unknown"
    LOOP = "loop"  # rotas or stand-ins refer to each other in a ring
    ABSENT = "absent"  # and nobody stands in
    GONE = "gone"  # a policy or a rota names somebody who left
    NO_WAY = "no_way"  # a person without any address for what the policy asks
    FIXED_LINE = "fixed_line"  # a text message was asked for, and there is only a fixed line
    SHARED_NUMBER = "shared_number"  # two people with one number are one
    BAD_NUMBER = "bad_number"  # known to be wrong or dead; tried after all others
    NO_NIGHT_PHONE = "no_night_phone"  # a maternity ward's fridge, and no phone that is answered at night
    NO_DESK = "no_desk"  # the county has nobody on duty
    FILLED = "filled"  # the county's desk had to fill the tail


# How gaps are said in Chinese.
POSTS_ZH: Final = {
    "keeper": "冷链管理员",
    "deputy": "副管理员",
    "head": "负责人",
    "vaccinator": "接种人员",
    "duty": "值班人员",
    "county_manager": "县级管理员",
}
MEANS_ZH: Final = {
    Means.VOICE: "电话",
    Means.SMS: "短信",
    Means.WECOM: "企业微信",
    Means.WECHAT: "微信",
    Means.MAIL: "邮件",
    Means.PAGE: "页面",
}
WAYS_ZH: Final = {
    WayKind.MOBILE: "手机号",
    WayKind.FIXED: "固定电话",
    WayKind.WARD_NIGHT: "产房夜间电话",
    WayKind.WECOM: "企业微信",
    WayKind.WECHAT: "微信",
    WayKind.MAIL: "邮箱",
}
# What addresses a means can use, the best first.
ADDRESSED: Final = {
    Means.VOICE: (WayKind.MOBILE, WayKind.WARD_NIGHT, WayKind.FIXED),
    Means.SMS: (WayKind.MOBILE,),
    Means.WECOM: (WayKind.WECOM,),
    Means.WECHAT: (WayKind.WECHAT,),
    Means.MAIL: (WayKind.MAIL,),
    Means.PAGE: (),
}
NUMBERS: Final = frozenset({Means.VOICE, Means.SMS})  # what goes to a phone number: these alone count as distinct ones
_MEANS: Final = {means.value: means for means in Means}
_CARRIED: Final = {"modem": Means.SMS}  # channels whose name does not say their means


@lru_cache(maxsize=256)
def means_of(channel: str) -> Means | None:
    """What a channel's name (`voice`, `tencent_sms`, `modem`) is a way of; None: of nothing that has addresses here."""
    if channel in _CARRIED:
        return _CARRIED[channel]
    last = channel.rpartition("_")[2]
    return _MEANS.get(last)


def carriers(channel: str, opened: Iterable[str]) -> list[str]:
    """Which opened channels carry what a policy calls so, in their order: its own name, or all of that means."""
    names = list(opened)
    if channel in names:
        return [channel]
    means = means_of(channel)
    return [name for name in names if channel == means and means_of(name) is means]
