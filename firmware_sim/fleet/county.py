"""A scenario's gateways on the broker: its history as fast as it is acknowledged, then live by the domain clock.

A gateway sends once a minute, and at once when a door or the mains changes. How far each has come is remembered in one
small file, so that a restarted county goes on where it stood: the same seed gives the same readings again.
"""

import asyncio
import contextlib
import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from coldchain import clock
from coldchain.errors import BadInput
from coldchain.settings import BrokerSettings
from firmware_sim import faults
from firmware_sim.faults import FaultKind
from firmware_sim.fleet import measured
from firmware_sim.fleet.load import broker_of
from firmware_sim.fleet.measured import Measured
from firmware_sim.fleet.spool import MemorySpool
from firmware_sim.fleet.uplink import Uplink
from firmware_sim.installation import Installation
from firmware_sim.physics.cabinet import STEP_S
from firmware_sim.scenario import Device, Facility, Scenario

_HISTORY_BATCH_S = 7200
_LIVE_BATCH_S = 60
_REMEMBER_EVERY_S = 5.0
_GOODBYE_S = 60.0
_HISTORY_TAKES_S = 10.0  # real ones, measured for the county that comes along


@dataclass(frozen=True, slots=True)
class Story:
    """A scenario tied to the calendar, and how far each gateway's readings are stored (ms UTC)."""

    live_at_ms: int
    settled_ms: Mapping[str, int]

    def time_ms(self, at_s: int) -> int:
        """The calendar's time of a scenario second."""
        return self.live_at_ms + at_s * 1000


class Site:
    """One facility's gateway with everything behind it, in scenario time; pure but for what it is asked to step."""

    def __init__(self, scenario: Scenario, facility: Facility, story: Story) -> None:
        self.gateway = facility.gateway or ""
        self._story = story
        self._begins_s = scenario.begins_s
        self._faults = faults.of(scenario.faults, self.gateway)
        self._places = [
            (device, Installation(scenario, facility, equipment), faults.of(scenario.faults, device.id))
            for equipment in facility.equipment
            for device in equipment.devices
        ]
        self._contacts = [self._contacts_of(place) for _, place, _ in self._places]
        self._ran = [place.compressor_runs() for _, place, _ in self._places]
        self.now_s = scenario.begins_s

    def is_off(self) -> bool:
        """True while the gateway itself has no power."""
        return faults.is_struck(self._faults, FaultKind.GATEWAY_OFF, self.now_s)

    def is_cut_off(self) -> bool:
        """True while it cannot reach the broker."""
        return self.is_off() or faults.is_struck(self._faults, FaultKind.UPLINK_CUT, self.now_s)

    def step(self) -> tuple[list[Measured], bool]:
        """Move on by one step: what was measured in it, and whether it should be told at once."""
        self.now_s += STEP_S
        readings: list[Measured] = []
        urgent = False
        for number, (device, place, struck) in enumerate(self._places):
            place.advance(self.now_s)
            contacts = self._contacts_of(place)
            changed = device.kind == "cclog" and contacts != self._contacts[number]
            self._contacts[number] = contacts
            if place.is_dark() or faults.is_struck(struck, FaultKind.SILENCE, self.now_s):
                continue
            readings += self._measure(device, place, changed=changed)
            readings += self._clamped(number)
            urgent = urgent or changed  # a compressor that starts is no news
        return ([], False) if self.is_off() else (readings, urgent)

    def _measure(self, device: Device, place: Installation, *, changed: bool) -> list[Measured]:
        time_ms = self._story.time_ms(self.now_s)
        readings: list[Measured] = []
        if (self.now_s - self._begins_s) % device.interval_s == 0:
            readings += measured.temperatures(device, place, time_ms)
        if (self.now_s - self._begins_s) % measured.SLOW_S == 0:
            readings += measured.slow(device, place, time_ms)
        elif changed:
            readings += measured.contacts(device, place, time_ms)
        return readings

    def _clamped(self, number: int) -> Iterator[Measured]:
        """What the clamp tells: repeated like the contacts, and whenever the compressor starts or stops."""
        device, place, _ = self._places[number]
        ran, self._ran[number] = self._ran[number], place.compressor_runs()
        if ran != self._ran[number] or (self.now_s - self._begins_s) % measured.SLOW_S == 0:
            yield from measured.compressor(device, place, self._story.time_ms(self.now_s))

    @staticmethod
    def _contacts_of(place: Installation) -> tuple[bool, bool]:
        return place.door_open, place.mains


