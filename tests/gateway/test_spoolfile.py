"""The spool's file: what goes in comes out, the same bytes, until it is confirmed."""

import sqlite3

import pytest

from coldchain import wire
from coldchain.errors import BadInput
from coldchain.reading import RECONSTRUCTED, Fault
from gateway.clockwatch import Learned, Source
from gateway.spoolfile import MOST_FORMED, Stamped
from gateway.spoollayout import read_latest
from tests.gateway.parts import NOON
from tests.gateway.spools import SERIES, all_points, batch_of, formed, points, points_of, rows, spool_in


def test_readings_come_out_as_they_went_in(tmp_path):
    some = [*rows(1, 3), Stamped("28ff/door", 60_001, NOON + 60_001, None, Fault.NO_ANSWER)]
    with spool_in(tmp_path) as spool:
        spool.append(some)
        batch = batch_of(spool, spool.form("newest", spool.newest(), 100, NOON + 999))
    assert points(batch) == points_of(some)
    assert batch.series[SERIES] == wire.Block(v=[5.7, 6.4, 5.1], t0=NOON + 60_000, step=60_000)
    assert batch.series["28ff/door"].q == [Fault.NO_ANSWER]
    assert (batch.seq, batch.sent) == (1, NOON + 999)


def test_what_was_appended_is_there_after_the_power_returns(tmp_path):
    with spool_in(tmp_path) as spool:
        name = spool.id
        spool.append(rows(1, 5))
    with spool_in(tmp_path, boot="boot-2") as spool:
        assert spool.id == name
        assert all_points(spool) == points_of(rows(1, 5))


def test_the_same_reading_twice_is_one(tmp_path):
    with spool_in(tmp_path) as spool:
        spool.append(rows(1, 2))
        spool.append([Stamped(SERIES, 120_000, NOON + 120_000, 99.0, 0), *rows(3, 3)])
        assert spool.depth().readings == 3
        assert all_points(spool) == points_of(rows(1, 3))


def test_a_batch_keeps_its_bytes_and_its_number(tmp_path):
    with spool_in(tmp_path) as spool:
        spool.append(rows(1, 2))
        seq = formed(spool, "newest", 100)
        sent = spool.payload(seq)
        spool.append(rows(3, 9))
    with spool_in(tmp_path) as spool:
        assert spool.payload(seq) == sent
        assert spool.unanswered() == [seq]


def test_numbers_rise_by_one_and_never_return(tmp_path):
    seqs = []
    for n in range(1, 4):
        with spool_in(tmp_path) as spool:
            spool.append(rows(n, n))
            seqs.append(formed(spool, "oldest", 1))
            spool.settle(seqs)
    assert seqs == [1, 2, 3]


def test_a_mark_keeps_back_what_came_later(tmp_path):
    with spool_in(tmp_path) as spool:
        spool.append(rows(1, 3))
        mark = spool.newest()
        spool.append(rows(4, 4))
        assert points(batch_of(spool, formed(spool, "newest", 100, mark))) == points_of(rows(1, 3))
        assert spool.form("newest", mark, 100, NOON) is None


def test_either_end_may_be_taken(tmp_path):
    with spool_in(tmp_path) as spool:
        spool.append(rows(1, 10))
        mark = spool.newest()
        assert points(batch_of(spool, formed(spool, "newest", 3, mark))) == points_of(rows(8, 10))
        assert points(batch_of(spool, formed(spool, "oldest", 3, mark))) == points_of(rows(1, 3))


def test_settling_forgets_those_and_no_others(tmp_path):
    with spool_in(tmp_path) as spool:
        spool.append(rows(1, 4))
        seqs = [formed(spool, "oldest", 1) for _ in range(4)]
        spool.settle([seqs[0], 999], [seqs[1]])
        assert spool.unanswered() == seqs[2:]
        assert spool.depth().refused == 1
        spool.settle([seqs[0]], [seqs[1]])
        assert spool.depth().refused == 1


def test_a_batch_never_exceeds_what_the_broker_takes(tmp_path):
    many = [Stamped(f"{'d' * 60}{n:04}/temperature", 1, NOON + n, 4.123456, 0) for n in range(4000)]
    with spool_in(tmp_path) as spool:
        spool.append(many)
        seq = formed(spool, "oldest", 4000)
        assert len(spool.payload(seq) or b"") <= wire.MAX_BATCH_BYTES
        assert len(all_points(spool)) == 4000


