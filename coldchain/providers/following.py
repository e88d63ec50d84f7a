"""What WeChat's service account hears: whether a message arrived, who follows and who left, what a follower writes.

callback ─► `sealed.opened` ─► letter ─► receipts_of   TEMPLATESENDJOBFINISH: success | failed:user block | …
                                     ├─► replies_of    a text to the account: CODE and the act
                                     └─► follows_of    subscribe, SCAN (with our scene: the binding), unsubscribe
"""

from collections.abc import Mapping
from dataclasses import dataclass

from coldchain.providers import sealed
from coldchain.providers.chat_sections import WechatSettings
from coldchain.providers.outcome import Receipt, Reply, State
from coldchain.providers.pushed import unix_ms
from coldchain.providers.wechat import NAME

ANSWER = b"success"  # within 5 s and with HTTP 200: anything else makes them repeat it three times
_SCENE = "qrscene_"


@dataclass(frozen=True, slots=True)
class Follow:
    """Somebody began or ceased to follow the account; with a `scene` of ours it is the person who was shown that code.

    Who left must be forgotten: the platform's rule, and no message reaches him any more.
    """

    openid: str
    follows: bool
    scene: str
    at: int  # ms UTC


def seal(section: WechatSettings) -> sealed.Seal:
    """Our secrets for callbacks; the account must be in the encrypted (安全) or compatible mode.

    Raises:
        BadInput: when the section has none.
    """
    return sealed.Seal.of(section.callback_token.get_secret_value(), section.aes_key.get_secret_value(), section.app_id)


def receipts_of(letter: Mapping[str, str]) -> list[Receipt]:
    """What became of a template message; anything but success is a failure, whatever its words."""
    if letter.get("Event") != "TEMPLATESENDJOBFINISH":
        return []
    status = letter.get("Status", "")
    state = State.DELIVERED if status == "success" else State.FAILED
    number = letter.get("MsgID", "")
    return [
        Receipt(NAME, state, _at(letter), number, address=letter.get("FromUserName", ""), code=status, words=status)
    ]


def replies_of(letter: Mapping[str, str]) -> list[Reply]:
    """What a follower wrote."""
    if letter.get("MsgType") != "text" or not letter.get("FromUserName"):
        return []
    who = letter["FromUserName"]
    return [Reply(NAME, who, letter.get("Content", ""), _at(letter), letter.get("MsgId") or f"{who}/{_at(letter)}")]


def follows_of(letter: Mapping[str, str]) -> list[Follow]:
    """Who follows, and who has left."""
    event, who = letter.get("Event", ""), letter.get("FromUserName", "")
    if not who or event not in ("subscribe", "SCAN", "unsubscribe"):
        return []
    scene = letter.get("EventKey", "").removeprefix(_SCENE) if event != "unsubscribe" else ""
    return [Follow(who, event != "unsubscribe", scene, _at(letter))]


def _at(letter: Mapping[str, str]) -> int:
    return unix_ms(letter.get("CreateTime", ""))
