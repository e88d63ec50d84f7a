"""A simulated gateway's spool: its window, its patience, its newest-first slot, and whose answers it believes."""

import random

import pytest

from coldchain.wire import WINDOW, Block, Stored, decode_batch
from firmware_sim.fleet.spool import MemorySpool


def filled(batches):
    spool = MemorySpool(random.Random(1))
    for n in range(batches):
        spool.put({"a.1/temperature": Block(v=[4.5, 4.6], t0=n * 120_000, step=60_000)}, sent_ms=n)
    return spool


def seqs(batches):
    return [batch.seq for batch in batches]


def test_a_batch_is_named_by_its_spool_and_its_number():
    batch = decode_batch(filled(1).due(0.0)[0].payload)
    assert (len(batch.spool), batch.seq) == (32, 1)


def test_the_window_holds_eight_the_newest_and_the_oldest():
    assert seqs(filled(20).due(0.0)) == [20, 1, 2, 3, 4, 5, 6, 7]


def test_what_is_stored_makes_room():
    spool = filled(20)
    spool.due(0.0)
    spool.settle(Stored(spool=spool.id, stored=[1, 2]))
    assert seqs(spool.due(1.0)) == [8, 9]


def test_the_newest_first_slot_is_free_again_when_its_batch_is_stored():
    spool = filled(20)
    spool.due(0.0)
    spool.settle(Stored(spool=spool.id, stored=[20]))
    assert seqs(spool.due(1.0)) == [19]


def test_everything_is_sent_once_when_everything_is_stored():
    spool, sent = filled(50), []
    while len(spool):
        due = seqs(spool.due(0.0))
        sent += due
        spool.settle(Stored(spool=spool.id, stored=due))
    assert sorted(sent) == list(range(1, 51))
    assert (spool.tally.readings, spool.tally.stored, spool.tally.resent) == (100, 100, 0)


def test_an_unanswered_batch_is_sent_again_the_same_with_growing_patience():
    spool = filled(1)
    first = spool.due(0.0)[0].payload
    assert spool.due(9.9) == []
    assert spool.due(10.0)[0].payload == first
    assert spool.due(29.9) == []
    assert seqs(spool.due(30.0)) == [1]
    assert spool.tally.resent == 2


def test_a_new_connection_sends_what_was_in_the_air_at_once():
    spool = filled(3)
    spool.due(0.0)
    spool.forget_tries()
    assert sorted(seqs(spool.due(0.1))) == [1, 2, 3]


def test_an_answer_to_another_spool_is_not_ours():
    spool = filled(2)
    spool.due(0.0)
    spool.settle(Stored(spool="0" * 32, stored=[1, 2]))
    assert len(spool) == 2


def test_a_refused_batch_is_forgotten_and_counted_with_its_reason():
    spool = filled(1)
    spool.due(0.0)
    spool.settle(Stored(spool=spool.id, stored=[], refused={"1": "future"}))
    assert len(spool) == 0
    assert (spool.tally.refused, spool.tally.reasons) == (2, {"future": 1})


def test_a_second_answer_changes_nothing():
    spool = filled(1)
    spool.due(0.0)
    for _ in range(2):
        spool.settle(Stored(spool=spool.id, stored=[1]))
    assert spool.tally.stored == 2


@pytest.mark.parametrize("settled", [[], [1], [1, 2]])
def test_it_knows_the_oldest_reading_that_waits(settled):
    spool = filled(3)
    spool.due(0.0)
    spool.settle(Stored(spool=spool.id, stored=settled))
    assert spool.oldest_ms() == len(settled) * 120_000


def test_the_window_is_the_contracts():
    assert len(filled(WINDOW + 5).due(0.0)) == WINDOW
