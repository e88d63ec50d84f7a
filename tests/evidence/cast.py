"""What happens at the small site of these tests."""

from typing import Any, Final

from sqlalchemy import text

from alerting.ledger import seals
from alerting.ledger.days import ChannelDay
from coldchain.archive import alarms, cases, documents, drills, edge, holds, people
from coldchain.archive.alarms import Arrow, NewAlarm
from coldchain.archive.audit import By
from coldchain.archive.cases import KeptRevision, NewObservation
from coldchain.archive.db import Archive
from coldchain.archive.duty import questions
from coldchain.archive.duty.questions import NewQuestion
from coldchain.archive.duty.words import WayKind
from coldchain.archive.edge import EdgeNotice
from coldchain.archive.evidence import roots
from coldchain.archive.people import NewToken, Role, User
from coldchain.archive.telling import attempts, notices, receipts, taking
from coldchain.archive.telling.attempts import Moment
from coldchain.archive.telling.notices import NewNotice, Outcome
from coldchain.archive.telling.receipts import NewReceipt, NewReply
from coldchain.archive.telling.taking import Act
from coldchain.excursion import AlarmState, Kind, Severity
from coldchain.reading import Trace
from coldchain.series import Series
from coldchain.wire import Arrival, ArrivedBatch, shard_of
from tests.archive.cast import a_case
from tests.archive.small import HOUR, NURSE, PROBE, T0, fill

DAY: Final = 24 * HOUR
MINUTE: Final = 60_000
MIDNIGHT: Final = T0 - T0 % DAY  # of the first day
GATEWAY: Final = PROBE.split("/", maxsplit=1)[0]
DOOR: Final = f"{GATEWAY}/28ff641e/door"
CHANNELS: Final = (PROBE, DOOR)
COLLECTOR: Final = "c1"
DAYS: Final = 3
STEP: Final = 10 * MINUTE
NOW: Final = MIDNIGHT + (DAYS + 1) * DAY


async def decide(archive: Archive) -> None:
    """A row in every table that a machine or a person of the small county writes."""
    await fill(archive)
    async with archive.writing() as tx:
        case = a_case()
        await cases.keep(tx, [KeptRevision(case=case, why="opened", at=T0, evidence_start=T0, evidence_end=T0)])
        await holds.follow(tx, [case], T0)
        seen = NewObservation(
            kind=Kind.SILENCE, subject=GATEWAY, severity=Severity.WARNING, start=T0, seen_at=T0 + 1, detail={"x": 1.5}
        )
        observation = await cases.observe(tx, seen)
        await cases.end_observation(tx, observation.id, T0 + HOUR, ended="merged")
        new = NewAlarm(
            excursion="c1", kind=Kind.HEAT, severity=Severity.WARNING, state=AlarmState.RINGING, raised_at=T0,
            facility="511900012",
        )  # fmt: skip
        alarm = await alarms.raise_alarm(tx, new, Arrow(AlarmState.RINGING, "raised", T0))
        await documents.add(tx, "opinion.txt", b"the maker's opinion", None, NURSE)
        for name, role in (("admin", Role.ADMINISTRATOR), ("manager", Role.MANAGER), ("nurse", Role.CLINIC)):
            facility = "511900012" if role is Role.CLINIC else None
            await people.create_user(tx, User(name=name, display=name, role=role, facility=facility), "no hash", NURSE)
        await people.create_token(tx, NewToken(label="l", role=Role.AUDITOR), NURSE)
        await drills.ask(tx, "511900012", NURSE)
        hers = NewQuestion(person=1, kind=WayKind.MOBILE, sent_to="+8613800138000", channel="sms")
        await questions.ask(tx, hers, T0)
    said = EdgeNotice(
        gateway=GATEWAY, channel=PROBE, anchor=T0, at=T0 + 3, way="modem", act="began", person="李小琴",
        phone_number="+8613800138000", answer="accepted", received_at=T0 + 4,
    )  # fmt: skip
    await edge.keep(archive, [said])
    await _tell(archive, alarm.id)


async def _tell(archive: Archive, alarm: int) -> None:
    async with archive.writing() as tx:
        [(transition, _)] = await alarms.unexpanded(tx)
        notice = NewNotice(
            transition=transition.id, alarm=alarm, person="desk", channel="console", step=0, text_zh="热", text_en="hot",
            created_at=T0,
        )  # fmt: skip
        await notices.expand(tx, [transition.id], [notice])
    async with archive.writing() as tx:
        [claimed] = await notices.claim(tx, "worker", 0.0, 60.0)
        [attempt] = (await attempts.begin(tx, [claimed], Moment(T0 + 4, 1.0))).values()
        outcome = Outcome("told", T0 + 5, "ok", "accepted", "m1")
        assert await notices.settle(tx, [(claimed, outcome)])
        await attempts.end(tx, [(attempt, outcome)])
    async with archive.writing() as tx:
        delivered = NewReceipt(provider="console", state="delivered", at=T0 + 6, message_id="m1")
        await receipts.keep(tx, [delivered], T0 + 6)
        reply = NewReply(
            provider="console", reply_id="r1", phone_number="+86139", text="1", at=T0, received_at=T0, alarm=alarm
        )  # fmt: skip
        await receipts.keep_reply(tx, reply)
    async with archive.writing() as tx:
        await taking.take(tx, Act(alarm, "going", "李小琴", T0 + 9, note="on my way"))


def trace(channel: str, start: int, end: int, step: int = STEP) -> Trace:
    times = list(range(start, end, step))
    return Trace(channel, times, [round(4.0 + (t // MINUTE % 97) / 100, 2) for t in times], [0] * len(times))


async def bring(series: Series, *traces: Trace, position: int, seq: int = 1, gateway: str = GATEWAY) -> None:
    """Readings with their arrival, as the collector writes them."""
    await series.write(list(traces))
    first, last = min(each.t[0] for each in traces), max(each.t[-1] for each in traces)
    channels = [each.channel for each in traces]
    batch = ArrivedBatch(gateway, "ab" * 16, seq, channels, first, last, f"{seq:064x}")
    await series.write_arrivals([Arrival(COLLECTOR, shard_of(gateway), position, [batch])])


async def speak(series: Series) -> None:
    """An hour in each batch, for some days; the second day lacks from 10 to 12 o'clock."""
    for seq, start in enumerate(range(MIDNIGHT, MIDNIGHT + DAYS * DAY, HOUR), 1):
        if start - MIDNIGHT - DAY not in {10 * HOUR, 11 * HOUR}:
            its = [trace(channel, start, start + HOUR) for channel in CHANNELS]
            await bring(series, *its, position=start + HOUR, seq=seq)


def days_of(*channels: str) -> list[ChannelDay]:
    return [ChannelDay(channel, MIDNIGHT + n * DAY) for channel in channels for n in range(DAYS)]


async def seal(archive: Archive, series: Series, at: int = NOW) -> None:
    await seals.build(archive, series, days_of(*CHANNELS), at)
    await roots.daily(archive, at)


async def beside(archive: Archive, statement: str, **values: Any) -> None:
    """Somebody changes the database behind the programme's back."""
    async with archive.writing() as tx:
        await tx.execute(text(statement), values)


BY: Final = By("admin", NOW, "test")
