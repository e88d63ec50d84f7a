"""docker-compose.yml, the Dockerfile's inputs and Grafana's provisioning. No container engine runs here: what can be
checked without one is checked, and the README says so."""

import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from alerting.settings import AlertingSettings
from coldchain.reading import Trace
from coldchain.series import open_series
from coldchain.wire import Arrival, ArrivedBatch

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
BOARDS = sorted((ROOT / "deploy/grafana/dashboards").glob("*.json"))


@pytest.fixture(scope="module")
def checked_out(tmp_path_factory):
    """The tracked files alone, as a fresh clone has them, with secrets made."""
    folder = tmp_path_factory.mktemp("clone")
    files = subprocess.run(
        ["git", "ls-files", "-z", "docker-compose.yml", "deploy"], cwd=ROOT, check=True, capture_output=True
    )
    for name in filter(None, files.stdout.decode().split("\0")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes((ROOT / name).read_bytes())
        (folder / name).chmod((ROOT / name).stat().st_mode)
    subprocess.run(["deploy/make-secrets"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return folder


def test_compose_accepts_the_file(checked_out):
    subprocess.run(["docker-compose", "config", "-q"], cwd=checked_out, check=True)


def test_making_secrets_again_changes_none(checked_out):
    before = {path.name: path.read_text() for path in (checked_out / "deploy/secrets").iterdir()}
    subprocess.run(["deploy/make-secrets"], cwd=checked_out, check=True, stdout=subprocess.DEVNULL)
    assert {path.name: path.read_text() for path in (checked_out / "deploy/secrets").iterdir()} == before


@pytest.mark.parametrize("name", ["collector", "a b", "../x", ""])
def test_a_gateway_cannot_take_a_services_name(checked_out, name):
    made = subprocess.run(["deploy/make-secrets", "gateway", name], cwd=checked_out, check=False, capture_output=True)
    assert made.returncode == 2
    assert b"no name for a gateway" in made.stderr


def test_every_secret_that_compose_reads_is_made(checked_out):
    files = [entry["file"] for entry in COMPOSE["secrets"].values()]
    assert all((checked_out / file).is_file() for file in files)


def test_every_lasting_service_has_a_health_check():
    lasting = {name: s for name, s in COMPOSE["services"].items() if name != "broker-users"}
    assert all("healthcheck" in service for service in lasting.values())


def test_alerting_may_write_beside_its_data_where_nothing_else_is_written():
    """The desk for when the archive is gone, and what a provider's queue gives once: lost in a container without a volume."""
    data = f"/var/lib/coldchain/{AlertingSettings().series.path.parent}"
    assert [volume for volume in COMPOSE["services"]["alerting"]["volumes"] if volume.endswith(f":{data}")]
    assert f"install -d -o coldchain -g coldchain {data}\n" in (ROOT / "Dockerfile").read_text()


@pytest.mark.parametrize("service", ["collector", "alerting", "dashboards"])
def test_a_countys_own_settings_reach_every_service(service):
    said = COMPOSE["services"][service]
    file = said["environment"]["COLDCHAIN_SETTINGS"]
    assert f"${{COLDCHAIN_TOML:-./deploy/coldchain.sample.toml}}:{file}:ro" in said["volumes"]


def test_nothing_is_published_to_the_world_without_tls():
    ports = [port for service in COMPOSE["services"].values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_compose_runs_the_broker_and_the_database_of_the_contract():
    assert COMPOSE["services"]["influxdb"]["image"] == "influxdb:2.7"
    conf = (ROOT / "deploy/mosquitto/mosquitto.conf").read_text()
    assert "allow_anonymous false" in conf
    assert re.search(r"^max_queued_messages 0$", conf, re.MULTILINE)


def test_the_image_is_given_all_it_copies():
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert copied
    allowed = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    for name in " ".join(copied).split():
        assert (ROOT / name).exists()
        assert name in allowed


def test_grafana_finds_its_source_and_its_boards():
    source = yaml.safe_load((ROOT / "deploy/grafana/provisioning/datasources/coldchain.yaml").read_text())[
        "datasources"
    ][0]
    provider = yaml.safe_load((ROOT / "deploy/grafana/provisioning/dashboards/coldchain.yaml").read_text())[
        "providers"
    ][0]
    mounts = COMPOSE["services"]["grafana"]["volumes"]
    assert source["jsonData"]["dbName"] == COMPOSE["services"]["influxdb"]["environment"]["DOCKER_INFLUXDB_INIT_BUCKET"]
    assert f"./deploy/grafana/dashboards:{provider['options']['path']}:ro" in mounts
    assert len(BOARDS) >= 2


@pytest.fixture(scope="module")
async def stocked(influx):
    """A database with one channel of each kind, written through the door."""
    settings = influx.settings()
    async with open_series(settings, writer=True) as series:
        times = [1_763_790_000_000 + 60_000 * n for n in range(30)]
        for quantity, value in (("temperature", 4.5), ("power", 1.0), ("door", 0.0)):
            await series.write([Trace(f"gw-1/28ff/{quantity}", times, [value] * 29 + [None], [0] * 29 + [6])])
        batch = ArrivedBatch("gw-1", "0" * 32, 1, ["gw-1/28ff/door"], times[0], times[-1], "0" * 64)
        await series.write_arrivals([Arrival("c1", 1, times[0], [batch])])
    return settings.bucket


def panels():
    for path in BOARDS:
        board = json.loads(path.read_text())
        for panel in board["panels"]:
            yield pytest.param(panel, id=f"{path.stem}: {panel['title']}")


@pytest.mark.parametrize("panel", list(panels()))
def test_each_panel_of_grafana_draws_from_what_the_collector_writes(influx, stocked, panel):
    query = panel["targets"][0]["query"]
    query = query.replace("$timeFilter", "time >= 1763789000000ms and time < 1763799000000ms")
    query = query.replace("$__interval", "10m").replace("$gateway", ".*")
    answer = json.loads(influx.query_in(stocked, query))
    values = [row[1] for series in answer["results"][0]["series"] for row in series["values"]]
    assert any(value is not None for value in values)


def test_the_variables_of_grafanas_boards_have_values(influx, stocked):
    for path in BOARDS:
        for variable in json.loads(path.read_text())["templating"]["list"]:
            rows = json.loads(influx.query_in(stocked, variable["query"]))["results"][0]["series"][0]["values"]
            regex = variable["regex"][1:-1]
            assert {match[1] for row in rows if (match := re.search(regex, row[1]))} == {"gw-1"}
