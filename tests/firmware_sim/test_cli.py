"""`coldchain simulate` as one types it."""

import csv
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from coldchain.errors import BadInput
from firmware_sim.cli import app

COMMAND = [sys.executable, "-c", "from firmware_sim.cli import app; app()"]


def typed(*words):
    return CliRunner().invoke(app, list(words))


def test_physics_prints_a_line_a_minute_and_shows_the_cut():
    rows = list(csv.DictReader(typed("physics", "medical_fridge", "--hours", "4", "--cut-at", "1").output.splitlines()))
    assert len(rows) == 240
    assert float(rows[55]["air_c"]) < 6 < 8 < float(rows[-1]["air_c"])
    assert rows[-1]["compressors"] == "0"


def test_physics_of_an_unknown_type_names_those_there_are():
    result = typed("physics", "toaster")
    assert result.exit_code == 2
    assert "domestic_fridge" in result.output


def test_archive_prints_the_papers_of_a_county():
    records = json.loads(typed("archive", "county", "--live-at", "2026-07-03T16:00:00+08:00").output)
    assert records["facilities"][0]["name_zh"] == "清江县疾控中心疫苗库"
    assert records["channels"][0]["start"] == 1_783_065_600_000 - 3 * 86_400_000


@pytest.mark.parametrize("text", ["{", "[1]", None])
def test_credentials_that_cannot_be_read_are_refused_by_name(tmp_path, text):
    path = tmp_path / "credentials.json"
    if text is not None:
        path.write_text(text)
    command = [*COMMAND, "fleet", "--seconds", "0.1", "--credentials", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 2
    assert "credentials.json: credentials:" in done.stderr
    assert "write a JSON object {gateway: password}" in done.stderr


def test_an_unknown_scenario_is_refused_with_those_there_are():
    with pytest.raises(BadInput, match="single_fridge"):
        CliRunner().invoke(app, ["archive", "nowhere"], catch_exceptions=False)


def test_devices_prints_its_ports_and_takes_them_away(tmp_path):
    command = [*COMMAND, "devices", "single_fridge", "--folder", str(tmp_path / "ports"), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        (port,) = json.loads(process.stdout.readline())["ports"]
        assert Path(port["path"]).is_symlink()
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert not Path(port["path"]).is_symlink()


def test_fleet_prints_what_became_of_the_readings(mosquitto):
    command = [*COMMAND, "fleet", "--gateways", "2", "--rate", "240", "--seconds", "1", "--json"]
    command += ["--host", mosquitto.host, "--port", str(mosquitto.port), "--user", "tester"]
    environment = os.environ | {"COLDCHAIN_BROKER__PASSWORD": mosquitto.password("tester")}
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120, env=environment)
    told = json.loads(done.stdout)
    assert told["sent"] > 0
    assert told["waiting"] == told["sent"]  # nobody is there to acknowledge
