"""A clinic whose refrigerator became too warm, another refrigerator there, a neighbour, and those who decide.

70 doses of HepB-A1 stand in the cold compartment when it begins at T0 + 1 h; it is known, and they are held, at T0 + 2 h.
"""

from dataclasses import dataclass
from typing import Any

from coldchain.archive import cases, documents, equipment, holds, lots, people, places
from coldchain.archive.audit import By
from coldchain.archive.cases import KeptRevision
from coldchain.archive.db import Archive
from coldchain.archive.disposition import dossiers, freezing, papers, proposing, signing
from coldchain.archive.disposition.freezing import Evidence
from coldchain.archive.disposition.papers import NewOpinion
from coldchain.archive.disposition.proposing import NewLine, NewProposal
from coldchain.archive.disposition.records import Proposal, Shown
from coldchain.archive.disposition.words import Outcome, Verdict
from coldchain.archive.equipment import EquipmentType, NewCompartment, Purpose
from coldchain.archive.holds import Hold
from coldchain.archive.lots import NewMovement, Reason
from coldchain.archive.people import Role, User
from coldchain.archive.places import FacilityKind
from coldchain.excursion import Case, LotShare
from tests.archive.cast import a_case
from tests.archive.small import COUNTY, HOUR, NURSE, T0, TOWN, fill

LOT, CLINIC, NEIGHBOUR = "HepB-A1", "511900012", "511900014"
KNOWN = T0 + 2 * HOUR
USERS = {
    "nurse": User(name="nurse", display="李小琴", role=Role.CLINIC, facility=CLINIC),
    "again": User(name="again", display=" 李小琴", role=Role.CLINIC, facility=CLINIC),  # the same person
    "deputy": User(name="deputy", display="王芳", role=Role.CLINIC, facility=CLINIC),
    "county": User(name="county", display="赵科长", role=Role.MANAGER, region=COUNTY),
    "neighbour": User(name="neighbour", display="孙梅", role=Role.CLINIC, facility=NEIGHBOUR),
    "auditor": User(name="auditor", display="审计", role=Role.AUDITOR, region=COUNTY),
}


def by(at: int, actor: str = "nurse") -> By:
    return By(actor, at, "test")


@dataclass
class Ward:
    """The clinic with its compartments, and acts in few words; each is an hour's fraction after the one before."""

    archive: Archive
    cold: int
    other: int
    neighbour: int
    paper: str
    now: int = KNOWN + HOUR

    def later(self, actor: str = "nurse") -> By:
        self.now += 60_000
        return by(self.now, actor)

    async def become(self, *written: Case, at: int | None = None) -> None:
        """Cases say something, and holds and dossiers follow, as in alerting's transaction."""
        at = self.later().at if at is None else at
        async with self.archive.writing() as tx:
            kept = [
                KeptRevision(
                    case=case, why="w", at=at, evidence_start=case.facts.first_bad, evidence_end=case.facts.last_bad
                )
                for case in written
            ]
            await cases.keep(tx, kept)
            await holds.follow(tx, written, at)

    async def move(self, doses: int, reason: Reason = Reason.ISSUED, **more: Any) -> int:
        new: dict[str, Any] = {"lot": LOT, "at": self.later().at, "source": self.cold} | more
        async with self.archive.writing() as tx:
            return (await lots.move(tx, NewMovement(doses=doses, reason=reason, **new), by(self.now))).id

    async def holds(self) -> list[tuple[str, int | None, int, str | None]]:
        """(excursion, compartment, doses, why lifted), the oldest first."""
        async with self.archive.reading() as tx:
            found: list[Hold] = await holds.of_lot(tx, LOT)
        return [(each.excursion, each.compartment, each.doses, each.lifted_why) for each in reversed(found)]

    async def show(self, number: int = 1) -> Shown:
        async with self.archive.reading() as tx:
            return await dossiers.show(tx, number)

    async def freeze(self, number: int = 1, **content: Any) -> None:
        async with self.archive.writing() as tx:
            case = await cases.case(tx, (await dossiers.dossier_row(tx, number)).excursion)
            await freezing.freeze(tx, number, Evidence(case, {"n": self.now} | content), self.later())

    async def opine(self, verdict: Verdict = Verdict.USABLE, number: int = 1, **more: Any) -> None:
        said: dict[str, Any] = {
            "lot": LOT, "verdict": verdict, "author": "陈", "organisation": "蜀原", "dated": "2026-07-01",
            "document": self.paper,
        }  # fmt: skip
        async with self.archive.writing() as tx:
            await papers.add_opinion(tx, number, NewOpinion(**said | more), self.later())

    async def propose(self, outcome: Outcome = Outcome.RELEASE, doses: int = 70, **more: Any) -> Proposal:
        version = more.pop("version", None) or (await self.show(more.get("number", 1))).dossier.version
        number = more.pop("number", 1)
        said: dict[str, Any] = {"lot": LOT, "compartment": self.cold, "doses": doses, "outcome": outcome}
        line = NewLine(**said | more)
        async with self.archive.writing() as tx:
            return await proposing.propose(tx, number, NewProposal(version=version, lines=[line]), self.later())

    async def sign(self, proposal: int, user: str, number: int = 1) -> Proposal:
        async with self.archive.writing() as tx:
            return await signing.sign(tx, number, proposal, USERS[user], self.later(user))

    async def decide(self, outcome: Outcome = Outcome.RELEASE, doses: int = 70, **more: Any) -> Proposal:
        """From frozen evidence to the second signature."""
        await self.freeze()
        await self.opine(Verdict.USABLE if outcome is Outcome.RELEASE else Verdict.NOT_USABLE)
        proposal = await self.propose(outcome, doses, **more)
        await self.sign(proposal.id, "nurse")
        return await self.sign(proposal.id, "county")


def shares(doses: int) -> tuple[LotShare, ...]:
    return (LotShare(LOT, "HepB", doses, HOUR),)


def warm(doses: int = 70, name: str = "c1", **more: Any) -> Case:
    return a_case(name, lots=shares(doses), **more)


async def ward_in(archive: Archive) -> Ward:
    """The clinic before anything became warm."""
    await fill(archive)
    async with archive.writing() as tx:
        facility = places.Facility(
            code=NEIGHBOUR, region=TOWN, name_zh="河口镇卫生院", name_en="Hekou Clinic", short_zh="河口",
            kind=FacilityKind.TOWNSHIP_CLINIC,
        )  # fmt: skip
        await places.put_facilities(tx, [facility], NURSE)
        rooms = []
        for code, place in (("BX2", CLINIC), ("BX3", NEIGHBOUR)):
            fridge = equipment.Equipment(
                code=code, facility=place, name_zh=code, name_en=code, short_zh=code, type=EquipmentType.MEDICAL_FRIDGE
            )
            await equipment.put_equipment(tx, [fridge], NURSE)
            cold = NewCompartment(
                equipment=code, name="cold", name_zh="冷藏室", name_en="cold", purpose=Purpose.VACCINE, profile="2-8"
            )
            await equipment.put_compartments(tx, [cold], NURSE)
            rooms.append((await equipment.compartment(tx, code, "cold")).id)
        for user in USERS.values():
            await people.create_user(tx, user, "no hash", NURSE)
        paper = await documents.add(tx, "paper.txt", "此批疫苗可以使用".encode(), CLINIC, NURSE)
        home = (await equipment.compartment(tx, "511900012-BX1", "cold")).id
    return Ward(archive, home, rooms[0], rooms[1], paper.sha256)
