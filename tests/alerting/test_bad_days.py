"""Bad days of telling, at the level that matters: the ladder goes on, and the story says what happened."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import pytest

from alerting.alarms import follow
from alerting.feed import Inbox
from alerting.ladder.book import by_duty
from alerting.notify.outbox import CLAIM_S
from alerting.settings import AlertingSection
from alerting.shift import LEASE, Shift
from coldchain import clock
from coldchain.archive import cases, journal, places, tables, views
from coldchain.archive.alarms import Alarm
from coldchain.archive.audit import By
from coldchain.archive.cases import NewObservation
from coldchain.archive.db import Archive, Tx, open_archive
from coldchain.archive.duty import policies, rotas
from coldchain.archive.duty.policies import NewPolicy
from coldchain.archive.duty.rotas import NewRota
from coldchain.archive.duty.who import Level
from coldchain.archive.facilities import persons, posts
from coldchain.archive.facilities.persons import NewPerson
from coldchain.archive.facilities.posts import NewPost, PostKind
from coldchain.archive.journal import Fence
from coldchain.archive.telling import receipts
from coldchain.archive.telling.receipts import NewReceipt
from coldchain.archive.telling.story import story
from coldchain.errors import Unavailable
from coldchain.excursion import Kind, Severity
from coldchain.providers.outcome import Answer, Limit, Message, Receipt, State, Verdict
from coldchain.series import Series
from tests.alerting.cast import MINUTE, T0, Clinic, opened_clinic, trace_of
from tests.alerting.desks import Desks, act, alarm, is_told_true, notices, ring
from tests.alerting.ways import Ladder, Loudspeaker, level, person
from tests.parts.archives import migrate, settings_of
from tests.parts.postgres import Postgres, postgres_server

DAY_MIN = 24 * 60
ONCE = Ladder(level(1, 0, person(1, "voice", "sms")), level(2, 10, person(2, "sms")))


async def tried(clinic: Clinic) -> list[tuple[str, str, list[str]]]:
    """Of each message of the ladder: by what, its end, and what came of each try."""
    async with clinic.archive.reading() as tx:
        messages = (await story(tx, 1)).messages
    return [(m.notice.channel, m.notice.state, [a.verdict for a in m.attempts]) for m in messages if m.notice.level]


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not is_so():
            await asyncio.sleep(0.01)


# -- a clock that jumps ----------------------------------------------------------------------------------------------------


async def test_a_clock_that_goes_forth_while_a_message_is_on_its_way_sends_it_once_more_and_no_more(clinic: Clinic):
    desk = Desks(clinic, Ladder(level(1, 0, person(1, "voice"))))
    desk.voice.hangs = asyncio.Event()
    await ring(clinic)
    telling = asyncio.create_task(desk.tell())
    await until(lambda: desk.voice.is_on_the_way)
    desk.voice.is_on_the_way = False
    desk.wall_s += 3600
    await until(lambda: desk.voice.is_on_the_way)
    desk.voice.hangs.set()
    await telling
    await desk.tell(60)
    assert (len(desk.voice.messages), len(desk.voice.asked)) == (2, 1)
    assert await tried(clinic) == [("voice", "told", ["accepted", "accepted"])]
    assert await is_told_true(clinic.archive)


@pytest.mark.parametrize("back_s", [30.0, 5 * 60.0])
async def test_a_clock_that_goes_back_while_a_message_is_on_its_way_changes_nothing(clinic: Clinic, back_s: float):
    desk = Desks(clinic, ONCE)
    desk.voice.hangs = asyncio.Event()
    await ring(clinic)
    telling = asyncio.create_task(desk.tell())
    await until(lambda: desk.voice.is_on_the_way)
    desk.wall_s -= back_s
    desk.voice.hangs.set()
    await telling
    assert await tried(clinic) == [("voice", "told", ["accepted"])]


async def test_a_claim_of_a_dead_sender_whose_clock_was_ahead_is_taken_over_at_once(clinic: Clinic):
    desk = Desks(clinic, ONCE)
    desk.voice.answers = [asyncio.CancelledError()]
    await ring(clinic)
    with pytest.raises(asyncio.CancelledError):
        await desk.tell()
    desk.wall_s -= 24 * 3600
    await desk.tell()
    assert await tried(clinic) == [("voice", "told", ["unknown", "accepted"])]


async def test_after_the_clock_went_back_nobody_s_next_way_waits_for_the_future(clinic: Clinic):
    desk = Desks(clinic, ONCE)
    await ring(clinic)
    await desk.tell()
    clinic.now -= DAY_MIN * MINUTE
    await desk.tell(0.1)
    assert desk.called == ["voice +861"]
    await desk.tell(2)
    assert desk.called == ["voice +861", "sms +861"]


async def test_after_the_clock_went_back_an_address_is_not_closed_until_the_future(clinic: Clinic):
    desk = Desks(clinic, Ladder(level(1, 0, person(1, "voice"), repeat_min=5)))
    desk.voice.per_address = (Limit(1, 60.0), Limit(5, 3600.0))
    await ring(clinic)
    await desk.tell()
    desk.wall_s -= 24 * 3600
    await desk.tell(5)
    assert len(desk.voice.messages) == 2


async def test_while_somebody_goes_a_clock_that_went_back_is_counted_once_however_often_we_look(clinic: Clinic):
    desk = Desks(clinic, Ladder(level(1, 0, person(1, "voice"))))
    desk.voice.answers = [Answer(Verdict.ACCEPTED, message_id="call-1")]
    await ring(clinic)
    await desk.tell()
    await act(clinic, "going", eta_min=30)
    clinic.now -= DAY_MIN * MINUTE
    await desk.tell(0.1)
    assert (await alarm(clinic)).eta_at == clinic.now + 30 * MINUTE
    due = (await alarm(clinic)).eta_at
    async with clinic.archive.writing() as tx:  # of the call before; it lets the ladder be looked at
        rang_out = NewReceipt(provider="voice", state="rang_out", at=clinic.now, message_id="call-1")
        await receipts.keep(tx, [rang_out], clinic.now + MINUTE)
    await desk.tell(5)
    assert ((await alarm(clinic)).eta_at, len(desk.voice.messages)) == (due, 1)
    await desk.tell(25)
    assert (await alarm(clinic)).state == "ringing"


async def test_a_clock_that_goes_forth_past_the_promised_minutes_rings_once(clinic: Clinic):
    desk = Desks(clinic, Ladder(level(1, 0, person(1, "voice"))))
    await ring(clinic)
    await desk.tell()
    await act(clinic, "going", eta_min=30)
    await desk.tell(DAY_MIN)
    clinic.now -= DAY_MIN * MINUTE
    await desk.tell(0.1)
    async with clinic.archive.reading() as tx:
        assert [t.why for t in await views.transitions(tx, [1])] == ["raised", "taken", "lapsed"]
    assert len(desk.voice.messages) == 2


# -- a second process, and the watch on both ------------------------------------------------------------------------------


async def test_who_waits_while_another_decides_does_not_tell_the_desk_that_nobody_judges(clinic: Clinic):
    worked = asyncio.Event()
    shift = Shift(clinic.court, clinic.follower, AlertingSection(lease_s=60.0), asyncio.Event(), worked.set)

    async def held() -> Fence | None:
        async with clinic.archive.writing() as tx:
            return await journal.take_lease(tx, LEASE, "another", clock.wall(), 60_000)

    assert await held() is not None
    waiting = asyncio.create_task(shift.work(Inbox()))
    async with asyncio.timeout(60):
        await worked.wait()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert await held() is not None  # it was never the one to judge


# -- nobody where somebody should be ----------------------------------------------------------------------------------------

TEN_PAST_THREE = T0 + 16 * 60 * MINUTE + 30 * MINUTE  # T0 is 10:40 at the site
CLINIC, STORE = "511900012000", "511900099000"
BEFORE = By("manager", T0 - DAY_MIN * MINUTE, "tests")
STEP = {"severity": "critical", "after_min": 0, "members": ["rota:1"], "channels": ["voice"], "repeat_min": 5,
        "receipt_min": 2}  # fmt: skip


async def staffed(clinic: Clinic, *, is_ring: bool) -> None:
    """A policy that names a rota without turns, or two that name each other; behind it the county's store."""
    store = places.Facility(code=STORE, region="510000000000", name_zh="县库", name_en="Store", short_zh="县库",
                            kind=places.FacilityKind.COUNTY_STORE)  # fmt: skip
    async with clinic.archive.writing() as tx:
        await places.put_facilities(tx, [store], BEFORE)
        await persons.put_persons(
            tx, [NewPerson(name="吴丹", facility=STORE, post="", phone="15400000003", wecom="wu")], BEFORE
        )
        wu = await persons.number_of(tx, STORE, "吴丹")
        new = NewPost(person=wu, facility=STORE, post=PostKind.COUNTY_MANAGER, start=BEFORE.at)
        await posts.begin(tx, new, BEFORE)
        one = await rotas.add(tx, NewRota(name="甲"), BEFORE)
        other = await rotas.add(tx, NewRota(name="乙", otherwise=one.id), BEFORE)
        content = {"title": "t", "source": "s", "steps": [STEP], "quiet": {"from": "22:00", "until": "07:00"}}
        await policies.enter(tx, NewPolicy(content=content, start=BEFORE.at), BEFORE)
        if is_ring:  # no door lets it in; a file that was put back may have it
            (await tx.get_one(tables.Rota, one.id)).otherwise = other.id


