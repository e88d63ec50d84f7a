"""What is remembered of gateways: settled batches, and which spool speaks."""

from coldchain.wire import Refusal
from collector.memory import SEQS, TELL_TWINS_EVERY_MS, TWIN_WITHIN_MS, Memory, Settled, Twins
from tests.collector.cast import NOW, OTHER_SPOOL, SPOOL


def test_a_settled_batch_is_remembered_with_its_end():
    memory = Memory()
    memory.settle("gw-1", SPOOL, 3, Settled("a", Refusal.FUTURE))
    assert memory.of("gw-1", SPOOL, 3) == Settled("a", Refusal.FUTURE)
    assert memory.of("gw-1", OTHER_SPOOL, 3) is None
    assert memory.of("gw-2", SPOOL, 3) is None


def test_memory_is_bounded():
    memory = Memory()
    for seq in range(1, SEQS + 2):
        memory.settle("gw-1", SPOOL, seq, Settled("a", None))
    assert memory.of("gw-1", SPOOL, 1) is None
    assert memory.of("gw-1", SPOOL, 2) is not None


def speak(twins: Twins, *spools: str, every: int = 1000) -> list[bool]:
    return [twins.speaks("gw-1", spool, NOW + n * every) for n, spool in enumerate(spools)]


def test_one_spool_is_no_twin():
    assert speak(Twins(), SPOOL, SPOOL, SPOOL) == [False, False, False]


def test_a_new_disk_is_no_twin():
    assert speak(Twins(), SPOOL, OTHER_SPOOL, OTHER_SPOOL) == [False, False, False]


def test_two_that_alternate_are_twins():
    assert speak(Twins(), SPOOL, OTHER_SPOOL, SPOOL, OTHER_SPOOL) == [False, False, True, True]


def test_an_old_disk_put_back_after_days_is_no_twin():
    assert speak(Twins(), SPOOL, OTHER_SPOOL, SPOOL, every=TWIN_WITHIN_MS) == [False, False, True]
    assert speak(Twins(), SPOOL, OTHER_SPOOL, OTHER_SPOOL, SPOOL, every=TWIN_WITHIN_MS) == [False] * 4


def test_a_twin_is_told_once_an_hour():
    twins = Twins()
    told = [twins.is_news("gw-1", NOW + after) for after in (0, 1000, TELL_TWINS_EVERY_MS)]
    assert told == [True, False, True]
