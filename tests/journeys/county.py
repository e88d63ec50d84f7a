"""A county whose people are called: alerting and dashboards as processes, providers' fakes over HTTP, a clock that runs ahead.

    readings (the test, as a collector writes them) ─► series, arrival journal ─► alerting ─► HTTP ─► fakes of Aliyun and Tencent
                                                                          archive ◄─ dashboards ◄─ what they push, what people answer

One minute of the county's is a second of the test's, or as the test says; fakes count their limits by the county's clock.
"""

import asyncio
import itertools
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from alerting.excursion.policy import SHIPPED
from coldchain import clock
from coldchain.archive import imports, views
from coldchain.archive.audit import By
from coldchain.archive.county import county_of
from coldchain.archive.db import Archive, open_archive
from coldchain.archive.duty import policies
from coldchain.archive.duty.policies import NewPolicy
from coldchain.archive.tables import Alarm, Notice, Transition
from coldchain.archive.telling import notices
from coldchain.archive.telling.story import Story, story
from coldchain.clock import Scale
from coldchain.reading import Trace
from coldchain.series import Series, open_series
from coldchain.settings import SeriesSettings
from coldchain.wire import Arrival, ArrivedBatch
from tests.fakes.aliyun import FakeAliyun
from tests.fakes.serving import Asked, Said, served
from tests.fakes.tencent import FakeTencent
from tests.parts.archives import on_sqlite
from tests.parts.mosquitto import Mosquitto
from tests.parts.process import answers, free_port
from tests.providers import sections

MINUTE = 60_000
SITE = ZoneInfo("Asia/Shanghai")
REGION, STORE = "519900000000", "51990099"
TOKEN = "a-token-of-tests"
PATIENCE_S = 90.0  # real; a busy machine is slow to start a process


class Aliyun(FakeAliyun):
    """… in the county's time."""

    scale: Scale

    async def answer(self, asked: Asked) -> Said:
        self.now = self.scale.at(clock.wall()) / 1000
        return await super().answer(asked)

    def last(self, number: str) -> int:
        """Which message or call went to a number last; -1: none."""
        return max((n for n, each in enumerate(self.taken) if each.number == number), default=-1)


