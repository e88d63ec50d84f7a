"""The guard on a real spool, with files for its siren and a modem's spool that the test serves by hand."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from coldchain import wire
from gateway.clockwatch import Clockwatch, Learned, Source
from gateway.guard import guard as guard_module
from gateway.guard.guard import Guard, hush_file
from gateway.guard.ledger import Ledger
from gateway.guard.settings import GuardSection
from gateway.settings import GatewaySettings
from gateway.spool import Spool, open_spool
from gateway.spoolfile import Stamped
from tests.gateway.parts import NOON, HandClock, settings_in, until
from tests.parts.smsd import FOLDERS

SERIES = "28ff.1/temperature"
NURSE, DESK = "13800138000", "13900139000"
MINUTE = 60_000


@dataclass
class Line:
    """The uplink as far as the guard asks: how long it has been silent."""

    silent: float = 0.0
    hurried: int = 0

    def silent_s(self) -> float:
        return self.silent

    def hurry(self) -> None:
        self.hurried += 1


@dataclass
class Box:
    """A guarded box. `feed` is a minute of readings; `serve` is smsd's work, done by hand."""

    settings: GatewaySettings
    spool: Spool
    hand: HandClock
    guard: Guard
    line: Line
    sms: Path
    gpio: Path
    said: list[wire.Told] = field(default_factory=list)

    def feed(self, *values: float | None, fault: int = 0) -> None:
        for value in values:
            self.hand.ticks += MINUTE
            time = NOON + self.hand.ticks
            self.guard.take(Stamped(SERIES, self.hand.ticks, time, value, fault))

    def waiting(self) -> dict[str, str]:
        """number → text of what waits for smsd."""
        found = {}
        for path in (self.sms / "outgoing").iterdir():
            head, _, body = path.read_bytes().partition(b"\n\n")
            found[head.decode().split("\n")[0].removeprefix("To: 86")] = body.decode("utf-16-be")
        return found

    def serve(self, folder: str = "sent", extra: str = "Message_id: 117 .\n") -> None:
        for path in list((self.sms / "outgoing").iterdir()):
            head, _, body = path.read_bytes().partition(b"\n\n")
            path.write_bytes(head + b"\n" + extra.encode() + b"\n" + body)
            path.rename(self.sms / folder / path.name)

    async def told(self) -> list[tuple[str, str, str, str]]:
        """(way, act, person, answer) of all that rode in batches so far."""
        while (seq := await self.spool.form("oldest", 10**6, 1000, NOON)) is not None:
            payload = await self.spool.payload(seq)
            assert payload is not None
            self.said += wire.decode_batch(payload).told
            await self.spool.settle([seq], {})
        return [(one.way, one.act, one.person, one.answer) for one in self.said]

    async def until_told(self, *event: str) -> None:
        async with asyncio.timeout(60):
            while event not in await self.told():
                await asyncio.sleep(0.02)

    def level(self, name: str) -> str:
        return (self.gpio / name).read_text()


def section(folder: Path, **more: object) -> GuardSection:
    sms = {"spool": folder / "sms", "look_every_s": 0.01, "deadline_s": 5}
    people = [{"name": "张护士", "number": NURSE}, {"name": "县疾控", "number": DESK}]
    siren = {"kind": "gpio", **{name: folder / "gpio" / name for name in ("buzzer", "light", "button")}}
    limit = [{"channel": SERIES, "name": "1号冰箱", "low": 2.0, "high": 8.0, "patience_min": 2}]
    return GuardSection.model_validate({"limit": limit, "person": people, "siren": siren, "modem": sms} | more)


@asynccontextmanager
async def guarded(
    folder: Path, *, silent: float = 1000.0, boot: str = "boot-1", knows_time: bool = True, **more: object
) -> AsyncIterator[Box]:
    for name in FOLDERS:
        (folder / "sms" / name).mkdir(parents=True, exist_ok=True)
    (folder / "gpio").mkdir(exist_ok=True)
    for name in ("buzzer", "light", "button"):
        (folder / "gpio" / name).write_text("0")
    hand, line, watched = HandClock(), Line(silent), section(folder, **more)
    settings = settings_in(folder)
    async with open_spool(settings.gateway, hand.boot(boot)) as spool:
        watch = Clockwatch(Learned(NOON, Source.NTP) if knows_time else None)
        if watch.learned:
            await spool.learn(watch.learned)
        ledger = Ledger(spool, hand.boot(boot), watch)
        guard = Guard(watched, 60.0, ledger, line, hush_file(settings.gateway.spool))
        running = asyncio.create_task(guard.run())
        try:
            yield Box(settings, spool, hand, guard, line, folder / "sms", folder / "gpio")
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard_module, "LOOK_EVERY_S", 0.01)


