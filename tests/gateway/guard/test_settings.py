"""What `[guard]` refuses, by name and with the cure."""

from typing import Any

import pytest
from pydantic import ValidationError

from gateway.guard.settings import GuardSection
from gateway.settings import GatewaySettings

LIMIT = {"channel": "a1.1/temperature", "name": "1号冰箱", "low": 2.0, "high": 8.0}
NURSE = {"name": "张护士", "number": "13800138000"}
LIGHT = {"kind": "gpio", "light": "/sys/class/leds/alarm/brightness"}


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"limit": [], "siren": LIGHT}, "at least 1 item"),
        ({"limit": [LIMIT]}, "neither a siren nor a modem"),
        ({"limit": [LIMIT], "modem": {}}, "a modem needs people"),
        ({"limit": [LIMIT], "siren": LIGHT, "person": [NURSE]}, "people need a modem"),
        ({"limit": [LIMIT, LIMIT], "siren": LIGHT}, "two limits"),
        ({"limit": [LIMIT | {"low": 8.0}], "siren": LIGHT}, "low is not below high"),
        ({"limit": [LIMIT | {"channel": "a1/warmth"}], "siren": LIGHT}, "write device/temperature"),
        ({"limit": [LIMIT], "modem": {}, "person": [NURSE | {"number": "02112345678"}]}, "no mobile phone"),
    ],
)
def test_what_is_wrong_is_named(given: dict[str, Any], wrong: str):
    with pytest.raises(ValidationError, match=wrong):
        GuardSection.model_validate(given)


def test_a_pause_between_two_batches_is_no_outage():
    guard = {"limit": [LIMIT], "siren": LIGHT, "down_after_s": 60}
    with pytest.raises(ValidationError, match="send_every_s"):
        GatewaySettings.model_validate({"guard": guard})


def test_without_the_section_there_is_no_guard():
    assert GatewaySettings().guard is None
