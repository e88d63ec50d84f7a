"""A site's stored history, opened as its services open it: by the same settings file, for reading only."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

from alerting import in_force
from alerting.excursion.policy import load_policy
from alerting.excursion.rules import load_pack, load_packs
from alerting.replay.asked import Part, Zones
from alerting.replay.moments import BEYOND
from alerting.replay.names import Names, joined, names_of_channels
from alerting.replay.progress import Progress
from alerting.replay.report import Shape
from alerting.replay.shift import Shift, found_by, shift_of
from alerting.replay.stored import History, Wanted, replay_stored
from alerting.replay.stored_names import names_in
from alerting.replay.whatif import Outcome, WhatIf
from alerting.settings import AlertingSettings
from coldchain.archive.db import database_url, open_archive
from coldchain.errors import BadInput
from coldchain.series import open_series
from coldchain.settings import load


def settings_of(path: Path | None) -> AlertingSettings:
    """The settings as the services read them.

    Raises:
        BadInput: naming the file, the key, what is wrong and the cure.
    """
    return load(AlertingSettings, path)


async def replay_site(
    settings: AlertingSettings, part: Part, asked: Sequence[WhatIf], zones: Zones, progress: Progress | None
) -> tuple[Outcome, Names]:
    """Replay a part of the site's history; also the names that its channels go by.

    Raises:
        BadInput: something is named that is not there.
        Unavailable: the series or the archive does not answer.
    """
    wanted = wanted_of(part, zones)
    async with history_of(settings) as history:
        outcome = await replay_stored(history, wanted, asked, progress)
        async with history.archive.reading() as tx:
            names = joined(names_of_channels(outcome.judged), await names_in(tx, outcome.stays))
    return outcome, names


async def replay_shifted(
    settings: AlertingSettings, calibration: int, asked: WhatIf, progress: Progress | None
) -> tuple[Outcome, Shift]:
    """Replay what a probe measured since its last good check, as it was and without the error that a certificate found.

    Raises:
        BadInput: the certificate found its probe within its limit, or is none, or its channel is assigned nowhere.
        Unavailable: the series or the archive does not answer.
    """
    async with history_of(settings) as history:
        async with history.archive.reading() as tx:
            shift = await shift_of(tx, calibration, history.zone)
        wanted = Wanted(channels=[shift.channel], start=shift.start, end=shift.end)
        return await replay_stored(history, wanted, [asked, replace(asked, reread=shift)], progress), shift


def shifted(settings: AlertingSettings, calibration: int) -> Shape:
    """What would be different without the error that a certificate found, by the rules and severities in force.

    Raises:
        BadInput: as `replay_shifted`.
        Unavailable: as `replay_shifted`.
    """
    asked = WhatIf(None, load_policy(settings.alerting.policy))
    outcome, shift = asyncio.run(replay_shifted(settings, calibration, asked, None))
    return found_by(outcome, shift)


@asynccontextmanager
async def history_of(settings: AlertingSettings) -> AsyncIterator[History]:
    """Open both stores; the archive is neither made nor migrated here.

    Raises:
        BadInput: there is no archive.
        Unavailable: it does not answer.
    """
    _check_archive(settings)
    section = settings.alerting
    packs = load_packs([*section.rules, *section.further_rules])
    default = [load_pack(name).name for name in section.rules]
    async with open_series(settings.series) as series, open_archive(settings.archive) as archive:
        async with archive.reading() as tx:
            packs = await in_force.with_remembered(tx, packs)
        yield History(series, archive, packs, default, ZoneInfo(section.time_zone))


def _check_archive(settings: AlertingSettings) -> None:
    """Opening a SQLite file makes it; what is asked about the past must not."""
    url = database_url(settings.archive.url.get_secret_value())
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        cure = "name a file of readings (--csv), or the services' settings (--settings)"
        raise BadInput("archive.url", f"there is no archive at {url.database}", cure)


def wanted_of(part: Part, zones: Zones) -> Wanted:
    """Which part of history is asked for.

    Raises:
        BadInput: naming the option.
    """
    moments = zones.of_people()
    start = 0 if part.start is None else moments.read(part.start, "--start")
    end = BEYOND if part.end is None else moments.read(part.end, "--end")
    return Wanted(part.channels, part.equipment, part.facilities, start, end)
