"""Along which way doses came to where they are that was the worst: by hand, and against trying each way there is."""

from collections.abc import Sequence
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from coldchain.archive.lots import Movement, Reason, Stay, stays_of
from coldchain.ledger.ways import Badness, Leg, ends_of, paths_to, worst

HOME = {1: "A", 2: "A", 3: "B", 4: "C"}
NOW = 400


def move(
    number: int, at: int, source: int | None, target: int | None, doses: int = 10, reason: Reason = Reason.MOVED
) -> Movement:
    return Movement(id=number, lot="L", at=at, source=source, target=target, doses=doses, reason=reason)


def badness(stays: Sequence[Stay], bad: dict[int, set[int]], n: int, at: int | None) -> Badness:
    """Moments that were bad in the compartment, and all moments, from the stay's beginning on."""
    span = range(stays[n].start, NOW if at is None else at)
    return sum(time in bad.get(stays[n].compartment, ()) for time in span), len(span)


def way(moves: Sequence[Movement], bad: dict[int, set[int]] | None = None) -> list[tuple[int, int, int | None]]:
    stays = stays_of(moves)
    paths = paths_to(ends_of(stays), stays, moves, HOME)
    return shown(worst(paths, lambda n, at: badness(stays, bad or {}, n, at)))


def shown(legs: Sequence[Leg]) -> list[tuple[int, int, int | None]]:
    return [(leg.stay.compartment, leg.start, leg.end) for leg in legs]


def led(moves: Sequence[Movement]) -> list[tuple[int, int, int | None]]:
    stays = stays_of(moves)
    return sorted(shown(paths_to(ends_of(stays), stays, moves, HOME).legs()))


def test_a_way_is_every_place_up_to_where_doses_are_now() -> None:
    moves = [move(1, 0, None, 1), move(2, 5, 1, 2)]
    assert way(moves) == led(moves) == [(1, 0, 5), (2, 5, None)]


def test_of_doses_that_met_the_worst_counts() -> None:
    moves = [move(1, 0, None, 1), move(2, 1, None, 2), move(3, 5, 1, 3), move(4, 7, 2, 3)]
    assert way(moves, {1: {2}}) == [(1, 0, 5), (3, 5, None)]
    assert way(moves, {2: {2}}) == [(2, 1, 7), (3, 7, None)]
    assert led(moves) == [(1, 0, 5), (2, 1, 7), (3, 5, None)]


def test_doses_that_followed_later_from_the_same_store_may_have_been_through_more() -> None:
    moves = [move(1, 0, None, 1, 100), move(2, 10, 1, 3), move(3, 90, 1, 3), move(4, 95, 1, None, 80)]
    assert way(moves, {1: set(range(50, 60))}) == [(1, 0, 90), (3, 90, None)]
    assert way(moves, {3: set(range(50, 60))}) == [(1, 0, 10), (3, 10, None)]


def test_a_lot_that_is_used_up_has_the_ways_to_its_last_places() -> None:
    assert way([move(1, 0, None, 1), move(2, 5, 1, None)]) == [(1, 0, 5)]


def test_there_and_back_again_ends() -> None:
    moves = [move(1, 0, None, 1), move(2, 5, 1, 2), move(3, 9, 2, 1)]
    assert way(moves) == [(1, 0, 5), (2, 5, 9), (1, 9, None)]


def test_doses_that_passed_through_in_one_instant_bring_what_they_were_through_before() -> None:
    passing = [move(1, 0, None, 1), move(2, 5, 1, 2), move(3, 5, 2, 3), move(4, 5, 3, 4)]
    assert way(passing, {1: {3}}) == led(passing) == [(1, 0, 5), (4, 5, None)]
    ring = [move(1, 0, None, 1, 20), move(2, 0, None, 2), move(3, 5, 1, 2), move(4, 5, 2, 1), move(5, 6, 1, 3, 20)]
    assert way(ring, {2: {3}, 3: {50}}) == [(2, 0, 5), (1, 5, 6), (3, 6, None)]


def test_what_comes_back_unopened_brings_what_it_was_through_before() -> None:
    back = Reason.RETURNED
    moves = [move(1, 0, None, 3), move(2, 5, 3, None, reason=Reason.ISSUED), move(3, 9, None, 3, 4, back)]
    assert way(moves, {3: {3}}) == [(3, 0, 5), (3, 9, None)]
    elsewhere = [*moves[:2], move(3, 9, None, 4, 4, back)]
    assert way(elsewhere, {3: {3}}) == [(4, 9, None)]


def test_more_ways_than_anybody_could_count_are_no_matter() -> None:
    moves = [move(1, 0, None, 1, 30), move(2, 0, None, 2, 30), move(3, 0, None, 3, 30)]
    for n in range(300):
        source = n % 3 + 1
        moves.append(move(n + 4, n + 1, source, source % 3 + 1))
    assert way(moves, {2: {150}})[-1][2] is None
    assert sum(end is None or start <= 150 < end for place, start, end in way(moves, {2: {150}}) if place == 2) == 1


# ── Against trying each ──


@st.composite
def histories(draw: st.DrawFn) -> list[Movement]:
    """Movements between four places and outside, some in the same instant; nothing leaves that is not there."""
    levels = dict.fromkeys((1, 2, 3, 4), 0)
    moves, at = [], 0
    for number in range(draw(st.integers(1, 9))):
        at += draw(st.integers(0, 3))
        source = draw(st.sampled_from([None, *(place for place, level in levels.items() if level)]))
        target = draw(st.sampled_from([t for t in (1, 2, 3, 4, None) if t != source and (t or source)]))
        doses = draw(st.integers(1, 9 if source is None else levels[source]))
        for place, change in ((source, -doses), (target, doses)):
            if place is not None:
                levels[place] += change
        moves.append(move(number, at, source, target, doses))
    return moves


def stood(moves: Sequence[Movement], picking: Random) -> list[set[tuple[int, int]]]:
    """The (compartment, moment)s in which each dose stood that is still there, when doses are picked at random."""
    on: dict[int | None, list[set[tuple[int, int]]]] = {place: [] for place in (None, *HOME)}
    since = 0
    for each in moves:
        wait(on, since, each.at)
        since = each.at
        taken: list[set[tuple[int, int]]] = [set() for _ in range(each.doses)]
        if each.source is not None:
            picking.shuffle(on[each.source])
            taken, on[each.source] = on[each.source][: each.doses], on[each.source][each.doses :]
        on[each.target] += taken
    wait(on, since, NOW)
    return [dose for place in HOME for dose in on[place]]


def wait(on: dict[int | None, list[set[tuple[int, int]]]], start: int, end: int) -> None:
    for place in HOME:
        for dose in on[place]:
            dose.update((place, time) for time in range(start, end))


@settings(max_examples=200, deadline=None, derandomize=True)
@given(histories(), st.sets(st.tuples(st.integers(1, 4), st.integers(0, 25)), max_size=30), st.randoms())
def test_however_doses_are_picked_none_has_been_through_worse(
    moves: list[Movement], hot: set[tuple[int, int]], picking: Random
) -> None:
    doses = stood(moves, picking)
    if not doses:
        return
    found = way(moves, {place: {time for there, time in hot if there == place} for place in HOME})
    its = [(place, time) for place, start, end in found for time in range(start, NOW if end is None else end)]
    assert len(hot & set(its)) >= max(len(hot & dose) for dose in doses)
    assert [time for _, time in its] == list(range(found[0][1], NOW))  # without a break, in one place at a time