@pytest.mark.parametrize("is_ring", [False, True], ids=["a rota that is empty", "rotas in a ring"])
async def test_where_a_policy_names_nobody_at_ten_past_three_the_desk_is_called_and_the_gap_is_named(
    clinic: Clinic, is_ring: bool
):
    await staffed(clinic, is_ring=is_ring)
    desk = Desks(clinic, by_duty)
    clinic.now = TEN_PAST_THREE
    await clinic.hear(trace_of([5.0, *[16.0] * 25], start=TEN_PAST_THREE - 26 * MINUTE))
    await desk.tell()
    assert desk.called == ["voice +8615400000003"]
    async with clinic.archive.reading() as tx:
        levels = await by_duty(tx, [await alarm(clinic)], clinic.now)
    gaps = " ".join(gap for each in levels[1] for gap in each.gaps)
    assert ("in a ring" if is_ring else "nobody has the duty of rota") in gaps
    assert "of 3 distinct people" in gaps
    await desk.tell(5)
    assert len(desk.voice.messages) == 2  # it is said again while nobody goes


async def test_a_person_without_any_way_holds_up_nobody_and_the_next_level_is_called(clinic: Clinic):
    desk = Desks(clinic, Ladder(level(1, 0, person(1)), level(2, 5, person(2, "fax")), level(3, 10, person(3, "sms"))))
    await ring(clinic)
    for _ in range(3):
        await desk.tell(5)
    assert desk.called == ["sms +863"]