class Tencent(FakeTencent):
    """… in the county's time."""

    scale: Scale

    async def answer(self, asked: Asked) -> Said:
        self.now = self.scale.at(clock.wall()) / 1000
        return await super().answer(asked)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a post and a mobile phone."""

    name: str
    post: str
    number: str
    facility: str


@dataclass(frozen=True, slots=True)
class Clinic:
    """A facility with one refrigerator, its probe and its plug."""

    n: int
    feeder: str = ""

    @property
    def code(self) -> str:
        return f"519900{self.n:02d}"

    @property
    def fridge(self) -> str:
        return f"F{self.n}"

    def channel(self, quantity: str) -> str:
        return f"gw-{self.n}/28ff{self.n:04d}/{quantity}"


def file_of(clinics: Sequence[Clinic], people: Sequence[Person], start: int) -> str:
    """The county as `coldchain import` takes it."""
    facilities: list[dict[str, Any]] = [
        {"code": each.code, "region": REGION, "name_zh": f"第{each.n}卫生院", "name_en": f"Clinic {each.n}",
         "short_zh": f"{each.n}院", "kind": "township_clinic", "gateway": f"gw-{each.n}", "feeder": each.feeder}
        for each in clinics
    ]  # fmt: skip
    facilities.append({"code": STORE, "region": REGION, "name_zh": "县疾控中心", "name_en": "County centre",
                       "short_zh": "县疾控", "kind": "county_store"})  # fmt: skip
    channels = [
        {"name": each.channel(quantity), "equipment": each.fridge, "start": start}
        | ({"compartment": "cold"} if quantity == "temperature" else {})
        for each in clinics
        for quantity in ("temperature", "power")
    ]
    return json.dumps(
        {
            "regions": [{"code": REGION, "level": 3, "name_zh": "清江县", "name_en": "Qingjiang County"}],
            "facilities": facilities,
            "persons": [
                {"name": each.name, "facility": each.facility, "post": each.post, "phone": f"+86{each.number}"}
                for each in people
            ],
            "posts": [
                {"facility": each.facility, "person": each.name, "post": each.post, "start": start} for each in people
            ],
            "equipment": [
                {"code": each.fridge, "facility": each.code, "name_zh": "一号冰箱", "name_en": "Fridge 1",
                 "short_zh": "一号", "type": "domestic_fridge"}
                for each in clinics
            ],
            "compartments": [
                {"equipment": each.fridge, "name": "cold", "name_zh": "冷藏", "name_en": "cold", "purpose": "vaccine",
                 "profile": "2-8"}
                for each in clinics
            ],
            "channels": channels,
        }
    )  # fmt: skip


def step(after_min: int, members: str, channels: str, *, severity: str = "critical") -> dict[str, Any]:
    """A level of a policy, said once; `members` and `channels` are words in a row."""
    return {"severity": severity, "after_min": after_min, "members": members.split(), "channels": channels.split(),
            "repeat_min": 0, "receipt_min": 60}  # fmt: skip


@dataclass
class County:
    """The running county: `start`, `kill` its services; `say` what its probes say; `until` something is so."""

    folder: Path
    archive: Archive
    series: Series
    scale: Scale
    aliyun: Aliyun
    tencent: Tencent
    environ: dict[str, str]
    port: int
    gateway: str = ""  # where one of them is a process too
    processes: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def now(self) -> int:
        """The county's time."""
        return self.scale.at(clock.wall())

    def start(self, name: str, crash_at: str = "") -> "subprocess.Popen[bytes]":
        """Start a service, to die at a named point if asked."""
        with (self.folder / f"{name}.log").open("ab") as log:
            user = self.gateway if name == "gateway" else name
            environ = self.environ | {"COLDCHAIN_BROKER__USER": user, "COLDCHAIN_BROKER__PASSWORD": user[::-1]}
            environ |= {"COLDCHAIN_CRASH_AT": crash_at} if crash_at else {}
            command = [sys.executable, "-m", "coldchain", name]
            self.processes[name] = subprocess.Popen(command, env=environ, stdout=log, stderr=log)
        return self.processes[name]

    async def stop(self) -> None:
        """Stop all services, together."""
        for process in self.processes.values():
            process.terminate()
        await asyncio.gather(*(asyncio.to_thread(process.wait, 20) for process in self.processes.values()))

    async def died(self, name: str) -> int:
        """How a service ended, once it has."""
        return await asyncio.to_thread(self.processes[name].wait, PATIENCE_S)

    def log(self, name: str = "alerting") -> str:
        """What a service has written."""
        path = self.folder / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    async def say(self, *traces: Trace) -> None:
        """Readings become durable, then their arrival; so a collector does it."""
        await self.series.write(list(traces))
        number = next(self.numbers)
        batches = [
            ArrivedBatch(trace.channel.partition("/")[0], "ab" * 16, number, [trace.channel], trace.t[0], trace.t[-1],
                         "cd" * 32)
            for trace in traces
        ]  # fmt: skip
        await self.series.write_arrivals([Arrival("main", 7, number, batches)])

    @asynccontextmanager
    async def saying(self, values: Mapping[str, float]) -> AsyncIterator[None]:
        """Channels go on saying these values, once a minute of the county's; `values` may change meanwhile."""
        task = asyncio.create_task(self._go_on(values))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _go_on(self, values: Mapping[str, float]) -> None:
        last = self.now
        while True:
            await asyncio.sleep(0.3)
            times = list(range(last + MINUTE, self.now, MINUTE))
            if times:
                last = times[-1]
                await self.say(
                    *(trace_of(channel, [value] * len(times), times[0]) for channel, value in values.items())
                )

    async def until(self, is_so: Callable[[], Awaitable[object]], what: str) -> None:
        """Wait until something is so."""
        deadline = clock.monotonic() + PATIENCE_S
        while not await is_so():
            dead = [name for name, process in self.processes.items() if process.poll() is not None]
            assert not dead, f"{dead} died: {self.log(dead[0])[-3000:]}"
            assert clock.monotonic() < deadline, f"not within {PATIENCE_S:g} s: {what}\n{self.log()[-3000:]}"
            await asyncio.sleep(0.1)

    async def alarms(self) -> list[Alarm]:
        """All alarms, the first first."""
        async with self.archive.reading() as tx:
            return sorted((each.alarm for each in await views.alarms(tx, None, 500)), key=lambda alarm: alarm.id)

    async def whys(self, alarm: int) -> list[str]:
        """An alarm's arrows."""
        async with self.archive.reading() as tx:
            return [each.why for each in await views.transitions(tx, [alarm])]

    async def story(self, alarm: int) -> Story:
        """All that was said about an alarm."""
        async with self.archive.reading() as tx:
            return await story(tx, alarm)

    async def is_quiet(self) -> bool:
        """Nothing is waiting to be told, or on its way, and nothing has happened of which nobody made a message yet."""
        async with self.archive.reading() as tx:
            pending = select(Notice.id).where(Notice.state.in_(notices.PENDING)).limit(1)
            unsaid = select(Transition.id).where(Transition.expanded.is_(False)).limit(1)
            return await tx.scalar(pending) is None and await tx.scalar(unsaid) is None

    async def hears(self) -> bool:
        """The dashboards can be called."""
        return await asyncio.to_thread(answers, self.port)

    async def push(self, by: Aliyun | Tencent, channel: str, body: bytes) -> None:
        """A provider calls the dashboards, until it is answered in time, and once more: duplicates are usual."""
        url = f"http://127.0.0.1:{self.port}/callbacks/{channel}/{TOKEN}"
        await self.until(lambda: by.push(url, body, times=2), f"an answer to {channel}")