async def test_beyond_patience_it_sounds_and_tells_each_person_once(tmp_path: Path):
    async with guarded(tmp_path) as box:
        box.feed(9.0, 9.1, 9.2)
        await until(lambda: len(box.waiting()) == 2)
        assert box.waiting()[NURSE] == "【冷链】1号冰箱9.2℃，高于8℃已2分钟。网络中断，网关自报。前往请回复1"
        await until(lambda: (box.level("buzzer"), box.level("light")) == ("1", "1"))
        box.serve()
        await box.until_told("modem", "begin", "张护士", "accepted")
        await box.until_told("modem", "begin", "县疾控", "accepted")
        box.feed(9.3, 9.4)
        await asyncio.sleep(0.1)
        assert box.waiting() == {}
        begun = [one for one in box.said if one.act == "begin"]
        assert {one.anchor for one in begun} == {NOON + 1_000 + MINUTE}
        assert box.line.hurried > 0


async def test_while_the_collector_answers_it_is_silent(tmp_path: Path):
    async with guarded(tmp_path, silent=10.0) as box:
        box.feed(9.0, 9.1, 9.2, 9.3)
        await asyncio.sleep(0.1)
        assert box.waiting() == {}
        assert box.level("buzzer") == "0"
        box.line.silent = 601.0
        await until(lambda: len(box.waiting()) == 2)


async def test_where_it_is_set_it_sounds_at_once_and_texts_only_alone(tmp_path: Path):
    async with guarded(tmp_path, silent=0.0, sounds="at_once") as box:
        box.feed(9.0, 9.1, 9.2)
        await until(lambda: box.level("buzzer") == "1")
        assert box.waiting() == {}
        await box.until_told("siren", "begin", "", "accepted")


async def test_before_patience_nothing_is_said_and_a_good_reading_begins_anew(tmp_path: Path):
    async with guarded(tmp_path) as box:
        box.feed(9.0, 9.1, 7.9, 9.0, 9.1, 4.0)
        box.feed(None, 85.0, fault=2)
        await asyncio.sleep(0.1)
        assert box.waiting() == {}
        assert await box.told() == []


async def test_the_end_is_told_to_whom_it_reached_and_the_siren_is_off(tmp_path: Path):
    async with guarded(tmp_path) as box:
        box.feed(1.0, 0.9, -0.5)
        await until(lambda: len(box.waiting()) == 2)
        assert "低于2℃" in box.waiting()[DESK]
        (box.sms / "outgoing" / _of(box, DESK)).unlink()
        box.serve()
        await box.until_told("modem", "begin", "张护士", "accepted")
        await box.until_told("modem", "begin", "县疾控", "unknown")
        box.feed(4.0)
        await until(lambda: list(box.waiting()) == [NURSE])
        assert box.waiting()[NURSE] == "【冷链】1号冰箱已恢复：4.0℃，此前超限2分钟。"
        assert (box.level("buzzer"), box.level("light")) == ("0", "0")
        box.serve()
        await box.until_told("modem", "over", "张护士", "accepted")


def _of(box: Box, number: str) -> str:
    paths = (box.sms / "outgoing").iterdir()
    return next(path.name for path in paths if f"86{number}".encode() in path.read_bytes())


async def test_it_repeats_until_somebody_is_on_the_way(tmp_path: Path):
    async with guarded(tmp_path, repeat_min=5) as box:
        box.feed(9.0, 9.1, 9.2)
        await _round(box, "begin")
        box.feed(*[9.3] * 5)
        await until(lambda: len(box.waiting()) == 2)
        assert "仍9.3℃" in box.waiting()[NURSE]
        await _round(box, "again")
        (box.sms / "incoming" / "GSM1.a").write_bytes(_reply("8613800138000", "1 马上到"))
        await box.until_told("modem", "again", "张护士", "replied")
        assert [one.words for one in box.said if one.answer == "replied"] == ["1 马上到"]
        await until((box.sms / "read" / "GSM1.a").exists)
        box.feed(*[9.3] * 20)
        await asyncio.sleep(0.1)
        assert box.waiting() == {}


async def _round(box: Box, act: str) -> None:
    await until(lambda: len(box.waiting()) == 2)
    box.serve()
    await box.until_told("modem", act, "张护士", "accepted")
    await box.until_told("modem", act, "县疾控", "accepted")


def _reply(number: str, text: str) -> bytes:
    return f"From: {number}\nAlphabet: UCS2\n\n".encode() + text.encode("utf-16-be")


async def test_a_text_of_a_stranger_changes_nothing(tmp_path: Path):
    async with guarded(tmp_path, repeat_min=5) as box:
        box.feed(9.0, 9.1, 9.2)
        await _round(box, "begin")
        (box.sms / "incoming" / "GSM1.b").write_bytes(_reply("8613700137000", "1"))
        await until((box.sms / "read" / "GSM1.b").exists)
        box.feed(*[9.3] * 5)
        await until(lambda: len(box.waiting()) == 2)


