"""A story in plain words and ISO times, and addresses as those may see them who must not use them: one spelling for all who tell it.

story ─► `plain` ─► the command line's JSON, the API's answer

Nobody's number is in it: a story is printed, and lies about.
"""

from typing import Any, Final

from coldchain.archive import tables
from coldchain.archive.edge import EdgeNotice
from coldchain.archive.telling.story import Message, Story
from coldchain.clock import iso, iso_or_none

SHOWN: Final = 3  # the last four are what somebody proves themselves by, at an alarm's link

Plain = dict[str, Any]


def masked(address: str) -> str:
    """An address as those may see it who must not use it: enough to tell two apart, nothing to call or to prove with."""
    if not address:
        return ""
    number = address.removeprefix("+86")
    return f"{number[:SHOWN]}••••"


def plain(told: Story) -> Plain:
    """All of a story but the alarm itself."""
    return {
        "cases": told.cases,
        "cost_fen": told.cost_fen,
        "steps": [_step(each) for each in told.steps],
        "notices": messages(told),
        "replies": [_reply(each) for each in told.replies],
        "at_edge": [_at_edge(each) for each in told.at_edge],
    }


def messages(told: Story) -> list[Plain]:
    """Every message with its tries and what was heard of it."""
    return [_message(each, told.names.get(each.notice.person, each.notice.person)) for each in told.messages]


def to(message: Message) -> str:
    """Where it went, as far as that may be seen; empty for ways by which nobody in particular is told."""
    row = message.notice
    return masked(row.sent_to) if row.sent_to != row.person else ""


def _step(row: tables.Transition) -> Plain:
    return {"at": iso(row.at), "before": row.before, "after": row.after, "why": row.why, "by": row.by, "note": row.note}


def _message(message: Message, name: str) -> Plain:
    row = message.notice
    same = (
        "id", "person", "channel", "kind", "level", "step", "state", "text_zh", "text_en", "answer", "fold", "cost_fen",
    )  # fmt: skip
    return {key: getattr(row, key) for key in same} | {
        "name": name,
        "sent_to": to(message),
        "created": iso(row.created_at),
        "told": iso_or_none(row.told_at),
        "receipt": row.receipt_state,
        "receipt_at": iso_or_none(row.receipt_at),
        "attempts": [_attempt(each) for each in message.attempts],
        "receipts": [_receipt(each) for each in message.receipts],
    }


def _attempt(row: tables.NoticeAttempt) -> Plain:
    return {
        "at": iso(row.at), "verdict": row.verdict, "provider_id": row.provider_id, "code": row.provider_code,
        "words": row.answer, "cost_fen": row.cost_fen,
    }  # fmt: skip


def _receipt(row: tables.NoticeReceipt) -> Plain:
    return {
        "at": iso(row.at), "received": iso(row.received_at), "state": row.state, "code": row.provider_code,
        "words": row.answer, "key": row.pressed,
    }  # fmt: skip


def _reply(row: tables.NoticeReply) -> Plain:
    return {
        "at": iso(row.at), "received": iso(row.received_at), "channel": row.provider,
        "sent_from": masked(row.phone_number), "name": row.person, "text": row.text, "outcome": row.outcome,
        "text_back": row.text_back, "text_back_state": row.text_back_state,
    }  # fmt: skip


def _at_edge(event: EdgeNotice) -> Plain:
    return {
        "at": iso(event.at), "received": iso(event.received_at), "gateway": event.gateway, "channel": event.channel,
        "way": event.way, "act": event.act, "person": event.person, "sent_to": masked(event.phone_number),
        "answer": event.answer, "words": event.words,
    }  # fmt: skip
