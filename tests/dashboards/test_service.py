"""The service as a process: starts in time, answers, stops when told; a wrong setting is one clear line."""

import os
import subprocess
import sys
import urllib.request
from contextlib import suppress
from http.client import HTTPResponse
from pathlib import Path

from tests.dashboards.conftest import World
from tests.parts.process import free_port, wait_until


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "dashboards", *words]


def environment(world: World) -> dict[str, str]:
    return os.environ | {
        "COLDCHAIN_SERIES__PATH": str(world.settings.series.path),
        "COLDCHAIN_ARCHIVE__URL": world.settings.archive.url.get_secret_value(),
        "COLDCHAIN_BROKER__PORT": str(world.settings.broker.port),
        "COLDCHAIN_BROKER__USER": "dashboards",
        "COLDCHAIN_BROKER__PASSWORD": world.settings.broker.password.get_secret_value(),
    }


def answers(port: int) -> bool:
    with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/health", timeout=1) as answer:
        return bool(answer.status == 200)
    return False


def open_page(port: int, token: str) -> HTTPResponse:
    asked = urllib.request.Request(f"http://127.0.0.1:{port}/events", headers={"Authorization": f"Bearer {token}"})
    answer = urllib.request.urlopen(asked, timeout=60)
    assert isinstance(answer, HTTPResponse)
    return answer


def test_it_serves_until_it_is_told_to_stop(world: World, tmp_path: Path) -> None:
    port = free_port()
    with (tmp_path / "log").open("wb") as log:
        service = subprocess.Popen(command("--port", str(port)), env=environment(world), stderr=log)
    try:
        wait_until(lambda: answers(port) or service.poll() is not None, "dashboards", 20)
        assert service.poll() is None, (tmp_path / "log").read_text()
        with open_page(port, world.site.tokens["manager"]) as stream:  # one that never ends by itself
            assert stream.readline().startswith(b"event: ")
            service.terminate()
            assert service.wait(10) == 0, (tmp_path / "log").read_text()
    finally:
        service.kill()
    assert "Traceback" not in (tmp_path / "log").read_text()


def test_a_wrong_setting_is_one_line_that_names_it(tmp_path: Path) -> None:
    settings = tmp_path / "site.toml"
    settings.write_text('[dashboards]\ntime_zone = "Mars/Olympus"\n')
    ended = subprocess.run(
        command("--settings", str(settings)), check=False, capture_output=True, text=True, timeout=120
    )
    assert ended.returncode == 2
    assert "dashboards.time_zone" in ended.stderr
    assert "Asia/Shanghai" in ended.stderr
    assert "Traceback" not in ended.stderr
