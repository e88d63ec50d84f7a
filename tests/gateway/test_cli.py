"""`coldchain gateway`, `scan` and `watch` as a person types them."""

import asyncio
import json

import pytest
from typer.testing import CliRunner

from firmware_sim.cable import Cable
from firmware_sim.device.modbus_transmitter import Transmitter, rs_ws_n01, serve, xy_md02
from gateway.cli import app
from gateway.guard.guard import hush_file
from gateway.scan import Patience, ports, scan
from tests.gateway.parts import Pty, line
from tests.gateway.spools import rows, spool_in

QUICK = Patience(listen_s=0.3, addresses=3, timeout_s=0.1)


def typed(*words):
    return CliRunner().invoke(app, list(words))


@pytest.fixture
def settings_file(tmp_path):
    path = tmp_path / "gateway.toml"
    path.write_text(f'[gateway]\nname = "gw-1"\nspool = "{tmp_path / "spool.sqlite"}"\n')
    return path


async def found_on(port):
    return [one async for one in scan(str(port), QUICK)]


async def answer(pty: Pty):
    """A logger that speaks when it is asked."""
    while not pty.heard():
        await asyncio.sleep(0.01)
    pty.say(line("28ff", 7, "T1=+4.50,D1=0"))


async def test_scan_finds_a_logger(pty):
    _, found = await asyncio.gather(answer(pty), found_on(pty.path))
    (one,) = found
    assert (one.kind, one.id, one.baud) == ("serial-ascii", "28ff", 9600)
    assert one.says == {"28ff.1/temperature": 4.5, "28ff/door": 0.0}


@pytest.mark.parametrize(("registers", "name"), [(xy_md02, "xy-md02"), (rs_ws_n01, "rs-ws-n01")])
async def test_scan_finds_transmitters_and_their_map(tmp_path, registers, name):
    slave = Transmitter(2, registers(2), lambda: (4.5, 61.2))
    async with Cable(tmp_path / "ttyS0") as cable, serve(cable.device_path, [slave]):
        found = await found_on(cable.host_path)
    (one,) = found
    assert (one.kind, one.id, one.registers) == ("modbus-rtu", "2", name)
    assert one.says == {"2/temperature": 4.5, "2/humidity": 61.2}
    assert slave.offsets == {}


async def test_scan_says_of_a_quiet_port_that_it_is_quiet(pty):
    (one,) = await found_on(pty.path)
    assert (one.port, one.kind, one.trouble) == (str(pty.path), "", "")


async def test_scan_says_why_a_port_cannot_be_opened(tmp_path):
    (one,) = await found_on(tmp_path / "none")
    assert "No such file" in one.trouble


def test_ports_may_be_named_by_patterns(pty):
    assert ports([str(pty.path.parent / "tty*")]) == [str(pty.path)]
    assert isinstance(ports(), list)


def test_scan_prints_a_table_or_json(tmp_path):
    missing = str(tmp_path / "tty*")
    assert "no serial port" in typed("scan", "--port", missing).stdout
    assert json.loads(typed("scan", "--port", missing, "--json").stdout) == {"items": []}
    (tmp_path / "ttyX").write_text("")
    (item,) = json.loads(typed("scan", "--port", missing, "--json").stdout)["items"]
    assert item["port"].endswith("ttyX")
    assert item["trouble"]
    assert "nothing answers" in typed("scan", "--port", missing).stdout


def test_watch_shows_the_newest_reading_of_each_channel(tmp_path, settings_file):
    with spool_in(tmp_path) as spool:
        spool.append([*rows(1, 3), rows(1, 1, "28ff/door")[0]._replace(value=None, quality=6)])
        shown = typed("watch", "--settings", str(settings_file), "--once")
        told = typed("watch", "--settings", str(settings_file), "--once", "--json")
    assert shown.exit_code == 0, shown.output
    assert "5.1 °C" in shown.stdout
    assert "no answer" in shown.stdout
    items = json.loads(told.stdout)["items"]
    assert [(one["channel"], one["value"]) for one in items] == [
        ("gw-1/28ff.1/temperature", 5.1),
        ("gw-1/28ff/door", None),
    ]
    assert items[0]["time"].endswith("+00:00")


def test_watch_without_a_gateway_says_what_to_do(settings_file):
    told = typed("watch", "--settings", str(settings_file), "--once")
    assert told.exit_code == 2
    assert "start the gateway" in told.stderr


@pytest.mark.parametrize("words", [["run"], []])
def test_a_wrong_setting_ends_it_with_one_line_and_code_2(tmp_path, words):
    (tmp_path / "bad.toml").write_text("[gateway]\nname = 'a b'\n")
    told = typed(*words, "--settings", str(tmp_path / "bad.toml"))
    assert told.exit_code == 2
    assert "gateway.name" in told.stderr


def test_hush_leaves_its_word_for_the_running_gateway(tmp_path, settings_file):
    with settings_file.open("a") as file:
        file.write(
            '[guard]\n[[guard.limit]]\nchannel = "a/temperature"\nname = "F1"\nlow = 2\nhigh = 8\n'
            f'[guard.siren]\nkind = "gpio"\nbuzzer = "{tmp_path / "value"}"\n'
        )
    assert typed("hush", "--settings", str(settings_file)).exit_code == 0
    assert hush_file(tmp_path / "spool.sqlite").exists()


def test_hush_without_a_siren_says_so(tmp_path, settings_file):
    result = typed("hush", "--settings", str(settings_file))
    assert (result.exit_code, "guard.siren: this gateway has none" in result.output) == (2, True)
    assert not hush_file(tmp_path / "spool.sqlite").exists()
