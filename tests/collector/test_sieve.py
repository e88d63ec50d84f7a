"""What is taken and what is named: every kind of bad input, with good readings beside it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain.reading import RECONSTRUCTED, Fault, Trace
from coldchain.wire import Refusal
from collector.batch import Delivery, Judged
from collector.sieve import EARLIEST, MOST_AHEAD, judge
from tests.collector.cast import CHANNEL, MINUTE, NOW, PROBE, SPOOL, T0, delivery, payload

GOOD = {"t0": T0, "step": MINUTE, "v": [4.0, 4.1]}
GOOD_TRACE = Trace(CHANNEL, [T0, T0 + MINUTE], [4.0, 4.1], [0, 0])


def reasons(judged: Judged) -> list[Refusal]:
    return list(judged.reasons())


def judged_beside_a_good_one(name: str, block: dict[str, object]) -> Judged:
    return judge(delivery(payload(series={PROBE: GOOD, name: block})))


def test_a_good_batch_passes_whole():
    judged = judge(delivery())
    assert (judged.gateway, judged.spool, judged.seq, judged.flaws) == ("gw-1", SPOOL, 1, [])
    assert judged.traces == [Trace(CHANNEL, [T0, T0 + MINUTE, T0 + 2 * MINUTE], [4.0, 4.1, 4.2], [0, 0, 0])]


def test_an_empty_batch_is_a_batch():
    judged = judge(delivery(payload(series={})))
    assert (judged.traces, judged.flaws, judged.seq) == ([], [], 1)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", Refusal.MALFORMED),
        (b"{", Refusal.MALFORMED),
        (b"\xff\xfe{}", Refusal.MALFORMED),
        (b'{"spool": "\xff"}', Refusal.MALFORMED),
        (payload().replace(b"4.1", b"NaN"), Refusal.MALFORMED),
        (payload().replace(b"4.1", b"-Infinity"), Refusal.MALFORMED),
        (b'{"x": ' + b"[" * 100_000, Refusal.MALFORMED),
        (payload().replace(b"4.1", b"1e999"), Refusal.SHAPE),
        (b"[]", Refusal.SHAPE),
        (b"{}", Refusal.SHAPE),
        (payload().replace(b"4.1", b'"4.1"'), Refusal.SHAPE),
        (payload(seq=0), Refusal.SHAPE),
        (payload(seq=2**60), Refusal.SHAPE),
        (payload(spool="short"), Refusal.SHAPE),
        (payload(spool="AB" * 16), Refusal.SHAPE),
        (payload() + b" " * 1_000_000, Refusal.TOO_LARGE),
    ],
)
def test_a_message_that_is_no_batch_is_refused_by_name(body: bytes, reason: Refusal):
    judged = judge(delivery(body))
    assert (judged.traces, reasons(judged)) == ([], [reason])


def test_a_refusal_can_be_told_where_the_key_can_be_read():
    judged = judge(delivery(payload(seq=77)[:-5]))
    assert (judged.spool, judged.seq, reasons(judged)) == (SPOOL, 77, [Refusal.MALFORMED])


def test_an_unknown_version_is_kept_but_not_answered():
    judged = judge(Delivery("coldchain/v2/gw/gw-1/readings", payload(), retained=False, received=NOW))
    assert (reasons(judged), judged.answerable, judged.traces) == ([Refusal.VERSION], False, [])


def test_a_gateway_that_is_no_name_is_refused():
    judged = judge(Delivery("coldchain/v1/gw/诊所/readings", payload(), retained=False, received=NOW))
    assert (reasons(judged), judged.gateway, judged.answerable) == ([Refusal.NAME], "诊所", False)


def test_retained_readings_are_refused():
    judged = judge(delivery(retained=True))
    assert (reasons(judged), judged.seq, judged.traces) == ([Refusal.RETAINED], 1, [])


@pytest.mark.parametrize(
    ("name", "block", "reason"),
    [
        ("28ff", GOOD, Refusal.NAME),
        ("28ff/temperature/x", GOOD, Refusal.NAME),
        ("28ff/weight", GOOD, Refusal.NAME),
        ("a b/temperature", GOOD, Refusal.NAME),
        ("../temperature,x=1", GOOD, Refusal.NAME),
        ("x/temperature", {"t": [T0], "v": [4.0, 4.1]}, Refusal.SHAPE),
        ("x/temperature", {"t": [T0], "v": [4.0], "q": [0, 0]}, Refusal.SHAPE),
        ("x/temperature", {"v": [4.0]}, Refusal.SHAPE),
        ("x/temperature", {"t0": T0, "step": 0, "v": [4.0]}, Refusal.SHAPE),
        ("x/temperature", {"t0": T0, "step": 1, "t": [T0], "v": [4.0]}, Refusal.SHAPE),
        ("x/temperature", {"t": [0], "v": [4.0]}, Refusal.PAST),
        ("x/temperature", {"t": [EARLIEST - 1], "v": [4.0]}, Refusal.PAST),
        ("x/temperature", {"t": [-(10**30)], "v": [4.0]}, Refusal.PAST),
        ("x/temperature", {"t": [3_800_000_000_000], "v": [4.0]}, Refusal.FUTURE),
        ("x/temperature", {"t": [10**30], "v": [4.0]}, Refusal.FUTURE),
        ("x/temperature", {"t": [NOW + MOST_AHEAD + 1], "v": [4.0]}, Refusal.FUTURE),
        ("x/temperature", {"t": [T0], "v": [None]}, Refusal.QUALITY),
        ("x/temperature", {"t": [T0], "v": [None], "q": [RECONSTRUCTED]}, Refusal.QUALITY),
        ("x/temperature", {"t": [T0], "v": [4.0], "q": [63]}, Refusal.QUALITY),
        ("x/temperature", {"t": [T0], "v": [4.0], "q": [-1]}, Refusal.QUALITY),
        ("x/temperature", {"t": [T0], "v": [1e300]}, Refusal.VALUE),
        ("x/temperature", {"t": [T0, T0], "v": [4.0, 5.0]}, Refusal.CONFLICT),
    ],
)
def test_one_bad_series_costs_its_neighbour_nothing(name: str, block: dict[str, object], reason: Refusal):
    judged = judged_beside_a_good_one(name, block)
    assert reasons(judged) == [reason]
    assert judged.traces[0] == GOOD_TRACE


def test_a_bad_reading_costs_its_neighbours_nothing():
    times = [EARLIEST - 1, T0, T0 + 1, T0 + 2, NOW + 10 * MOST_AHEAD]
    judged = judge(
        delivery(payload(series={PROBE: {"t": times, "v": [1.0, 2.0, None, 3.0, 4.0], "q": [0, 0, 0, 64, 0]}}))
    )
    assert judged.traces == [Trace(CHANNEL, [T0, T0 + 2], [2.0, 3.0], [0, 64])]
    assert reasons(judged) == [Refusal.PAST, Refusal.QUALITY, Refusal.FUTURE]


def test_the_limits_of_time_are_inside():
    times = [EARLIEST, NOW + MOST_AHEAD]
    judged = judge(delivery(payload(series={PROBE: {"t": times, "v": [4.0, 4.0]}})))
    assert (judged.flaws, judged.traces[0].t) == ([], times)


def test_a_long_step_runs_into_the_future_and_keeps_what_came_before():
    judged = judge(delivery(payload(series={PROBE: {"t0": T0, "step": MOST_AHEAD + 300_000, "v": [4.0, 4.1, 4.2]}})))
    assert (judged.traces[0].t, reasons(judged)) == ([T0], [Refusal.FUTURE])


def test_unsorted_times_are_sorted_and_equal_twins_are_one():
    block = {"t": [T0 + 2, T0, T0 + 1, T0], "v": [3.0, 1.0, 2.0, 1.0]}
    judged = judge(delivery(payload(series={PROBE: block})))
    assert (judged.traces, judged.flaws) == ([Trace(CHANNEL, [T0, T0 + 1, T0 + 2], [1.0, 2.0, 3.0], [0, 0, 0])], [])


@pytest.mark.parametrize(("value", "code"), [(85.0, 0), (-127.0, 0), (-127.0, RECONSTRUCTED)])
def test_a_number_beyond_physics_is_stored_as_the_fault_it_is(value: float, code: int):
    judged = judge(delivery(payload(series={PROBE: {"t": [T0], "v": [value], "q": [code]}})))
    assert judged.flaws == []
    assert judged.traces == [Trace(CHANNEL, [T0], [value], [Fault.OUT_OF_PHYSICS | code])]


def test_a_fault_that_the_gateway_named_stays_as_it_named_it():
    block = {"t": [T0, T0 + 1], "v": [85.0, None], "q": [int(Fault.POWER_ON), int(Fault.DISCONNECTED)]}
    judged = judge(delivery(payload(series={PROBE: block})))
    assert judged.traces == [Trace(CHANNEL, [T0, T0 + 1], [85.0, None], [2, 3])]


def undated(series: dict[str, object], **boot: object) -> Judged:
    return judge(delivery(payload(series=series, undated={"boot": "b1", **boot})))


def test_a_boot_without_a_date_is_taken_apart_from_the_rest():
    judged = undated({PROBE: {"t": [0, 60_000], "v": [4.0, None], "q": [0, 6]}}, after=T0)
    assert (judged.traces, judged.flaws) == ([], [])
    [trace] = judged.undated
    assert (trace.channel, trace.boot, trace.after, trace.before, trace.t) == (CHANNEL, "b1", T0, None, [0, 60_000])


@pytest.mark.parametrize(
    ("boot", "reason"),
    [({"boot": "a b"}, Refusal.NAME), ({"before": NOW + 10**9}, Refusal.FUTURE), ({"after": 5}, Refusal.PAST)],
)
def test_a_boot_that_makes_no_sense_is_refused(boot: dict[str, object], reason: Refusal):
    judged = undated({PROBE: {"t": [0], "v": [4.0]}}, **boot)
    assert (judged.undated, reasons(judged)) == ([], [reason])


def test_an_undated_reading_before_its_boot_is_refused_alone():
    judged = undated({PROBE: {"t": [-1, 5], "v": [4.0, 4.1]}})
    assert (judged.undated[0].t, reasons(judged)) == ([5], [Refusal.PAST])


def test_many_flaws_are_told_in_a_few_words():
    judged = judge(delivery(payload(series={PROBE: {"t": list(range(1000)), "v": [4.0] * 1000}})))
    [(reason, words)] = judged.reasons().items()
    assert reason is Refusal.PAST
    assert words.endswith("and 995 more")


@given(st.binary(max_size=200), st.text(max_size=40), st.booleans())
def test_no_bytes_break_it(body: bytes, gateway: str, retained: bool):
    judge(Delivery(f"coldchain/v1/gw/{gateway}/readings", body, retained, NOW))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)


@given(
    st.dictionaries(
        st.sampled_from([PROBE, "x/door", "?"]), json_values | st.fixed_dictionaries({"v": st.lists(json_values)})
    )
)
def test_no_json_breaks_it(series: dict[str, object]):
    body = {"spool": SPOOL, "seq": 1, "sent": NOW, "series": series}
    judge(delivery(json.dumps(body).encode()))
