"""The sections of chats: WeCom's application, WeChat's service account, and robots of groups."""

from collections.abc import Mapping
from pathlib import Path
from string import Formatter
from typing import Any, Literal

from pydantic import Field, SecretStr, field_validator, model_validator

from coldchain.providers.outcome import Kind
from coldchain.providers.sections import HOUR, MINUTE, SHORTS, HttpSection, LimitSettings, Url, limits_of
from coldchain.settings import Section, TimeZone

PICTURES: Mapping[str, str] = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}
WECHAT_KINDS = ("thing", "short_thing", "phrase", "character_string", "number", "time", "date", "name", "const")
ROBOT_URLS = {
    "wecom": "https://qyapi.weixin.qq.com/",
    "dingtalk": "https://oapi.dingtalk.com/",
    "feishu": "https://open.feishu.cn/",
}


class Callbacks(Section):
    """What WeCom and WeChat show beside the address that they call; both or neither."""

    callback_token: SecretStr = SecretStr("")
    aes_key: SecretStr = SecretStr("")  # EncodingAESKey, 43 characters

    @property
    def hears(self) -> bool:
        """They can call us: a card may have buttons."""
        return bool(self.aes_key.get_secret_value())

    @model_validator(mode="after")
    def _both_or_neither(self) -> "Callbacks":
        if bool(self.callback_token.get_secret_value()) != self.hears:
            raise ValueError("callback_token and aes_key belong together; give both, or neither where nobody can call")
        if self.hears and len(self.aes_key.get_secret_value()) != 43:
            raise ValueError("aes_key is not 43 characters; copy the EncodingAESKey from the platform's callback page")
        return self


class WecomSettings(HttpSection, Callbacks):
    """`[channels.wecom]`: an application's messages to one member; with `aes_key` as a card with buttons."""

    url: Url = "https://qyapi.weixin.qq.com/"
    limits: tuple[LimitSettings, ...] = limits_of((30, MINUTE), (1000, HOUR))  # more is dropped there without a word
    corp_id: str = Field(min_length=1)
    agent_id: int = Field(ge=1)
    secret: SecretStr = Field(min_length=1)
    eta_min: int = Field(default=30, ge=1, le=240)  # what the card's button for going promises


class WechatTemplate(Section):
    """A template of the official account: each of its fields, filled from the message's short words."""

    id: str = Field(min_length=1)
    fields: Mapping[str, str]  # thing1 = "{place}{thing}"

    @model_validator(mode="after")
    def _fields_can_be_filled(self) -> "WechatTemplate":
        for name, pattern in self.fields.items():
            if name.rstrip("0123456789") not in WECHAT_KINDS:
                raise ValueError(
                    f"fields.{name}: no kind of field; use one of {', '.join(WECHAT_KINDS)} and its number"
                )
            unknown = {word for _, word, _, _ in Formatter().parse(pattern) if word is not None} - {*SHORTS, "title"}
            if unknown:
                raise ValueError(
                    f"fields.{name}: no such word {', '.join(sorted(unknown))}; use {', '.join(SHORTS)}, title"
                )
        return self


class WechatSettings(HttpSection, Callbacks):
    """`[channels.wechat]`: template messages of a verified service account."""

    url: Url = "https://api.weixin.qq.com/"
    page_url: Url = "https://open.weixin.qq.com/"  # where a person's browser is sent to be bound
    app_id: str = Field(min_length=1)
    secret: SecretStr = Field(min_length=1)
    templates: Mapping[Kind, WechatTemplate]
    time_zone: TimeZone = "Asia/Shanghai"
    qr_image: Path | None = None  # the account's QR code, a file beside us: shown to who binds their WeChat

    @field_validator("qr_image")
    @classmethod
    def _is_a_picture(cls, path: Path | None) -> Path | None:
        if path is not None and path.suffix.lower() not in PICTURES:
            raise ValueError(f"{path.name} is no picture that browsers show; use one of {', '.join(PICTURES)}")
        return path

    @model_validator(mode="after")
    def _tells_of_alarms(self) -> "WechatSettings":
        if "alarm" not in self.templates:
            raise ValueError("templates has none for alarm; give templates.alarm its id and fields")
        return self


class GroupSettings(Section):
    """One group's robot; `key` is the last part of its address and is a secret itself."""

    key: SecretStr = Field(min_length=1)
    secret: SecretStr = SecretStr("")  # DingTalk and Feishu sign with it


class RobotSettings(HttpSection):
    """`[channels.robot]`: robots of groups, `[channels.robot.groups.NAME]` each; a person's address is the group's name."""

    kind: Literal["wecom", "dingtalk", "feishu"]
    groups: Mapping[str, GroupSettings] = Field(min_length=1)
    limits: tuple[LimitSettings, ...] = limits_of(
        (20, MINUTE)
    )  # DingTalk shuts a robot that exceeds it for ten minutes

    @model_validator(mode="before")
    @classmethod
    def _its_own_server(cls, given: Any) -> Any:  # noqa: ANN401 - as it comes from a file
        if isinstance(given, dict) and "url" not in given:
            return {**given, "url": ROBOT_URLS.get(given.get("kind", ""), "https://unknown.invalid/")}
        return given

    @model_validator(mode="after")
    def _signed(self) -> "RobotSettings":
        for name, group in self.groups.items():
            if self.kind != "wecom" and not group.secret.get_secret_value():
                raise ValueError(f"groups.{name} has no secret; choose signing (加签) on the robot's page and copy it")
        return self
