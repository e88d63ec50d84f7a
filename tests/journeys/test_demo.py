"""`coldchain demo` as a newcomer starts it, and as an outsider reads it: over the API alone."""

import json
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from coldchain import clock
from tests.parts.process import free_port

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]

DARK, POWER_LOST, CABLE_PULLED = "519921102", "519921101", "519921103"
LAST_NIGHT, OVERDUE = "519921107", "519921112"
QUIET = "519921104"  # nothing happens there


class Demo:
    """A running demo and its API."""

    def __init__(self, data: Path) -> None:
        self.port = free_port()
        command = [sys.executable, "-m", "coldchain", "demo", "--json", "--no-browser", "--port", str(self.port)]
        self.process = subprocess.Popen([*command, "--data", str(data)], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.ready = json.loads(self.process.stdout.readline())

    def get(self, path: str, **query: str) -> Any:
        request = urllib.request.Request(
            f"{self.ready['url']}/api/v1/{path}?{urllib.parse.urlencode(query)}",
            headers={"Authorization": f"Bearer {self.ready['token']}"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def items(self, path: str, **query: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        cursor = None
        while True:
            page = self.get(path, **query, **({"cursor": cursor} if cursor else {}))
            found += page["items"]
            cursor = page["next"]
            if cursor is None:
                return found

    def wait_for(self, find, seconds: float = 150.0):
        deadline = time.monotonic() + seconds
        while not (found := find()):
            assert time.monotonic() < deadline, "the story did not come so far"
            time.sleep(0.5)
        return found

    def stop(self) -> int:
        if self.process.returncode is not None:
            return self.process.returncode
        self.process.send_signal(signal.SIGINT)
        assert self.process.stdout is not None
        with self.process.stdout:
            return self.process.wait(40)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def demo(data):
    running = Demo(data)
    yield running
    running.stop()


def excursions_of(demo, facility):
    """What the vaccine felt there."""
    return [e for e in demo.items("excursions", kind="temperature") if (e["equipment"] or "").startswith(facility)]


def test_it_says_when_it_is_ready(demo):
    assert demo.ready["ready"] is True
    assert demo.ready["url"] == f"http://127.0.0.1:{demo.port}"
    assert demo.get("health")["status"] == "ok"


def test_the_county_has_its_equipment_with_what_it_last_said(demo):
    items = demo.items("equipment")
    assert len(items) == 19  # a van and two boxes without probes among them
    assert set(items[0]) >= {"code", "name", "type", "facility", "status", "compartments", "channels"}
    channels = [channel for item in items for channel in item["channels"]]
    assert all(
        set(c) >= {"channel", "quantity", "compartment", "position", "value", "time", "quality"} for c in channels
    )
    assert all(channel["time"] is not None for channel in channels)


def test_readings_come_raw_and_as_an_envelope(demo):
    channel = next(
        c["channel"] for item in demo.items("equipment") for c in item["channels"] if c["quantity"] == "temperature"
    )
    now = clock.wall()
    days = {"channel": channel, "start": str(now - 5 * 86_400_000), "end": str(now)}
    envelope = demo.get("readings", **days, points="100")
    assert set(envelope) >= {"channel", "t", "min", "max", "mean"}
    assert 0 < len(envelope["t"]) <= 100
    last = envelope["t"][-1]
    raw = demo.get("readings", channel=channel, start=str(last - 3_600_000), end=str(last))
    assert len(raw["t"]) == len(raw["v"]) == len(raw["q"]) >= 55


@pytest.mark.parametrize("path", ["excursions", "alarms", "audit", "refused"])
def test_lists_answer_in_the_contracts_shape(demo, path):
    page = demo.get(path)
    assert set(page) == {"items", "next"}


def test_a_wrong_question_is_a_problem_that_names_the_field(demo):
    with pytest.raises(urllib.error.HTTPError) as caught:
        demo.get("readings", channel="g/d/temperature", start="yesterday", end="today")
    problem = json.load(caught.value)
    assert caught.value.code == 422
    assert caught.value.headers["content-type"].startswith("application/problem+json")
    assert "start" in json.dumps(problem)


def test_the_back_fill_revises_the_start_and_rings_nobody(demo):
    def closed():
        return [e for e in excursions_of(demo, CABLE_PULLED) if e["state"] == "closed" and e["revision"] > 2]

    (case,) = demo.wait_for(closed)
    assert case["kind"] == "heat"
    assert case["id"] not in [alarm.get("excursion") for alarm in demo.items("alarms")]


def test_the_clinic_without_mains_passes_8_degrees_and_rings_once_with_its_lots(demo):
    def rung(kind):
        return [
            a for a in demo.items("alarms") if (a["equipment"] or "").startswith(POWER_LOST) and a["kind"] == kind
        ]  # fmt: skip

    (warned,) = demo.wait_for(lambda: rung("power_loss"))  # the limit is forecast within two hours
    (alarm,) = demo.wait_for(lambda: rung("heat"))
    assert warned["raised"] < alarm["raised"]
    (case,) = [e for e in excursions_of(demo, POWER_LOST) if e["state"] == "open"]
    assert case["lots_known"] == "compartment"
    assert case["lots"]
    assert all(lot["doses"] > 0 for lot in case["lots"])
    assert demo.get(f"alarms/{alarm['id']}/notices")["items"]
    exposure = demo.get(f"lots/{urllib.parse.quote(case['lots'][0]['lot'])}/exposure")
    assert set(exposure) >= {"lot", "vaccine", "doses", "held", "places", "bands", "minutes_unknown", "mkt_c", "vvm"}


def test_nobody_else_was_rung(demo):
    rung = {(alarm["equipment"] or "")[:9] for alarm in demo.items("alarms") if alarm["severity"] != "note"}
    assert rung <= {POWER_LOST, LAST_NIGHT, OVERDUE}


def test_last_nights_vaccine_is_held_and_its_dossier_waits_for_more_opinions(demo):
    (dossier,) = [each for each in demo.items("dossiers") if each["facility"] == LAST_NIGHT]
    assert dossier["state"] == "opinion_in"
    affected = demo.get(f"excursions/{dossier['excursion']}/affected")
    assert len(affected["lots"]) == 6


def words(data, *command):
    """A word of the command line on the running demo, and what it prints."""
    line = [sys.executable, "-m", "coldchain", *command, "--data", str(data), "--json"]
    done = subprocess.run(line, check=False, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def test_it_says_who_would_be_told_on_a_sunday_night(demo, data):
    equipment = next(each["code"] for each in demo.items("equipment") if each["facility"] == QUIET)
    today = datetime.fromtimestamp(clock.wall() / 1000, ZoneInfo("Asia/Shanghai"))
    night = (today - timedelta(days=today.isoweekday())).replace(hour=3, minute=10, second=0, microsecond=0)
    found = words(data, "alarms", "who", "--equipment", equipment, "--at", night.isoformat())
    assert all(set(level) >= {"after_min", "people"} for level in found["levels"])
    people = [person for level in found["levels"] for person in level["people"]]
    assert all(person["channels"] for person in people)
    assert len({person["name"] for person in people}) >= 3


def test_a_drill_reaches_people_and_verifies_the_path(demo, data):
    found = words(data, "alarms", "drill", "--facility", QUIET)
    assert found["verified"] is True
    assert found["notices"]
    assert {"told"} <= {notice["state"] for notice in found["notices"]}
    assert found["answers"]
    assert QUIET not in [(e["equipment"] or "")[:9] for e in demo.items("excursions", kind="temperature")]


def test_it_stops_cleanly_and_goes_on_where_it_stood(demo, data):
    before = {e["id"]: e["start"] for e in demo.items("excursions")}
    assert demo.stop() == 0
    left = subprocess.run(["pgrep", "-f", str(data)], check=False, capture_output=True, text=True).stdout.split()
    assert left == []
    again = Demo(data)
    try:
        after = {e["id"]: e["start"] for e in again.items("excursions")}
        assert before.items() <= after.items()
    finally:
        assert again.stop() == 0
