"""A small book for these tests: a clinic with one nurse, its ward, and the county's store, as pure records."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from coldchain.archive.duty.book import Address, Book, Contact, Holding, Place, Rota, Store
from coldchain.archive.duty.policy import Policy, policy_of
from coldchain.archive.duty.who import Asked, Told, told
from coldchain.archive.duty.words import WayKind
from coldchain.archive.facilities import days
from coldchain.excursion import Severity

CLINIC, STORE, COUNTY, TOWN = "C1", "S1", "511900000000", "511900101000"
NURSE, DEPUTY, MANAGER, KEEPER, DRIVER = 1, 2, 3, 4, 5
PLACE = Place(CLINIC, "柳溪镇卫生院", (TOWN, COUNTY))
STEP = {
    "severity": "critical", "after_min": 0, "members": ["keeper"], "channels": ["voice", "sms"], "repeat_min": 5,
    "receipt_min": 2,
}  # fmt: skip


def ms(text: str) -> int:
    """A local time, `2026-11-22 03:10`."""
    return round(datetime.fromisoformat(text).replace(tzinfo=days.SITE).timestamp() * 1000)


NIGHT, NOON = ms("2026-11-22 03:10"), ms("2026-11-24 12:00")


def mobile(number: int, **fields: Any) -> Address:
    return Address(WayKind.MOBILE, f"+861540000000{number}", **fields)


def contact(number: int, name: str, facility: str = CLINIC, *addresses: Address, **fields: Any) -> Contact:
    return Contact(number, name, facility, addresses or (mobile(number),), **fields)


def county(**fields: Any) -> Book:
    """One nurse at the clinic; three at the store, of whom one has no post."""
    people = [contact(NURSE, "李"), contact(DEPUTY, "周"), contact(MANAGER, "吴", STORE), contact(KEEPER, "郑", STORE)]
    people.append(contact(DRIVER, "王", STORE))
    book = Book(
        contacts={each.id: each for each in people},
        holdings=(
            Holding(NURSE, CLINIC, "keeper", 0), Holding(MANAGER, STORE, "county_manager", 0),
            Holding(KEEPER, STORE, "keeper", 0),
        ),
        stores=(Store(STORE, COUNTY),),
    )  # fmt: skip
    return replace(book, **fields)


def with_people(book: Book, *people: Contact) -> Book:
    return replace(book, contacts={**book.contacts, **{each.id: each for each in people}})


def with_rotas(book: Book, *rotas: Rota) -> Book:
    return replace(book, rotas={each.id: each for each in rotas})


def policy(*steps: dict[str, Any], **fields: Any) -> Policy:
    content = {"title": "ours", "source": "county order 3", "quiet": {"from": "22:00", "until": "07:00"}}
    return policy_of(content | {"steps": [STEP | each for each in steps]} | fields)


def ask(
    book: Book, at: int = NOON, severity: Severity = Severity.CRITICAL, place: Place = PLACE, **fields: Any
) -> Told:
    return told(Asked(book, place, severity, at, **fields))


def names(answer: Told) -> list[list[str]]:
    return [[each.name for each in level.people] for level in answer.levels]


def kinds(answer: Told) -> list[str]:
    return sorted({gap.kind.value for gap in answer.gaps})
