"""Cases and alarms for this room's tests."""

from dataclasses import replace
from typing import Any

from coldchain.archive import alarms, cases
from coldchain.archive.alarms import Arrow, NewAlarm
from coldchain.archive.cases import KeptRevision
from coldchain.archive.db import Archive
from coldchain.excursion import AlarmState, Case, CaseState, Certainty, Facts, Kind, LotShare, LotsKnown, Severity
from tests.archive.small import HOUR, PROBE, T0

FACTS = Facts(
    kind=Kind.HEAT, rule="cn-2017/heat", rule_version="2017", severity=Severity.WARNING, certainty=Certainty.CERTAIN,
    is_open=True, known_good_before=T0, first_bad=T0 + HOUR, last_bad=T0 + 2 * HOUR, known_good_after=None,
    extreme_mc=9100, out_ms=HOUR, unknown_ms=0, degree_ms=HOUR, mkt_mc=8300, equipment="511900012-BX1", compartment=1,
    lots_known=LotsKnown.COMPARTMENT, lots=(LotShare("HepB-A1", "HepB", 70, HOUR),),
    explained="session", product_mc=7900, is_held=True, waits_at_night=True,
)  # fmt: skip


def a_case(name: str = "c1", state: CaseState = CaseState.OPEN, revision: int = 1, **facts: Any) -> Case:
    said = replace(FACTS, is_open=state is CaseState.OPEN, **facts)
    into = "c0" if state is CaseState.MERGED else None
    return Case(name, PROBE, T0 + HOUR, T0 + HOUR, revision, state, into, said)


async def keep(archive: Archive, *written: Case, is_history: bool = True) -> None:
    async with archive.writing() as tx:
        await cases.keep(
            tx,
            [
                KeptRevision(case=each, why="w", at=T0, evidence_start=T0, evidence_end=T0, is_history=is_history)
                for each in written
            ],
        )


async def ring(archive: Archive, case: str, severity: Severity, *whys: str, waits: bool = True) -> None:
    """An alarm that was raised and then went along these arrows; the last one ended it, if there are any."""
    async with archive.writing() as tx:
        new = NewAlarm(
            excursion=case, kind=Kind.HEAT, severity=severity, state=AlarmState.RINGING, raised_at=T0,
            waits_at_night=waits,
        )  # fmt: skip
        alarm = await alarms.raise_alarm(tx, new, Arrow(AlarmState.RINGING, "raised", T0))
        for n, why in enumerate(whys, 1):
            after = AlarmState.ENDED if n == len(whys) else AlarmState.RINGING
            await alarms.change(tx, alarm, Arrow(after, why, T0 + n))
