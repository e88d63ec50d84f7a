"""A county for these tests, written through the archive's and the series' own doors: twelve townships, a county store,
a maternity ward, a village post with bags only, two days of readings, and something wrong here and there."""

import json
import math
from dataclasses import dataclass, replace
from typing import Any

from coldchain.archive import alarms, cases, holds, people
from coldchain.archive.alarms import Arrow, NewAlarm
from coldchain.archive.audit import By
from coldchain.archive.cases import KeptRevision, NewObservation
from coldchain.archive.county import county_of
from coldchain.archive.db import Archive, Tx
from coldchain.archive.imports import import_county
from coldchain.archive.people import NewToken, Role, User
from coldchain.archive.refused import RefusedMessage, keep
from coldchain.excursion import AlarmState, Case, CaseState, Certainty, Facts, Kind, LotShare, LotsKnown, Severity
from coldchain.reading import Fault, Trace
from coldchain.series import Series
from coldchain.wire import Refusal
from tests.dashboards import troubles

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
COUNTY, OTHER_COUNTY = "511902000000", "511903000000"
PASSWORD = "a refrigerator stands in a clinic"
TOWNS = [
    ("青石镇", "Qingshi"), ("白鹤镇", "Baihe"), ("龙潭镇", "Longtan"), ("柳林镇", "Liulin"), ("清江镇", "Qingjiang"),
    ("石桥镇", "Shiqiao"), ("大和镇", "Dahe"), ("水口镇", "Shuikou"), ("凤溪镇", "Fengxi"), ("梁家镇", "Liangjia"),
    ("花丛镇", "Huacong"), ("双河镇", "Shuanghe"),
]  # fmt: skip
TYPES = ["medical_fridge", "domestic_fridge", "ilr"]
OUTAGE = {
    "minutes": 118,
    "from_c": 4.9,
    "limit_c": 8.0,
    "early": 61,
    "late": 240,
    "basis": "type figure",
    "source": "…",
}
XSS = "<script>alert('强冷')</script>"


@dataclass(frozen=True, slots=True)
class Site:
    """What was written: `now` is when the newest readings are of."""

    now: int
    rooms: dict[str, int]  # "equipment/compartment" → id
    alarm: int
    tokens: dict[str, str]


def clinic(number: int) -> str:
    """The code of the n-th township's clinic."""
    return f"F{number:02d}"


def fridge(number: int) -> str:
    """The code of the n-th township's refrigerator."""
    return f"E{number:02d}"


def channel(number: int, quantity: str = "temperature", device: str = "28ff01") -> str:
    """A channel of the n-th township's refrigerator."""
    return f"gw-{number}/{device}/{quantity}"


