"""How many batches are in the air, and which is next."""

from gateway.window import TRIES_IN_FRONT, Window
from tests.gateway.parts import seeded


def window(**options):
    return Window(rng=seeded(), **options)


def fly(window, seq, now=0.0, **options):
    flight = window.add(seq, **options)
    window.sent(flight, now, 0)
    return flight


def test_eight_and_no_more_are_in_the_air():
    full = window()
    for seq in range(8):
        assert full.has_room
        fly(full, seq)
    assert not full.has_room


def test_a_timeout_halves_the_window_and_an_answer_widens_it_by_one():
    some = window()
    for seq in range(8):
        fly(some, seq)
    assert some.expire(13) == 8
    assert some.size == 4
    some.answered(1)
    assert some.size == 5
    for seq in range(2, 8):
        some.answered(seq)
    assert some.size == 8


def test_the_window_never_closes():
    one = window()
    fly(one, 1)
    for n in range(10):
        one.expire(1000.0 * n)
        one.sent(one.flights[1], 1000.0 * n, 0)
    assert one.size == 1


def test_the_wait_doubles_up_to_five_minutes_with_jitter():
    one, now, waits = window(), 0.0, []
    for _ in range(8):
        flight = fly(one, 1, now)
        waits.append(flight.expires - now)
        now = flight.expires
        assert one.expire(now) == 1
    for wait, least in zip(waits, [10, 20, 40, 80, 160, 300, 300, 300], strict=True):
        assert least <= wait <= least * 1.25
    assert len(set(waits)) == len(waits)


def test_a_lost_connection_makes_nothing_wait_longer():
    one = window()
    fly(one, 1)
    one.ground()
    assert one.in_air == 0
    assert fly(one, 1).expires <= 12.5


def test_a_batch_unanswered_five_times_goes_behind():
    some = window()
    for n in range(TRIES_IN_FRONT):
        fly(some, 1, 1000.0 * n)
        some.expire(1000.0 * n + 999)
    some.add(2)
    assert some.next_again(behind=False).seq == 2
    assert some.next_again(behind=True).seq == 1


def test_the_newest_has_one_slot_and_comes_first():
    some = window()
    some.add(1)
    assert some.newest_is_open
    some.add(5, is_newest=True)
    assert not some.newest_is_open
    assert some.next_again(behind=False).seq == 5
    some.answered(5)
    assert some.newest_is_open


def test_a_newest_batch_that_nobody_answers_frees_its_slot():
    some = window()
    for n in range(TRIES_IN_FRONT):
        fly(some, 1, 1000.0 * n, is_newest=True)
        some.expire(1000.0 * n + 999)
    assert some.newest_is_open


def test_an_answer_counts_once():
    some = window()
    fly(some, 1)
    assert some.answered(1)
    assert some.answered(1) is None
