"""The engine's bench measures what it says."""

from alerting.excursion.rules import load_pack
from alerting.excursion.verdicts import judge
from bench import engine


def share_out(values):
    return sum(not 2.0 <= value <= 8.0 for value in values) / len(values)


def test_the_shapes_are_out_as_often_as_they_say():
    shapes = engine.shapes()
    assert abs(share_out(shapes["0.5 % out"]) - 0.005) < 0.0005
    assert abs(share_out(shapes["20 % out"]) - 0.2) < 0.01
    assert share_out(shapes["all wandering"]) > 0.3


def test_a_row_out_is_one_excursion():
    stretches = engine.stretches_under([load_pack("cn-2017")])
    verdicts = judge(stretches, engine.trace_of(engine.shapes()["0.5 % out"]))
    assert len(verdicts) == engine.READINGS * 0.005 / engine.ROW


def test_what_channels_share_counts_once():
    shared = list(range(1000, 2000))
    alone = engine.deep_bytes(shared, set())
    both = engine.deep_bytes([(shared,), (shared,)], set())
    assert alone < both < alone + 300