# -- what users of other systems complain of -------------------------------------------------------------------------------


async def test_what_goes_on_is_said_as_often_as_the_policy_says_and_not_with_every_reading(clinic: Clinic):
    desk = Desks(clinic, Ladder(level(1, 0, person(1, "sms"), repeat_min=10)))
    await ring(clinic)
    for n in range(21):
        await clinic.hear(trace_of([9.5], start=T0 + (26 + n) * MINUTE))
        await desk.tell(1)
    assert len(desk.sms.messages) == 3  # at once, after ten minutes, after twenty


async def test_what_was_held_over_night_and_still_goes_on_is_said_in_the_morning(clinic: Clinic):
    morning = T0 + 20 * 60 * MINUTE + 20 * MINUTE  # 07:00; T0 is 10:40
    clinic.now = morning - 4 * 60 * MINUTE
    silent = NewObservation(
        kind=Kind.SILENCE, subject="gw-1/a", severity=Severity.WARNING, start=clinic.now, seen_at=clinic.now, detail={},
        waits_at_night=True,
    )  # fmt: skip
    async with clinic.archive.writing() as tx:
        await cases.observe(tx, silent)
        await follow(tx, clinic.now)
    desk = Desks(clinic, UntilMorning(morning))
    for _ in range(23):
        await desk.tell(10)
    assert (clinic.now < morning, desk.called) == (True, [])
    await desk.tell(10)
    await desk.tell(10)
    assert desk.called == ["voice +861"]