def trace_of(channel: str, values: Sequence[float], start: int) -> Trace:
    """A value a minute."""
    return Trace(channel, [start + MINUTE * n for n in range(len(values))], list(values), [0] * len(values))


def at_hour(hour: int, minute: int = 0) -> int:
    """That hour of some day at the site, some days ago; weekdays and seasons do not matter here."""
    day = datetime.fromtimestamp(clock.wall() / 1000, SITE) - timedelta(days=3)
    return round(day.replace(hour=hour, minute=minute, second=0, microsecond=0).timestamp() * 1000)


# Who hears of lost mains after five minutes, by day and by night: these county's people want to carry the vaccine away.
FIVE_MINUTES = ('after_min = 480\nseverity = "warning"\nat_night = "wait"', 'after_min = 5\nseverity = "warning"')


@asynccontextmanager
async def county(
    folder: Path, broker: Mosquitto, clinics: Sequence[Clinic], people: Sequence[Person],
    steps: Sequence[Mapping[str, Any]], *, start: int, speed: float = 60.0, influx: SeriesSettings | None = None,
) -> AsyncIterator[County]:  # fmt: skip
    """Everything but the services, which the test starts; they are stopped on leaving. On InfluxDB a collector writes."""
    scale = Scale(clock.wall(), start, speed)
    archive_settings, port = on_sqlite(folder), free_port()
    aliyun, tencent = Aliyun(), Tencent()
    aliyun.scale = tencent.scale = scale
    told = (SHIPPED / "default.toml").read_text(encoding="utf-8")
    assert FIVE_MINUTES[0] in told
    (folder / "policy.toml").write_text(told.replace(*FIVE_MINUTES), encoding="utf-8")
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(served(aliyun))
        await stack.enter_async_context(served(tencent))
        archive = await stack.enter_async_context(open_archive(archive_settings))
        store = influx or SeriesSettings(path=folder / "series.sqlite")
        series = await stack.enter_async_context(open_series(store, writer=influx is None))
        by = By("tests", start - 40 * 24 * 60 * MINUTE)
        await imports.import_county(archive, county_of(file_of(clinics, people, by.at)), by)
        content = {"title": "of the county", "source": "of tests", "steps": list(steps),
                   "quiet": {"from": "22:00", "until": "07:00"}}  # fmt: skip
        async with archive.writing() as tx:
            await policies.enter(tx, NewPolicy(content=content, start=by.at, region=REGION), by)
        environ = _environ(folder, broker, archive_settings.url.get_secret_value(), scale, port)
        environ |= _series(store) | _channels(aliyun, tencent, speed)
        running = County(folder, archive, series, scale, aliyun, tencent, environ, port)
        stack.push_async_callback(running.stop)
        yield running


def _environ(folder: Path, broker: Mosquitto, archive: str, scale: Scale, port: int) -> dict[str, str]:
    return os.environ | {
        clock.VARIABLE: scale.text(),
        "COLDCHAIN_BROKER__PORT": str(broker.port),
        "COLDCHAIN_ARCHIVE__URL": archive,
        "COLDCHAIN_ALERTING__POLICY": str(folder / "policy.toml"),
        "COLDCHAIN_ALERTING__SWEEP_S": "0.3",
        "COLDCHAIN_ALERTING__LEASE_S": "1.5",
        "COLDCHAIN_ALERTING__CLAIM_S": "5",
        "COLDCHAIN_DRILLS__MONTHLY": "false",
        "COLDCHAIN_DEADMAN__DESK_PATH": str(folder / "desk.json"),
        "COLDCHAIN_DASHBOARDS__PORT": str(port),
    }


def _series(store: SeriesSettings) -> dict[str, str]:
    names = ("kind", "path", "url", "org", "bucket")
    return {f"COLDCHAIN_SERIES__{name.upper()}": str(getattr(store, name)) for name in names}


def _channels(aliyun: Aliyun, tencent: Tencent, speed: float) -> dict[str, str]:
    """`[channels]` for both services; a call's limit is one a minute, of the county's."""
    mine: dict[str, Any] = {"timeout_s": 5.0, "callback_token": TOKEN}
    a_minute = {"limits": [{"times": 1, "within_s": 60 / speed}]}
    ways = {
        "aliyun_sms": sections.ALIYUN_SMS | sections.ALIYUN | {"url": aliyun.url},
        "aliyun_voice": sections.ALIYUN_VOICE | sections.ALIYUN | {"url": aliyun.url} | a_minute,
        "tencent_sms": sections.TENCENT_SMS | sections.TENCENT | {"url": tencent.url} | a_minute,
    }
    return {f"COLDCHAIN_CHANNELS__{name.upper()}": json.dumps(section | mine) for name, section in ways.items()}
