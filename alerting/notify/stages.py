"""The four stages of telling: each takes a sending and gives it on, or says why it goes no further.

quiet    in the quiet hours of the policy in force there may hold what can wait; never frost or heat that goes on
dedup    what the alarm no longer wants, was told already, or may not cost so much is dropped with its reason
deliver  the channel itself, within its limits; what it may take later waits, what may have gone out is asked for
remember the answer, after the deed: a crash between the two tells once more, never once too little
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from alerting.folding import may_wait
from alerting.notify.channels import answer_of
from alerting.notify.messages import message_of
from coldchain import crash
from coldchain.archive.alarms import Alarm
from coldchain.archive.duty.who import STILL
from coldchain.archive.duty.words import Means, means_of
from coldchain.archive.edge import EdgeNotice
from coldchain.archive.telling.notices import BROKEN, DROPPED, REFUSED, TOLD, UNKNOWN, WAITING, Notice, Outcome
from coldchain.archive.telling.receipts import out_id
from coldchain.excursion import AlarmState, Severity
from coldchain.providers.outcome import Answer, Channel, Receipt, State, Verdict

log = logging.getLogger(__name__)

HELD_S: Final = 60.0  # what is held for the morning is looked at again so soon
ASK_AFTER_S: Final = 5.0  # a provider knows of a message that it took, by then
LATER_S: Final = 30.0  # where a provider does not say how long
MOST_TRIES: Final = 2  # of what may have gone out
SOUNDING: Final = frozenset(Means) - STILL
RINGING: Final = frozenset({"raised", "worsened", "reopened", "lapsed", "past"})
UNWANTED: Final = frozenset({"withdrawn", "merged", "eased"})


@dataclass(frozen=True, slots=True)
class Sending:
    """A claimed notice on its way."""

    notice: Notice
    alarm: Alarm
    why: str  # the reason of its transition …
    last_why: str  # … and of the alarm's last
    was_told: bool  # the same words went the same way before
    at: int
    is_night: bool = False  # people sleep there, as the policy of the place has it
    wall_s: float = 0.0
    is_dear: bool = False  # the month's or the alarm's money is spent
    at_edge: EdgeNotice | None = None  # the gateway itself told them of it
    asked_at: int | None = None  # it may have gone out before, then
    attempt: int | None = None
    outcome: Outcome | None = None
    receipts: tuple[Receipt, ...] = ()  # what the provider knew when it was asked


Stage = Callable[[Sending], Awaitable[Sending]]


def quiet(channels: Mapping[str, Channel]) -> Stage:
    """Hold until morning what is past, or what may wait, where it makes a sound; and calls to say that something is over."""

    async def stage(sending: Sending) -> Sending:
        channel = channels.get(sending.notice.channel)
        is_held = sending.is_night and channel is not None and can_wait(sending.alarm, channel)
        return waits(sending, HELD_S) if is_held else sending

    return stage


def can_wait(alarm: Alarm, channel: Channel) -> bool:
    """True when such a message is not to be sent while people sleep."""
    if alarm.is_past or may_wait(alarm):
        return channel.wakes or means_of(channel.name) in SOUNDING
    return alarm.state.is_over and channel.wakes


def waits(sending: Sending, seconds: float, answer: str = "") -> Sending:
    """The sending put back, to be looked at so much later; that it may have gone out before is not forgotten."""
    after = sending.wall_s + seconds
    return replace(sending, outcome=Outcome(WAITING, sending.at, answer, sending.notice.verdict, try_after=after))


def ended(sending: Sending, state: str, answer: str) -> Sending:
    """The sending at its end, without anything having gone out."""
    return replace(sending, outcome=Outcome(state, sending.at, answer, is_unsent=sending.attempt is not None))


def dedup() -> Stage:
    """Drop what is said already, what the alarm no longer wants to ring for, and news for which no money is left."""

    async def stage(sending: Sending) -> Sending:
        if sending.outcome:
            return sending
        if sending.at_edge:
            return replace(sending, outcome=_told_there(sending.at_edge))
        reason = _unwanted(sending)
        return ended(sending, DROPPED, reason) if reason else sending

    return stage


def _told_there(by: EdgeNotice) -> Outcome:
    """As told as by ourselves: the ladder goes on from there, and the row says who did it."""
    words = f"told by gateway {by.gateway} itself, {by.way}: {by.answer}"
    return Outcome(TOLD, by.at, words, Verdict.ACCEPTED.value, provider_code=by.answer)


def _unwanted(sending: Sending) -> str:
    notice, alarm = sending.notice, sending.alarm
    is_call = notice.level > 0
    if sending.was_told and not is_call:
        return "told before"
    if sending.why in RINGING and alarm.state.is_over and sending.last_why in UNWANTED:
        return f"{sending.last_why} before it was told"
    if is_call and alarm.state.is_over:
        return "over before it was told"
    if is_call and alarm.state is AlarmState.TAKEN and alarm.eta_at is not None and sending.at < alarm.eta_at:
        return f"{alarm.taken_by} is on the way"
    if sending.is_dear and notice.kind != "alarm" and alarm.severity is not Severity.CRITICAL:
        return "the money for news is spent"
    return ""


def deliver(channels: Mapping[str, Channel], url: str = "") -> Stage:
    """Send what was not dropped; what may have gone out before is asked for first."""

    async def stage(sending: Sending) -> Sending:
        if sending.outcome:
            return sending
        channel = channels.get(sending.notice.channel)
        if channel is None:
            return ended(sending, REFUSED, f"no channel {sending.notice.channel} is open")
        if sending.asked_at is not None:
            if sending.notice.receipt_state:  # a callback named it before we asked
                return _known(sending, "its receipt was here before the provider's answer")
            found = await _asked(channel, sending.notice, sending.asked_at)
            if found:
                heard = tuple(each for each in found if each.state is not State.PENDING)  # that one says nothing new
                return replace(_known(sending, "known to the provider", found[0].message_id), receipts=heard)
            if sending.notice.tries >= MOST_TRIES:
                return ended(sending, UNKNOWN, "sent twice, and nobody says whether it arrived")
        answer = await answer_of(channel.name, channel.send(message_of(sending.notice, sending.alarm, url)))
        crash.point("notify.after_deliver")
        return replace(sending, outcome=_outcome(sending, answer))

    return stage


def _known(sending: Sending, words: str, message_id: str = "") -> Sending:
    """It went out when it may have: told then, and not sent now."""
    told = Outcome(TOLD, sending.at, words, Verdict.ACCEPTED.value, message_id, is_unsent=True)
    return replace(sending, outcome=told)


async def _asked(channel: Channel, notice: Notice, sent_at: int) -> list[Receipt] | None:
    try:
        return await channel.ask(out_id(notice.id), notice.sent_to, sent_at)
    except Exception:
        log.exception("%s failed when it was asked", channel.name)
        return None


_ENDS: Final = {Verdict.ACCEPTED: TOLD, Verdict.REFUSED: REFUSED, Verdict.BROKEN: BROKEN}


def _outcome(sending: Sending, answer: Answer) -> Outcome:
    state, try_after = _ENDS.get(answer.verdict, WAITING), None
    if answer.verdict is Verdict.LATER:
        try_after = sending.wall_s + (LATER_S if answer.retry_after_s is None else answer.retry_after_s)
    elif answer.verdict is Verdict.UNKNOWN:
        try_after = sending.wall_s + ASK_AFTER_S
    return Outcome(
        state=state,
        at=sending.at,
        answer=answer.words,
        verdict=answer.verdict.value,
        provider_id=answer.message_id,
        provider_code=answer.code,
        cost_fen=answer.cost_fen,
        try_after=try_after,
        is_unsent=answer.verdict not in {Verdict.ACCEPTED, Verdict.UNKNOWN},
    )