class UntilMorning(Ladder):
    """Somebody who may be woken for nothing that can wait."""

    def __init__(self, morning: int) -> None:
        super().__init__()
        self.morning = morning

    async def __call__(self, tx: Tx, alarms: Sequence[Alarm], at: int) -> dict[int, list[Level]]:
        return {each.id: [level(1, 0, person(1, "voice", quiet=at < self.morning))] for each in alarms}


# -- one of several fails --------------------------------------------------------------------------------------------------


async def test_of_several_sent_together_the_next_way_follows_only_for_whom_it_failed(clinic: Clinic):
    people = [person(number, "sms", "voice") for number in (1, 2, 3)]
    desk = Desks(clinic, Ladder(level(1, 0, *people)))
    desk.sms = Fussy("+862", name="sms", wakes=False)
    desk.ways["sms"] = desk.sms
    await ring(clinic)
    await desk.tell()
    assert desk.called == ["voice +862", "sms +861", "sms +863"]
    assert sorted(await tried(clinic)) == [
        ("sms", "refused", ["refused"]), ("sms", "told", ["accepted"]), ("sms", "told", ["accepted"]),
        ("voice", "told", ["accepted"]),
    ]  # fmt: skip


class Fussy(Loudspeaker):
    """… that does not take one of the addresses."""

    def __init__(self, but: str, **more: object) -> None:
        super().__init__(**more)  # type: ignore[arg-type] # as a loudspeaker's
        self.but = but

    async def send(self, message: Message) -> Answer:
        if message.address == self.but:
            return Answer(Verdict.REFUSED, "isv.MOBILE_NUMBER_ILLEGAL", "not this one")
        return await super().send(message)


# -- the database is gone in mid-send --------------------------------------------------------------------------------------


class Cut(Loudspeaker):
    """A provider that takes the message; at that moment the database's power is cut."""

    def __init__(self, server: Postgres) -> None:
        super().__init__(name="voice")
        self.server = server

    async def send(self, message: Message) -> Answer:
        answer = await super().send(message)
        await asyncio.to_thread(self.server.kill)
        return answer


@pytest.fixture
async def power(parts_folder: Path, series: Series) -> AsyncIterator[tuple[Postgres, Archive, Clinic]]:
    """A PostgreSQL whose power may be cut, with a clinic."""
    with postgres_server(Path(tempfile.mkdtemp(dir=parts_folder))) as server:
        url = server.url()
        await asyncio.to_thread(migrate, url)
        async with open_archive(settings_of(url)) as archive, opened_clinic(archive, series) as clinic:
            yield server, archive, clinic


@pytest.mark.parametrize("is_known", [True, False], ids=["the provider can be asked", "nobody can be asked"])
async def test_a_database_that_goes_in_mid_send_loses_no_message_and_doubles_it_once_at_most(
    power: tuple[Postgres, Archive, Clinic], is_known: bool
):
    server, archive, clinic = power
    desk = Desks(clinic, ONCE)
    desk.voice = desk.ways["voice"] = Cut(server)
    await ring(clinic)
    with pytest.raises(Unavailable):
        await desk.tell()
    with pytest.raises(Unavailable):
        await desk.tell(0.1)
    await asyncio.to_thread(server.start)
    desk.voice = desk.ways["voice"] = Loudspeaker(name="voice")
    [begun] = await notices(clinic)
    assert (begun.state, begun.verdict) == ("claimed", "unknown")
    if is_known:
        desk.voice.known = [Receipt("voice", State.DELIVERED, clinic.now, "id-1", receipts.out_id(begun.id))]
    await desk.tell(CLAIM_S / 60)
    await desk.tell(1)
    assert desk.called == ([] if is_known else ["voice +861"])  # the first went out before the cut
    assert await tried(clinic) == [("voice", "told", ["unknown", "accepted"])]
    assert await is_told_true(archive)
