"""An alarm as the word `alarms` prints it: its line in a list, and its whole story in order of time."""

from typing import Any

from coldchain.archive import views
from coldchain.archive.db import Tx
from coldchain.archive.tables import Transition
from coldchain.archive.telling import codes, story
from coldchain.archive.telling.story import Message
from coldchain.archive.views import AlarmCase
from coldchain.clock import iso
from coldchain.errors import BadInput


def plain(row: AlarmCase) -> dict[str, Any]:
    """One alarm of a list, in the names of the API."""
    alarm, case, seen = row.alarm, row.excursion, row.observation
    since = case.first_bad if case else seen.start if seen else alarm.raised_at
    return {
        "id": alarm.id, "code": alarm.code, "kind": alarm.kind, "severity": alarm.severity, "state": alarm.state,
        "drill": alarm.is_drill, "past": alarm.is_past, "facility": alarm.facility, "equipment": alarm.equipment,
        "excursion": alarm.excursion, "since": iso(since), "raised": iso(alarm.raised_at),
        "ended": _iso(alarm.ended_at), "taken_by": alarm.taken_by, "eta": _iso(alarm.eta_at), "score": alarm.score,
        "level": alarm.level, "cause": alarm.cause, "measure": alarm.measure, "closed_by": alarm.closed_by,
    }  # fmt: skip


def line_of(alarm: dict[str, Any]) -> str:
    """The same for a reader."""
    where = " ".join(part for part in (alarm["facility"], alarm["equipment"]) if part)
    loud = "drill" if alarm["drill"] else alarm["severity"]
    taken = f"\t{alarm['taken_by']}" if alarm["taken_by"] else ""
    return f"{alarm['id']}\t{alarm['code'] or ''}\t{loud}\t{alarm['kind']}\t{where}\t{alarm['raised']}\t{alarm['state']}{taken}"


def number_or_code(which: str) -> int | str:
    """How somebody named an alarm."""
    return int(which) if which.isascii() and which.isdigit() and len(which) < codes.LENGTH else which


async def whole(tx: Tx, which: str) -> dict[str, Any]:
    """One alarm with its arrows, messages, tries, receipts and replies.

    Raises:
        BadInput: there is none.
    """
    said = number_or_code(which)
    number = said if isinstance(said, int) else await codes.alarm_with(tx, codes.read(said))
    row = None if number is None else await views.alarm(tx, None, number)
    if row is None or number is None:
        raise BadInput("alarm", f"{which} is unknown", "choose one from `coldchain alarms list`")
    told = await story.story(tx, number)
    return plain(row) | {
        "steps": [_step(each) for each in await views.transitions(tx, [number])],
        "notices": [_message(each, told.names) for each in told.messages],
        "replies": [
            {"at": iso(each.at), "provider": each.provider, "person": each.person, "text": each.text, "outcome": each.outcome}
            for each in told.replies
        ],
    }  # fmt: skip


def _step(row: Transition) -> dict[str, Any]:
    return {"at": iso(row.at), "before": row.before, "after": row.after, "why": row.why, "by": row.by, "note": row.note}


def _message(each: Message, names: dict[str, str]) -> dict[str, Any]:
    """Without its address: a story is printed, and lies about."""
    row = each.notice
    return {
        "at": iso(row.created_at), "told": _iso(row.told_at), "person": row.person, "name": names.get(row.person, ""),
        "channel": row.channel, "level": row.level, "kind": row.kind, "state": row.state, "answer": row.answer,
        "code": row.provider_code, "text_zh": row.text_zh, "text_en": row.text_en,
        "tries": [
            {"at": iso(one.at), "verdict": one.verdict, "code": one.provider_code, "words": one.answer, "cost_fen": one.cost_fen}
            for one in each.attempts
        ],
        "receipts": [
            {"at": iso(one.at), "state": one.state, "code": one.provider_code, "words": one.answer, "key": one.pressed}
            for one in each.receipts
        ],
    }  # fmt: skip


def story_lines(alarm: dict[str, Any]) -> list[str]:
    """The story for a reader, everything in the order in which it happened."""
    said = [(each["at"], f"{each['why']}\t{each['by'] or 'alerting'}\t{each['note']}") for each in alarm["steps"]]
    for each in alarm["notices"]:
        to = each["name"] or each["person"]
        said.append((each["told"] or each["at"], f"{each['channel']} → {to}\t{each['state']}\t{each['answer']}"))
        said += [(one["at"], f"{each['channel']} → {to}\t{one['state']}\t{one['words']}") for one in each["receipts"]]
    said += [(each["at"], f"{each['person'] or '?'}: {each['text']}\t{each['outcome']}") for each in alarm["replies"]]
    return [line_of(alarm), *(f"{at}\t{what}".rstrip() for at, what in sorted(said, key=lambda pair: pair[0]))]


def _iso(ms: int | None) -> str | None:
    return None if ms is None else iso(ms)
