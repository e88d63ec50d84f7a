"""The watch on the watcher: pings only while work is done; what is gone is told to the desk by any way left."""

import asyncio
import stat
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from alerting.deadman import desk, watch
from alerting.deadman.desk import Reach
from alerting.deadman.signs import Signs
from alerting.deadman.troubles import FED_S, JUDGED_S, TOLD_S, Sounding, troubles
from alerting.deadman.watch import Outside, Watchman
from alerting.notify.channels import CONSOLE
from alerting.settings import DeadmanSection
from coldchain.archive import cases
from coldchain.archive.cases import NewObservation
from coldchain.archive.db import Archive
from coldchain.errors import Unavailable
from coldchain.excursion import Kind, Severity
from coldchain.providers.outcome import Answer, Verdict
from coldchain.settings import ArchiveSettings, SeriesSettings
from tests.alerting.ways import Loudspeaker, level, person
from tests.archive.small import T0
from tests.fakes.serving import Asked, Said, served

ADA = Reach("Ada", "zh", [("voice", "+8613800138000"), ("sms", "+8613800138000")])
BEA = Reach("Bea", "en", [("page", "2"), ("sms", "+8613900139000")])
WELL = Sounding()


@dataclass
class Monitor:
    """An outside monitor, and the dashboards: counts who came, answers as it is told."""

    came: list[str] = field(default_factory=list)
    status: int = 200
    port: int = 0

    async def answer(self, asked: Asked) -> Said:
        self.came.append(asked.path)
        return Said(b"OK", self.status)

    faults: list[Any] = field(default_factory=list)


@dataclass
class Post:
    """Everything that the watch has."""

    outside: Outside
    voice: Loudspeaker
    sms: Loudspeaker
    console: Loudspeaker
    monitor: Monitor
    watchman: Watchman

    @property
    def signs(self) -> Signs:
        return self.outside.signs


@pytest.fixture
async def post(archive: Archive, tmp_path: Path) -> AsyncIterator[Post]:
    monitor = Monitor()
    voice, sms, console = Loudspeaker(name="voice"), Loudspeaker(name="sms", wakes=False), Loudspeaker(name=CONSOLE)
    signs = Signs()
    signs.linked(stands=True)
    desk.remember(tmp_path / "desk.json", [ADA, BEA])
    async with served(monitor):
        section = DeadmanSection(ping_url=SecretStr(f"http://127.0.0.1:{monitor.port}/ping"), after_s=0.0)
        ways = {CONSOLE: console, "voice": voice, "sms": sms}
        outside = Outside(archive, ways, signs, section, tmp_path / "desk.json")
        async with watch.opened(outside) as watchman:
            yield Post(outside, voice, sms, console, monitor, watchman)


async def test_the_monitor_hears_from_us_while_all_work(post: Post):
    assert await post.watchman.look() == []
    assert post.monitor.came == ["/ping"]
    assert post.voice.messages == []


def break_broker(signs: Signs) -> None:
    signs.linked(stands=False)


def stop_judging(signs: Signs) -> None:
    signs.decided_at -= JUDGED_S + 1


def stop_telling(signs: Signs) -> None:
    signs.told_at -= TOLD_S + 1


def silence_collector(signs: Signs) -> None:
    signs.heard_gateway()
    signs.fed_at -= FED_S + 1


@pytest.mark.parametrize(
    ("breaks", "name"),
    [(break_broker, "broker"), (stop_judging, "judging"), (stop_telling, "telling"), (silence_collector, "feed")],
)
async def test_what_does_not_work_is_told_to_the_desk_and_the_monitor_hears_nothing(
    post: Post, breaks: Callable[[Signs], None], name: str
):
    breaks(post.signs)
    assert [each.name for each in await post.watchman.look()] == [name]
    assert post.monitor.came == []
    assert [message.address for message in post.voice.messages] == ["+8613800138000"]
    assert [message.address for message in post.sms.messages] == ["+8613900139000"]
    assert "Watch by hand" in post.sms.said[0]
    assert len(post.console.said) == 1


async def test_a_way_that_fails_in_our_own_code_leaves_the_next_way_and_the_watch_alive(post: Post):
    break_broker(post.signs)
    post.voice.answers = [KeyError("Code")]
    post.console.answers = [KeyError("Code")]
    assert [each.name for each in await post.watchman.look()] == ["broker"]
    assert [message.address for message in post.sms.messages] == ["+8613800138000", "+8613900139000"]


async def test_a_torn_file_of_the_desk_is_written_anew(tmp_path: Path):
    path = tmp_path / "desk.json"
    path.write_bytes(b"\xff\xfe torn")
    desk.remember(path, [ADA])
    assert desk.remembered(path) == [ADA]


