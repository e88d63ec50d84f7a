"""The rarer troubles of the county: all that a page must be able to say, most of it at Shuikou clinic (E08)."""

from dataclasses import replace
from typing import Any

from coldchain.archive import cases, holds
from coldchain.archive.cases import KeptRevision, NewObservation
from coldchain.archive.db import Archive, Tx
from coldchain.excursion import Case, CaseState, Certainty, Facts, Kind, LotShare, LotsKnown, Severity

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
LOTS = (LotShare("L1", "HepB", 140, 20 * MINUTE), LotShare("L2", "DTaP", 160, 20 * MINUTE))


def over(kind: Kind, room: int | None, first_bad: int, lasted: int, **more: Any) -> Facts:
    """An excursion of E08 that is over; by default a note without lots."""
    base = Facts(
        kind=kind, rule="cn-2017/heat", rule_version="2017", severity=Severity.NOTE, certainty=Certainty.CERTAIN,
        is_open=False, known_good_before=first_bad - MINUTE, first_bad=first_bad, last_bad=first_bad + lasted,
        known_good_after=first_bad + lasted + MINUTE, extreme_mc=9100, out_ms=lasted, unknown_ms=0, degree_ms=600_000,
        mkt_mc=6000, equipment="E08", compartment=room, lots_known=LotsKnown.COMPARTMENT, lots=(),
    )  # fmt: skip
    return replace(base, **more)


def watched(kind: Kind, rule: str, room: int | None, first_bad: int, lasted: int, **more: Any) -> Facts:
    """An event of a watch rule: no temperature of its own."""
    bare = {"extreme_mc": None, "mkt_mc": None, "degree_ms": 0, "rule": f"watch/{rule}", "rule_version": "2026"}
    return over(kind, room, first_bad, lasted, **{**bare, **more})


async def keep(tx: Tx, number: str, facts: Facts, channel: str) -> Case:
    """Write a case with one revision."""
    state = CaseState.OPEN if facts.is_open else CaseState.CLOSED
    case = Case(number, channel, facts.first_bad, facts.last_bad, 1, state, None, facts)
    start, end = facts.first_bad, facts.last_bad
    await cases.keep(tx, [KeptRevision(case=case, why="opened", at=end, evidence_start=start, evidence_end=end)])
    return case


async def write_temperatures(tx: Tx, room: int, last: int) -> None:
    """Explained, possible, cumulative, by mean kinetic temperature, eased by an approved buffer, withdrawn."""
    told = {"severity": Severity.WARNING, "lots": LOTS}
    probe = "gw-8/28ff01/temperature"
    door = over(Kind.HEAT, room, last - 9 * HOUR, 14 * MINUTE, explained="session", extreme_mc=8700)
    await keep(tx, "d1", door, probe)
    await keep(tx, "d2", over(Kind.HEAT, room, last - 5 * HOUR, 4 * MINUTE, extreme_mc=8300), probe)
    unsure = over(
        Kind.FREEZE, room, last - 15 * HOUR, 50 * MINUTE, rule="cn-2017/cold", certainty=Certainty.POSSIBLE,
        extreme_mc=600, out_ms=8 * MINUTE, unknown_ms=41 * MINUTE, is_held=True, **told,
    )  # fmt: skip
    await holds.keep(tx, await keep(tx, "d3", unsure, probe), "F08")
    summed = over(
        Kind.CUMULATIVE_HEAT, room, last - 20 * HOUR, 15 * HOUR, rule="who-shipping-1/warm-sum", rule_version="10-day",
        out_ms=3 * HOUR + 20 * MINUTE, **told,
    )  # fmt: skip
    await keep(tx, "d4", summed, probe)
    mean = over(
        Kind.MEAN_KINETIC_HEAT, room, last - 26 * HOUR, 23 * HOUR, rule="who-range/mean-high", rule_version="2020",
        mkt_mc=8140, extreme_mc=11_200, **told,
    )  # fmt: skip
    await keep(tx, "d5", mean, probe)
    await keep(
        tx, "d6", over(Kind.HEAT, room, last - 3 * HOUR, 22 * MINUTE, product_mc=6200, extreme_mc=9900, **told), probe
    )


