"""What the ways of a site will never hear, as they are set up: said once at the start, for nobody misses what never comes.

A way that hears nothing still tells people; the ladder then goes on by its minutes alone, and a key that somebody
pressed stops nobody.
"""

from collections.abc import Callable
from typing import Final

from coldchain.providers.chat_sections import WechatSettings, WecomSettings
from coldchain.providers.phone_sections import (
    AliyunSmsSettings,
    AliyunVoiceSettings,
    PhoneSection,
    TencentSmsSettings,
    TencentVoiceSettings,
)
from coldchain.providers.settings import ChannelsSettings, MailSettings

_TOKEN: Final = "set callback_token, and enter the dashboards' /callbacks address at the provider"  # noqa: S105 - a cure


def deaf(settings: ChannelsSettings) -> list[str]:
    """One line for each way that hears less than it could: what is never known, and the cure."""
    sections = ((name, getattr(settings, name)) for name in type(settings).model_fields)
    return [f"channels.{name}: {words}" for name, section in sections if (words := _missing(section))]


def _missing(section: object) -> str:
    words = _WORDS.get(type(section))
    return words(section) if words else ""


def _is_called(section: PhoneSection) -> bool:
    return bool(section.callback_token.get_secret_value())


def _aliyun_voice(section: AliyunVoiceSettings) -> str:
    if not section.show_number:
        return "no key is heard during a call; buy a number and name it in show_number"
    return "" if _is_called(section) else f"a pressed key is never heard, only whether somebody picked up; {_TOKEN}"


def _aliyun_sms(section: AliyunSmsSettings) -> str:
    return "" if _is_called(section) else f"a text that somebody answers is never heard; {_TOKEN}"


def _tencent_voice(section: TencentVoiceSettings) -> str:
    if _is_called(section):
        return ""
    return f"neither a pressed key nor what became of a call is ever known, for Tencent answers no question; {_TOKEN}"


def _tencent_sms(section: TencentSmsSettings) -> str:
    if _is_called(section):
        return ""
    return f"answers are heard only where Tencent's support has opened the queues of this application; {_TOKEN}"


def _chat(section: WecomSettings | WechatSettings) -> str:
    return "" if section.hears else "no button and no answer is heard; set callback_token and aes_key"


def _mail(section: MailSettings) -> str:
    return "" if section.imap or section.maildir else "mail that comes back is read by nobody; set imap or maildir"


_WORDS: Final[dict[type, Callable[..., str]]] = {
    AliyunVoiceSettings: _aliyun_voice,
    AliyunSmsSettings: _aliyun_sms,
    TencentVoiceSettings: _tencent_voice,
    TencentSmsSettings: _tencent_sms,
    WecomSettings: _chat,
    WechatSettings: _chat,
    MailSettings: _mail,
}
