"""The rule when full: what is given up, what never is, and that it is told."""

from itertools import pairwise

from coldchain.reading import Fault
from gateway.batching import Row
from gateway.spoolfile import BYTES_PER_READING, Stamped
from gateway.thinning import surplus
from tests.gateway.parts import NOON
from tests.gateway.spools import SERIES, all_points, formed, points_of, rows, spool_in

SMALL = 400_000  # bytes: 1875 readings
CAPACITY = int(SMALL * 0.75) // BYTES_PER_READING


def row(n, value, quality=0, series=SERIES):
    return Row(n, 1, series, n * 60_000, NOON + n * 60_000, value, quality)


def kept(values, quality=0):
    made = [row(n, v, quality) for n, v in enumerate(values)]
    gone = set(surplus(made))
    return [r.value for r in made if r.id not in gone]


def test_the_middle_value_of_three_goes_and_every_peak_stays():
    assert kept([4.0, 4.1, 4.2]) == [4.0, 4.2]
    assert kept([4.0, 9.9, 4.2]) == [4.0, 9.9]
    assert kept([4.0, 1.5, 4.2]) == [1.5, 4.2]
    assert kept([4.0, 4.0, 4.0]) == [4.0, 4.0]


def test_neighbours_are_at_most_three_intervals_apart_afterwards():
    made = [row(n, 5 + (n * 7919 % 101) / 100) for n in range(3000)]
    gone = set(surplus(made))
    times = [r.ticks for r in made if r.id not in gone]
    assert len(gone) == 1000
    assert max(b - a for a, b in pairwise(times)) <= 3 * 60_000


def test_where_a_fault_begins_or_ends_all_three_stay():
    assert surplus([row(1, 4.0), row(2, None, Fault.NO_ANSWER), row(3, None, Fault.NO_ANSWER)]) == []
    assert kept([None, None, None], Fault.NO_ANSWER) == [None, None]


def test_series_are_thinned_apart():
    mixed = [row(n * 2 + d, 4.0 + n, series=f"{d}/temperature") for n in range(3) for d in range(2)]
    assert sorted(surplus(mixed)) == [2, 3]


def fill(spool, count, value=None):
    for first in range(0, count, 50):
        some = rows(first, min(first + 49, count - 1))
        spool.append([r._replace(value=value(i + first)) for i, r in enumerate(some)] if value else some)
        spool.make_room()


def test_a_full_spool_thins_its_oldest_and_keeps_its_newest_whole(tmp_path):
    with spool_in(tmp_path, SMALL) as spool:
        fill(spool, CAPACITY + 100)
        depth = spool.depth()
        assert depth.readings <= CAPACITY
        assert depth.dropped == CAPACITY + 100 - depth.readings
        left = all_points(spool)
    newest = points_of(rows(CAPACITY - 400, CAPACITY + 99))
    assert newest.items() <= left.items()
    assert left.items() <= points_of(rows(0, CAPACITY + 99)).items()


def test_thinning_goes_on_for_ever_within_the_size_limit(tmp_path):
    with spool_in(tmp_path, SMALL) as spool:
        fill(spool, CAPACITY * 5)
        depth = spool.depth()
        assert depth.readings <= CAPACITY
        assert depth.bytes <= SMALL
        assert depth.dropped == CAPACITY * 5 - depth.readings
        left = all_points(spool)
    times = sorted(t for _, t in left)
    assert times[0] - NOON < CAPACITY * 60_000  # the beginning of the outage is still told


def test_what_cannot_be_thinned_is_dropped_from_the_oldest_and_told(tmp_path):
    with spool_in(tmp_path, SMALL) as spool:
        for first in range(0, CAPACITY + 50, 50):  # every reading of another quality than its neighbours
            spool.append([r._replace(quality=(r.ticks // 60_000) % 2) for r in rows(first, first + 49)])
            spool.make_room()
        depth = spool.depth()
    assert depth.last_loss.startswith("dropped")
    assert "of 2026-" in depth.last_loss


def test_the_loss_is_told_with_its_span(tmp_path):
    with spool_in(tmp_path, SMALL) as spool:
        fill(spool, CAPACITY + 100)
        assert spool.depth().last_loss.startswith("thinned ")


def test_sent_batches_are_never_thinned(tmp_path):
    with spool_in(tmp_path, SMALL) as spool:
        spool.append(rows(0, 49))
        seq = formed(spool, "oldest", 50)
        sent = spool.payload(seq)
        for first in range(50, CAPACITY + 500, 50):
            spool.append(rows(first, first + 49))
            spool.make_room()
        assert spool.payload(seq) == sent


def test_readings_without_a_date_are_bounded_too(tmp_path):
    with spool_in(tmp_path, SMALL) as spool:
        for first in range(0, CAPACITY + 200, 50):
            spool.append([Stamped(*r[:2], None, *r[3:]) for r in rows(first, first + 49)])
            spool.make_room()
        assert spool.depth().readings <= CAPACITY
        assert "without a date" in spool.depth().last_loss