async def test_it_is_told_once_an_hour_and_anew_when_it_comes_again(post: Post):
    break_broker(post.signs)
    for _ in range(3):
        await post.watchman.look()
    assert len(post.voice.messages) == 1
    post.signs.linked(stands=True)
    await post.watchman.look()
    break_broker(post.signs)
    await post.watchman.look()
    assert len(post.voice.messages) == 2


async def test_what_lasts_a_moment_is_told_to_nobody(post: Post, archive: Archive):
    patient = replace(post.outside, section=post.outside.section.model_copy(update={"after_s": 60.0}))
    break_broker(post.signs)
    async with watch.opened(patient) as watchman:
        assert len(await watchman.look()) == 1
    assert post.voice.messages == []


class Gone:
    """An archive whose database is gone."""

    def reading(self) -> Any:
        raise Unavailable("archive: connection refused")


async def test_without_the_archive_the_desk_is_told_by_the_numbers_in_the_file(post: Post):
    gone = replace(post.outside, archive=Gone())  # type: ignore[arg-type] # of an archive only its absence
    async with watch.opened(gone) as watchman:
        assert [each.name for each in await watchman.look()] == ["archive"]
    assert "数据库" in post.voice.said[0]


async def test_an_archive_that_hangs_is_gone(post: Post, monkeypatch: pytest.MonkeyPatch):
    async def hang(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr("alerting.deadman.watch.ARCHIVE_S", 0.05)
    monkeypatch.setattr("alerting.deadman.desk.on_duty", hang)
    assert [each.name for each in await post.watchman.look()] == ["archive"]


async def broken(archive: Archive, *channels: str) -> None:
    async with archive.writing() as tx:
        for name in channels:
            new = NewObservation(
                kind=Kind.CHANNEL_OUT, subject=name, severity=Severity.CRITICAL, start=T0, seen_at=T0, detail={"last": T0}
            )  # fmt: skip
            await cases.observe(tx, new)


async def test_one_way_that_is_out_is_no_trouble_of_the_watch(post: Post, archive: Archive):
    await broken(archive, "voice")
    assert await post.watchman.look() == []


async def test_when_all_ways_are_out_each_is_tried_all_the_same(post: Post, archive: Archive):
    await broken(archive, "voice", "sms")
    post.voice.answers.append(Answer(Verdict.BROKEN))
    assert [each.name for each in await post.watchman.look()] == ["providers"]
    assert {message.address for message in post.sms.messages} == {"+8613900139000", "+8613800138000"}


async def test_nobody_reached_is_tried_again_at_the_next_look(post: Post):
    break_broker(post.signs)
    refused = Answer(Verdict.REFUSED)
    post.voice.answers += [refused]
    post.sms.answers += [refused, refused]
    await post.watchman.look()
    await post.watchman.look()
    assert [bool(post.voice.said), bool(post.sms.said)] == [True, True]


async def test_dashboards_that_do_not_answer_are_told(post: Post):
    url = f"http://127.0.0.1:{post.monitor.port}/health"
    watched = replace(post.outside, section=post.outside.section.model_copy(update={"dashboards_url": url}))
    async with watch.opened(watched) as watchman:
        assert await watchman.look() == []
        post.monitor.status = 502
        assert [each.name for each in await watchman.look()] == ["dashboards"]


async def test_a_monitor_that_is_gone_breaks_nothing(post: Post):
    post.monitor.status = 500
    assert await post.watchman.look() == []


def test_a_silent_collector_is_none_while_no_gateway_speaks():
    signs = Signs()
    signs.linked(stands=True)
    signs.fed_at -= FED_S + 1
    assert troubles(signs, WELL, signs.told_at) == []


def test_the_file_is_ours_alone_and_an_empty_desk_erases_nobody(tmp_path: Path):
    path = tmp_path / "data" / "desk.json"
    desk.remember(path, [ADA])
    desk.remember(path, [])
    assert desk.remembered(path) == [ADA]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("text", [None, "", '{"name": 1}', '[{"name": "Ada"'])
def test_a_file_that_is_gone_or_torn_names_nobody(tmp_path: Path, text: str | None):
    if text is not None:
        (tmp_path / "desk.json").write_text(text)
    assert desk.remembered(tmp_path / "desk.json") == []


def test_everybody_of_the_desk_stands_there_once():
    ada, bea = person(1, "voice", "sms"), person(2, "sms")
    assert [each.name for each in desk.reaches([level(1, 0, ada), level(2, 5, ada, bea)])] == ["P1", "P2"]


def test_it_stands_beside_the_data(tmp_path: Path):
    sqlite = ArchiveSettings(url=SecretStr(f"sqlite:///{tmp_path}/a/archive.sqlite"))
    postgres = ArchiveSettings(url=SecretStr("postgresql://u:p@h/d"))
    series = SeriesSettings(path=tmp_path / "s" / "series.sqlite")
    assert desk.folder_of(sqlite, series) == tmp_path / "a"
    assert desk.folder_of(postgres, series) == tmp_path / "s"
