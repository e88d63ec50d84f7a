"""Who has the duty of a rota: weeks, nights, holidays, make-up days, shifts and swaps."""

import pytest

from coldchain.archive.duty.book import Rota, Shift, Special, Turn
from coldchain.archive.duty.turns import on_duty
from coldchain.archive.facilities import days
from coldchain.archive.facilities.calendar import DayKind
from tests.archive.duty.books import ms

LI, ZHOU, WU = 1, 2, 3
BEGUN = ms("2026-11-02 00:00")  # a Monday
OFFICE = tuple(Turn(LI, day, 480, 1080, BEGUN) for day in range(5))
NIGHTS = tuple(Turn(ZHOU, day, 1080, 1920, BEGUN) for day in range(7))
SUNDAYS = (Turn(WU, 5, 480, 1080, BEGUN), Turn(WU, 6, 480, 1080, BEGUN))


def duty(at: str, *turns: Turn, **fields: object) -> list[int]:
    return on_duty(Rota(1, "desk", turns=turns or (*OFFICE, *NIGHTS, *SUNDAYS), **fields), ms(at), days.SITE)  # type: ignore[arg-type]  # fields of each test


@pytest.mark.parametrize(
    ("at", "who"),
    [
        ("2026-11-23 08:00", [LI]),  # Monday
        ("2026-11-23 17:59", [LI]),
        ("2026-11-23 18:00", [ZHOU]),
        ("2026-11-24 03:10", [ZHOU]),  # the night of Monday
        ("2026-11-24 07:59", [ZHOU]),
        ("2026-11-22 09:00", [WU]),
    ],
)
def test_a_week_with_nights_has_somebody_at_every_hour(at: str, who: list[int]):
    assert duty(at) == who


def test_a_holiday_is_as_sunday_unless_the_rota_has_turns_for_holidays():
    holiday = {"2026-11-23": Special(DayKind.HOLIDAY)}
    assert duty("2026-11-23 09:00", days=holiday) == [WU]
    own = (*OFFICE, *SUNDAYS, Turn(ZHOU, 7, 0, 1440, BEGUN))
    assert duty("2026-11-23 09:00", *own, days=holiday) == [ZHOU]


def test_a_make_up_day_is_as_its_notice_says():
    saturday = {"2026-11-28": Special(DayKind.WORKDAY, as_weekday=0)}
    assert duty("2026-11-28 09:00", days=saturday) == [LI]
    assert duty("2026-11-28 09:00", days={"2026-11-28": Special(DayKind.WORKDAY)}) == [WU]


def test_the_night_after_a_holiday_s_eve_belongs_to_the_eve():
    holiday = {"2026-11-24": Special(DayKind.HOLIDAY)}
    own = (*NIGHTS[:6], Turn(WU, 7, 1080, 1920, BEGUN))
    assert duty("2026-11-24 03:00", *own, days=holiday) == [ZHOU]
    assert duty("2026-11-25 03:00", *own, days=holiday) == [WU]


def test_weeks_alternate_from_the_week_in_which_they_begin():
    turns = (Turn(LI, 0, 0, 1440, BEGUN, every_weeks=2), Turn(WU, 0, 0, 1440, ms("2026-11-09 00:00"), every_weeks=2))
    assert [duty(f"2026-11-{day:02} 12:00", *turns) for day in (2, 9, 16, 23)] == [[LI], [WU], [LI], [WU]]


def test_a_swap_takes_one_person_s_turn_and_a_shift_takes_them_all():
    swap = (Shift(WU, ms("2026-11-23 00:00"), ms("2026-11-24 00:00"), instead_of=LI),)
    assert [duty(at, shifts=swap) for at in ("2026-11-23 09:00", "2026-11-23 19:00", "2026-11-24 09:00")] == [
        [WU], [ZHOU], [LI],
    ]  # fmt: skip
    whole = (Shift(WU, ms("2026-11-23 00:00"), ms("2026-11-24 00:00")),)
    assert duty("2026-11-23 19:00", shifts=whole) == [WU]


def test_a_turn_that_ended_is_nobody_s():
    assert duty("2026-11-23 09:00", Turn(LI, 0, 480, 1080, BEGUN, ms("2026-11-10 00:00"))) == []
