"""The ways to people that a site has: `[channels.aliyun_sms]` and its like; a section that is not there is a way not taken.

Keys, templates and signatures are the county's own contract with a provider; nothing here has a default that would
reach anybody.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field, SecretStr, model_validator

from coldchain.providers.chat_sections import RobotSettings, WechatSettings, WecomSettings
from coldchain.providers.phone_sections import (
    AliyunSmsSettings,
    AliyunVoiceSettings,
    TencentSmsSettings,
    TencentVoiceSettings,
)
from coldchain.providers.sections import HttpSection, LimitSettings
from coldchain.settings import Section


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
