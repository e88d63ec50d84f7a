"""The sections of ways that text and call: keys, approved templates, and what a call or a part of a text costs."""

import re
from collections.abc import Mapping

from pydantic import Field, SecretStr, model_validator

from coldchain.providers.outcome import Kind
from coldchain.providers.sections import DAY, HOUR, MINUTE, HttpSection, LimitSettings, Short, Url, limits_of
from coldchain.settings import Section


class Template(Section):
    """One text that the provider has approved: `variables` in its order, `text` where its length shall be checked."""

    id: str = Field(min_length=1)
    variables: tuple[Short, ...] = ()
    text: str = ""  # as approved, with ${place} or {1} for the variables; without the signature

    @model_validator(mode="after")
    def _names_each_once(self) -> "Template":
        if len(set(self.variables)) != len(self.variables):
            raise ValueError("a variable is named twice")
        named = set(re.findall(r"\$\{(\w+)\}|\{(\d+)\}", self.text))
        numbered = {("", str(n)) for n in range(1, len(self.variables) + 1)}
        if self.text and named not in ({(name, "") for name in self.variables}, numbered):
            raise ValueError(
                "text and variables differ; write each variable in the text as ${place}, or all as {1}, {2}"
            )
        return self


Templates = Mapping[Kind, Template]


class PhoneSection(HttpSection):
    """What SMS and voice have in common."""

    key_id: str = Field(pattern=r"^[!-+\--~]+$")  # goes into a header: no comma, no space
    key_secret: SecretStr = Field(min_length=1)
    templates: Templates
    longest_variable: int = Field(default=6, ge=1, le=35)  # characters; new accounts have 6
    price_fen: float = Field(default=0.0, ge=0)  # of one part of an SMS, or one minute of a call
    callback_token: SecretStr = SecretStr("")  # in the path of the callback's address: nobody signs them

    @model_validator(mode="after")
    def _tells_of_alarms(self) -> "PhoneSection":
        if "alarm" not in self.templates:
            raise ValueError("templates has none for alarm; give templates.alarm its id and variables")
        return self


class SmsSection(PhoneSection):
    """What both SMS providers ask."""

    sign: str = Field(min_length=1)  # the approved signature, without 【】
    longest_text: int = Field(default=70, ge=20, le=500)  # characters with the signature: one part


class AliyunSmsSettings(SmsSection):
    """`[channels.aliyun_sms]`: Dysmsapi 2017-05-25."""

    url: Url = "https://dysmsapi.aliyuncs.com/"
    limits: tuple[LimitSettings, ...] = limits_of((50, DAY))
    per_s: float = Field(default=100.0, gt=0)
    price_fen: float = Field(default=4.5, ge=0)


class AliyunVoiceSettings(PhoneSection):
    """`[channels.aliyun_voice]`: Dyvmsapi 2017-05-25; a keypress is heard only with a number of one's own."""

    url: Url = "https://dyvmsapi.aliyuncs.com/"
    limits: tuple[LimitSettings, ...] = limits_of((1, MINUTE), (5, HOUR), (20, DAY))
    per_s: float = Field(default=50.0, gt=0)
    price_fen: float = Field(default=13.0, ge=0)
    show_number: str = ""  # a number that was bought: IvrCall with keys; without one SingleCallByTts, which hears none
    keyed_template: str = ""  # said after key 1: thank you, it is noted
    bye_template: str = ""  # said when nobody pressed anything
    key_wait_s: int = Field(default=8, ge=1, le=30)
    times_said: int = Field(default=2, ge=1, le=3)

    @model_validator(mode="after")
    def _can_be_said(self) -> "AliyunVoiceSettings":
        if self.show_number and not self.keyed_template:
            raise ValueError("a call with keys needs keyed_template, said after key 1")
        for kind, template in self.templates.items():
            if not self.show_number and len(template.variables) > 2:
                raise ValueError(f"templates.{kind}: a call without a number of one's own has at most 2 variables")
        return self


class TencentSection(PhoneSection):
    """What both of Tencent's services ask."""

    app_id: str = Field(min_length=1)
    region: str = "ap-guangzhou"


class TencentSmsSettings(TencentSection, SmsSection):
    """`[channels.tencent_sms]`: SMS 2021-01-11."""

    url: Url = "https://sms.tencentcloudapi.com/"
    limits: tuple[LimitSettings, ...] = limits_of(
        (1, 30.0), (2, DAY, 0)
    )  # as an account begins; its console raises them
    per_s: float = Field(default=100.0, gt=0)
    price_fen: float = Field(default=5.0, ge=0)


class TencentVoiceSettings(TencentSection):
    """`[channels.tencent_voice]`: VMS 2020-09-02.

    As an account begins, one number is called once in a whole night. Tencent raises that on request, up to fifty: see
    docs/alarms.md, and write here what you were granted.
    """

    url: Url = "https://vms.tencentcloudapi.com/"
    limits: tuple[LimitSettings, ...] = limits_of((1, 30.0), (2, 10 * MINUTE), (5, DAY), (1, 10 * HOUR, 22))
    per_s: float = Field(default=5.0, gt=0)
    price_fen: float = Field(default=15.0, ge=0)
    times_said: int = Field(default=2, ge=1, le=3)