def county_file(start: int) -> str:
    """The county's file."""
    regions: list[dict[str, Any]] = [
        {"code": "510000000000", "level": 1, "name_zh": "四川省", "name_en": "Sichuan"},
        {"code": "511900000000", "level": 2, "name_zh": "云江市", "name_en": "Yunjiang", "parent": "510000000000"},
        {"code": COUNTY, "level": 3, "name_zh": "云岭县", "name_en": "Yunling", "parent": "511900000000"},
        {"code": OTHER_COUNTY, "level": 3, "name_zh": "临江县", "name_en": "Linjiang", "parent": "511900000000"},
    ]
    facilities: list[dict[str, Any]] = []
    equipment: list[dict[str, Any]] = []
    compartments: list[dict[str, Any]] = []
    channels: list[dict[str, Any]] = []

    def place(code: str, region: str, zh: str, en: str, kind: str) -> None:
        short = zh[:6]
        facilities.append(
            {"code": code, "region": region, "name_zh": zh, "name_en": en, "short_zh": short, "kind": kind}
        )

    def stand(code: str, facility: str, zh: str, en: str, kind: str, gateway: str) -> None:
        equipment.append(
            {
                "code": code, "facility": facility, "name_zh": zh, "name_en": en, "short_zh": zh[:6], "type": kind,
                "brand": "海容", "model": "HYC-290", "is_medical": kind != "domestic_fridge",
            }
        )  # fmt: skip
        compartments.append(
            {
                "equipment": code,
                "name": "cold",
                "name_zh": "冷藏室",
                "name_en": "cold",
                "purpose": "vaccine",
                "profile": "2-8",
            }
        )
        base = {"equipment": code, "start": start, "interval_s": 60}
        channels.append(base | {"name": f"{gateway}/28ff01/temperature", "compartment": "cold", "position": "中层"})
        channels.append(base | {"name": f"{gateway}/28ff01/door"})
        channels.append(base | {"name": f"{gateway}/28ff01/power"})
        if code == "E08":  # a second probe, for two to disagree
            channels.append(base | {"name": f"{gateway}/28ff02/temperature", "compartment": "cold", "position": "door"})
        if kind == "domestic_fridge":
            compartments.append(
                {
                    "equipment": code, "name": "frozen", "name_zh": "冷冻室", "name_en": "freezer", "purpose": "ice_packs",
                    "profile": "ice-packs",
                }
            )  # fmt: skip
            channels.append(base | {"name": f"{gateway}/28ff02/temperature", "compartment": "frozen"})

    place("F00", COUNTY, "云岭县疾控中心", "Yunling county CDC", "county_store")
    stand("E00", "F00", "县级冷库", "County cold room", "cold_room", "gw-20")
    for n, (zh, en) in enumerate(TOWNS, 1):
        town = f"5119021{n:02d}000"
        regions.append({"code": town, "level": 4, "name_zh": zh, "name_en": en, "parent": COUNTY})
        place(clinic(n), town, f"{zh}卫生院", f"{en} clinic", "township_clinic")
        name = ("疫苗冰箱", "Vaccine refrigerator") if n != 6 else (XSS, XSS)
        stand(fridge(n), clinic(n), *name, TYPES[n % 3], f"gw-{n}")
    regions.append(
        {"code": "511902101201", "level": 5, "name_zh": "柳树村", "name_en": "Liushu village", "parent": "511902101000"}
    )
    place("F20", COUNTY, "云岭县妇幼保健院产科", "Maternity ward", "maternity_ward")
    stand("E20", "F20", "产科冰箱", "Ward refrigerator", "medical_fridge", "gw-21")
    place("F21", "511902101201", "柳树村接种点", "Liushu village post", "village_post")
    place("F30", OTHER_COUNTY, "临江县疾控中心", "Linjiang county CDC", "county_store")
    stand("E30", "F30", "临江冷库", "Linjiang cold room", "cold_room", "gw-30")
    vaccines = [
        {
            "code": "HepB",
            "name_zh": "乙肝疫苗",
            "name_en": "Hepatitis B",
            "freeze_sensitive": True,
            "vvm_type": "VVM30",
        },
        {"code": "DTaP", "name_zh": "百白破疫苗", "name_en": "DTaP", "freeze_sensitive": True},
        {"code": "MMR", "name_zh": "麻腮风疫苗", "name_en": "MMR", "freeze_sensitive": False},
    ]
    lots = [
        {"id": f"L{n}", "number": number, "vaccine": vaccine, "maker": "成都生物", "expires_on": "2027-06-30"}
        for n, (number, vaccine) in enumerate([("202603A12", "HepB"), ("202604B07", "DTaP"), ("202605C01", "MMR")], 1)
    ]
    receipts = [
        {"lot": f"L{n}", "at": start + HOUR, "equipment": "E00", "compartment": "cold", "doses": 5000}
        for n in (1, 2, 3)
    ]
    movements = [
        {
            "lot": f"L{n}", "at": start + 6 * HOUR, "doses": 120 + 20 * n, "reason": "moved", "source": "E00/cold",
            "target": f"{fridge(number)}/cold",
        }
        for n in (1, 2, 3)
        for number in range(1, 13)
        if (n + number) % 4
    ]  # fmt: skip
    return json.dumps(
        {
            "regions": regions, "facilities": facilities, "equipment": equipment, "compartments": compartments,
            "channels": channels, "vaccines": vaccines, "lots": lots, "receipts": receipts, "movements": movements,
        }
    )  # fmt: skip


def temperature(t: int, number: int, level: float = 4.8) -> float:
    """A refrigerator whose compressor cycles."""
    return round(level + 0.6 * math.sin(2 * math.pi * t / (57 * MINUTE) + number) + 0.05 * math.sin(t / 7e5), 2)


def rising(t: int, start: int, to: float, tau_min: float) -> float:
    """What a warm room adds after `start`."""
    return 0.0 if t < start else (to - 5) * (1 - math.exp(-(t - start) / MINUTE / tau_min))