class Gateway:
    """A site with its spool and its uplink, kept up with the domain clock."""

    def __init__(self, site: Site, uplink: Uplink, story: Story) -> None:
        self._site = site
        self._uplink = uplink
        self._story = story
        self._settled_ms = story.settled_ms.get(site.gateway, 0)
        self._pending: list[Measured] = []
        self._flushed_s = site.now_s

    @property
    def name(self) -> str:
        """The gateway's name."""
        return self._site.gateway

    def settled_ms(self) -> int:
        """All readings up to this time are stored."""
        oldest = self._uplink.spool.oldest_ms()
        if oldest is not None:
            return max(self._settled_ms, oldest - 1)
        return max(self._settled_ms, self._story.time_ms(self._flushed_s))

    async def run(self) -> None:
        """Step through history without waiting, then with the clock; for ever."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._uplink.run(), name=f"{self.name}.uplink")
            while True:
                await self._until_due()
                readings, urgent = self._site.step()
                self._pending += [r for r in readings if r.time_ms > self._settled_ms]
                if self._site.is_cut_off() == self._uplink.is_plugged:
                    await self._switch()
                elif urgent or self._site.now_s - self._flushed_s >= self._batch_s():
                    self._flush()

    def _behind_s(self) -> float:
        return (clock.now() - self._story.time_ms(self._site.now_s)) / 1000

    def _batch_s(self) -> int:
        return _HISTORY_BATCH_S if self._behind_s() > _HISTORY_BATCH_S else _LIVE_BATCH_S

    async def _until_due(self) -> None:
        """Wait until the next step's end has come; while catching up, only let the others have their turn."""
        early_s = STEP_S - self._behind_s()
        if early_s > 0:
            await asyncio.sleep(early_s / clock.speed())
        elif self._site.now_s % 600 == 0:
            await asyncio.sleep(0)

    def _flush(self) -> None:
        self._flushed_s = self._site.now_s
        if self._pending:
            self._uplink.spool.put(measured.blocks(self._pending), clock.now())
            self._pending = []
            self._uplink.nudge()

    async def _switch(self) -> None:
        """The cable is pulled or comes back; what was measured before the pull still went out."""
        self._flush()
        if self._uplink.is_plugged:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_GOODBYE_S):
                    await self._uplink.emptied()
            self._uplink.pull()
        else:
            self._uplink.plug()


def _soon() -> int:
    """The full minute of domain time by which three days of a county's history have been sent."""
    return -(-(clock.now() + round(_HISTORY_TAKES_S * 1000 * clock.speed())) // 60_000) * 60_000


class Memory:
    """The county's file: when its story went live, and how far each gateway's readings are stored."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def story(self, live_at_ms: int | None) -> Story:
        """What is remembered; a new story goes live at `live_at_ms`, or when its history will have been sent.

        Raises:
            BadInput: when the file is there and cannot be read.
        """
        if not self._path.exists():
            return Story(_soon() if live_at_ms is None else live_at_ms, {})
        try:
            told = json.loads(self._path.read_text(encoding="utf-8"))
            return Story(int(told["live_at_ms"]), {str(k): int(v) for k, v in told["settled_ms"].items()})
        except (ValueError, KeyError, TypeError, AttributeError):
            cure = "remove it to begin the story anew"
            raise BadInput("county", "the file is damaged", cure, where=str(self._path)) from None

    def keep(self, story: Story) -> None:
        """Write it, whole or not at all."""
        text = json.dumps({"live_at_ms": story.live_at_ms, "settled_ms": dict(story.settled_ms)})
        draft = self._path.with_suffix(".new")
        draft.write_text(text, encoding="utf-8")
        draft.replace(self._path)


async def run(
    scenario: Scenario,
    broker: BrokerSettings,
    passwords: Mapping[str, str],
    memory: Memory,
    live_at_ms: int | None = None,
) -> None:
    """Run the scenario's gateways until cancelled."""
    story = memory.story(live_at_ms)
    memory.keep(story)
    gateways = []
    async with asyncio.TaskGroup() as tasks:
        for facility in scenario.facilities:
            if facility.gateway is None:
                continue
            gateway = _gateway(scenario, facility, story, broker_of(broker, facility.gateway, passwords))
            gateways.append(gateway)
            tasks.create_task(gateway.run(), name=gateway.name)
            await asyncio.sleep(0)
        while True:
            await asyncio.sleep(_REMEMBER_EVERY_S)
            memory.keep(Story(story.live_at_ms, {gateway.name: gateway.settled_ms() for gateway in gateways}))


def _gateway(scenario: Scenario, facility: Facility, story: Story, broker: BrokerSettings) -> Gateway:
    name = facility.gateway or ""
    # A restarted county is a new box for the collector: what was not stored is made again, under a new spool.
    rng = random.Random(f"{scenario.seed}/{name}/{story.settled_ms.get(name, 0)}/{clock.now()}")
    uplink = Uplink(name, broker, MemorySpool(rng), rng)
    return Gateway(Site(scenario, facility, story), uplink, story)
