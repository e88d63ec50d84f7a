"""What happened, sorted for a reader: temperatures first, quiet ones apart, faults folded, forecasts in one piece."""

from typing import Any

from coldchain.archive.tables import Excursion, Observation
from coldchain.excursion import CaseState, Kind, Severity
from dashboards.history import MOST_OF_A_KIND, TEMPERATURES, WATCHED, Event, Told, event_of_case, folded, joined

MINUTE = 60_000


def event(kind: Kind, start_min: int, end_min: int | None) -> Event:
    return Event(kind, "gw/d/temperature", start_min * MINUTE, None if end_min is None else end_min * MINUTE, "note")


def seen(number: int, start_min: int, end_min: int | None, **detail: Any) -> Observation:
    end = None if end_min is None else end_min * MINUTE
    return Observation(
        id=number, kind=Kind.FORECAST, subject="E1", severity="note", start=start_min * MINUTE, end=end, seen_at=0,
        detail=detail,
    )  # fmt: skip


def case(severity: Severity, state: CaseState, *, is_held: bool = False) -> Excursion:
    return Excursion(
        kind=Kind.FLAT_LINE, severity=severity, state=state, is_held=is_held, channel="gw/d/temperature", first_bad=1,
        last_bad=5, known_good_after=None,
    )  # fmt: skip


def told(severity: Severity, state: CaseState, *, is_held: bool = False) -> Told:
    return Told(case(severity, state, is_held=is_held), None, [])


def test_every_kind_is_either_a_temperature_or_watched() -> None:
    assert set(Kind) == TEMPERATURES | WATCHED
    assert not TEMPERATURES & WATCHED


def test_notes_and_what_no_longer_counts_are_quiet_unless_lots_are_held() -> None:
    assert told(Severity.NOTE, CaseState.OPEN).is_quiet
    assert told(Severity.CRITICAL, CaseState.WITHDRAWN).is_quiet
    assert not told(Severity.WARNING, CaseState.CLOSED).is_quiet
    assert not told(Severity.NOTE, CaseState.CLOSED, is_held=True).is_quiet


def test_what_goes_on_comes_first_then_what_began_last() -> None:
    events = [
        event(Kind.SPIKE, 50, 51), event(Kind.NO_ANSWER, 10, 12), event(Kind.FLAT_LINE, 5, None),
        event(Kind.NO_ANSWER, 30, 33),
    ]  # fmt: skip
    folds = folded(events)
    assert [fold.kind for fold in folds] == [Kind.FLAT_LINE, Kind.SPIKE, Kind.NO_ANSWER]
    assert [one.start // MINUTE for one in folds[2].events] == [30, 10]
    assert [fold.is_going_on for fold in folds] == [True, False, False]


def test_a_fold_counts_all_and_lists_few_and_overlaps_once() -> None:
    (fold,) = folded([event(Kind.NO_ANSWER, n, n + 3) for n in range(100)])
    assert (len(fold.events), len(fold.listed)) == (100, MOST_OF_A_KIND)
    assert fold.lasted(0) == 102 * MINUTE
    assert fold.newest.start == 99 * MINUTE


def test_a_forecast_that_is_renewed_is_one_event_with_the_newest_words() -> None:
    renewed = {"ended": "merged", "into": "E1"}
    rows = [seen(1, 0, 5, **renewed), seen(3, 30, 40), seen(2, 5, 12, minutes=7), seen(4, 41, None)]
    events = joined(rows)
    assert [(one.start // MINUTE, one.end and one.end // MINUTE) for one in events] == [(0, 12), (30, 40), (41, None)]
    assert events[0].seen is rows[2]


def test_what_went_on_as_something_else_stays_apart() -> None:
    assert len(joined([seen(1, 0, 5, ended="merged", into="gw"), seen(2, 5, 9)])) == 2


def test_an_event_of_a_rule_ends_with_the_next_good_reading_or_the_last_bad_one() -> None:
    assert event_of_case(case(Severity.NOTE, CaseState.CLOSED)).end == 5
    assert event_of_case(case(Severity.NOTE, CaseState.OPEN)).end is None