async def test_its_receipt_is_told_once(tmp_path: Path):
    async with guarded(tmp_path, person=[{"name": "张护士", "number": NURSE}]) as box:
        box.feed(9.0, 9.1, 9.2)
        await until(lambda: len(box.waiting()) == 1)
        box.serve()
        report = "SMS STATUS REPORT\nMessage_id: 117\nStatus: 0,Ok"
        (box.sms / "report" / "GSM1.c").write_text(f"From: 86{NURSE}\n\n{report}")
        await box.until_told("modem", "begin", "张护士", "delivered")
        await asyncio.sleep(0.1)
        assert [one.answer for one in box.said if one.way == "modem"] == ["accepted", "delivered"]


@pytest.mark.parametrize("how", ["button", "command"])
async def test_hushed_the_buzzer_is_off_and_the_light_stays(tmp_path: Path, how: str):
    async with guarded(tmp_path) as box:
        box.feed(9.0, 9.1, 9.2)
        await until(lambda: box.level("buzzer") == "1")
        if how == "button":
            (box.gpio / "button").write_text("1\n")
        else:
            hush_file(box.settings.gateway.spool).touch()
        await until(lambda: box.level("buzzer") == "0")
        assert box.level("light") == "1"
        await box.until_told("siren", "begin", "", "hushed")


async def test_a_siren_that_cannot_be_switched_is_told_and_the_texts_go(tmp_path: Path):
    async with guarded(tmp_path, siren={"kind": "gpio", "buzzer": tmp_path / "gone" / "value"}) as box:
        box.feed(9.0, 9.1, 9.2)
        await until(lambda: len(box.waiting()) == 2)
        await box.until_told("siren", "begin", "", "broken")


async def test_a_number_that_the_network_refuses_is_told_and_not_tried_again(tmp_path: Path):
    async with guarded(tmp_path) as box:
        box.feed(9.0, 9.1, 9.2)
        await until(lambda: len(box.waiting()) == 2)
        box.serve("failed", "Fail_reason: +CMS ERROR: 21 (rejected)\n")
        await box.until_told("modem", "begin", "张护士", "refused")
        await asyncio.sleep(0.1)
        assert box.waiting() == {}


async def test_a_new_boot_goes_on_with_the_case_and_its_texts(tmp_path: Path):
    async with guarded(tmp_path) as box:
        box.feed(9.0, 9.1, 9.2)
        await until(lambda: len(box.waiting()) == 2)
        anchor = NOON + 1_000 + MINUTE
    for path in (tmp_path / "sms" / "outgoing").iterdir():
        path.unlink()  # the card lost them
    async with guarded(tmp_path, boot="boot-2") as box:
        await until(lambda: len(box.waiting()) == 2)
        box.serve()
        await box.until_told("modem", "begin", "张护士", "accepted")
        box.feed(9.5, 9.5, 9.5)
        await asyncio.sleep(0.1)
        assert box.waiting() == {}
        assert {one.anchor for one in box.said if one.way == "modem"} == {anchor}
        box.feed(4.0)
        await until(lambda: len(box.waiting()) == 2)


async def test_what_was_said_before_the_time_was_known_gets_its_time(tmp_path: Path):
    async with guarded(tmp_path, knows_time=False) as box:
        for value in (9.0, 9.1, 9.2):
            box.hand.ticks += MINUTE
            box.guard.take(Stamped(SERIES, box.hand.ticks, None, value, 0))
        await until(lambda: len(box.waiting()) == 2)
        box.serve()
        await asyncio.sleep(0.2)
        assert await box.told() == []
        await box.spool.learn(Learned(NOON, Source.ACK))
        await box.until_told("modem", "begin", "张护士", "accepted")
        assert {one.anchor for one in box.said} == {NOON + 1_000 + MINUTE}


async def test_of_a_boot_that_never_learned_the_time_it_rides_with_its_ticks(tmp_path: Path):
    async with guarded(tmp_path, knows_time=False, modem=None, person=[]) as box:
        for value in (9.0, 9.1, 9.2):
            box.hand.ticks += MINUTE
            box.guard.take(Stamped(SERIES, box.hand.ticks, None, value, 0))
        await until(lambda: box.level("buzzer") == "1")
        await asyncio.sleep(0.1)
    async with guarded(tmp_path, boot="boot-2", modem=None, person=[]) as box:
        seq = await box.spool.form_undated(100, NOON)
        assert seq is not None
        batch = wire.decode_batch(await box.spool.payload(seq) or b"")
        assert batch.undated
        assert batch.undated.boot == "boot-1"
        assert [(one.anchor, one.answer) for one in batch.told] == [(61_000, "accepted")]


async def test_other_channels_and_faults_are_passed_over(tmp_path: Path):
    async with guarded(tmp_path) as box:
        box.guard.take(Stamped("other/temperature", 1, NOON, 30.0, 0))
        box.guard.take(Stamped(SERIES, 2, NOON, 9.0, 2))
        await asyncio.sleep(0.05)
        assert await box.told() == []