async def write_series(series: Series, now: int, hours: int) -> None:
    """Readings a minute for all, as the county's troubles have them; times are whole minutes."""
    last = now // MINUTE * MINUTE
    times = range(last - hours * HOUR, last + 1, MINUTE)
    for number in [*range(1, 13), 20, 21, 30]:
        end = last - 47 * MINUTE if number == 5 else last
        own = [t for t in times if t <= end]
        if number == 2:  # a cable was out for six hours yesterday; half of that came later
            own = [t for t in own if not last - 20 * HOUR < t < last - 17 * HOUR]
        warm = {
            3: (last - 75 * MINUTE, 12.0, 60.0),
            7: (last - 35 * MINUTE, 14.0, 180.0),
            2: (last - 23 * HOUR, 14.0, 90.0),
        }
        begun, to, tau = warm.get(number, (last + DAY, 5.0, 1.0))
        until = last - 21 * HOUR if number == 2 else last + DAY
        values: list[float | None] = [
            round(temperature(t, number) + (rising(t, begun, to, tau) if t < until else 0.0), 2) for t in own
        ]
        if number == 9:
            values[-4:] = [8.3, 8.6, 8.8, 8.9]
        q = [0] * len(own)
        if number == 11:
            values[-30:], q[-30:] = [None] * 30, [int(Fault.DISCONNECTED)] * 30
        gateway = f"gw-{number}"
        off = {7: last - 35 * MINUTE, 5: last - 52 * MINUTE}.get(number, last + DAY)
        await series.write(
            [
                Trace(f"{gateway}/28ff01/temperature", own, values, q),
                Trace(f"{gateway}/28ff01/power", own, [float(t < off) for t in own], [0] * len(own)),
                Trace(f"{gateway}/28ff01/door", own[-60:], [0.0] * len(own[-60:]), [0] * len(own[-60:])),
            ]
        )
        if number % 3 == 1 and number < 13:
            await series.write([Trace(f"{gateway}/28ff02/temperature", own, [-18.2] * len(own), [0] * len(own))])


def facts(equipment: str, room: int, first_bad: int, last_bad: int, **more: Any) -> Facts:
    """An excursion's facts; by default a critical heat."""
    base = Facts(
        kind=Kind.HEAT, rule="cn-2017/heat", rule_version="2017", severity=Severity.CRITICAL,
        certainty=Certainty.CERTAIN, is_open=True, known_good_before=first_bad - MINUTE, first_bad=first_bad,
        last_bad=last_bad, known_good_after=None, extreme_mc=9400, out_ms=last_bad - first_bad, unknown_ms=0,
        degree_ms=900_000, mkt_mc=6100, equipment=equipment, compartment=room, lots_known=LotsKnown.COMPARTMENT,
        lots=(LotShare("L2", "DTaP", 160, last_bad - first_bad), LotShare("L3", "MMR", 180, last_bad - first_bad)),
    )  # fmt: skip
    return replace(base, **more)


async def kept(tx: Tx, case: Case, why: str, at: int) -> None:
    """Write one revision."""
    start, end = case.facts.first_bad, case.facts.last_bad
    await cases.keep(tx, [KeptRevision(case=case, why=why, at=at, evidence_start=start, evidence_end=end)])


