"""The ways to people that a site has: `[channels.aliyun_sms]` and its like; a section that is not there is a way not taken.

Keys, templates and signatures are the county's own contract with a provider; nothing here has a default that would
reach anybody. Each `url` is the provider's own and may be pointed at a proxy or at a test's server.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from string import Formatter
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, field_validator, model_validator

from coldchain.providers.outcome import Limit
from coldchain.settings import Section, TimeZone

PICTURES: Mapping[str, str] = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}
WECHAT_KINDS = ("thing", "short_thing", "phrase", "character_string", "number", "time", "date", "name", "const")
ROBOT_URLS = {
    "wecom": "https://qyapi.weixin.qq.com/",
    "dingtalk": "https://oapi.dingtalk.com/",
    "feishu": "https://open.feishu.cn/",
}
SHORTS = ("place", "thing", "what", "value", "since", "lots", "doses", "code")


def _http(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{text!r} is no address of a server; write https://host/")
    return text


Url = Annotated[str, AfterValidator(_http)]
Kind = Literal["alarm", "over", "drill", "note", "number"]
Short = Literal["place", "thing", "what", "value", "since", "lots", "doses", "code"]


MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0


class LimitSettings(Section):
    """`{times = 1, within_s = 60}`: at most so many messages to one address in so many seconds.

    With `from_hour` in a window of each day: `{times = 1, within_s = 36000, from_hour = 22}` is once between 22:00 and
    08:00 by Beijing's clock, `{times = 2, within_s = 86400, from_hour = 0}` twice a calendar day.
    """

    times: int = Field(ge=1)
    within_s: float = Field(gt=0)
    from_hour: int | None = Field(default=None, ge=0, le=23)

    @model_validator(mode="after")
    def _within_a_day(self) -> "LimitSettings":
        if self.from_hour is not None and self.within_s > DAY:
            raise ValueError("a window that opens each day lasts 86400 s at most; leave from_hour out, or shorten it")
        return self

    def limit(self) -> Limit:
        """The same, as the ladder reads it."""
        return Limit(self.times, self.within_s, self.from_hour)


def _limits(*limits: tuple[int, float] | tuple[int, float, int]) -> tuple[LimitSettings, ...]:
    return tuple(
        LimitSettings(times=times, within_s=within_s, from_hour=rest[0] if rest else None)
        for times, within_s, *rest in limits
    )


class HttpSection(Section):
    """What every way over HTTP has; a way's own section gives `url` its default."""

    url: Url
    connect_s: float = Field(default=5.0, gt=0, le=60)  # real seconds until the provider must have picked up
    timeout_s: float = Field(default=10.0, gt=0, le=120)  # … and until its whole answer must be here
    per_s: float = Field(default=20.0, gt=0)  # requests a second that the provider allows this account
    proxy: str = ""  # http://host:port of the house's own way out; the environment's is not read
    limits: tuple[LimitSettings, ...] = ()  # the provider's, for one address


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
    limits: tuple[LimitSettings, ...] = _limits((50, DAY))
    per_s: float = Field(default=100.0, gt=0)
    price_fen: float = Field(default=4.5, ge=0)


class AliyunVoiceSettings(PhoneSection):
    """`[channels.aliyun_voice]`: Dyvmsapi 2017-05-25; a keypress is heard only with a number of one's own."""

    url: Url = "https://dyvmsapi.aliyuncs.com/"
    limits: tuple[LimitSettings, ...] = _limits((1, MINUTE), (5, HOUR), (20, DAY))
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
    limits: tuple[LimitSettings, ...] = _limits((1, 30.0), (2, DAY, 0))  # as an account begins; its console raises them
    per_s: float = Field(default=100.0, gt=0)
    price_fen: float = Field(default=5.0, ge=0)


class TencentVoiceSettings(TencentSection):
    """`[channels.tencent_voice]`: VMS 2020-09-02.

    As an account begins, one number is called once in a whole night. Tencent raises that on request, up to fifty: see
    docs/alarms.md, and write here what you were granted.
    """

    url: Url = "https://vms.tencentcloudapi.com/"
    limits: tuple[LimitSettings, ...] = _limits((1, 30.0), (2, 10 * MINUTE), (5, DAY), (1, 10 * HOUR, 22))
    per_s: float = Field(default=5.0, gt=0)
    price_fen: float = Field(default=15.0, ge=0)
    times_said: int = Field(default=2, ge=1, le=3)


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
    limits: tuple[LimitSettings, ...] = _limits((30, MINUTE), (1000, HOUR))  # more is dropped there without a word
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
    limits: tuple[LimitSettings, ...] = _limits((20, MINUTE))  # DingTalk shuts a robot that exceeds it for ten minutes

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