async def write_watched(tx: Tx, room: int, last: int) -> None:
    """A probe that stammers all night, and one of each of what else is watched."""
    probe = "gw-8/28ff02/temperature"
    for n in range(30):
        stammer = watched(Kind.NO_ANSWER, "no-answer", room, last - 12 * HOUR + n * 17 * MINUTE, 3 * MINUTE)
        await keep(tx, f"w{n}", stammer, probe)
    flat = watched(Kind.FLAT_LINE, "flat-line", room, last - 7 * HOUR, 7 * HOUR, is_open=True, known_good_after=None)
    await keep(tx, "flat", flat, probe)
    await keep(tx, "spike", watched(Kind.SPIKE, "spike", room, last - 6 * HOUR, 0), probe)
    await keep(tx, "restart", watched(Kind.POWER_ON_VALUE, "power-on-value", room, last - 2 * HOUR, MINUTE), probe)


async def write_observations(tx: Tx, last: int) -> None:
    """Silences that grew wider, outages planned and not, clocks, stores, certificates, probes apart, forecasts."""

    async def see(kind: Kind, subject: str, start: int, end: int | None = None, **detail: Any) -> None:
        equipment = detail.pop("unit", "E08")
        new = NewObservation(
            kind=kind, subject=subject, severity=Severity.NOTE, start=start, seen_at=start + MINUTE, equipment=equipment,
            end=end, detail=detail,
        )  # fmt: skip
        await cases.observe(tx, new)

    silent: dict[str, Any] = {"mains": "on", "cause": "unknown", "is_out": False, "equipment": ["E08"], "channels": []}
    await see(
        Kind.SILENCE, "gw-8/28ff01", last - 19 * HOUR, last - 18 * HOUR, **silent, ended="merged", into="gw-8"
    )  # fmt: skip
    await see(
        Kind.SILENCE, "gw-8", last - 18 * HOUR, last - 16 * HOUR, **{**silent, "mains": "unknown", "is_out": True}
    )
    await see(Kind.POWER_LOSS, "E08", last - 4 * HOUR, last - 2 * HOUR, forecast=None, planned=last - 2 * HOUR)
    await see(
        Kind.SPOOL_NEARLY_FULL, "gw-8", last - 30 * MINUTE, share=0.86, hours_left=5.5, readings=90_000, dropped=12
    )
    await see(Kind.CLOCK_WRONG, "gw-8", last - 3 * HOUR, last - HOUR, off_s=-610)
    await see(Kind.CLOCK_LOST, "gw-8", last - 23 * HOUR, last - 22 * HOUR, boot="b")
    await see(Kind.CALIBRATION_EXPIRED, "gw-8/28ff01", last - 3 * DAY, due_on="2026-06-30", certificate="JL-2025-118")
    apart: dict[str, Any] = {"against": "gw-8/28ff01/temperature", "by_k": -2.4, "compartment": 0}
    await see(Kind.DISAGREEMENT, "gw-8/28ff02/temperature", last - 8 * HOUR, **apart)
    await see(Kind.DRIFT, "gw-8/28ff02/temperature", last - 2 * DAY, **{**apart, "by_k": 0.7})
    warming: dict[str, Any] = {
        "limit_c": 8.0,
        "basis": "readings",
        "source": "the readings of the last 31 min",
        "because": "departure",
    }
    warming |= {"unit": "E10", "channel": "gw-10/28ff01/temperature"}
    first = {**warming, "minutes": 61, "from_c": 6.1, "early": 40, "late": 110, "ended": "merged", "into": "E10"}
    await see(Kind.FORECAST, "E10", last - 20 * MINUTE, last - 3 * MINUTE, **first)
    await see(Kind.FORECAST, "E10", last - 3 * MINUTE, **warming, minutes=45, from_c=6.6, early=33, late=58)


async def write(archive: Archive, rooms: dict[str, int], now: int) -> None:
    """All of them."""
    last = now // MINUTE * MINUTE
    async with archive.writing() as tx:
        await write_temperatures(tx, rooms["E08/cold"], last)
        await write_watched(tx, rooms["E08/cold"], last)
        await write_observations(tx, last)
