"""What is wrong with the watch itself, and since when, in words for people. Pure: signs and soundings in, troubles out."""

from dataclasses import dataclass
from typing import Final

from alerting.deadman.signs import Signs

JUDGED_S: Final = 300.0  # a round takes at most a third of a lease; what arrived after an outage takes minutes
TOLD_S: Final = 300.0  # a provider that hangs is given up within two minutes
FED_S: Final = 300.0  # gateways send once a minute


@dataclass(frozen=True, slots=True)
class Sounding:
    """What was asked of the others just now, in real seconds since when they fail; None: they are well."""

    archive: float | None = None
    providers: float | None = None  # all ways are out, not one of them
    dashboards: float | None = None


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is wrong."""

    name: str
    since: float  # real seconds, `clock.monotonic()`
    zh: str
    en: str


_WORDS: Final = {
    "broker": ("消息服务器连不上，收不到读数", "the broker is gone, no reading arrives"),
    "archive": ("数据库连不上，无法判断和通知", "the database is gone, nothing can be judged or told"),
    "providers": ("所有通知通道都发不出去", "every way to people is broken"),
    "dashboards": ("监测网页打不开，回复收不到", "the pages are gone, no reply arrives"),
    "judging": ("判断停止，不会再有新报警", "nothing is judged any more"),
    "telling": ("通知停止，报警发不出去", "nothing is told any more"),
    "feed": ("采集服务没有声音，网关仍在线", "the collector is silent while gateways are online"),
}


def troubles(signs: Signs, sounding: Sounding, now: float) -> list[Trouble]:
    """All that is wrong now, causes before what follows from them."""
    since: dict[str, float | None] = {
        "archive": sounding.archive,
        "broker": None if signs.is_linked else signs.linked_at,
        "providers": sounding.providers,
        "judging": _late(signs.decided_at, JUDGED_S, now),
        "telling": _late(signs.told_at, TOLD_S, now),
        "feed": _late(signs.fed_at, FED_S, now) if _has_gateways(signs, now) else None,
        "dashboards": sounding.dashboards,
    }
    return [Trouble(name, at, *_WORDS[name]) for name, at in since.items() if at is not None]


def _has_gateways(signs: Signs, now: float) -> bool:
    return signs.is_linked and signs.gateway_at is not None and now - signs.gateway_at < FED_S


def _late(at: float, most_s: float, now: float) -> float | None:
    return at if now - at > most_s else None
