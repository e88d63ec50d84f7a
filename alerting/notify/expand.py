"""From transitions to notices of their own: the console and the pages hear of every arrow, and who was called hears of its end.

Who is called, the ladder says (`alerting.ladder`). A transaction of its own, safe to repeat, for many transitions at once.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from alerting.folding import as_one
from alerting.ladder.climb import Desk
from alerting.ladder.steps import ways_of
from alerting.notify.channels import CONSOLE, DESK, PAGE
from alerting.notify.scene import Scene, scenes_of
from alerting.notify.short import of_gathered, of_many, short_of
from alerting.notify.texts import Text, gathered, joined, text_of
from coldchain import crash
from coldchain.archive import alarms, views
from coldchain.archive.alarms import Alarm, Transition
from coldchain.archive.db import Archive, Tx
from coldchain.archive.duty.who import Level
from coldchain.archive.telling import notices
from coldchain.archive.telling.notices import DROPPED, TOLD, NewNotice, Notice
from coldchain.excursion import Severity

# Which arrows are told, and by what. What people did themselves (seen, taken, closed) is on the page already.
TOLD_BY: Final = {
    "raised": (CONSOLE, PAGE),
    "worsened": (CONSOLE, PAGE),
    "reopened": (CONSOLE, PAGE),
    "lapsed": (CONSOLE, PAGE),
    "past": (CONSOLE, PAGE),
    "ended": (PAGE,),
    "eased": (PAGE,),
    "merged": (PAGE,),
    "withdrawn": (PAGE,),
}
UNCALLED: Final = "over before the morning, and it could wait until then: nobody was called"
BEGINS: Final = frozenset({"raised", "reopened"})

_Key = tuple[str, str, str, str, str | int | None, bool]


@dataclass(frozen=True, slots=True)
class _Known:
    """What one snapshot says of the transitions' alarms."""

    scenes: Mapping[int, Scene]
    people: Mapping[str, list[int]]
    called: Mapping[int, list[Notice]]
    levels: Mapping[int, Sequence[Level]]
    wakes: frozenset[str]


async def expand(archive: Archive, desk: Desk, wakes: frozenset[str], at: int) -> int:
    """Make the notices of transitions that have none yet; returns how many transitions that were."""
    async with archive.reading() as tx:
        if not await alarms.unexpanded(tx, limit=1):
            return 0
    async with archive.writing() as tx:
        waiting = await alarms.unexpanded(tx, mine=True)  # two that fold would fold into each other's message
        known = await _known(tx, waiting, desk, wakes, at)
        its = [notice for each in waiting for notice in _notices(*each, known, desk, at)]
        its += _gathered(waiting, known, desk, at)
        await notices.expand(tx, [transition.id for transition, _ in waiting], its)
        crash.point("notify.before_expand_commit")
    return len(waiting)


async def _known(
    tx: Tx, waiting: Sequence[tuple[Transition, Alarm]], desk: Desk, wakes: frozenset[str], at: int
) -> _Known:
    about = list({alarm.id: alarm for _, alarm in waiting}.values())
    called: dict[int, list[Notice]] = {}
    for notice in await notices.called(tx, [alarm.id for alarm in about]):
        called.setdefault(notice.alarm, []).append(notice)
    over = [alarm for transition, alarm in waiting if _is_only_said(transition, alarm)]
    return _Known(
        scenes=await scenes_of(tx, about),
        people=await views.people_at(tx, [alarm.facility for alarm in about if alarm.facility]),
        called=called,
        levels=await desk.levels(tx, over, at) if over else {},
        wakes=wakes,
    )


def _is_only_said(transition: Transition, alarm: Alarm) -> bool:
    """It was over before anybody could be called: the first level is told of it, and no ladder climbed."""
    return transition.why == "past" or (transition.why in BEGINS and alarm.state.is_over)


def _notices(transition: Transition, alarm: Alarm, known: _Known, desk: Desk, at: int) -> Iterator[NewNotice]:
    if transition.why not in TOLD_BY:
        return
    base = _base(transition, alarm, known, desk, at)
    for channel in TOLD_BY[transition.why]:
        for person in _hearers(channel, alarm, known):
            yield notices.with_(base, channel=channel, person=person, sent_to=person)
    if _is_only_said(transition, alarm):
        if transition.why != "past":
            yield from _said(base, known.levels.get(alarm.id, ()), desk)
    elif base.kind == "over" and alarm.waits_at_night and not alarm.level and not known.called.get(alarm.id):
        yield notices.with_(base, person=DESK, kind="over", state=DROPPED, answer=UNCALLED)


