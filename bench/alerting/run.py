"""Let one refrigerator after the other freeze while readings flow, then two thousand at once; print what it took."""

import asyncio
import os
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.alerting.county import SMALL, Fridge, Size, freezing
from bench.alerting.figures import STEPS, Story, Took, judged, steps, stories, took, written
from bench.alerting.site import Site, site, until
from bench.watch import cpu_s

GRACE_S = 15.0  # for the last of those that freeze one after the other


def run(*, small: bool = False, profile: Path | None = None) -> dict[str, Any]:
    """All figures of one run."""
    size = SMALL if small else Size()
    with site(size, profile) as here:
        print(f"\n{size.flowing * 4} refrigerators flow, {size.single} freeze one by one, then {size.burst} at once")
        began = time.monotonic()
        everyone = size.flowing * 4 + size.single + size.burst
        until(lambda: asyncio.run(judged(here.archive)) >= everyone, size.begin_s)
        begun_s = round(time.monotonic() - began, 1)
        time.sleep(size.settle_s)
        single, flow = _one_by_one(here, size)
        burst = _all_at_once(here, size)
        report = here.accepted()
    found = {
        "begun_s": begun_s,
        "flow": flow,
        "single": single,
        "burst": burst,
        "provider": {key: report[key] for key in ("requests", "most_in_a_second")}
        | {"refused": len(report["refused"])},
        "load": [round(each, 1) for each in os.getloadavg()],
    }
    _show(found, size)
    return found


def _one_by_one(here: Site, size: Size) -> tuple[dict[str, Any], dict[str, Any]]:
    """The calls while it flows, and what flowed."""
    fridges = freezing(size)[: size.single]
    before, cpu, began = here.streamed()["readings"], _cpu(here), time.monotonic()
    here.say("single")
    time.sleep(size.seconds)
    seconds, after = time.monotonic() - began, here.streamed()
    until(lambda: _called(here, fridges) == len(fridges), GRACE_S)
    busy = {name: round((now - cpu[name]) / seconds, 2) for name, now in _cpu(here).items()}
    flow = {
        "readings_per_s": round((after["readings"] - before) / seconds),
        "stream_late_ms": round(after["late_ms"], 1),
        "processors": busy,
    }
    return _figures(here, fridges), flow


def _all_at_once(here: Site, size: Size) -> dict[str, Any]:
    """The burst, until its last call."""
    fridges = freezing(size)[size.single :]
    here.say("burst")
    until(lambda: _called(here, fridges) == len(fridges), size.patience_s)
    found = _figures(here, fridges)
    return found | {"floor_s": round(size.burst / size.per_s, 1), "all_told_s": _all_told_s(here, fridges)}


def _called(here: Site, fridges: Sequence[Fridge]) -> int:
    accepted = here.accepted()["accepted"]
    return sum(fridge.number in accepted for fridge in fridges)


def _stories(here: Site, fridges: Sequence[Fridge]) -> list[Story]:
    rows = asyncio.run(written(here.archive))
    numbers = {fridge.n: fridge.number for fridge in fridges}
    return stories(numbers, here.streamed(), here.accepted()["accepted"], rows)


def _figures(here: Site, fridges: Sequence[Fridge]) -> dict[str, Any]:
    every = _stories(here, fridges)
    told = [each.told for each in every if each.told is not None]
    return {
        "alarms": len(every),
        "told": len(told),
        "told_ms": _table(took(told)),
        "steps_ms": {name: _table(each) for name, each in steps(every).items()},
    }


def _table(found: Took | None) -> dict[str, float] | None:
    return None if found is None else asdict(found)


def _all_told_s(here: Site, fridges: Sequence[Fridge]) -> float | None:
    """From the first batch's leaving to the last call's being accepted; None: somebody was not called."""
    every = _stories(here, fridges)
    if any(each.told is None for each in every):
        return None
    return round((max(each.at["accepted"] for each in every) - min(each.left for each in every)) / 1000, 2)


def _cpu(here: Site) -> dict[str, float]:
    return {name: cpu_s(process) for name, process in here.servers.items()}


def _show(found: dict[str, Any], size: Size) -> None:
    flow, burst, provider = found["flow"], found["burst"], found["provider"]
    print(f"all of them known and judged {found['begun_s']} s after the first readings")
    print(
        f"{flow['readings_per_s']:,} readings/s in batches of 60; processors: {flow['processors']}; load {found['load']}"
    )
    print(f"{'ms since the batch left its gateway':48}" + "".join(f"{name:>12}" for name in STEPS))
    for title, part in (("one by one", found["single"]), (f"{size.burst} at once", burst)):
        for name in Took.__dataclass_fields__:
            row = "".join(_cell(part["steps_ms"][step], name) for step in STEPS)
            print(f"{f'{title}: {name}':48}{row}")
    print(f"told: {found['single']['told']} of {found['single']['alarms']}; burst: {burst['told']} of {burst['alarms']},"
          f" all within {burst['all_told_s']} s, of which {burst['floor_s']} s are the provider's"
          f" {size.per_s} calls a second (it saw {provider['most_in_a_second']} within one, refused {provider['refused']})")  # fmt: skip


def _cell(found: dict[str, float] | None, name: str) -> str:
    return f"{'-':>12}" if found is None else f"{found[name]:12,.0f}"
