"""What last month would have been under other patience: the what-if replay, and how many alarms that makes."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from alerting.cli import replay
from alerting.excursion.policy import load_policy
from alerting.replay.patience import with_patience
from coldchain.errors import BadInput
from coldchain.excursion import Kind
from tests.alerting.cast import MINUTE, PROBE, T0


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """25 minutes at 9.5 °C: a warning after 20."""
    values = [5.0, *[9.5] * 25, 5.0, 5.0]
    rows = "".join(f"{PROBE},{T0 + n * MINUTE},{value}\n" for n, value in enumerate(values))
    path = tmp_path / "month.csv"
    path.write_text("channel,time,value\n" + rows)
    return path


def asked(file: Path, *more: str) -> Any:
    result = CliRunner().invoke(replay, ["--csv", str(file), "--rules", "cn-2017", *more])
    if result.exception is not None:
        raise result.exception
    return result.stdout


@pytest.mark.parametrize(("minutes", "alarms"), [("10", 0), ("-10", 1), ("0", 1)])
def test_more_patience_tells_less_and_records_the_same(file: Path, minutes: str, alarms: int):
    said = json.loads(asked(file, "--compare-patience", minutes, "--json"))["alarms"]
    assert (said["before"]["alarms"], said["after"]["alarms"]) == (1, alarms)
    assert said["before"]["excursions"] == said["after"]["excursions"] == 1


def test_a_reader_sees_both_counts(file: Path):
    assert asked(file, "--compare-patience", "10").splitlines()[-3:] == [
        "alarms: 1 -> 0", "critical: 0 -> 0", "held: 0 -> 0",
    ]  # fmt: skip


def test_only_temperatures_are_waited_for_and_never_less_than_not_at_all():
    policy = load_policy("default")
    sooner = with_patience(policy, -1000)
    pairs = list(zip(policy.rows, sooner.rows, strict=True))
    assert {after.after_ms for before, after in pairs if Kind.HEAT in before.kinds and len(before.kinds) == 1} == {0}
    assert [after for before, after in pairs if Kind.SILENCE in before.kinds] == [
        before for before, _ in pairs if Kind.SILENCE in before.kinds
    ]


@pytest.mark.parametrize("minutes", ["1441", "nan"])
def test_patience_of_more_than_a_day_is_refused(file: Path, minutes: str):
    with pytest.raises(BadInput, match="--compare-patience"):
        asked(file, "--compare-patience", minutes)
