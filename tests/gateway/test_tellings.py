"""What a guard said, in the spool's file: it rides in batches, is dated when the time is known, and is taken once."""

from contextlib import closing

import pytest

from coldchain import wire
from gateway.clockwatch import Learned, Source
from gateway.spoollayout import connect
from gateway.tellings import AT_ONCE, Said
from tests.gateway.parts import NOON
from tests.gateway.spools import PLENTY, SERIES, batch_of, formed, rows, spool_in


def said(n: int = 1, *, dated: bool = True) -> Said:
    anchor, ticks = 60_000, 120_000 + n
    times = (NOON + anchor, NOON + ticks) if dated else (None, None)
    return Said(SERIES, anchor, times[0], ticks, times[1], "张护士", "+8613800138000", "modem", "begin", "accepted")


def test_it_rides_with_the_readings_and_once(tmp_path):
    with spool_in(tmp_path) as file:
        file.append(rows(1, 3))
        file.tell([said()], {})
        batch = batch_of(file, formed(file))
        assert [(one.anchor, one.at, one.person) for one in batch.told] == [(NOON + 60_000, NOON + 120_001, "张护士")]
        assert sum(len(block.v) for block in batch.series.values()) == 3
        assert file.form("oldest", file.newest(), 100, NOON) is None


def test_alone_it_makes_a_batch_of_its_own(tmp_path):
    with spool_in(tmp_path) as file:
        file.tell([said(n) for n in range(AT_ONCE + 1)], {})
        batches = [batch_of(file, formed(file)), batch_of(file, formed(file))]
        assert [len(batch.told) for batch in batches] == [AT_ONCE, 1]
        assert all(not batch.series for batch in batches)


def test_its_bytes_survive_until_they_are_settled(tmp_path):
    with spool_in(tmp_path) as file:
        file.tell([said()], {"case/a": b"1", "case/b": b"2"})
        seq = formed(file)
    with spool_in(tmp_path) as file:
        assert file.unanswered() == [seq]
        assert len(batch_of(file, seq).told) == 1
        file.tell([], {"case/a": None, "case/b": b"3"})
        assert file.notes() == {"case/b": b"3"}


def test_without_the_time_it_waits_and_is_dated_when_that_is_known(tmp_path):
    with spool_in(tmp_path) as file:
        file.tell([said(dated=False)], {})
        assert file.form("oldest", file.newest(), 100, NOON) is None
        file.learn(Learned(NOON, Source.ACK))
        [told] = batch_of(file, formed(file)).told
        assert (told.anchor, told.at) == (NOON + 60_000, NOON + 120_001)


def test_what_waited_in_memory_while_the_time_was_learned_is_dated_too(tmp_path):
    with spool_in(tmp_path) as file:
        file.learn(Learned(NOON, Source.ACK))
        file.tell([said(dated=False)], {})
        assert batch_of(file, formed(file)).told[0].at == NOON + 120_001


def test_of_a_boot_without_a_clock_it_goes_with_that_boots_readings(tmp_path):
    with spool_in(tmp_path) as file:
        file.append(rows(1, 2, dated=False))
        file.tell([said(dated=False)], {})
    with spool_in(tmp_path, boot="boot-2") as file:
        file.learn(Learned(NOON, Source.NTP))
        batch = batch_of(file, file.form_undated(100, NOON))
        assert batch.undated
        assert [(one.anchor, one.at) for one in batch.told] == [(60_000, 120_001)]
        assert file.form_undated(100, NOON) is None


@pytest.mark.parametrize("words", ["x" * 200, "冷" * 200, "\x01" * 200])
def test_a_batch_full_of_words_stays_within_the_limit(tmp_path, words):
    with spool_in(tmp_path) as file:
        file.append(rows(1, 2000))
        file.tell([said(n)._replace(words=words) for n in range(AT_ONCE)], {})
        payload = file.payload(formed(file, most=2000))
        assert payload is not None
        assert len(payload) <= wire.MAX_BATCH_BYTES


def test_a_spool_of_before_there_was_a_guard_goes_on(tmp_path):
    with spool_in(tmp_path) as file:
        file.append(rows(1, 3))
        spool_id = file.id
    with closing(connect(tmp_path / "spool.sqlite", PLENTY)) as db:
        db.executescript("DROP TABLE told; DROP TABLE note; PRAGMA user_version = 1;")
    with spool_in(tmp_path) as file:
        assert file.id == spool_id
        file.tell([said()], {})
        assert len(batch_of(file, formed(file)).told) == 1
