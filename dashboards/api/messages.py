"""Messages about an alarm as the API tells them: each with its tries and receipts, addresses masked."""

from coldchain.archive.telling import plain
from coldchain.archive.telling.story import Story
from coldchain.clock import iso
from dashboards.api.models_alarms import MessageAnswer


def messages_of(story: Story) -> list[MessageAnswer]:
    """Every message with its tries and receipts."""
    return [MessageAnswer.model_validate(each) for each in plain.messages(story)]


def iso_or_none(at: int | None) -> str | None:
    """An instant as the API writes it, if there is one."""
    return None if at is None else iso(at)
