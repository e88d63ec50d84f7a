"""What gateways say of themselves: what is trouble, since when, and what a message may not change."""

import pytest

from alerting.excursion.observations import Seen
from alerting.excursion.policy import load_policy
from alerting.health import Gateways, is_nearly_full
from coldchain.excursion import Kind, Severity
from coldchain.wire import BusHealth, DeviceHealth, Health, OffsetHealth, SpoolHealth
from tests.alerting.cast import HOUR, MINUTE, T0

POLICY = load_policy("default")
MB = 1_000_000


def spool(share: float, hours_left: float | None = 100.0) -> SpoolHealth:
    return SpoolHealth("ab", readings=5, hours_left=hours_left, bytes=round(share * 64 * MB), limit_bytes=64 * MB)


FULL = spool(0.9)


def says(sent: int = T0, *, clock: str = "ntp", of_spool: SpoolHealth | None = None) -> Health:
    return Health("online", sent=sent, boot="b", clock=clock, spool=of_spool or spool(0.01))


def seen(gateways: Gateways, at: int = T0) -> list[tuple[Kind, int, Severity]]:
    return [(each.kind, each.start, each.loudness.severity) for each in all_seen(gateways, at)]


def all_seen(gateways: Gateways, at: int = T0) -> list[Seen]:
    return gateways.seen(POLICY, {"gw-1": ["F1"], "gw-2": ["F2", "F3"]}, at)


@pytest.mark.parametrize(
    ("health", "is_full"),
    [
        (spool(0.79), False),
        (spool(0.8), True),
        (spool(0.8, None), True),
        (spool(0.2, 23.9), True),
        (spool(0.2, 24.0), False),
        (spool(0.05, 2.0), False),
        (SpoolHealth("ab", readings=10**6), False),
    ],
)
def test_a_spool_is_nearly_full_a_day_before_it_loses_readings(health: SpoolHealth, is_full: bool):
    assert is_nearly_full(health) is is_full


def test_what_goes_on_began_with_the_message_that_said_so_first():
    gateways = Gateways()
    for minute in range(3):
        gateways.take("gw-1", says(T0 + minute * MINUTE, of_spool=FULL), T0 + minute * MINUTE)
    assert seen(gateways) == [(Kind.SPOOL_NEARLY_FULL, T0, Severity.WARNING)]
    [full] = all_seen(gateways)
    assert (full.subject, full.equipment, full.detail["share"]) == ("gw-1", "F1", 0.9)
    gateways.take("gw-1", says(T0 + 3 * MINUTE), T0 + 3 * MINUTE)
    assert seen(gateways) == []


def test_a_gateway_of_several_is_about_none_of_them_alone():
    gateways = Gateways()
    gateways.take("gw-2", says(of_spool=FULL), T0)
    [full] = all_seen(gateways)
    assert (full.equipment, full.detail["equipment"]) == (None, ["F2", "F3"])


def test_a_lost_clock_is_loud_after_the_policy_s_hour():
    gateways = Gateways()
    gateways.take("gw-1", says(0, clock="unknown"), T0)
    assert seen(gateways) == [(Kind.CLOCK_LOST, T0, Severity.NOTE)]
    assert seen(gateways, T0 + HOUR) == [(Kind.CLOCK_LOST, T0, Severity.WARNING)]


@pytest.mark.parametrize(("off_s", "kinds"), [(300, []), (301, [Kind.CLOCK_WRONG]), (-301, [Kind.CLOCK_WRONG])])
def test_a_clock_is_wrong_when_two_messages_in_a_row_say_so(off_s: int, kinds: list[Kind]):
    gateways = Gateways()
    gateways.take("gw-1", says(T0 + off_s * 1000), T0)
    assert seen(gateways) == []
    gateways.take("gw-1", says(T0 + MINUTE + off_s * 1000), T0 + MINUTE)
    assert [kind for kind, _, _ in seen(gateways)] == kinds


def test_a_message_that_was_late_once_says_nothing_of_the_clock():
    gateways = Gateways()
    for minute, late in enumerate((0, 20, 0, 20)):
        gateways.take("gw-1", says(T0 + (minute - late) * MINUTE), T0 + minute * MINUTE)
        assert seen(gateways) == []


