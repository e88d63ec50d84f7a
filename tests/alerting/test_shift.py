"""A probe was found wrong: what would have been judged without its error, over stored history, by the packs in force."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from alerting.cli import replay
from alerting.excursion.policy import load_policy
from alerting.excursion.rules import load_packs
from alerting.replay.shift import Shift, found_by, shift_of, told
from alerting.replay.stored import History, Wanted, replay_stored
from alerting.replay.whatif import WhatIf
from coldchain import admin
from coldchain.archive.audit import By
from coldchain.archive.metrology import certificates
from coldchain.archive.metrology.certificates import NewCalibration
from coldchain.archive.metrology.curve import Curve, Point, Points
from coldchain.errors import BadInput
from coldchain.reading import Trace
from tests.alerting.cast import HOUR, MINUTE, PROBE, T0, Clinic, Value, stock, trace_of
from tests.alerting.replay_cast import ZONE

LATER = By("metrologist", T0 + 40 * 24 * HOUR, "from the paper")
# It shows 0.7 K too little: 7.5 °C was 8.2 °C, and what was told as 1.8 °C was 2.5 °C.
COLD: Points = ((2.0, 1.3), (8.0, 7.3))
DAY: list[Value] = [
    *[5.0] * 10, *[7.5] * 30, *[5.0] * 10, *[1.8] * 20, *[5.0] * 10, 7.9, *[8.4] * 10, 7.9, *[5.0] * 5,
]  # fmt: skip


async def certify(clinic: Clinic, found: Points, *, good: str | None = None) -> int:
    """A certificate made a month later; before it a good one, if one is named."""
    device = PROBE.rpartition("/")[0]
    async with clinic.archive.writing() as tx:
        if good is not None:
            before = NewCalibration(
                device=device, certificate="OLD", done_on=good, due_on="2027-01-01", by="lab", found=((5.0, 5.0),)
            )
            await certificates.add(tx, before, LATER)
        new = NewCalibration(
            device=device, certificate="JL-9", done_on="2026-07-20", due_on="2027-07-19", by="lab", found=found
        )
        return (await certificates.add(tx, new, LATER)).id


async def asked(clinic: Clinic, number: int) -> dict[str, Any]:
    history = History(clinic.series, clinic.archive, load_packs(), ("cn-2017", "watch"), ZONE)
    async with clinic.archive.reading() as tx:
        shift = await shift_of(tx, number, ZONE)
    now = WhatIf(None, load_policy("default"))
    outcome = await replay_stored(
        history,
        Wanted(channels=[PROBE], start=shift.start, end=shift.end),
        [now, WhatIf(None, now.policy, reread=shift)],
    )
    return found_by(outcome, shift)


async def test_it_lists_what_would_be_new_gone_and_longer_with_the_lots(clinic: Clinic):
    async with clinic.archive.writing() as tx:
        await stock(tx, clinic.compartment)
    await clinic.hear(trace_of(DAY))
    found = await asked(clinic, await certify(clinic, COLD))
    assert [(item["rule"], item["extreme_c"]) for item in found["new"]] == [("cn-2017/heat", 8.2)]
    assert [(item["rule"], item["extreme_c"]) for item in found["gone"]] == [("cn-2017/cold", 1.8)]
    [longer] = found["longer"]
    assert (longer["before"]["minutes_out"], longer["before"]["extreme_c"], longer["extreme_c"]) == (10.6, 8.4, 9.1)
    assert longer["minutes_out"] == pytest.approx(11.414, abs=0.001)
    assert found["lots"] == [{"lot": "L-1", "vaccine": "HepB", "doses": 120}]
    assert (found["start"], found["readings"], found["same"]) == (None, len(DAY), 0)
    assert told(found)[0].endswith("as JL-9 corrects it: 1 new, 1 gone, 1 longer, 0 changed, 0 the same")


async def test_what_was_measured_before_the_last_good_check_stays_as_it_was(clinic: Clinic):
    await clinic.hear(trace_of(DAY))
    found = await asked(clinic, await certify(clinic, COLD, good="2026-07-01"))
    assert [found[name] for name in ("new", "gone", "longer", "changed")] == [[], [], [], []]
    assert found["readings"] == 5  # only what leads up to it
    assert found["start"] == "2026-06-30T16:00:00+00:00"


async def test_an_error_that_matters_to_no_limit_changes_nothing(clinic: Clinic):
    await clinic.hear(trace_of([5.0] * 60))
    found = await asked(clinic, await certify(clinic, COLD))
    assert [len(found[name]) for name in ("new", "gone", "longer", "changed")] == [0, 0, 0, 0]
    assert found["lots"] == []


async def test_a_certificate_that_says_only_how_it_left_a_wrong_probe_is_asked_by_that(clinic: Clinic):
    await clinic.hear(trace_of(DAY))
    async with clinic.archive.writing() as tx:
        new = NewCalibration(
            device=PROBE.rpartition("/")[0], certificate="JL-8", done_on="2026-07-20", due_on="2027-07-19", by="lab",
            left=COLD,
        )  # fmt: skip
        number = (await certificates.add(tx, new, LATER)).id
    assert [item["rule"] for item in (await asked(clinic, number))["new"]] == ["cn-2017/heat"]


async def test_a_probe_that_was_right_has_nothing_to_ask(clinic: Clinic):
    number = await certify(clinic, ((5.0, 5.2),))
    with pytest.raises(BadInput, match="calibration: 1 found its probe within its limit"):
        await asked(clinic, number)


def test_only_the_channel_and_its_time_are_shifted():
    shift = Shift(1, "C", PROBE, T0 + MINUTE, T0 + 3 * MINUTE, Curve.of([Point(5000, 5600)]))
    trace = trace_of([5.0, 5.0, None, 5.0])
    assert shift.of(trace) == Trace(PROBE, trace.t, [5.0, 4.4, None, 5.0], trace.q)
    assert shift.of(trace_of([5.0] * 3, channel="gw-1/other/temperature")).v == [5.0] * 3
    assert shift.of(trace_of([5.0], start=T0 + 3 * MINUTE)).v == [5.0]


# the commands


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    path = tmp_path / "coldchain.toml"
    path.write_text(
        f'[series]\npath = "{tmp_path}/series.sqlite"\n[archive]\nurl = "sqlite:///{tmp_path}/archive.sqlite"\n'
    )
    return path


async def test_replay_prints_it_and_writes_nothing(clinic: Clinic, settings: Path):
    await clinic.hear(trace_of(DAY))
    number = await certify(clinic, COLD)
    words = ["--settings", str(settings), "--shift-certificate", str(number)]
    result = await asyncio.to_thread(CliRunner().invoke, replay, [*words, "--json"])
    assert [item["rule"] for item in json.loads(result.stdout)["shift"]["new"]] == ["cn-2017/heat"]
    plain = await asyncio.to_thread(CliRunner().invoke, replay, words)
    assert "new\t2026-06-29T02:50:00+00:00\tcn-2017/heat\t" in plain.stdout
    listed = await asyncio.to_thread(CliRunner().invoke, admin.calibration, ["cases", "--settings", str(settings)])
    assert listed.stdout.endswith("to be asked: calibration what-if 1\n")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--start", "2026-07-01"], "--start: stands beside --shift-certificate"),
        (["--compare", "who-pqs"], "--shift-certificate: stands beside --compare"),
        (["--csv", "x.csv", "--rules", "cn-2017"], "--shift-certificate: means nothing beside --csv"),
    ],
)
def test_a_certificate_says_by_itself_which_part(options: list[str], words: str):
    result = CliRunner().invoke(replay, ["--shift-certificate", "1", *options])
    assert words in str(result.exception)


async def test_the_archive_s_word_keeps_the_answer(clinic: Clinic, settings: Path):
    await clinic.hear(trace_of(DAY))
    number = await certify(clinic, COLD)
    words = ["what-if", str(number), "--settings", str(settings), "--actor", "chief", "--json"]
    result = await asyncio.to_thread(CliRunner().invoke, admin.calibration, words)
    assert result.exit_code == 0, result.output
    case = json.loads(result.stdout)
    assert (case["judged_by"], len(case["found"]["new"]), len(case["found"]["gone"])) == ("chief", 1, 1)
    done = ["conclude", "1", "--conclusion", "maker asked", "--actor", "chief", "--settings", str(settings)]
    assert (await asyncio.to_thread(CliRunner().invoke, admin.calibration, done)).exit_code == 0
    listed = await asyncio.to_thread(CliRunner().invoke, admin.calibration, ["cases", "--settings", str(settings)])
    assert listed.stdout.endswith("concluded by chief: maker asked\n")


@pytest.mark.usefixtures("clinic")
async def test_what_replay_refuses_is_said_in_its_words(settings: Path):
    result = await asyncio.to_thread(
        CliRunner().invoke, admin.calibration, ["what-if", "7", "--settings", str(settings)]
    )
    assert "calibration: 7 is not one that counts" in str(result.exception)
