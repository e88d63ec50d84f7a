"""The message: whose number it is thought to be, and how to say yes or no. Pure."""

from typing import Final, Literal

from alerting.notify.short import plain
from coldchain.archive.duty.questions import Question, out_id
from coldchain.archive.duty.words import WAYS_ZH, Means, WayKind, means_of
from coldchain.providers.outcome import Message

NAMED: Final = 20  # characters of a name: a text message has 70 in all
WAYS_EN: Final = {
    WayKind.MOBILE: "mobile number",
    WayKind.FIXED: "telephone number",
    WayKind.WARD_NIGHT: "ward's night telephone",
    WayKind.WECOM: "WeCom account",
    WayKind.WECHAT: "WeChat account",
    WayKind.MAIL: "mailbox",
}
TITLE: Final = {"zh": "号码核对", "en": "Is this still your number?"}


def message_of(question: Question, name: str, link: str) -> Message:
    """As a channel takes it; `link` is the whole address, empty where there is none."""
    language: Literal["zh", "en"] = "en" if question.language == "en" else "zh"
    return Message(
        out_id=out_id(question.id),
        address=question.sent_to,
        text=text_of(question, name, language, has_link=bool(link)),
        short=plain(place=name, thing=WAYS_ZH[question.kind], what=TITLE["zh"]),
        title=TITLE[language],
        link=link,
        kind="number",
        language=language,
    )


def text_of(question: Question, name: str, language: str, *, has_link: bool) -> str:
    """One text, whoever reads it: a number that was given up is somebody else's by now."""
    how, who = _how(means_of(question.channel), language, has_link=has_link), name[:NAMED]
    if language == "en":
        return f"Cold chain, no alarm: is this still the {WAYS_EN[question.kind]} of {who}? {how}"
    return f"【冷链】号码核对（不是报警）：这还是{who}的{WAYS_ZH[question.kind]}吗？{how}"


def _how(means: Means | None, language: str, *, has_link: bool) -> str:
    if means is Means.VOICE:
        return "Press 1 for yes, 2 for no." if language == "en" else "是请按1，不是请按2。"
    if means is Means.MAIL:
        return "Please answer behind the link." if language == "en" else "请打开链接回答。"
    if language == "en":
        return "Reply YES or NO" + (", or answer behind the link." if has_link else ".")
    return "请回复“是”或“否”" + ("，或打开链接回答。" if has_link else "。")
