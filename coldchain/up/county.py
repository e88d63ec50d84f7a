"""What `coldchain demo` adds to a site: a clock that hurries, a county's archive and its life, its gateways, a login."""

import asyncio
import json
import os
import tempfile
import urllib.request
import webbrowser
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

from coldchain import clock
from coldchain.archive import journal, people
from coldchain.archive.audit import By
from coldchain.archive.county import County, load_county
from coldchain.archive.db import open_archive
from coldchain.errors import Unavailable
from coldchain.series import open_series
from coldchain.settings import ArchiveSettings, SeriesSettings
from coldchain.up.brokers import broker_program, free_port
from coldchain.up.life import afterwards, beginnings
from coldchain.up.life import playing as life
from coldchain.up.life.acts import WHY
from coldchain.up.life.cast import cast, keepers
from coldchain.up.services import by_phones, environ, phones, start_services
from coldchain.up.site import Site
from coldchain.up.supervisor import Program, Supervisor, supervising, word

LOCAL = timezone(timedelta(hours=8))
STARTS_AT_HOUR, STARTS_AT_MINUTE = 9, 20  # the story begins on a working morning …
LEAST_BEHIND = timedelta(hours=6)  # … at least so long ago, so that it has room to run fast
STARTS_IN_MS = (
    15_000  # the clock stands until history is stored and judged, so that nobody misses the story's beginning
)
READY_WITHIN_S = 120.0
LOOPBACK = "127.0.0.1"
DARK = 1  # so many gateways of the story are without power when it begins …
QUIETEST_MS = 3_600_000  # … since no longer than this
LATE_MS = 20 * 60_000  # the others speak every few minutes
USER = "demo"


@dataclass(frozen=True, slots=True)
class Options:
    """The command's options."""

    port: int
    data: Path | None
    speed: float
    browser: bool
    as_json: bool
    story: bool


async def run(options: Options) -> None:
    """Run the county until cancelled."""
    with _folder(options.data) as folder:
        site = Site(folder)
        site.prepare()
        scale = _clock(site, options.speed)
        with site.locked():
            county = await _county(site, scale)
            broker_port, phones_port = free_port(), free_port()
            pages = f"http://{LOOPBACK}:{options.port}"
            ways = by_phones(site, phones_port, pages)
            surroundings = os.environ | environ(site, broker_port) | {clock.VARIABLE: scale.text()}
            async with supervising(surroundings) as supervisor:
                gateways = sorted({channel.name.partition("/")[0] for channel in county.channels})
                await supervisor.start(broker_program(site, broker_port, gateways))
                await _bring_in(site, county, scale)
                await start_services(supervisor, site, LOOPBACK, options.port, ["collector", "dashboards"], ways)
                await supervisor.start(_gateways(site, scale, broker_port, gateways))
                waiting = Waiting(supervisor, site, {channel.name for channel in county.channels}, scale)
                # Nobody is told that a county is silent whose history is still on its way in.
                await asyncio.gather(waiting.until(waiting.is_stored), _live(site, county, scale))
                await supervisor.start(phones(site, phones_port, pages, speaks=not options.as_json))
                await start_services(supervisor, site, LOOPBACK, options.port, ["alerting"], ways)
                await waiting.until(waiting.is_judged)
                await _carry_on(site, county, scale)
                token = await _login(site, scale)
                await waiting.until(lambda: _answers(options.port))
                _announce(site, options, token, scale)
                if options.story:
                    await supervisor.start(_teller(site, scale))
                await supervisor.failed


@contextmanager
def _folder(data: Path | None) -> Iterator[Path]:
    if data is not None:
        data.mkdir(parents=True, exist_ok=True)
        yield data.resolve()
    else:
        with tempfile.TemporaryDirectory(prefix="coldchain-demo-") as folder:
            yield Path(folder)


def _clock(site: Site, speed: float) -> clock.Scale:
    """The county's clock, the same after a restart."""
    path = site.folder / "clock"
    if not path.exists():
        wall = clock.wall() + STARTS_IN_MS
        path.write_text(clock.Scale(wall, story_begins(wall), speed).text())
    return clock.Scale.parse(path.read_text())


def story_begins(wall: int) -> int:
    """The last 09:20 in Sichuan that is at least six hours ago, ms UTC."""
    latest = datetime.fromtimestamp(wall / 1000, UTC).astimezone(LOCAL) - LEAST_BEHIND
    begins = latest.replace(hour=STARTS_AT_HOUR, minute=STARTS_AT_MINUTE, second=0, microsecond=0)
    return round((begins if begins <= latest else begins - timedelta(days=1)).timestamp() * 1000)


async def _county(site: Site, scale: clock.Scale) -> County:
    """The county's archive as the simulator tells it, kept in a file that `coldchain import` takes."""
    path = site.folder / "county-archive.json"
    if not path.exists():
        process = await asyncio.create_subprocess_exec(
            *word("simulate", "archive", "county", "--live-at", str(scale.domain)), stdout=asyncio.subprocess.PIPE
        )
        told, _ = await process.communicate()
        if process.returncode:
            raise Unavailable("the simulator could not describe its county; its words stand above")
        path.write_bytes(told)
    return load_county(path)