def _base(transition: Transition, alarm: Alarm, known: _Known, desk: Desk, at: int) -> NewNotice:
    scene = known.scenes[alarm.id]
    text = text_of(scene, transition.why, transition.at, desk.zone)
    return NewNotice(
        transition=transition.id, alarm=alarm.id, person=DESK, channel=CONSOLE, step=0, text_zh=text.zh,
        text_en=text.en, created_at=at, short=short_of(scene, at, desk.zone), kind=_kind(transition, alarm),
    )  # fmt: skip


def _gathered(waiting: Sequence[tuple[Transition, Alarm]], known: _Known, desk: Desk, at: int) -> Iterator[NewNotice]:
    """What was found late of one place, and the end of what one message told, are one message to each; the loudest leads."""
    found: dict[_Key, list[tuple[NewNotice, Alarm]]] = {}
    for transition, alarm in sorted(waiting, key=lambda each: _loudest_first(each[1], known)):
        if transition.why in TOLD_BY and (transition.why == "past" or _kind(transition, alarm) == "over"):
            base = _base(transition, alarm, known, desk, at)
            for key, said in _together(base, transition, alarm, known, desk):
                found.setdefault(key, []).append((said, alarm))
    for fold in found.values():
        yield from _folded(fold, known, desk) if len(fold) > 1 else [fold[0][0]]


def _together(
    base: NewNotice, transition: Transition, alarm: Alarm, known: _Known, desk: Desk
) -> Iterator[tuple[_Key, NewNotice]]:
    """Messages that may be one with others, each with what they must have in common."""
    if transition.why == "past":
        for said in _said(base, known.levels.get(alarm.id, ()), desk):
            yield (said.person, said.channel, said.sent_to, "past", alarm.facility, alarm.is_past), said
    elif not _is_only_said(transition, alarm):
        for fold, said in _told_that_it_is_over(base, known.called.get(alarm.id, ()), known.wakes):
            yield (said.person, said.channel, said.sent_to, transition.why, fold or transition.id, False), said


def _loudest_first(alarm: Alarm, known: _Known) -> tuple[bool, int]:
    return alarm.severity is not Severity.CRITICAL, known.scenes[alarm.id].begun


def _folded(fold: Sequence[tuple[NewNotice, Alarm]], known: _Known, desk: Desk) -> list[NewNotice]:
    rows = [said for said, _ in fold]
    first = rows[0]
    scenes, own = [known.scenes[alarm.id] for _, alarm in fold], Text(first.text_zh, first.text_en)
    if first.kind == "over":
        text, short = joined(own, scenes), of_many(first.short, len(fold))
    else:
        text = gathered(own, scenes, desk.zone)
        short = of_gathered(first.short, len(fold), is_one_thing=len({alarm.equipment for _, alarm in fold}) == 1)
    return as_one(rows, text, short)


def _kind(transition: Transition, alarm: Alarm) -> str:
    if alarm.is_drill:
        return "drill"
    if transition.after.is_over:
        return "note" if transition.why == "past" else "over"
    return "note" if transition.why == "eased" else "alarm"


def _hearers(channel: str, alarm: Alarm, known: _Known) -> list[str]:
    """The desk hears everything; a page is for everybody with a post at the facility."""
    if channel == CONSOLE or alarm.facility is None:
        return [DESK]
    return [str(number) for number in known.people.get(alarm.facility, ())] or [DESK]


def _said(base: NewNotice, levels: Sequence[Level], desk: Desk) -> Iterator[NewNotice]:
    """Once, to whom the first level names, by the first way that they have; it may wait for the morning."""
    for level in levels[:1]:
        for reach in level.people:
            paths = [path for path in ways_of(reach, desk.channels) if path[0] != PAGE]
            if paths:
                channel, address = paths[0]
                person, language = str(reach.person), reach.language
                yield notices.with_(
                    base, channel=channel, sent_to=address, person=person, language=language, kind="note"
                )


def _told_that_it_is_over(
    base: NewNotice, called: Sequence[Notice], wakes: frozenset[str]
) -> Iterator[tuple[str, NewNotice]]:
    """To whom was told that it began, by the last way that reached them and wakes nobody; with the fold of that message."""
    last = {each.person: each for each in called if each.state == TOLD and each.channel not in wakes | {PAGE}}
    for person, each in last.items():
        changes = {"channel": each.channel, "sent_to": each.sent_to, "person": person, "language": each.language}
        yield each.fold, notices.with_(base, **changes)
