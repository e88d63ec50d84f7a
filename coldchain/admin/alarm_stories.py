"""An alarm as the word `alarms` prints it: its line in a list, and its whole story in order of time."""

from typing import Any

from coldchain.admin.terminal import moment, when
from coldchain.archive import tables, views
from coldchain.archive.db import Tx
from coldchain.archive.edge import EdgeNotice
from coldchain.archive.facilities.days import SITE
from coldchain.archive.telling import codes, story
from coldchain.archive.telling import plain as spelling
from coldchain.archive.telling.story import Event, Heard, Message, Sent, Story
from coldchain.archive.views import AlarmCase
from coldchain.clock import iso, iso_or_none
from coldchain.errors import BadInput


def plain(row: AlarmCase) -> dict[str, Any]:
    """One alarm of a list, in the names of the API."""
    alarm, case, seen = row.alarm, row.excursion, row.observation
    since = case.first_bad if case else seen.start if seen else alarm.raised_at
    return {
        "id": alarm.id, "code": alarm.code, "kind": alarm.kind, "severity": alarm.severity, "state": alarm.state,
        "drill": alarm.is_drill, "past": alarm.is_past, "facility": alarm.facility, "equipment": alarm.equipment,
        "excursion": alarm.excursion, "since": iso(since), "raised": iso(alarm.raised_at),
        "ended": iso_or_none(alarm.ended_at), "taken_by": alarm.taken_by, "eta": iso_or_none(alarm.eta_at), "score": alarm.score,
        "level": alarm.level, "cause": alarm.cause, "measure": alarm.measure, "closed_by": alarm.closed_by,
    }  # fmt: skip


def line_of(alarm: dict[str, Any]) -> str:
    """The same for a reader."""
    where = " ".join(part for part in (alarm["facility"], alarm["equipment"]) if part)
    loud = "drill" if alarm["drill"] else alarm["severity"]
    taken = f"\t{alarm['taken_by']}" if alarm["taken_by"] else ""
    raised = when(moment(alarm["raised"], "raised"))
    return f"{alarm['id']}\t{alarm['code'] or ''}\t{loud}\t{alarm['kind']}\t{where}\t{raised}\t{alarm['state']}{taken}"


def number_or_code(which: str) -> int | str:
    """How somebody named an alarm."""
    return int(which) if which.isascii() and which.isdigit() and len(which) < codes.LENGTH else which


async def whole(tx: Tx, which: str) -> tuple[dict[str, Any], Story]:
    """One alarm with its arrows, messages, tries, receipts, replies and what the gateway said: as the API tells it.

    Raises:
        BadInput: there is none.
    """
    said = number_or_code(which)
    number = said if isinstance(said, int) else await codes.alarm_with(tx, codes.read(said))
    row = None if number is None else await views.alarm(tx, None, number)
    if row is None or number is None:
        raise BadInput("alarm", f"{which} is unknown", "choose one from `coldchain alarms list`")
    told = await story.story(tx, number)
    return plain(row) | spelling.plain(told), told


def story_lines(alarm: dict[str, Any], told: Story) -> list[str]:
    """The story for a reader, everything in the order in which it happened, to the second."""
    lines = [f"{iso(event.at, SITE)}\t{_words(event, told)}".rstrip() for event in story.in_order(told)]
    cost = [f"cost\t{told.cost_fen / 100:.2f}"] if told.cost_fen else []
    why = [f"{name}\t{alarm[name]}" for name in ("cause", "measure") if alarm[name]]
    return [line_of(alarm), *lines, *why, *cost]


def _words(event: Event, told: Story) -> str:
    """What happened, in a line."""
    match event.what:
        case tables.Transition() as step:
            return f"{step.why}\t{step.by or 'alerting'}\t{step.note}"
        case Message(notice=row) as message:
            return f"{_to(message, told)}\t{row.state}\t{row.answer}"
        case Sent(message, row):
            return f"{_to(message, told)}\t{row.verdict}\t{row.provider_code} {row.answer}"
        case Heard(message, row):
            return f"{_to(message, told)}\t{row.state} {row.pressed}".rstrip() + f"\t{row.provider_code} {row.answer}"
        case tables.NoticeReply() as row:
            return f"{row.person or '?'}: {row.text}\t{row.outcome}"
        case EdgeNotice() as said:
            to = said.person or spelling.masked(said.phone_number)
            return f"gateway {said.gateway} {said.way} → {to}\t{said.act}: {said.answer}\t{said.words}"


def _to(message: Message, told: Story) -> str:
    row = message.notice
    return f"{row.channel} → {told.names.get(row.person, row.person)}"
