"""What the sections of `[channels]` have in common: an address, its timeouts, and the provider's limits for one person.

Each `url` is the provider's own and may be pointed at a proxy or at a test's server.
"""

from typing import Annotated, Literal, get_args
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from coldchain.providers.outcome import Limit
from coldchain.settings import Section


def _http(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{text!r} is no address of a server; write https://host/")
    return text


Url = Annotated[str, AfterValidator(_http)]
Short = Literal["place", "thing", "what", "value", "since", "lots", "doses", "code"]
SHORTS: tuple[str, ...] = get_args(Short)
MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0


class LimitSettings(Section):
    """`{times = 1, within_s = 60}`: at most so many messages to one address in so many seconds.

    With `from_hour` in a window of each day: `{times = 1, within_s = 36000, from_hour = 22}` is once between 22:00 and
    08:00 by Beijing's clock, `{times = 2, within_s = 86400, from_hour = 0}` twice a calendar day.
    """

    times: int = Field(ge=1)
    within_s: float = Field(gt=0)
    from_hour: int | None = Field(default=None, ge=0, le=23)

    @model_validator(mode="after")
    def _within_a_day(self) -> "LimitSettings":
        if self.from_hour is not None and self.within_s > DAY:
            raise ValueError("a window that opens each day lasts 86400 s at most; leave from_hour out, or shorten it")
        return self

    def limit(self) -> Limit:
        """The same, as the ladder reads it."""
        return Limit(self.times, self.within_s, self.from_hour)


def limits_of(*limits: tuple[int, float] | tuple[int, float, int]) -> tuple[LimitSettings, ...]:
    """(times, within_s) or (times, within_s, from_hour) of each: a way's limits where the county names none."""
    return tuple(
        LimitSettings(times=times, within_s=within_s, from_hour=rest[0] if rest else None)
        for times, within_s, *rest in limits
    )


class HttpSection(Section):
    """What every way over HTTP has; a way's own section gives `url` its default."""

    url: Url
    connect_s: float = Field(default=5.0, gt=0, le=60)  # real seconds until the provider must have picked up
    timeout_s: float = Field(default=10.0, gt=0, le=120)  # … and until its whole answer must be here
    per_s: float = Field(default=20.0, gt=0)  # requests a second that the provider allows this account
    proxy: str = ""  # http://host:port of the house's own way out; the environment's is not read
    limits: tuple[LimitSettings, ...] = ()  # the provider's, for one address
