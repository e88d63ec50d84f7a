"""Messages about an alarm as the API tells them: each with its tries and receipts, addresses masked."""

from coldchain.archive.tables import NoticeAttempt, NoticeReceipt
from coldchain.archive.telling.story import Message, Story
from coldchain.clock import iso
from dashboards.api.models_alarms import AttemptAnswer, MessageAnswer, ReceiptAnswer
from dashboards.masks import masked


def messages_of(story: Story) -> list[MessageAnswer]:
    """Every message with its tries and receipts."""
    return [_message(each, story.names.get(each.notice.person, each.notice.person)) for each in story.messages]


def _message(message: Message, name: str) -> MessageAnswer:
    row = message.notice
    return MessageAnswer(
        id=row.id,
        person=row.person,
        name=name,
        channel=row.channel,
        sent_to=masked(row.sent_to) if row.sent_to != row.person else "",
        kind=row.kind,
        level=row.level,
        step=row.step,
        state=row.state,
        created=iso(row.created_at),
        told=iso_or_none(row.told_at),
        text_zh=row.text_zh,
        text_en=row.text_en,
        answer=row.answer,
        fold=row.fold,
        cost_fen=row.cost_fen,
        receipt=row.receipt_state,
        receipt_at=iso_or_none(row.receipt_at),
        attempts=[_attempt(each) for each in message.attempts],
        receipts=[_receipt(each) for each in message.receipts],
    )


def _attempt(row: NoticeAttempt) -> AttemptAnswer:
    return AttemptAnswer(
        at=iso(row.at), verdict=row.verdict, provider_id=row.provider_id, code=row.provider_code, words=row.answer,
        cost_fen=row.cost_fen,
    )  # fmt: skip


def _receipt(row: NoticeReceipt) -> ReceiptAnswer:
    return ReceiptAnswer(
        at=iso(row.at), received=iso(row.received_at), state=row.state, code=row.provider_code, words=row.answer,
        key=row.pressed,
    )  # fmt: skip


def iso_or_none(at: int | None) -> str | None:
    """An instant as the API writes it, if there is one."""
    return None if at is None else iso(at)
