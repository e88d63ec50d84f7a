"""The gateway's settings: the sample is the truth, and what is wrong is named with its cure."""

import tomllib
from pathlib import Path

import pytest

from coldchain.errors import BadInput
from coldchain.providers.settings import ModemSettings
from coldchain.settings import BrokerSettings, load
from gateway.guard.settings import GpioSiren, GuardLimit, GuardPerson, GuardSection, RelaySiren
from gateway.protocol.registers import register_map
from gateway.settings import AsciiBus, GatewaySection, GatewaySettings, ModbusBus, MqttBus

SAMPLE = Path(__file__).parents[2] / "deploy" / "gateway.sample.toml"
BUS = '[[bus]]\nname = "s"\nkind = "modbus-rtu"\nport = "/dev/ttyUSB0"\n'


def loaded(tmp_path, text):
    (tmp_path / "gateway.toml").write_text(text)
    return load(GatewaySettings, tmp_path / "gateway.toml", environ={})


def test_the_sample_says_the_defaults():
    sample = load(GatewaySettings, SAMPLE, environ={})
    assert sample.gateway == GatewaySection()
    assert sample.broker == BrokerSettings()
    ascii_bus, modbus, mqtt = sample.bus
    assert ascii_bus == AsciiBus(name="logger", kind="serial-ascii", port="/dev/ttyUSB0")
    assert modbus == ModbusBus(name="rs485", kind="modbus-rtu", port="/dev/ttyUSB1")
    assert mqtt == MqttBus(name="local", kind="mqtt")
    assert sample.guard is None


def with_guard() -> str:
    """The sample as it would be with its guard: without the # of that part, but of what stands there instead of another."""
    head, _, guard = SAMPLE.read_text().partition("\n# [guard]\n")
    return head + "\n[guard]\n" + "\n".join(line.removeprefix("# ") for line in guard.splitlines())


def test_the_samples_guard_says_the_defaults_and_is_not_live(tmp_path):
    guard = loaded(tmp_path, with_guard()).guard
    assert guard
    assert guard == GuardSection(limit=guard.limit, person=guard.person, siren=guard.siren, modem=ModemSettings())
    assert [one.patience_min for one in guard.limit] == [GuardLimit.model_fields["patience_min"].default]


def test_the_sample_names_every_key():
    tables = tomllib.loads(SAMPLE.read_text())
    text = SAMPLE.read_text()
    assert set(tables["gateway"]) == set(GatewaySection.model_fields)
    parts = (GuardSection, GuardLimit, GuardPerson, GpioSiren, RelaySiren, ModemSettings)
    for model in (BrokerSettings, AsciiBus, ModbusBus, MqttBus, *parts):
        for key in model.model_fields:
            assert key in text, key


def test_the_samples_devices_work():
    sample = load(GatewaySettings, SAMPLE, environ={})
    assert len(sample.device) == 5
    for device in sample.device:
        if device.registers:
            register_map(device.registers).only(device.inputs)


def test_without_a_file_there_is_a_gateway_without_buses():
    assert load(GatewaySettings, environ={}).bus == ()


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ('[gateway]\nname = "a/b"', r"gateway\.name"),
        ("[gateway]\ninterval = 5", r"gateway\.interval"),
        ("[gateway]\nurgent_low = 9", "urgent_low is not below urgent_high"),
        ('[gateway]\ntrust_clock = "yes"', r"gateway\.trust_clock"),
        ('[broker]\nuser = "other"', "a gateway's name is its user name"),
        (BUS + BUS, "two buses are named 's'"),
        (BUS.replace("modbus-rtu", "can"), "bus"),
        (BUS + "speed = 3", "speed"),
        ('[[device]]\nbus = "s"\naddress = 1\nregisters = "xy-md02"', "which there is not"),
        (BUS + '[[device]]\nbus = "s"\naddress = 1', "lacks address and registers"),
        (BUS + '[[device]]\nbus = "s"\naddress = 300\nregisters = "xy-md02"', "address"),
        (BUS + '[[device]]\nbus = "s"\naddress = 1\nregisters = "xy-md02"\n' * 2, "two devices on 's' have address 1"),
        (BUS + '[[device]]\nbus = "s"\ntopic = "tele/+/SENSOR"', "no wildcard"),
        ("[gatewey]", "gatewey"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, text, wrong):
    with pytest.raises(BadInput, match=wrong) as error:
        loaded(tmp_path, text)
    assert "gateway.toml" in str(error.value)


def test_the_gateway_speaks_under_its_own_name(tmp_path):
    settings = loaded(tmp_path, '[gateway]\nname = "511900012-1"')
    assert settings.uplink_broker().user == "511900012-1"
