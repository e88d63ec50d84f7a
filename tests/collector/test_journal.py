"""Positions only rise, continue what the store holds, and no line is longer than a string field may be."""

import msgspec

from coldchain import wire
from coldchain.reading import Trace
from coldchain.wire import shard_of
from collector.batch import Judged
from collector.journal import LONGEST_LINE, Journal
from collector.sieve import judge
from tests.collector.cast import NOW, SPOOL, T0, delivery, steady

SHARD = shard_of("gw-1")


def wide(channels: int) -> Judged:
    one = Judged(delivery(), "gw-1", SPOOL, 1, "ef" * 32)
    one.traces = [Trace(f"gw-1/{n:064}/temperature", [T0], [4.0], [0]) for n in range(channels)]
    return one


def test_a_flush_takes_one_position_in_every_shard_it_touched():
    ones = [judge(steady(seq, gateway=f"gw-{seq}")) for seq in range(1, 20)]
    lines = Journal("main", {}).lines(ones, NOW)
    assert {arrival.position for arrival, _ in lines} == {NOW}
    assert len({arrival.shard for arrival, _ in lines}) == len(lines)
    assert sorted(one.gateway for _, members in lines for one in members) == sorted(one.gateway for one in ones)


def test_positions_rise_even_when_the_clock_does_not():
    journal = Journal("main", {})
    positions = [journal.lines([judge(steady(1))], now)[0][0].position for now in (NOW, NOW, NOW - 5000, NOW + 9)]
    assert positions == [NOW, NOW + 1, NOW + 2, NOW + 9]


def test_it_goes_on_where_its_own_journal_ends():
    journal = Journal("main", {("main", SHARD): NOW + 50, ("main", 63): NOW + 70, ("other", SHARD): NOW + 900})
    [(arrival, _)] = journal.lines([judge(steady(1))], NOW)
    assert arrival.position == NOW + 71
    assert journal.previous(arrival) == NOW + 50


def test_each_line_names_the_one_before_it_in_its_shard():
    journal = Journal("main", {})
    previous = []
    for n in range(3):
        [(arrival, _)] = journal.lines([judge(steady(1))], NOW + n)
        previous.append(journal.previous(arrival))
    assert previous == [0, NOW, NOW + 1]


def test_a_line_names_its_batches():
    one = judge(steady(7))
    [(arrival, members)] = Journal("main", {}).lines([one], NOW)
    [batch] = arrival.batches
    assert (batch.gateway, batch.spool, batch.seq, batch.channels) == ("gw-1", SPOOL, 7, [one.traces[0].channel])
    assert (batch.first, batch.last, batch.sha256) == (T0, T0 + 120_000, wire.digest(one.delivery.payload))
    assert members == [one]


def test_many_batches_become_several_lines():
    ones = [judge(steady(seq)) for seq in range(1, 1001)]
    lines = Journal("main", {}).lines(ones, NOW)
    assert [arrival.position for arrival, _ in lines] == list(range(NOW, NOW + len(lines)))
    assert len(lines) > 1
    assert [batch.seq for arrival, _ in lines for batch in arrival.batches] == list(range(1, 1001))
    assert max(len(msgspec.json.encode(arrival.batches)) for arrival, _ in lines) <= LONGEST_LINE


def test_one_batch_of_very_many_channels_becomes_several_lines():
    one = wide(2000)
    lines = Journal("main", {}).lines([one], NOW)
    assert max(len(msgspec.json.encode(arrival.batches)) for arrival, _ in lines) <= LONGEST_LINE
    assert [c for arrival, _ in lines for b in arrival.batches for c in b.channels] == [t.channel for t in one.traces]
