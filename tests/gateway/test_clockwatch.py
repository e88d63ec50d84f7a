"""What the box believes about the time."""

from gateway.clockwatch import LOOKS, Clockwatch, Learned, Source
from tests.gateway.parts import NOON

HOUR = 3_600_000


def test_a_clock_that_is_not_trusted_tells_nothing():
    watch = Clockwatch()
    watch.look(NOON, 1000, trusted=False)
    assert watch.time_of(1000) is None
    assert watch.source is Source.UNKNOWN


def test_a_trusted_clock_of_1970_tells_nothing():
    watch = Clockwatch()
    watch.look(5_000, 1000, trusted=True)
    assert watch.learned is None


def test_the_offset_stands_once_it_is_learned():
    watch = Clockwatch()
    watch.look(NOON, 1000, trusted=True)
    watch.look(NOON + 10_400, 11_000, trusted=True)  # 400 ms of jitter are nothing
    assert watch.time_of(1000) == NOON
    assert watch.time_of(61_000) == NOON + 60_000


def test_a_jump_of_the_system_clock_moves_no_stamp():
    watch = Clockwatch()
    watch.look(NOON, 1000, trusted=True)
    for n in range(10):
        watch.look(NOON - 5 * HOUR, 2000 + n, trusted=False)
    watch.look(NOON + 9 * HOUR, 3000, trusted=True)
    assert watch.time_of(3000) == NOON + 2000


def test_a_trusted_clock_that_keeps_its_new_time_is_believed():
    watch = Clockwatch()
    watch.look(NOON, 0, trusted=True)
    for n in range(LOOKS):
        watch.look(NOON + HOUR + n * 10_000, n * 10_000, trusted=True)
    assert watch.time_of(0) == NOON + HOUR


def test_two_jumps_that_disagree_are_not_added_up():
    watch = Clockwatch()
    watch.look(NOON, 0, trusted=True)
    for n in range(6):
        watch.look(NOON + (1 + n % 2) * HOUR, 0, trusted=True)
    assert watch.time_of(0) == NOON


def test_an_acknowledgement_tells_the_time_of_its_way():
    watch = Clockwatch()
    watch.hear(NOON, 1000, 1400)
    assert watch.time_of(1200) == NOON
    assert watch.source is Source.ACK


def test_a_slow_acknowledgement_tells_nothing():
    watch = Clockwatch()
    watch.hear(NOON, 1000, 12_000)
    watch.hear(NOON, 1000, 900)
    watch.hear(0, 1000, 1100)
    assert watch.learned is None


def test_ntp_outranks_an_acknowledgement_and_keeps_stamps_that_agree():
    watch = Clockwatch()
    watch.hear(NOON, 1000, 1000)
    watch.look(NOON + 300, 1000, trusted=True)
    assert watch.learned == Learned(NOON - 1000, Source.NTP)
    for _ in range(LOOKS):
        watch.hear(NOON + HOUR, 1000, 1000)
    assert watch.time_of(1000) == NOON
