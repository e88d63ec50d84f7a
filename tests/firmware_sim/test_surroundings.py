"""The room and the people at the door."""

from firmware_sim.physics.ambient import DAY_S, Climate, room_c
from firmware_sim.physics.door import HABITS, is_open, openings


def test_a_room_is_warmest_at_two_in_the_afternoon():
    climate = Climate(mean_c=28, swing_k=5, noise_k=0)
    day = {hour: room_c(climate, "s", hour * 3600) for hour in range(24)}
    assert max(day, key=day.__getitem__) == 14
    assert day[14] == 33.0
    assert day[2] == 23.0


def test_the_noise_has_its_size_and_no_jumps():
    climate = Climate(mean_c=25, swing_k=0, noise_k=0.5)
    temperatures = [room_c(climate, "s", t) for t in range(0, 30 * DAY_S, 600)]
    spread = (sum((t - 25) ** 2 for t in temperatures) / len(temperatures)) ** 0.5
    steps = [abs(room_c(climate, "s", t + 10) - room_c(climate, "s", t)) for t in range(0, DAY_S, 10)]
    assert 0.3 < spread < 0.5  # straight lines between draws lose some of the 0.5
    assert max(steps) < 0.05


def test_the_noise_is_the_same_in_whatever_order_one_asks():
    climate = Climate()
    there = [room_c(climate, "s", t) for t in range(0, DAY_S, 3600)]
    back = [room_c(climate, "s", t) for t in reversed(range(0, DAY_S, 3600))]
    assert there == back[::-1]


def test_two_rooms_have_their_own_weather():
    assert room_c(Climate(), "a", 1000) != room_c(Climate(), "b", 1000)


def test_a_habit_keeps_its_openings_and_its_seconds():
    habit = HABITS["busy"]
    days = [openings(habit, "s", day) for day in range(200)]
    assert {len(day) for day in days} == {habit.opens}
    seconds = sum(end - start for day in days for start, end in day) / len(days)
    assert abs(seconds - habit.seconds) < 0.1 * habit.seconds


def test_doors_open_in_working_hours_only():
    times = [start % DAY_S for day in range(100) for start, _ in openings(HABITS["busy"], "s", day)]
    assert min(times) >= 8 * 3600
    assert max(times) < 17.5 * 3600


def test_a_door_is_open_from_its_start_until_its_end():
    start, end = openings(HABITS["best"], "s", 3)[0]
    assert not is_open(HABITS["best"], "s", start - 1)
    assert is_open(HABITS["best"], "s", start)
    assert not is_open(HABITS["best"], "s", end)


def test_nobody_opens_a_door_that_is_never_opened():
    assert not any(is_open(HABITS["never"], "s", t) for t in range(0, DAY_S, 60))
