"""Along which ways doses came to where they are."""

from coldchain.archive.lots import Movement, Reason, stays_of
from coldchain.ledger.ways import ways


def move(number: int, at: int, source: int | None, target: int | None, doses: int = 10) -> Movement:
    return Movement(id=number, lot="L", at=at, source=source, target=target, doses=doses, reason=Reason.MOVED)


def legs(*moves: Movement) -> list[list[tuple[int, int, int | None]]]:
    found = ways(stays_of(moves), list(moves))
    return [[(leg.stay.compartment, leg.start, leg.end) for leg in way] for way in found]


def test_a_way_is_every_place_up_to_where_doses_are_now() -> None:
    assert legs(move(1, 0, None, 1, 30), move(2, 5, 1, 2)) == [[(1, 0, None)], [(1, 0, 5), (2, 5, None)]]


def test_doses_that_met_have_several_ways() -> None:
    moves = [move(1, 0, None, 1), move(2, 1, None, 2), move(3, 5, 1, 3), move(4, 7, 2, 3)]
    assert legs(*moves) == [[(1, 0, 5), (3, 5, None)], [(2, 1, 7), (3, 7, None)]]


def test_a_lot_that_is_used_up_has_the_ways_to_its_last_places() -> None:
    assert legs(move(1, 0, None, 1), move(2, 5, 1, None)) == [[(1, 0, 5)]]


def test_there_and_back_again_ends() -> None:
    moves = [move(1, 0, None, 1), move(2, 5, 1, 2), move(3, 9, 2, 1)]
    assert legs(*moves) == [[(1, 0, 5), (2, 5, 9), (1, 9, None)]]