def test_a_retained_message_was_said_when_it_was_sent():
    gateways = Gateways()
    gateways.take("gw-1", says(T0 - 5 * HOUR, of_spool=FULL), T0, is_retained=True)
    assert seen(gateways) == [(Kind.SPOOL_NEARLY_FULL, T0 - 5 * HOUR, Severity.WARNING)]
    assert gateways.heard_at("gw-1") == T0 - 5 * HOUR


def test_an_older_message_and_a_last_will_change_nothing():
    gateways = Gateways()
    gateways.take("gw-1", says(T0, of_spool=FULL), T0)
    gateways.take("gw-1", says(T0 - HOUR), T0 + MINUTE, is_retained=True)
    gateways.take("gw-1", Health("offline"), T0 + 2 * MINUTE)
    assert [kind for kind, _, _ in seen(gateways)] == [Kind.SPOOL_NEARLY_FULL]


def test_what_was_not_said_since_the_start_is_not_known():
    gateways = Gateways()
    assert not gateways.knows("gw-1", Kind.SPOOL_NEARLY_FULL)
    gateways.take("gw-1", says(), T0, is_retained=True)
    assert gateways.knows("gw-1", Kind.SPOOL_NEARLY_FULL)
    assert not gateways.knows("gw-1", Kind.CLOCK_WRONG)  # a kept message tells nothing of its way
    gateways.take("gw-1", says(T0 + HOUR), T0 + MINUTE)
    assert not gateways.knows("gw-1", Kind.CLOCK_WRONG)  # nor does one that was odd once
    gateways.take("gw-1", says(T0 + 2 * MINUTE), T0 + 2 * MINUTE)
    assert gateways.knows("gw-1", Kind.CLOCK_WRONG)


def looked(sent: int, *offsets: OffsetHealth, name: str = "md02-1") -> Health:
    devices = [DeviceHealth(name, "ok", offsets=list(offsets)), DeviceHealth("md02-2", "ok")]
    return Health("online", sent=sent, boot="b", clock="ntp", buses=[BusHealth("rs485", "modbus-rtu", "ok", devices)])


COLD = OffsetHealth("temperature", -0.5, 0x0103)


def test_a_device_that_adds_something_is_seen_until_its_register_is_zero():
    gateways = Gateways()
    gateways.take("gw-1", looked(T0, COLD), T0)
    gateways.take("gw-1", looked(T0 + HOUR, COLD), T0 + HOUR)
    [found] = gateways.seen(POLICY, {"gw-1/md02-1": ["F1"]}, T0 + HOUR)
    assert (found.kind, found.subject, found.start, found.equipment) == (Kind.OFFSET_SET, "gw-1/md02-1", T0, "F1")
    assert found.detail["offsets"] == [{"quantity": "temperature", "adds": -0.5, "register": 0x0103}]
    assert (found.loudness.severity, found.loudness.waits_at_night) == (Severity.WARNING, True)
    gateways.take("gw-1", looked(T0 + 2 * HOUR), T0 + 2 * HOUR)
    assert seen(gateways) == []
    assert gateways.knows("gw-1/md02-1", Kind.OFFSET_SET)


def test_a_gateway_that_has_not_looked_says_nothing_of_offsets():
    gateways = Gateways()
    gateways.take("gw-1", looked(T0, COLD), T0)
    gateways.take("gw-1", says(T0 + MINUTE), T0 + MINUTE)  # it was started again, and has not asked its devices yet
    assert seen(gateways) == [(Kind.OFFSET_SET, T0, Severity.WARNING)]
    assert not gateways.knows("gw-1/md02-2", Kind.OFFSET_SET)
    assert not gateways.knows("gw-9/md02-1", Kind.OFFSET_SET)


def test_another_offset_is_another_event():
    gateways = Gateways()
    gateways.take("gw-1", looked(T0, COLD), T0)
    gateways.take("gw-1", looked(T0 + HOUR, OffsetHealth("temperature", 1.0, 0x0103)), T0 + HOUR)
    assert seen(gateways, T0 + HOUR) == [(Kind.OFFSET_SET, T0 + HOUR, Severity.WARNING)]
