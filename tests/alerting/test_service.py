"""The service as a process on real parts: fed by mosquitto, killed at its named points, two of them at once."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from alerting.excursion.rules import SHIPPED
from coldchain import clock, wire
from coldchain.archive import cases, journal, rule_packs, views
from coldchain.archive.db import Archive
from coldchain.broker import connect
from coldchain.excursion import Case
from coldchain.settings import ArchiveSettings
from coldchain.wire import Feed, block_of
from tests.alerting.cast import MINUTE, PROBE, T0, Clinic, trace_of
from tests.parts.mosquitto import Mosquitto
from tests.parts.process import wait_until

CRASHES = ["alerting.before_commit", "alerting.after_commit", "notify.before_expand_commit", "notify.after_claim",
           "notify.after_deliver"]  # fmt: skip


@dataclass
class Site:
    """Where a process finds everything."""

    clinic: Clinic
    environ: dict[str, str]
    log: Path


@pytest.fixture
async def site(clinic: Clinic, archive_settings: ArchiveSettings, mosquitto: Mosquitto, tmp_path: Path) -> Site:
    broker = mosquitto.settings("alerting")
    wall = clock.wall()
    environ = os.environ | {
        "COLDCHAIN_BROKER__PORT": str(broker.port),
        "COLDCHAIN_BROKER__PASSWORD": broker.password.get_secret_value(),
        "COLDCHAIN_SERIES__PATH": str(tmp_path / "series.sqlite"),
        "COLDCHAIN_ARCHIVE__URL": archive_settings.url.get_secret_value(),
        "COLDCHAIN_ALERTING__SWEEP_S": "0.3",
        "COLDCHAIN_ALERTING__LEASE_S": "1.5",
        "COLDCHAIN_CLOCK": f"{wall}:{T0 + 40 * MINUTE}:1",
    }
    return Site(clinic, environ, tmp_path / "alerting.log")


@contextmanager
def running(site: Site, crash_at: str = "") -> Iterator[subprocess.Popen[bytes]]:
    environ = site.environ | ({"COLDCHAIN_CRASH_AT": crash_at} if crash_at else {})
    with site.log.open("ab") as log:
        process = subprocess.Popen([sys.executable, "-m", "alerting"], env=environ, stdout=log, stderr=log)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(10)


def wait_for(site: Site, words: str, times: int = 1) -> None:
    wait_until(lambda: site.log.read_text().count(words) >= times, words, 20)


async def followed_to(site: Site, position: int) -> None:
    """Wait until the arrival journal was followed so far."""
    async with asyncio.timeout(60):
        while True:
            async with site.clinic.archive.reading() as tx:
                if (await journal.cursors(tx, "alerting")).get(("main", 7)) == position:
                    return
            await asyncio.sleep(0.05)


async def all_cases(archive: Archive) -> list[Case]:
    async with archive.reading() as tx:
        return await cases.anchored(tx, {PROBE: (0, 2**60)})


async def test_a_feed_message_becomes_an_excursion_and_a_line_on_the_console(site: Site, mosquitto: Mosquitto):
    with running(site) as process:
        wait_for(site, "deciding")
        wait_for(site, "listening")
        await site.clinic.arrive(trace_of([5.0], start=T0))
        await followed_to(site, 1)
        warm = trace_of([9.0] * 30, start=T0 + MINUTE)
        async with connect(mosquitto.settings("collector"), "collector") as link:
            feed = Feed("main", 7, 2, 1, [], {PROBE: block_of(warm)})  # its readings stand nowhere else
            await link.publish(wire.feed_topic(7), wire.encode(feed), qos=0)
            await link.publish(wire.feed_topic(7), b"{no feed}", qos=0)
            wait_for(site, ": 【警告】温度过高")
            wait_for(site, "feed message not understood")
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    [case] = await all_cases(site.clinic.archive)
    assert case.facts.first_bad == T0 + MINUTE


async def test_a_pack_that_may_only_be_chosen_is_loaded_and_is_not_the_site_s_own(site: Site, tmp_path: Path):
    county = (SHIPPED / "cdc-vfc.toml").read_text(encoding="utf-8").replace('pack = "cdc-vfc"', 'pack = "county"')
    (tmp_path / "county.toml").write_text(county, encoding="utf-8")
    site.environ["COLDCHAIN_ALERTING__FURTHER_RULES"] = f'["{tmp_path}/county.toml"]'
    with running(site):
        wait_for(site, "deciding")
    async with site.clinic.archive.reading() as tx:
        assert "county" in await rule_packs.names(tx)
        assert [each.packs for each in await rule_packs.site(tx)] == [["cn-2017", "watch"]]


@pytest.mark.parametrize("point", CRASHES)
async def test_killed_anywhere_nothing_is_missed_or_doubled(site: Site, point: str):
    await site.clinic.arrive(trace_of([5.0, *[9.0] * 30]))
    with running(site, crash_at=point) as process:
        assert process.wait(20) == -signal.SIGKILL
    before = site.log.read_text().count("notice 1 ")
    await site.clinic.arrive(trace_of([9.0, 5.0], start=T0 + 31 * MINUTE))
    site.environ["COLDCHAIN_CLOCK"] = f"{clock.wall()}:{T0 + 41 * MINUTE}:1"
    with running(site):
        wait_for(site, "state=closed")
        if point not in {"notify.after_claim", "notify.after_deliver"}:
            wait_for(site, "notice 1 ", before + 1)
    [case] = await all_cases(site.clinic.archive)
    assert (case.facts.first_bad, case.facts.last_bad) == (T0 + MINUTE, T0 + 31 * MINUTE)
    async with site.clinic.archive.reading() as tx:
        ringing = await views.open_alarms(tx)
        raised = [t for t in await views.transitions(tx, [1]) if t.why in {"raised", "past"}]
    assert ringing == []
    assert len(raised) == 1
    assert site.log.read_text().count("notice 1 ") <= 2


async def test_a_second_process_waits_and_takes_over(site: Site):
    with running(site) as first:
        wait_for(site, "deciding")
        with running(site):
            wait_for(site, "another process decides")
            first.kill()
            wait_for(site, "fence=", 2)
            await site.clinic.arrive(trace_of([5.0, 9.0]))
            wait_for(site, "excursion opened")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("COLDCHAIN_ALERTING__RULES", '["cn-1949"]', "rules: 'cn-1949' is unknown; use one of"),
        ("COLDCHAIN_ALERTING__TIME_ZONE", "Mars", "'Mars' is no time zone; write one such as Asia/Shanghai"),
        ("COLDCHAIN_ALERTING__RULES", "[]", "alerting.rules"),
    ],
)
def test_a_wrong_setting_ends_it_with_one_line(tmp_path: Path, name: str, value: str, words: str):
    environ = os.environ | {name: value, "COLDCHAIN_ARCHIVE__URL": f"sqlite:///{tmp_path}/a.sqlite"}
    done = subprocess.run(
        [sys.executable, "-m", "alerting"], env=environ, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def check(site: Site) -> int:
    command = [sys.executable, "-m", "coldchain", "alerting", "check"]
    return subprocess.run(command, env=site.environ, check=False, capture_output=True).returncode


async def test_a_health_check_knows_whether_somebody_judges(site: Site):
    assert check(site) == 1
    with running(site):
        wait_until(lambda: check(site) == 0, "a lease")
    wait_until(lambda: check(site) == 1, "the lease's end")
