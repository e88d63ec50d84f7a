"""Where doses were, worked out from movements alone: pure."""

from hypothesis import given
from hypothesis import strategies as st

from coldchain.archive.lots import Movement, Reason, Stay, stays_of

STORE, FRIDGE = 1, 2


def moved(at: int, doses: int, source: int | None, target: int | None, **more: object) -> Movement:
    return Movement(id=at, lot="L", at=at, doses=doses, reason=Reason.MOVED, source=source, target=target, **more)  # type: ignore[arg-type]


def test_a_receipt_begins_a_stay_that_lasts_until_the_last_dose_leaves():
    stays = stays_of([moved(10, 50, None, STORE), moved(20, 30, STORE, FRIDGE), moved(30, 20, STORE, None)])
    assert stays == [
        Stay("L", STORE, 10, 30, ((10, 50), (20, 20))),
        Stay("L", FRIDGE, 20, None, ((20, 30),)),
    ]


def test_doses_that_come_back_begin_another_stay():
    stays = stays_of([moved(10, 5, None, STORE), moved(20, 5, STORE, FRIDGE), moved(30, 5, FRIDGE, STORE)])
    assert [(each.compartment, each.start, each.end) for each in stays] == [(1, 10, 20), (2, 20, 30), (1, 30, None)]


def test_the_order_in_which_movements_were_entered_does_not_matter():
    book = [moved(10, 50, None, STORE), moved(20, 30, STORE, FRIDGE), moved(30, 30, FRIDGE, None)]
    assert stays_of(reversed(book)) == stays_of(book)


def test_doses_that_came_and_went_in_the_same_instant_stayed_nowhere():
    assert stays_of([moved(10, 5, None, STORE), moved(10, 5, STORE, FRIDGE)]) == [
        Stay("L", FRIDGE, 10, None, ((10, 5),))
    ]


def test_a_withdrawn_movement_counts_no_more():
    assert stays_of([moved(10, 5, None, STORE, withdrawn_at=99)]) == []


def test_the_end_of_a_window_and_of_a_stay_lie_outside():
    stay = Stay("L", STORE, 10, 20, ((10, 5),))
    assert [stay.touches(*window) for window in ((0, 10), (0, 11), (19, 30), (20, 30))] == [False, True, True, False]


def test_doses_within_a_window_are_those_at_its_start_and_all_that_came_later():
    stay = Stay("L", STORE, 10, None, ((10, 50), (20, 20), (30, 60), (40, 10)))
    assert stay.doses == 60
    assert stay.doses_within(0, 11) == 50
    assert stay.doses_within(20, 25) == 20
    assert stay.doses_within(15, 35) == 50 + 40
    assert stay.doses_within(0, 10) == 0


books = st.lists(
    st.tuples(st.integers(0, 50), st.integers(1, 9), st.sampled_from([STORE, FRIDGE])), min_size=1, max_size=20
).map(lambda rows: [moved(at, doses, None, place) for at, doses, place in rows])


@given(books)
def test_what_only_comes_is_all_there_at_the_end(book):
    stays = stays_of(book)
    assert all(stay.end is None for stay in stays)
    assert sum(stay.levels[-1][1] for stay in stays) == sum(each.doses for each in book)


@given(books, st.integers(0, 50), st.integers(1, 20))
def test_no_dose_that_was_inside_is_missed(book, start, length):
    """Every dose that came before the window's end is in it, for none of them ever left."""
    inside = sum(stay.doses_within(start, start + length) for stay in stays_of(book))
    assert inside == sum(each.doses for each in book if each.at < start + length)
