"""What the box believes about the time."""

from gateway.clockwatch import EARLIEST_MS, HOLDOVER_MS, LOOKS, STEP_MS, WIDEST_MS, Clockwatch, Learned, Source
from tests.gateway.parts import NOON, seeded

HOUR = 3_600_000
MINUTE = 60_000


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


def test_a_jump_there_and_back_is_no_jump():
    watch = Clockwatch()
    watch.look(NOON, 0, trusted=True)
    for n in range(LOOKS - 1):
        watch.look(NOON + HOUR, n, trusted=True)
    watch.look(NOON + 5, 5, trusted=True)
    watch.look(NOON + HOUR, 6, trusted=True)
    assert watch.time_of(0) == NOON


# -- what acknowledgements tell --------------------------------------------------------------------------------------


def answered(watch, said, sent, heard):
    """An acknowledgement said at tick `said` of a boot that began at NOON."""
    watch.hear(NOON + said, sent, heard)


def error(watch, ticks=0, now=NOON):
    """By how much a stamp given now would be wrong."""
    stamp = watch.time_of(ticks)
    assert stamp is not None
    return abs(stamp - now)


def test_an_acknowledgement_tells_the_time_of_its_way():
    watch = Clockwatch()
    watch.hear(NOON, 1000, 1400)
    assert watch.time_of(1200) == NOON
    assert watch.source is Source.ACK


def test_a_slow_acknowledgement_tells_nothing():
    watch = Clockwatch()
    watch.hear(NOON, 1000, 1001 + WIDEST_MS)
    assert watch.learned is None


def test_what_cannot_be_tells_nothing():
    watch = Clockwatch()
    watch.hear(NOON, 1000, 900)
    watch.hear(EARLIEST_MS - 1, 1000, 1100)
    assert watch.learned is None


def test_two_slow_acknowledgements_tell_together_what_neither_tells_alone():
    watch = Clockwatch()
    answered(watch, 1_000, 0, 60_000)  # said at once, held up on its way back
    assert watch.learned is None
    answered(watch, 159_000, 100_000, 160_000)  # held up on its way out
    assert watch.source is Source.ACK
    assert error(watch) <= 1_000


def test_however_acknowledgements_are_held_up_the_time_is_wrong_by_five_seconds_at_most():
    rng = seeded()
    learned = 0
    for _ in range(300):
        watch, ticks = Clockwatch(), 0
        for _ in range(40):
            sent = ticks
            said = sent + rng.choice([50, 900, 20_000, 300_000]) * rng.random()
            heard = said + rng.choice([50, 900, 20_000, 300_000]) * rng.random()
            answered(watch, int(said), sent, int(heard) + 1)
            ticks = int(heard) + rng.randrange(HOUR)
            if watch.learned:
                assert error(watch) <= WIDEST_MS // 2
        learned += watch.learned is not None
    assert learned == 300


def test_a_rough_time_is_refined_by_better_acknowledgements():
    watch = Clockwatch()
    answered(watch, 9_900, 0, 9_950)
    assert error(watch) > 4_000
    answered(watch, MINUTE + 50, MINUTE, MINUTE + 100)
    assert error(watch) <= 50


def test_a_time_within_the_bounds_stands():
    watch = Clockwatch()
    answered(watch, 200, 0, 400)
    before = watch.learned
    for n in range(1, 60):
        answered(watch, n * MINUTE + 10 * (n % 7), n * MINUTE, n * MINUTE + 400)
    assert watch.learned == before


def test_ticks_that_drift_are_followed_within_a_second_or_so():
    watch = Clockwatch()
    for minute in range(3 * 24 * 60):
        ticks = minute * MINUTE
        now = NOON + ticks + ticks // 20_000  # 50 ppm: 13 s in three days
        watch.hear(now + 100, ticks, ticks + 200)
        assert error(watch, ticks, now) <= STEP_MS + 500
    assert watch.source is Source.ACK


def test_a_collector_whose_clock_is_set_is_believed_when_it_has_said_so_often_enough():
    watch = Clockwatch()
    answered(watch, 50, 0, 100)
    for n in range(1, LOOKS + 1):
        assert watch.time_of(0) == NOON
        answered(watch, HOUR + n * MINUTE + 50, n * MINUTE, n * MINUTE + 100)
    assert watch.time_of(0) == NOON + HOUR


def test_two_collectors_that_disagree_do_not_pull_the_time_to_and_fro():
    watch = Clockwatch()
    answered(watch, 50, 0, 100)
    for n in range(1, 20):
        answered(watch, n * MINUTE + (4_050 if n % 2 else 50), n * MINUTE, n * MINUTE + 100)
    assert watch.time_of(0) == NOON


def test_ntp_outranks_an_acknowledgement_and_keeps_stamps_that_agree():
    watch = Clockwatch()
    watch.hear(NOON, 1000, 1000)
    watch.look(NOON + 300, 1000, trusted=True)
    assert watch.learned == Learned(NOON - 1000, Source.NTP)
    for _ in range(LOOKS):
        watch.hear(NOON + HOUR, 1000, 1000)
    assert watch.time_of(1000) == NOON


def test_after_a_long_silence_of_ntp_acknowledgements_are_asked_again():
    watch = Clockwatch()
    watch.look(NOON, 0, trusted=True)
    answered(watch, HOLDOVER_MS, HOLDOVER_MS, HOLDOVER_MS)
    assert watch.source is Source.NTP
    answered(watch, HOLDOVER_MS + 40, HOLDOVER_MS + 20, HOLDOVER_MS + 60)
    assert watch.learned == Learned(NOON, Source.ACK)
    watch.look(NOON + HOLDOVER_MS + 100, HOLDOVER_MS + 100, trusted=True)
    assert watch.learned == Learned(NOON, Source.NTP)


def test_a_clock_that_ntp_steers_wins_over_acknowledgements_that_come_in_between():
    watch = Clockwatch()
    answered(watch, 50, 0, 100)
    for n in range(1, LOOKS + 1):
        watch.look(NOON + 3_000 + n * 10_000, n * 10_000, trusted=True)
        answered(watch, n * 10_000 + 100, n * 10_000 + 50, n * 10_000 + 150)
    assert watch.learned == Learned(NOON + 3_000, Source.NTP)


def test_what_a_spool_opened_late_remembers_is_taken_unless_something_was_learned():
    watch = Clockwatch()
    watch.recall(None)
    assert watch.learned is None
    watch.recall(Learned(NOON, Source.ACK))
    watch.recall(Learned(NOON + HOUR, Source.ACK))
    assert watch.learned == Learned(NOON, Source.ACK)
