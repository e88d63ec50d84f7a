"""The same days through alerting on its real stores: as good, and the very cases and calls that the bench finds in memory."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from bench.county_year import ours as service
from bench.county_year.journal import Journal
from bench.county_year.ours import Ours, Ways
from bench.county_year.score import Score, count_found
from bench.county_year.truth import truth_of
from coldchain.archive import alarms, cases, equipment
from coldchain.archive.db import open_archive
from coldchain.archive.equipment import NewAssignment
from coldchain.excursion import AlarmState
from coldchain.reading import Trace
from coldchain.series.embedded import EmbeddedSeries
from coldchain.settings import ArchiveSettings
from tests.alerting.cast import BY, Clinic, opened_clinic
from tests.bench.small_year import EVERY_MIN, FRIDGE, MINUTE, Manner, arriving

MANNERS = [
    Manner(12, False, False, 0, "none"),
    Manner(60, True, True, 0, "calm"),
    Manner(30, True, True, 30, "calm"),
]


@pytest.fixture
async def clinic(tmp_path: Path) -> AsyncIterator[Clinic]:
    """A clinic whose fridge has our channel."""
    settings = ArchiveSettings(url=SecretStr(f"sqlite:///{tmp_path}/archive.sqlite"))
    async with (
        open_archive(settings, migrate=True) as archive,
        EmbeddedSeries.open(tmp_path / "series.sqlite", writer=True) as series,
        opened_clinic(archive, series) as opened,
    ):
        async with archive.writing() as tx:
            new = NewAssignment(
                channel=FRIDGE.channel, equipment="F1", compartment="cold", start=0, interval_s=EVERY_MIN * 60
            )
            await equipment.assign(tx, new, BY)
        await opened.sweep(1)
        yield opened


async def lived(clinic: Clinic, year, journal: Journal) -> Clinic:
    """Each arrival is decided about as it comes; what comes while alerting is down, when it is back."""
    clinic.now = 0
    waiting = list(reversed(journal.restarts))
    for arrival in journal.arrivals:
        part = slice(arrival.first, arrival.stop)
        trace = Trace(FRIDGE.channel, year.t[part], year.v[part], year.q[part])
        while waiting and waiting[-1].back <= arrival.at:
            clinic = await come_back(clinic, waiting.pop().back)
        await clinic.arrive(trace)
        if not (waiting and waiting[-1].at <= arrival.at):
            await clinic.sweep(arrival.at)
    while waiting:
        clinic = await come_back(clinic, waiting.pop().back)
    return clinic


async def come_back(clinic: Clinic, at: int) -> Clinic:
    again = await clinic.restarted()
    await again.sweep(at)
    return again


async def excursions_of(clinic: Clinic):
    async with clinic.archive.reading() as tx:
        return await cases.anchored(tx, {FRIDGE.channel: (0, 2**60)})


async def tellings_of(clinic: Clinic, case: str) -> list[str]:
    async with clinic.archive.reading() as tx:
        alarm = await alarms.alarm_of(tx, case)
        every = await alarms.unexpanded(tx, 10_000)
    return [
        t.why for t, its in every if alarm and its.id == alarm.id and (t.why == "past" or t.after is AlarmState.RINGING)
    ]


def in_memory(clinic: Clinic, year, journal: Journal) -> Ours:
    stretches = clinic.court.timelines[FRIDGE.channel].stretches
    ours = Ours(FRIDGE.channel, Ways(stretches, clinic.court.policy))
    service.play(ours, year, journal)
    return ours


def said(case):
    return replace(case, revision=0, opened_at=0)


@pytest.mark.parametrize("manner", MANNERS, ids=str)
async def test_on_real_stores_as_in_memory(clinic, year, manner):
    journal = arriving(year, manner)
    clinic = await lived(clinic, year, journal)
    there, ours = await excursions_of(clinic), in_memory(clinic, year, journal)
    assert sorted(map(said, there), key=str) == sorted(map(said, ours.cases.values()), key=str)

    rung = {case.id: await tellings_of(clinic, case.id) for case in there}
    assert {case: len(its) for case, its in rung.items() if its} == {
        case: ours.about.count(case) for case in ours.about
    }

    score, truth = Score(), truth_of(year, journal, EVERY_MIN * MINUTE)
    count_found(score, truth.excursions, ours.found())
    assert (score.missed, score.invented, score.doubled) == (0, 0, 0)
