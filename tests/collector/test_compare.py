"""New, settled or in conflict: what is written, what is only acknowledged, what is refused."""

from coldchain.reading import Trace
from coldchain.series import Span
from coldchain.wire import Refusal
from collector.batch import Judged
from collector.compare import APART, NEVER, Newest, fresh, to_ask
from collector.sieve import judge
from tests.collector.cast import CHANNEL, MINUTE, T0, steady


def known(time: int = NEVER) -> Newest:
    newest = Newest()
    newest.learn([CHANNEL], {CHANNEL: time} if time != NEVER else {})
    return newest


def judged(seq: int, count: int = 3, *, start: int = T0, first: float = 4.0) -> Judged:
    return judge(steady(seq, count, start=start, first=first))


def written(found: list[tuple[Judged, Trace]]) -> list[tuple[int | None, list[int]]]:
    return [(one.seq, trace.t) for one, trace in found]


def test_channels_never_seen_are_asked_for_once():
    newest = Newest()
    assert newest.unknown([judged(1), judged(2)]) == [CHANNEL]
    newest.learn([CHANNEL], {})
    assert newest.unknown([judged(1)]) == []


def test_newer_readings_are_new_without_asking():
    one, newest = judged(1), known(T0 - 1)
    assert to_ask([one], newest) == []
    assert fresh([one], newest, []) == [(one, one.traces[0])]


def test_an_older_reading_is_asked_for():
    assert to_ask([judged(1)], known(T0 + MINUTE)) == [Span(CHANNEL, T0, T0 + MINUTE + 1)]


def test_readings_far_apart_are_asked_for_apart():
    late, later = judged(1, 1, start=T0 - APART - 1), judged(2, 1)
    assert to_ask([late, later], known(T0)) == [
        Span(CHANNEL, T0 - APART - 1, T0 - APART),
        Span(CHANNEL, T0, T0 + 1),
    ]


def test_what_stands_there_already_is_settled_but_still_arrives():
    one = judged(1)
    stored = Trace(CHANNEL, [T0, T0 + MINUTE], [4.0, 4.01], [0, 0])
    assert written(fresh([one], known(T0 + MINUTE), [stored])) == [(1, [T0 + 2 * MINUTE])]
    assert (one.traces[0].t, one.flaws) == ([T0, T0 + MINUTE, T0 + 2 * MINUTE], [])


def test_a_whole_resend_writes_nothing():
    one = judged(1)
    assert fresh([one], known(T0 + 2 * MINUTE), [one.traces[0]]) == []
    assert len(one.traces[0]) == 3


def test_a_second_value_is_a_conflict_and_its_neighbours_pass():
    one = judged(1)
    stored = Trace(CHANNEL, [T0 + MINUTE], [9.9], [0])
    assert written(fresh([one], known(T0 + MINUTE), [stored])) == [(1, [T0, T0 + 2 * MINUTE])]
    assert (one.refusal(), one.traces[0].t) == (Refusal.CONFLICT, [T0, T0 + 2 * MINUTE])
    assert "9.9" in one.flaws[0].detail


def test_another_quality_is_a_conflict_too():
    one = judged(1, 1)
    assert fresh([one], known(T0), [Trace(CHANNEL, [T0], [4.0], [64])]) == []
    assert (one.refusal(), one.traces) == (Refusal.CONFLICT, [])


def test_a_late_reading_between_stored_ones_is_new():
    one = judged(1, 1, start=T0 + 5)
    stored = Trace(CHANNEL, [T0 + 4, T0 + 6], [4.0, 4.0], [0, 0])
    assert written(fresh([one], known(T0 + 6), [stored])) == [(1, [T0 + 5])]


def test_two_messages_of_one_flush_are_compared_with_each_other():
    first, same, other = judged(1), judged(2), judged(3, first=5.0)
    assert written(fresh([first, same, other], known(), [])) == [(1, first.traces[0].t)]
    assert (same.refusal(), len(same.traces[0])) == (None, 3)
    assert (other.refusal(), other.traces) == (Refusal.CONFLICT, [])


def test_the_newest_first_then_the_oldest_are_all_new():
    batches = [judged(9), judged(1, start=T0 - 60 * MINUTE), judged(2, start=T0 - 57 * MINUTE)]
    assert [seq for seq, _ in written(fresh(batches, known(), []))] == [9, 1, 2]
    assert [one.flaws for one in batches] == [[], [], []]


def test_what_was_stored_moves_the_newest_forward_only():
    newest = known(T0 + 5)
    newest.stored([Trace(CHANNEL, [T0], [4.0], [0]), Trace(CHANNEL, [T0 + 7], [4.0], [0])])
    assert newest.of(CHANNEL) == T0 + 7
    newest.forget()
    assert newest.unknown([judged(1)]) == [CHANNEL]
