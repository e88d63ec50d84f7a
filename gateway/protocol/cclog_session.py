"""A talk with a CCLOG logger, without the line itself: which lines are news, and when to ask for the newest one again.

A line that came garbled, or did not come, is still in the device: `?` brings its newest line back, the same bytes as when it
was first sent. So one bad line costs nothing, and the counter tells a repetition from a reading.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from gateway.protocol.cclog import Garbled, Line, decode

ANSWER_S = 1.0  # a logger that is there has answered by then
LATEST_S = 30.0  # … and one that is busy, or behind a busy line; who asks again is answered again
MOST_ASKS = 3
OVERDUE = 1.5  # intervals without a line before it is asked for


class Act(Enum):
    """What is to be done now."""

    WAIT = auto()
    ASK = auto()  # send POLL
    GIVE_UP_GARBLED = auto()  # asked three times, and all that came was noise
    GIVE_UP_SILENT = auto()  # asked three times, and nothing came


@dataclass(slots=True)
class _Heard:
    line: Line
    at: float


class Session:
    """What was heard and asked. Times are seconds of a clock that only rises; `interval_s` tells the line's pace."""

    def __init__(self, interval_s: Callable[[], float], now: float) -> None:
        self._interval_s = interval_s
        self._data = b""
        self._heard: dict[str, _Heard] = {}
        self._asks = 0
        self._noise = False  # something garbled came since the last good line
        self._asked_at: float | None = None
        self._owed = 0  # answers that were asked for and have not come yet
        self._owed_until = now
        self._due = now + OVERDUE * interval_s()

    def feed(self, data: bytes, now: float) -> list[Line]:
        """Take bytes; returns the lines that are news, in order."""
        self._data += data
        news = []
        while True:
            used, what = decode(self._data)
            self._data = self._data[used:]
            if isinstance(what, Line):
                if self._is_news(what, now):
                    news.append(what)
                self._settle(now)
            elif isinstance(what, Garbled):
                self._noise = True
            if not used:
                return news

    def _is_news(self, line: Line, now: float) -> bool:
        """A first line that only came because it was overdue may be of any age: it is remembered, but is no reading."""
        before = self._heard.get(line.id)
        asked, self._asked_at = self._asked_at is not None, None
        if before is None:
            news = not asked or self._noise
        elif before.line.text == line.text:
            # The same bytes again: an answer, or a cable that doubles. Much later: a device that began to count anew.
            news = not self._is_owed(now) and now - before.at > self._interval_s() / 2
        else:
            news = True
        if news or before is None:
            self._heard[line.id] = _Heard(line, now)
        return news

    def _is_owed(self, now: float) -> bool:
        """One repeated line for each question: a late logger answers all of them with the same newest line.

        What it says by itself meanwhile pays nothing back: its answer is still under way.
        """
        is_owed = self._owed > 0 and now < self._owed_until
        self._owed = self._owed - 1 if is_owed else 0
        return is_owed

    def _settle(self, now: float) -> None:
        self._asks, self._noise = 0, False
        self._due = now + OVERDUE * self._interval_s()

    def act(self, now: float) -> Act:
        """What to do now; `ASK` and the two `GIVE_UP`s count as done."""
        if self._asked_at is not None and now < self._asked_at + ANSWER_S:
            return Act.WAIT
        if not (self._noise or self._asks or now >= self._due):
            return Act.WAIT
        if self._asks < MOST_ASKS:
            self._asks += 1
            self._asked_at = now
            self._owed, self._owed_until = self._owed + 1, now + LATEST_S
            return Act.ASK
        gave_up = Act.GIVE_UP_GARBLED if self._noise else Act.GIVE_UP_SILENT
        self._settle(now)
        self._asked_at = None
        return gave_up

    def next_at(self) -> float:
        """When to call `act` if nothing comes before."""
        return self._due if self._asked_at is None else self._asked_at + ANSWER_S