class ImapSettings(Section):
    """`[channels.mail.imap]`: the mailbox that bounces come back to; one that nobody but this service reads."""

    host: str = Field(min_length=1)
    port: int = Field(default=993, ge=1, le=65535)
    tls: Literal["implicit", "starttls", "none"] = "implicit"
    ca_file: Path | None = None  # of a house's own authority; the system's otherwise
    user: str = Field(min_length=1)
    password: SecretStr = Field(min_length=1)
    folder: str = "INBOX"
    afterwards: Literal["seen", "delete"] = "seen"  # what becomes of a bounce once its receipt is kept
    look_every_s: float = Field(default=60.0, gt=0, le=3600)
    timeout_s: float = Field(default=15.0, gt=0, le=120)

    @model_validator(mode="after")
    def _no_open_password(self) -> "ImapSettings":
        if self.tls == "none" and self.host not in ("127.0.0.1", "::1", "localhost"):
            raise ValueError("a password without TLS can be read on the way; set tls")
        return self


class MaildirSettings(Section):
    """`[channels.mail.maildir]`: the same where the mail server delivers into a folder of this machine."""

    folder: Path
    afterwards: Literal["seen", "delete"] = "seen"
    look_every_s: float = Field(default=60.0, gt=0, le=3600)


class MailSettings(Section):
    """`[channels.mail]`: the house's own mail server."""

    host: str = Field(min_length=1)
    port: int = Field(default=587, ge=1, le=65535)
    tls: Literal["starttls", "implicit", "none"] = "starttls"
    ca_file: Path | None = None  # of a house's own authority; the system's otherwise
    user: str = ""
    password: SecretStr = SecretStr("")
    sender: str = Field(min_length=3)
    bounces: str = ""  # a mailbox that takes name+anything@: which message came back is then in the address
    imap: ImapSettings | None = None  # where what comes back is read; one of the two, or neither
    maildir: MaildirSettings | None = None
    timeout_s: float = Field(default=15.0, gt=0, le=120)
    limits: tuple[LimitSettings, ...] = ()

    @model_validator(mode="after")
    def _one_mailbox(self) -> "MailSettings":
        if self.imap and self.maildir:
            raise ValueError("imap and maildir are both named; leave one")
        return self

    @model_validator(mode="after")
    def _no_open_password(self) -> "MailSettings":
        if self.tls == "none" and self.user:
            raise ValueError("a password without TLS can be read on the way; set tls, or leave user empty")
        for name in ("sender", "bounces"):
            address = getattr(self, name)
            if address and not re.fullmatch(r"[!-?A-~]+@[!-?A-~]+", address):
                raise ValueError(f"{name}: {address!r} is no mail address; write name@host")
        return self


class AppriseSettings(Section):
    """`[channels.apprise]`: the long tail; `services.NAME` is an apprise URL with `{}` where a person's target belongs."""

    services: Mapping[str, SecretStr] = Field(min_length=1)  # a person's address is then NAME:target
    trusted: tuple[str, ...] = ()  # plugins whose word the county takes though nobody here has read them
    timeout_s: float = Field(default=15.0, gt=0, le=120)
    limits: tuple[LimitSettings, ...] = ()


class WebhookSettings(HttpSection):
    """`[channels.webhook]`: a signed POST to a system of the county's own."""

    way: ClassVar[str] = "webhook"
    wakes: ClassVar[bool] = False
    secret: SecretStr = Field(min_length=16)
    names_person: bool = False  # true only where that system tells one named person, and not a wall of screens


class WebhookSmsSettings(WebhookSettings):
    """`[channels.webhook_sms]`: the same to a gateway of the county's own that sends text messages."""

    way: ClassVar[str] = "webhook_sms"
    names_person: bool = True


class WebhookVoiceSettings(WebhookSettings):
    """`[channels.webhook_voice]`: the same to one that calls."""

    way: ClassVar[str] = "webhook_voice"
    wakes: ClassVar[bool] = True
    names_person: bool = True


class ModemSettings(Section):
    """`[channels.modem]`: the spool of smstools, whose smsd drives a GSM modem."""

    spool: Path = Path("/var/spool/sms")
    deadline_s: float = Field(default=45.0, gt=0, le=600)  # real seconds; what smsd has not sent by then is taken back
    look_every_s: float = Field(default=0.5, gt=0, le=10)
    price_fen: float = Field(default=10.0, ge=0)  # of one part
    limits: tuple[LimitSettings, ...] = ()


class ChannelsSettings(Section):
    """`[channels]`: each way by its name."""

    aliyun_sms: AliyunSmsSettings | None = None
    aliyun_voice: AliyunVoiceSettings | None = None
    tencent_sms: TencentSmsSettings | None = None
    tencent_voice: TencentVoiceSettings | None = None
    wecom: WecomSettings | None = None
    wechat: WechatSettings | None = None
    robot: RobotSettings | None = None
    modem: ModemSettings | None = None
    mail: MailSettings | None = None
    apprise: AppriseSettings | None = None
    webhook: WebhookSettings | None = None
    webhook_sms: WebhookSmsSettings | None = None
    webhook_voice: WebhookVoiceSettings | None = None