def test_batches_without_an_answer_are_bounded(tmp_path):
    with spool_in(tmp_path) as spool:
        spool.append(rows(1, MOST_FORMED + 5))
        seqs = [formed(spool, "oldest", 1) for _ in range(MOST_FORMED)]
        assert spool.form("oldest", spool.newest(), 1, NOON) is None
        spool.settle(seqs[:1])
        assert formed(spool, "oldest", 1) == MOST_FORMED + 1


def test_learning_the_time_dates_what_waited_and_marks_it(tmp_path):
    with spool_in(tmp_path) as spool:
        spool.append(rows(1, 2, dated=False))
        assert spool.form("newest", spool.newest(), 100, NOON) is None
        assert spool.learn(Learned(NOON, Source.ACK)) == 2
        batch = batch_of(spool, formed(spool, "newest", 100))
    assert points(batch) == points_of(rows(1, 2))
    assert batch.series[SERIES].q == [RECONSTRUCTED, RECONSTRUCTED]


def test_a_time_once_given_stays_when_the_offset_is_corrected(tmp_path):
    with spool_in(tmp_path) as spool:
        spool.append(rows(1, 2))
        spool.learn(Learned(NOON + 3_600_000, Source.NTP))
        assert all_points(spool) == points_of(rows(1, 2))


def test_the_offset_of_a_boot_is_known_again_after_a_restart(tmp_path):
    with spool_in(tmp_path) as spool:
        spool.learn(Learned(NOON, Source.ACK))
    with spool_in(tmp_path) as spool:
        assert spool.learned() == Learned(NOON, Source.ACK)
    with spool_in(tmp_path, boot="boot-2") as spool:
        assert spool.learned() is None


def test_a_boot_that_never_learned_the_time_is_sent_with_its_bounds(tmp_path):
    with spool_in(tmp_path, boot="boot-1") as spool:
        spool.learn(Learned(NOON, Source.NTP))
        spool.append(rows(1, 2))
    with spool_in(tmp_path, boot="boot-2") as spool:
        spool.append(rows(1, 3, dated=False))
        assert spool.form_undated(100, NOON) is None
    with spool_in(tmp_path, boot="boot-3") as spool:
        assert spool.form_undated(100, NOON) is None  # nothing bounds it yet
        spool.learn(Learned(NOON + 9_000_000, Source.ACK))
        batch = batch_of(spool, spool.form_undated(100, NOON))
        assert spool.form_undated(100, NOON) is None
    assert batch.undated == wire.Undated("boot-2", after=NOON + 120_000, before=NOON + 9_000_000)
    assert next(wire.traces_of(batch.series)).t == [60_000, 120_000, 180_000]


def test_the_newest_of_each_series_can_be_watched_beside_the_gateway(tmp_path):
    with spool_in(tmp_path) as spool:
        spool.append([*rows(1, 3), *rows(1, 1, "28ff/door")])
        spool.settle([formed(spool)])
        watched = read_latest(tmp_path / "spool.sqlite")
    assert [(one.series, one.time) for one in watched] == [
        ("28ff.1/temperature", NOON + 180_000),
        ("28ff/door", NOON + 60_000),
    ]


def test_watching_without_a_spool_is_refused(tmp_path):
    with pytest.raises(BadInput, match="start the gateway"):
        read_latest(tmp_path / "none.sqlite")


def test_a_new_card_is_a_new_spool(tmp_path):
    with spool_in(tmp_path / "old") as old, spool_in(tmp_path / "new") as new:
        assert old.id != new.id
        assert len(new.id) == 32


def test_a_spool_that_cannot_be_read_is_set_aside_not_deleted(tmp_path):
    with spool_in(tmp_path) as spool:
        old = spool.id
        spool.append(rows(1, 500))
    path = tmp_path / "spool.sqlite"
    data = bytearray(path.read_bytes())
    data[4096:12288] = b"\xff" * 8192
    path.write_bytes(data)
    with spool_in(tmp_path) as spool:
        assert spool.id != old
        spool.append(rows(1, 1))
    assert (tmp_path / "spool.sqlite.unreadable-1").read_bytes() == bytes(data)


def test_a_spool_of_a_later_version_is_refused_and_left_alone(tmp_path):
    with spool_in(tmp_path):
        pass
    db = sqlite3.connect(tmp_path / "spool.sqlite")
    db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(BadInput, match="layout is version 99"), spool_in(tmp_path):
        pass
    assert not list(tmp_path.glob("*unreadable*"))


def test_a_path_that_cannot_be_written_is_refused_with_the_cure(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match=r"gateway\.spool"), spool_in(tmp_path / "file"):
        pass
