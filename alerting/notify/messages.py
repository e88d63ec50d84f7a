"""A notice as a channel takes it: one language, the short variables, the fixed address with the alarm's code. Pure."""

from typing import Final, Literal, get_args

from alerting.notify.channels import CONSOLE
from alerting.notify.short import sms_of
from coldchain.archive.alarms import Alarm
from coldchain.archive.duty.words import Means, means_of
from coldchain.archive.telling.notices import Notice
from coldchain.archive.telling.receipts import out_id
from coldchain.providers.outcome import Message

Kind = Literal["alarm", "over", "drill", "note"]
_KINDS: Final[dict[str, Kind]] = {kind: kind for kind in get_args(Kind)}
LONGEST_TITLE: Final = 60


def message_of(notice: Notice, alarm: Alarm, url: str) -> Message:
    """What is handed to the channel.

    Args:
        notice: what is told to whom.
        alarm: what it is about.
        url: the fixed address that was filed, to which the code is added; empty where there is none.
    """
    whole = notice.text_en if notice.language == "en" else notice.text_zh
    return Message(
        out_id=out_id(notice.id),
        address=notice.sent_to or notice.person,
        text=_text(notice, alarm, whole, url),
        short=notice.short,
        title=whole.replace("; ", "；").split("；", 2)[0][:LONGEST_TITLE],
        link=f"{url}{alarm.code}" if url and alarm.code else "",
        code=alarm.code or "",
        kind=_KINDS.get(notice.kind, "note"),
        language="en" if notice.language == "en" else "zh",
    )


def _text(notice: Notice, alarm: Alarm, whole: str, url: str) -> str:
    """All of it, or what fits a text message; the console has both languages."""
    if notice.channel == CONSOLE:
        return f"{notice.text_zh} | {notice.text_en}"
    if means_of(notice.channel) is Means.SMS and notice.language == "zh" and notice.short:
        return sms_of(notice.short, alarm.severity, notice.kind, url)
    return whole
