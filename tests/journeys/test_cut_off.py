"""A clinic that nobody hears: its gateway tells its people by a modem, and the server goes on from there when it is back.

logger (pty) ─► gateway ─► its guard ─► smsd ─► modem (pty) ─► the nurse ─► „1 90“ ─┐
                   └─ ✂ ─► mosquitto ─► collector ─► influxd ─► alerting ◄──────────┘ story, taking, nobody told twice
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import pytest

from coldchain.excursion import AlarmState, Kind
from firmware_sim.cable import Cable
from firmware_sim.device.ascii_logger import AsciiLogger
from tests.journeys.county import MINUTE, Clinic, Person, at_hour, county, step
from tests.parts.mosquitto import mosquitto_broker
from tests.parts.smsd import texting

pytestmark = [pytest.mark.journey, pytest.mark.timeout(240)]

SPEED = 30.0  # two minutes of theirs are four seconds
LOGGER = "28ff0001"


class Wired(Clinic):
    """A clinic whose probe hangs on a logger's first input."""

    def channel(self, quantity: str) -> str:
        probe = f"{LOGGER}.1" if quantity == "temperature" else LOGGER
        return f"gw-{self.n}/{probe}/{quantity}"


CLINIC = Wired(1)
NURSE = Person("李护士", "keeper", "13800000001", CLINIC.code)
DEPUTY = Person("王大夫", "deputy", "13800000002", CLINIC.code)
HEAD = Person("陈院长", "head", "13800000003", CLINIC.code)
LEVELS = [step(0, "keeper deputy", "voice"), step(15, "head", "sms")]

GATEWAY_TOML = f"""
[broker]
host = "127.0.0.1"
port = {{port}}
timeout_s = 3
[gateway]
name = "gw-1"
spool = "{{folder}}/spool.sqlite"
send_every_s = 0.5
ack_timeout_s = 2
[[bus]]
name = "logger"
kind = "serial-ascii"
port = "{{folder}}/tty-logger"
[guard]
down_after_s = 4
[[guard.limit]]
channel = "{LOGGER}.1/temperature"
name = "1号冰箱"
low = 2.0
high = 8.0
patience_min = 3
[[guard.person]]
name = "{NURSE.name}"
number = "{NURSE.number}"
[guard.modem]
spool = "{{sms}}"
look_every_s = 0.1
deadline_s = 40
"""


@dataclass
class Fridge:
    """What the probe says now."""

    celsius: float = 5.0

    def fields(self) -> dict[str, str]:
        return {"T1": f"{self.celsius:+.2f}", "P1": "1"}


@asynccontextmanager
async def clinic_alone(folder, broker, influx):
    """The county's services, the clinic's gateway with its logger and its modem."""
    async with AsyncExitStack() as stack:
        sms = await stack.enter_async_context(texting(folder))
        line = await stack.enter_async_context(Cable(folder / "tty-logger"))
        settings = folder / "gateway.toml"
        settings.write_text(GATEWAY_TOML.format(port=broker.port, folder=folder, sms=sms.smsd.spool), encoding="utf-8")
        running = await stack.enter_async_context(
            county(
                folder, broker, [CLINIC], [NURSE, DEPUTY, HEAD], LEVELS, start=at_hour(3), speed=SPEED, influx=influx
            )
        )
        running.gateway = "gw-1"
        running.environ |= {"COLDCHAIN_SETTINGS": str(settings)}
        running.start("gateway")
        del running.environ["COLDCHAIN_SETTINGS"]
        for name in ("collector", "alerting"):
            running.start(name)
        fridge = Fridge()
        logger = AsciiLogger(LOGGER, fridge.fields)
        saying = asyncio.create_task(logger.run(line.device_path, lambda: asyncio.sleep(1.0)))
        try:
            yield running, fridge, sms.air
        finally:
            saying.cancel()
            await asyncio.gather(saying, return_exceptions=True)


@pytest.fixture
def folder(parts_folder):
    """A short path: the link to a pty and the name of a socket must fit."""
    path = parts_folder / "alone"
    path.mkdir()
    return path


async def test_the_nurse_whom_her_gateway_told_is_awaited_and_not_told_again(folder, influx):
    with mosquitto_broker(folder / "broker", ["gw-1"]) as broker:
        async with clinic_alone(folder, broker, influx.settings()) as (running, fridge, air):
            await running.until(_is_stored(running), "the first readings")
            broker.stop()
            fridge.celsius = 16.0
            await running.until(_texted(air), "a text by the modem")
            [(number, text)] = air.network.texts()
            assert (number, text.startswith("【冷链】1号冰箱16.0℃")) == (f"86{NURSE.number}", True)
            air.hears(number, "1 90")
            await running.until(_said(running, "replied"), "her answer at the gateway")
            await running.until(_said(running, "delivered"), "the receipt at the gateway")
            assert await running.alarms() == []
            broker.start()
            await running.until(lambda: _taken(running), "an alarm that is taken")
            await running.until(running.is_quiet, "nothing waits")
            await _she_goes_and_heard_of_it_once(running)
            assert len(air.network.texts()) == 1


def _is_stored(running) -> Callable[[], Awaitable[bool]]:
    async def is_so():
        return bool(len(await running.series.read(CLINIC.channel("temperature"), 0, 2**42)))

    return is_so


def _texted(air) -> Callable[[], Awaitable[bool]]:
    async def is_so():
        return bool(air.network.texts())

    return is_so


def _said(running, answer) -> Callable[[], Awaitable[bool]]:
    async def is_so():
        return f"modem begin: {answer}" in running.log("gateway")

    return is_so


async def _heat(running):
    return [alarm for alarm in await running.alarms() if alarm.kind == Kind.HEAT]


async def _taken(running):
    return [alarm for alarm in await _heat(running) if alarm.state == AlarmState.TAKEN]


async def _she_goes_and_heard_of_it_once(running):
    """What the gateway said, her receipt and her answer stand in the story; the server told the deputy, and nobody further on."""
    [alarm] = await _heat(running)
    assert alarm.taken_by == NURSE.name
    found = await running.story(alarm.id)
    assert {(each.way, each.answer) for each in found.at_edge} == {
        ("modem", "accepted"), ("modem", "delivered"), ("modem", "replied")
    }  # fmt: skip
    [reply] = found.replies
    assert (reply.person, reply.text, reply.outcome, reply.provider) == (NURSE.name, "1 90", "going", "modem")
    assert abs(alarm.eta_at - (reply.at + 90 * MINUTE)) <= MINUTE
    told = {found.names[m.notice.person]: (m.notice.state, len(m.attempts)) for m in found.messages if m.notice.level}
    assert told[NURSE.name] == ("told", 0)
    assert told[DEPUTY.name] == ("told", 1)
    assert HEAD.name not in told
    assert [each.number[-11:] for each in running.aliyun.taken] == [DEPUTY.number]