async def write_cases(archive: Archive, rooms: dict[str, int], now: int) -> int:
    """The excursions, observations and the one alarm; returns the alarm's number."""
    last = now // MINUTE * MINUTE
    first_bad = last - 52 * MINUTE
    warm = facts("E03", rooms["E03/cold"], first_bad, last, is_held=True)
    opened = Case("c3", channel(3), first_bad, first_bad + 20 * MINUTE, 1, CaseState.OPEN, None, warm)
    began, ended = last - 22 * HOUR - 30 * MINUTE, last - 20 * HOUR - 50 * MINUTE
    late = facts(
        "E02", rooms["E02/cold"], began, ended, severity=Severity.WARNING, extreme_mc=9900,
        known_good_before=began - 9 * MINUTE, lots=(LotShare("L1", "HepB", 140, ended - began),),
    )  # fmt: skip
    first = Case("c2", channel(2), began + 70 * MINUTE, last - 20 * HOUR, 1, CaseState.OPEN, None, late)
    known_first = replace(first, facts=replace(late, first_bad=began + 70 * MINUTE, known_good_before=began - HOUR))
    closed = replace(late, is_open=False, known_good_after=ended + MINUTE)
    async with archive.writing() as tx:
        await kept(tx, opened, "opened", opened.opened_at)
        await holds.keep(tx, opened, "F03")
        for at, case, why in (
            (last - 20 * HOUR, known_first, "opened"),
            (last - 17 * HOUR, replace(first, revision=2), "late_data"),
            (last - 17 * HOUR + MINUTE, replace(first, revision=3, state=CaseState.CLOSED, facts=closed), "ended"),
        ):
            await kept(tx, case, why, at)
        silence = NewObservation(
            kind=Kind.SILENCE, subject="gw-5", severity=Severity.NOTE, start=last - 47 * MINUTE, seen_at=last - 17 * MINUTE,
            equipment="E05", detail={"cause": "power", "mains": "lost", "is_out": True, "equipment": ["E05"], "channels": [channel(5)]},
        )  # fmt: skip
        mains = NewObservation(
            kind=Kind.POWER_LOSS, subject="E07", severity=Severity.NOTE, start=last - 35 * MINUTE, seen_at=last - 34 * MINUTE,
            equipment="E07", detail={"forecast": OUTAGE, "planned": last + 25 * MINUTE},
        )  # fmt: skip
        await cases.observe(tx, silence)
        await cases.observe(tx, mains)
        ringing = await alarms.raise_alarm(
            tx,
            NewAlarm(
                excursion="c3", equipment="E03", facility="F03", kind=Kind.HEAT, severity=Severity.CRITICAL,
                state=AlarmState.RINGING, raised_at=opened.opened_at,
            ),
            Arrow(AlarmState.RINGING, "raised", opened.opened_at),
        )  # fmt: skip
    return ringing.id


async def write_people(archive: Archive, now: int) -> dict[str, str]:
    """A user of each role, and a token of each role and region; returns the tokens' secrets by name."""
    by = By("test", now)
    hashed = await people.hash_password(PASSWORD)
    users = [
        User(name="nurse", display="王护士", role=Role.CLINIC, facility="F03"),
        User(name="manager", display="李科长", role=Role.MANAGER, region=COUNTY),
        User(name="auditor", display="审计", role=Role.AUDITOR, region=OTHER_COUNTY),
        User(name="admin", display="admin", role=Role.ADMINISTRATOR, language="en"),
    ]
    tokens = {
        "clinic": NewToken(label="clinic", role=Role.CLINIC, facility="F03"),
        "elsewhere": NewToken(label="elsewhere", role=Role.CLINIC, facility="F30"),
        "manager": NewToken(label="manager", role=Role.MANAGER, region=COUNTY),
        "auditor": NewToken(label="auditor", role=Role.AUDITOR, region=COUNTY),
        "auditor elsewhere": NewToken(label="auditor elsewhere", role=Role.AUDITOR, region=OTHER_COUNTY),
        "administrator": NewToken(label="administrator", role=Role.ADMINISTRATOR),
    }
    secrets = {}
    async with archive.writing() as tx:
        for user in users:
            await people.create_user(tx, user, hashed, by)
        for name, new in tokens.items():
            secrets[name] = (await people.create_token(tx, new, by)).secret
    return secrets


async def bring_in(archive: Archive, now: int) -> None:
    """The county's file, two days of it before `now`."""
    await import_county(archive, county_of(county_file(now - 2 * DAY)), By("test", now))


async def build(archive: Archive, series: Series, now: int, hours: int = 48) -> Site:
    """Write all of it beside what was brought in, with so many hours of readings."""
    from coldchain.archive.views import site  # noqa: PLC0415 - the name is this module's own

    await write_series(series, now, hours)
    async with archive.reading() as tx:
        rooms = {f"{row.equipment}/{row.name}": row.id for row in (await site(tx, now)).compartments}
    alarm = await write_cases(archive, rooms, now)
    await troubles.write(archive, rooms, now)
    payload = b'{"spool": "x", "html": "<script>alert(1)</script>"}'
    await keep(
        archive,
        [
            RefusedMessage("collector", "gw-3", "coldchain/v1/gw/gw-3/readings", now - HOUR, None, 7, Refusal.MALFORMED, "line 1", payload),
            RefusedMessage("collector", "gw-30", "coldchain/v1/gw/gw-30/readings", now, None, None, Refusal.FUTURE, "2090", b"{}"),
        ],
    )  # fmt: skip
    return Site(now, rooms, alarm, await write_people(archive, now))
