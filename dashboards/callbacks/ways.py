"""Each way's callbacks: by what it is known that they are that provider's, what they say, and the answer they want.

aliyun_*, tencent_*   nobody signs: the last part of the path is our token
wecom, wechat         a sealed letter, with a check of our address before
webhook…              signed as we sign
"""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import msgspec
from pydantic import SecretStr

from coldchain.archive.telling.replying import Said
from coldchain.errors import BadInput
from coldchain.providers import following, pushed, sealed, webhook, webhook_back, wecom
from coldchain.providers.aliyun import reports as aliyun
from coldchain.providers.chat_sections import WechatSettings, WecomSettings
from coldchain.providers.following import Follow
from coldchain.providers.outcome import Receipt, Reply
from coldchain.providers.phone_sections import (
    AliyunSmsSettings,
    AliyunVoiceSettings,
    PhoneSection,
)
from coldchain.providers.sealed import Forged, Seal
from coldchain.providers.settings import ChannelsSettings, WebhookSettings
from coldchain.providers.tencent import reports as tencent

SEEN = {"going": "已记录：前往", "seen": "已记录：知悉", "over": "报警已结束"}
NOT_DONE = "未更改，详见短信"


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a provider."""

    channel: str
    token: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    at: int  # domain time
    wall: int  # what their signatures are compared with, ms UTC


@dataclass(frozen=True, slots=True)
class Heard:
    """What a call says."""

    receipts: list[Receipt] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    follows: list[Follow] = field(default_factory=list)
    letter: Mapping[str, str] = field(default_factory=dict)
    is_signed: bool = True  # False: whoever knows the address can have said it


def is_expected(channels: ChannelsSettings, channel: str, token: str) -> bool:
    """True where a call of this way, with this token, is read at all: looked at before its body is."""
    section = _section(channels, channel)
    if isinstance(section, PhoneSection):
        return is_same(section.callback_token, token)
    if isinstance(section, WecomSettings | WechatSettings):
        return section.hears
    return isinstance(section, WebhookSettings)


def is_same(kept: SecretStr, given: str) -> bool:
    """Compared in constant time; without a token of our own nobody calls."""
    wanted = kept.get_secret_value()
    return bool(wanted) and hmac.compare_digest(wanted.encode(), given.encode())


def heard(channels: ChannelsSettings, call: Call) -> Heard:
    """What a call says, once it is sure whose it is.

    Raises:
        Forged: it is not that provider's.
        BadInput: it cannot be read.
    """
    section = _section(channels, call.channel)
    if isinstance(section, PhoneSection):
        return replace(_READ[call.channel](call.body, call.at), is_signed=False)
    if isinstance(section, WebhookSettings):
        return _webhook(section, call)
    letter = sealed.opened(_seal(section), call.query, call.body, call.wall)
    if isinstance(section, WecomSettings):
        return Heard(replies=wecom.replies_of(letter), letter=letter)
    return Heard(following.receipts_of(letter), following.replies_of(letter), following.follows_of(letter), letter)


def echoed(channels: ChannelsSettings, call: Call) -> bytes:
    """The answer to WeCom's or WeChat's check of our address.

    Raises:
        Forged: nobody checks like that.
    """
    return sealed.echo(_seal(_section(channels, call.channel)), call.query, call.wall)


def answer(channels: ChannelsSettings, call: Call, heard_: Heard, said: list[Said]) -> tuple[bytes, str]:
    """What this provider takes for success, and of which type."""
    section = _section(channels, call.channel)
    if isinstance(section, WecomSettings):
        is_card = heard_.letter.get("Event") == "template_card_event"
        if not (is_card and said and said[0].outcome):
            return wecom.ANSWER, "text/plain"
        words = SEEN.get(said[0].outcome, NOT_DONE)
        return wecom.pressed_answer(section, heard_.letter, words, call.wall), "application/xml"
    if isinstance(section, WechatSettings):
        return following.ANSWER, "text/plain"
    if isinstance(section, WebhookSettings):
        return webhook_back.ANSWER, webhook_back.ANSWER_TYPE
    if isinstance(section, AliyunSmsSettings | AliyunVoiceSettings):
        return aliyun.ANSWER, aliyun.ANSWER_TYPE
    return tencent.ANSWER, tencent.ANSWER_TYPE


def _section(channels: ChannelsSettings, channel: str) -> object:
    return getattr(channels, channel, None) if channel in type(channels).model_fields else None


def _seal(section: object) -> Seal:
    if isinstance(section, WecomSettings) and section.hears:
        return wecom.seal(section)
    if isinstance(section, WechatSettings) and section.hears:
        return following.seal(section)
    raise Forged("channel", "nobody seals letters of this way", "call the address of WeCom or WeChat")


def _webhook(section: WebhookSettings, call: Call) -> Heard:
    try:
        webhook.check(section.secret.get_secret_value(), call.headers, call.body, call.wall)
    except BadInput as error:
        raise Forged(error.field, error.wrong, error.cure) from None
    return Heard(
        webhook_back.receipts_of(call.body, call.at, call.channel),
        webhook_back.replies_of(call.body, call.at, call.channel),
    )


def _aliyun_sms(body: bytes, at: int) -> Heard:
    reports, written = _parted(body, aliyun.SMS, "content")
    return Heard(aliyun.sms_receipts_of(reports, at), aliyun.sms_replies_of(written, at))


def _aliyun_voice(body: bytes, at: int) -> Heard:
    return Heard(aliyun.voice_receipts_of(body, at))


def _tencent_sms(body: bytes, at: int) -> Heard:
    reports, written = _parted(body, tencent.SMS, "text")
    return Heard(tencent.sms_receipts_of(reports, at), tencent.sms_replies_of(written, at))


def _tencent_voice(body: bytes, at: int) -> Heard:
    return Heard(tencent.voice_receipts_of(body, at))


def _parted(body: bytes, provider: str, name: str) -> tuple[bytes, bytes]:
    """Reports and what people wrote may come to one address; these have a text."""
    pieces = pushed.tables(body, provider)
    written = [each for each in pieces if name in each]
    rest = [each for each in pieces if name not in each]
    return msgspec.json.encode(rest), msgspec.json.encode(written)


_READ: Mapping[str, Callable[[bytes, int], Heard]] = {
    "aliyun_sms": _aliyun_sms,
    "aliyun_voice": _aliyun_voice,
    "tencent_sms": _tencent_sms,
    "tencent_voice": _tencent_voice,
}
