"""Every error that crosses a room's wall, and whether trying again can help.

ColdchainError
├── BadInput          somebody's data or setting is wrong: names the field, what is wrong, and the cure
│   └── Stale         … it was right for what stood there before: look again, then decide again
├── Refused           the other side understood and will not have it: never retried as it is
│   └── TooLarge      … because of its size: cut it in two
└── Unavailable       the other side is not there or not well: wait and try again, forget nothing
    └── SlowDown      … and said how long to wait

Foreign errors are turned into these at the door (`coldchain.broker`, `coldchain.series`, `coldchain.archive`).
"""


class ColdchainError(Exception):
    """The root. `retry` says whether the same call may succeed later."""

    retry = False


class BadInput(ColdchainError):  # noqa: N818 - it is the input that is bad, and it reads as such
    """Wrong data or a wrong setting."""

    def __init__(self, field: str, wrong: str, cure: str, *, where: str = "") -> None:
        self.field = field
        self.wrong = wrong
        self.cure = cure
        self.where = where
        super().__init__(f"{where + ': ' if where else ''}{field}: {wrong}; {cure}")


class Stale(BadInput):
    """A change of something that somebody else changed meanwhile: nothing was written."""


class Refused(ColdchainError):  # noqa: N818
    """The other side will not take this, now or later; `str(error)` has its own words."""


class TooLarge(Refused):
    """Refused for its size alone: half of it may pass."""


class Unavailable(ColdchainError):  # noqa: N818
    """Not there, not answering, not authorised, not well: nothing was taken, try again."""

    retry = True


class SlowDown(Unavailable):
    """Asked to come back later."""

    def __init__(self, message: str, after_s: float) -> None:
        super().__init__(message)
        self.after_s = after_s