async def _bring_in(site: Site, county: County, scale: clock.Scale) -> None:
    """Bring in what stood there before anybody did anything; probes and vaccine come with the life, each on its day."""
    async with open_archive(ArchiveSettings.model_validate({"url": site.archive_url}), migrate=True) as archive:
        await beginnings.found(archive, county, scale.domain)


async def _login(site: Site, scale: clock.Scale) -> str:
    """Make the user that logs in, and return a fresh token of the API."""
    password_hash, by = await _password_hash(site), By(USER, scale.at(clock.wall()), WHY)
    settings = ArchiveSettings.model_validate({"url": site.archive_url})
    async with open_archive(settings) as archive, archive.writing() as tx:
        if USER not in {user.name for user in await people.users(tx)}:
            user = people.User(name=USER, display="演示 Demo", role=people.Role.ADMINISTRATOR)
            await people.create_user(tx, user, password_hash, by)
        new = people.NewToken(label="demo", role=people.Role.ADMINISTRATOR)
        return (await people.create_token(tx, new, by)).secret


async def _live(site: Site, county: County, scale: clock.Scale) -> None:
    """What people did before the story begins; beside the history of the readings, which takes as long."""
    async with open_archive(ArchiveSettings.model_validate({"url": site.archive_url})) as archive:
        await life.live(archive, county, scale.domain, await _password_hash(site))


async def _password_hash(site: Site) -> str:
    return await people.hash_password(site.password(f"user-{USER}"))


async def _carry_on(site: Site, county: County, scale: clock.Scale) -> None:
    """What became of last night, now that it is judged."""
    stores = SeriesSettings(path=site.series), ArchiveSettings.model_validate({"url": site.archive_url})
    async with open_series(stores[0]) as series, open_archive(stores[1]) as archive:
        await afterwards.carry_on(archive, series, keepers(cast(county)), scale.at(clock.wall()))


def _gateways(site: Site, scale: clock.Scale, broker_port: int, gateways: list[str]) -> Program:
    credentials = site.secret("gateways.json")
    credentials.write_text(json.dumps({gateway: site.broker_user(gateway).read_text().strip() for gateway in gateways}))
    command = word("simulate", "county", "--data", str(site.folder), "--port", str(broker_port))
    command += ["--credentials", str(credentials), "--live-at", str(scale.domain)]
    return Program("county", command, site.log("county"))


def _teller(site: Site, scale: clock.Scale) -> Program:
    """Prints the captions on our own output."""
    command = word("simulate", "story", "county", "--live-at", str(scale.domain))
    return Program("story", command, site.log("story"), restart=False, speaks=True)


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a demo waits for before it says that it is ready."""

    supervisor: Supervisor
    site: Site
    channels: set[str]
    scale: clock.Scale

    async def until(self, is_so: Callable[[], Awaitable[bool]]) -> None:
        """Return when it is so.

        Raises:
            BadInput: a service has a wrong setting.
            Unavailable: it takes too long.
        """
        deadline = clock.monotonic() + READY_WITHIN_S
        while not await is_so():
            if self.supervisor.failed.done():
                await self.supervisor.failed
            if clock.monotonic() > deadline:
                raise Unavailable(f"not ready within {READY_WITHIN_S:g} s; see {self.site.folder / 'log'}")
            await asyncio.sleep(0.25)

    async def is_stored(self) -> bool:
        """True when the history of every channel is stored, and all gateways but the story's dark one are up to date."""
        if not self.site.series.exists():
            return False
        async with open_series(SeriesSettings(path=self.site.series)) as series:
            newest = await series.newest(self.channels)
        begin = self.scale.domain - QUIETEST_MS
        if any(channel not in newest or newest[channel].time < begin for channel in self.channels):
            return False
        now = self.scale.at(clock.wall())
        late = {channel.partition("/")[0] for channel, reading in newest.items() if reading.time < now - LATE_MS}
        return len(late) <= DARK

    async def is_judged(self) -> bool:
        """True when alerting has followed the arrival journal to its end."""
        stores = SeriesSettings(path=self.site.series), ArchiveSettings.model_validate({"url": self.site.archive_url})
        async with open_series(stores[0]) as series, open_archive(stores[1]) as archive, archive.reading() as tx:
            followed = await journal.cursors(tx, journal.ALERTING)
            return all(followed.get(head, 0) >= position for head, position in (await series.heads()).items())


async def _answers(port: int) -> bool:
    return await asyncio.to_thread(_is_well, f"http://{LOOPBACK}:{port}/api/v1/health")


def _is_well(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own address
            health = json.load(answer)
    except (OSError, ValueError):
        return False
    return bool(health.get("status") == "ok")


def _announce(site: Site, options: Options, token: str, scale: clock.Scale) -> None:
    url = f"http://{LOOPBACK}:{options.port}"
    if options.as_json:
        print(json.dumps({"ready": True, "url": url, "token": token}), flush=True)
    else:
        variables = f"COLDCHAIN_SETTINGS={site.settings} {clock.VARIABLE}={scale.text()}"
        print(f"ready {url} token={token}", flush=True)
        print(f"log in as {USER} with {site.password(f'user-{USER}')}; Ctrl-C stops everything", flush=True)
        print(f"commands, in another terminal: export {variables}", flush=True)
    if options.browser and not options.as_json:
        webbrowser.open(f"{url}/login#{USER}:{site.password(f'user-{USER}')}")
