"""`coldchain up` as a clinic with one machine would run it: its own broker, stores, services, and the gateway on its port."""

import asyncio
import json
import os
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from coldchain import clock
from firmware_sim.cable import Cable
from firmware_sim.device.ascii_logger import AsciiLogger
from tests.journeys.chain import LOGGER, county
from tests.parts.process import free_port

pytestmark = [pytest.mark.journey, pytest.mark.timeout(180)]

SETTINGS = """
[series]
path = "{folder}/series.sqlite"

[archive]
url = "sqlite:///{folder}/archive.sqlite"

[gateway]
name = "gw-1"
send_every_s = 1
spool = "{folder}/spool.sqlite"
trust_clock = "always"

[[bus]]
name = "a"
kind = "serial-ascii"
port = "{folder}/tty"

[[device]]
bus = "a"
id = "{logger}"
"""


def coldchain(folder, *words):
    """Run a word of the command on the site; return what it printed."""
    environ = os.environ | {"COLDCHAIN_SETTINGS": str(folder / "coldchain.toml")}
    command = [sys.executable, "-m", "coldchain", *words]
    return subprocess.run(command, env=environ, check=True, capture_output=True, text=True).stdout


def equipment(port, token):
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/api/v1/equipment", headers={"Authorization": f"Bearer {token}"}
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["items"]
    except urllib.error.URLError:
        return []


async def test_a_site_of_one_machine_reads_its_own_port_and_shows_it(tmp_path):
    (tmp_path / "coldchain.toml").write_text(SETTINGS.format(folder=tmp_path, logger=LOGGER))
    (tmp_path / "county.json").write_text(county(clock.wall() - 60_000))
    port = free_port()
    up = [sys.executable, "-m", "coldchain", "up", "--data", str(tmp_path), "--port", str(port)]
    async with Cable(tmp_path / "tty") as cable:
        logger = AsciiLogger(LOGGER, lambda: {"T1": "+04.50", "T2": "-18.20", "D1": "0", "P1": "1", "B1": "100"})
        speaking = asyncio.create_task(logger.run(cable.device_path, lambda: asyncio.sleep(0.5)))
        process = subprocess.Popen([*up, "--broker-port", str(free_port())], stdout=subprocess.DEVNULL)
        try:
            await asyncio.to_thread(coldchain, tmp_path, "import", str(tmp_path / "county.json"))
            made = await asyncio.to_thread(coldchain, tmp_path, "token", "create", "--role", "auditor", "--json")
            token = json.loads(made)["token"]
            async with asyncio.timeout(60):
                while not (shown := await asyncio.to_thread(equipment, port, token)) or not any(
                    channel["value"] == 4.5 for channel in shown[0]["channels"]
                ):
                    await asyncio.sleep(0.25)
        finally:
            process.terminate()
            assert process.wait(40) == 0
            speaking.cancel()
    left = subprocess.run(["pgrep", "-f", str(tmp_path)], check=False, capture_output=True, text=True).stdout
    assert left == ""
