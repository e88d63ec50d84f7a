"""Settings of the four telephone ways, before their fakes."""

from typing import Any

from coldchain.providers.phone_sections import (
    AliyunSmsSettings,
    AliyunVoiceSettings,
    TencentSmsSettings,
    TencentVoiceSettings,
)
from tests.fakes import aliyun, tencent

EIGHT = ["place", "thing", "what", "value", "since", "lots", "doses", "code"]
QUICK = {"timeout_s": 10.0, "connect_s": 10.0, "per_s": 1000.0}  # asked often, and a loaded machine may answer late

ALIYUN = {"key_id": aliyun.KEY_ID, "key_secret": aliyun.KEY_SECRET}
TENCENT = {"key_id": tencent.KEY_ID, "key_secret": tencent.KEY_SECRET}
ALIYUN_SMS: dict[str, Any] = {
    "sign": aliyun.SIGN,
    "templates": {
        "alarm": {"id": "SMS_1", "variables": EIGHT, "text": aliyun.SMS_TEMPLATES["SMS_1"]},
        "drill": {"id": "SMS_2", "variables": ["place", "code"], "text": aliyun.SMS_TEMPLATES["SMS_2"]},
    },
}
ALIYUN_VOICE: dict[str, Any] = {
    "templates": {"alarm": {"id": "TTS_1", "variables": ["place", "thing"]}},
    "show_number": aliyun.SHOW_NUMBER,
    "keyed_template": "TTS_2",
}
TENCENT_SMS: dict[str, Any] = {
    "app_id": tencent.SMS_APP,
    "sign": tencent.SIGN,
    "templates": {
        "alarm": {"id": "449739", "variables": EIGHT, "text": tencent.SMS_TEMPLATES["449739"]},
        "drill": {"id": "449740", "variables": ["place", "code"]},
    },
}
TENCENT_VOICE: dict[str, Any] = {
    "app_id": tencent.VOICE_APP,
    "templates": {"alarm": {"id": "1001", "variables": ["place", "thing"]}},
}


def aliyun_sms(url: str, /, **changes: Any) -> AliyunSmsSettings:
    """`[channels.aliyun_sms]`"""
    return AliyunSmsSettings.model_validate(ALIYUN_SMS | ALIYUN | QUICK | {"url": url} | changes)


def aliyun_voice(url: str, /, **changes: Any) -> AliyunVoiceSettings:
    """`[channels.aliyun_voice]`"""
    return AliyunVoiceSettings.model_validate(ALIYUN_VOICE | ALIYUN | QUICK | {"url": url} | changes)


def tencent_sms(url: str, /, **changes: Any) -> TencentSmsSettings:
    """`[channels.tencent_sms]`"""
    return TencentSmsSettings.model_validate(TENCENT_SMS | TENCENT | QUICK | {"url": url} | changes)


def tencent_voice(url: str, /, **changes: Any) -> TencentVoiceSettings:
    """`[channels.tencent_voice]`"""
    return TencentVoiceSettings.model_validate(TENCENT_VOICE | TENCENT | QUICK | {"url": url} | changes)
