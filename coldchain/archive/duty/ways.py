"""The ways to a person: their addresses, what is known of each, how they want to be told, and the quarterly question.

    phones, e-mail, WeChat, WeCom of a person (`facilities.persons`, `contacts`)  ─┐
    words about each address: asked, confirmed, wrong, dead, works                ─┴─►  ways: good, bad since, due

Addresses stand where they always stood. A word names its address by a fingerprint, so that a new number has nothing of the old one's good
name, and the words are no second book of numbers.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Final

from sqlalchemy import Select, or_, select

from coldchain.archive import audit, changes, locking, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.duty.book import Address
from coldchain.archive.duty.words import WayKind, means_of
from coldchain.archive.facilities import contacts
from coldchain.archive.facilities.numbers import normal
from coldchain.archive.facilities.posts import living
from coldchain.archive.images import shown
from coldchain.archive.rows import Record, check_texts, record_of
from coldchain.archive.views import Scope
from coldchain.errors import BadInput

QUARTER_MS: Final = 91 * 86_400_000
PATIENCE_MS: Final = 7 * 86_400_000  # a question that nobody answers is asked again after so long
LANGUAGES: Final = ("zh", "en")
PHONES: Final = (WayKind.MOBILE, WayKind.FIXED, WayKind.WARD_NIGHT)
_LINES: Final = {kind.value: kind for kind in PHONES}


class Said(StrEnum):
    """What was learned of an address."""

    ASKED = "asked"  # "is this still your number?"
    CONFIRMED = "confirmed"  # yes
    WRONG = "wrong"  # no: it is somebody else's, or was given up
    DEAD = "dead"  # the provider says that there is none, or it never answers
    WORKS = "works"  # somebody answered there


BAD: Final = frozenset({Said.WRONG, Said.DEAD})
GOOD: Final = frozenset({Said.CONFIRMED, Said.WORKS})


class NewWord(Record, frozen=True, kw_only=True):
    """What was learned of one address of a person."""

    person: int
    kind: WayKind
    address: str
    said: Said
    note: str = ""


class Known(Record, frozen=True, kw_only=True):
    """An address of a person, and what is known of it."""

    person: int
    kind: WayKind
    address: str
    verified_at: int | None = None
    bad_since: int | None = None
    asked_at: int | None = None  # and not answered since
    place: int = 0  # among theirs, the first is 0

    def is_due(self, at: int) -> bool:
        """True when nobody said within a quarter that it is still theirs, and no question about it is open."""
        if self.bad_since is not None:
            return False
        is_fresh = self.verified_at is not None and at - self.verified_at < QUARTER_MS
        is_asked = self.asked_at is not None and at - self.asked_at < PATIENCE_MS
        return not is_fresh and not is_asked


class Wish(Record, frozen=True, kw_only=True):
    """How somebody wants to be told: their language, and what is tried first."""

    person: int
    language: str = "zh"
    channels: tuple[str, ...] = ()


async def say(tx: Tx, new: NewWord, by: By) -> None:
    """Write down what was learned of an address; it is asked for no more, or tried after all others, from now on.

    Raises:
        BadInput: when nobody has that number, or it is not an address of theirs.
    """
    check_texts("way_word", {"note": new.note, "by": by.actor})
    await audit.begin(tx)
    person = await living(tx, new.person, by.at)
    address = normal(new.address, "address") if new.kind in PHONES else new.address
    its = (await known(tx, [person.id])).get(person.id, [])
    if (new.kind, address) not in {(each.kind, each.address) for each in its}:
        raise BadInput("address", f"{person.name} has no such {new.kind}", "choose one of theirs, or enter it first")
    row = tables.WayWord(
        person=person.id, kind=str(new.kind), fingerprint=fingerprint(address), said=str(new.said), at=by.at,
        by=by.actor, note=new.note,
    )  # fmt: skip
    await changes.enter(tx, by, str(new.said), row, [])


async def wish(tx: Tx, new: Wish, by: By, *, seen: str | None = None) -> Wish:
    """From now on somebody is told in this language, and by these first.

    Raises:
        Stale: it was changed since.
        BadInput: when there is nobody of that number, or a language or a channel is none.
    """
    await audit.begin(tx)
    await living(tx, new.person, by.at)
    if new.language not in LANGUAGES:
        raise BadInput("language", f"{new.language[:20]!r} is not spoken here", f"write {' or '.join(LANGUAGES)}")
    for channel in new.channels:
        if means_of(channel) is None:
            raise BadInput(
                "channels", f"{channel[:40]!r} is no channel", "write voice, sms, wecom, wechat, mail or page"
            )
    row = await tx.get(tables.ReachWish, new.person)
    if row is None:
        row = tables.ReachWish(person=new.person, language=new.language, channels=list(new.channels))
        await changes.enter(tx, by, "added", row, [])
        return new
    locking.check(row, seen)
    row.language, row.channels = new.language, list(new.channels)
    await changes.enter(tx, by, "changed", row, [])
    return new


async def wishes(tx: Tx, persons: Collection[int]) -> dict[int, Wish]:
    """By person; who never said one has none."""
    row = tables.ReachWish
    return {each.person: record_of(each, Wish) for each in await tx.scalars(select(row).where(row.person.in_(persons)))}


async def known(tx: Tx, persons: Collection[int]) -> dict[int, list[Known]]:
    """All addresses of these persons with what is known of each, the first tried first."""
    found: dict[int, list[Known]] = {}
    words = await _words(tx, persons)
    phones = await contacts.lines_of(tx, persons)
    row = tables.Person
    columns = select(row.id, row.email, row.wechat, row.wecom).where(row.id.in_(persons)).order_by(row.id)
    for person, email, wechat, wecom in await tx.execute(columns):
        its = [(_LINES[kind], number) for kind, number in phones.get(person, ())]
        others = ((WayKind.WECOM, wecom), (WayKind.WECHAT, wechat), (WayKind.MAIL, email))
        its += [(kind, address) for kind, address in others if address]
        found[person] = [
            _known(person, kind, address, words.get(person, {}), place) for place, (kind, address) in enumerate(its)
        ]
    return found


def there(at: int, scope: Scope = None) -> Select[int, str, str]:
    """Pure. Asks for number, name and facility of everybody who has not left, at facilities that are not closed, by number."""
    row, place = tables.Person, tables.Facility
    query = select(row.id, row.name, row.facility).join(place, place.code == row.facility)
    query = query.where(place.status != "closed", or_(row.left_at.is_(None), row.left_at > at)).order_by(row.id)
    return query if scope is None else query.where(row.facility.in_(scope))


async def due(
    tx: Tx, at: int, scope: Scope = None, *, after: tuple[int, int] | None = None, limit: int | None = None
) -> list[Known]:
    """The addresses that are to be asked for: "is this still your number?"; of everybody who is there.

    Args:
        tx: one snapshot.
        at: when, ms UTC.
        scope: whose people.
        after: the person and the place of the last one of the page before.
        limit: so many are enough.
    """
    query = there(at, scope).limit(limit)
    found: list[Known] = []
    last = after[0] - 1 if after else 0
    while persons := list(await tx.scalars(query.where(tables.Person.id > last))):
        ways = [each for its in (await known(tx, persons)).values() for each in its]
        found += [each for each in ways if _is_after(each, after) and each.is_due(at)]
        if limit is None or len(found) >= limit:
            break
        last = persons[-1]
    return found[:limit]


def _is_after(each: Known, after: tuple[int, int] | None) -> bool:
    return after is None or (each.person, each.place) > after


def fingerprint(address: str) -> str:
    """By which a word names its address."""
    return str(shown("fingerprint", address))


def addresses(its: Iterable[Known]) -> tuple[Address, ...]:
    """As `who` takes them."""
    return tuple(Address(each.kind, each.address, each.bad_since, each.verified_at) for each in its)


async def _words(tx: Tx, persons: Collection[int]) -> dict[int, dict[tuple[str, str], list[tuple[Said, int]]]]:
    """By person, kind and fingerprint, in time."""
    row = tables.WayWord
    query = select(row.person, row.kind, row.fingerprint, row.said, row.at).where(row.person.in_(persons))
    found: dict[int, dict[tuple[str, str], list[tuple[Said, int]]]] = defaultdict(lambda: defaultdict(list))
    for person, kind, print_, said, at in await tx.execute(query.order_by(row.at, row.id)):
        found[person][kind, print_].append((Said(said), at))
    return found


def _known(
    person: int, kind: WayKind, address: str, words: Mapping[tuple[str, str], Sequence[tuple[Said, int]]], place: int
) -> Known:
    verified = bad = asked = None
    for said, at in words.get((kind, fingerprint(address)), ()) if words else ():
        if said in BAD:
            bad, asked = bad or at, None
        elif said in GOOD:
            verified, bad, asked = at, None, None
        else:
            asked = at
    return Known(
        person=person, kind=kind, address=address, verified_at=verified, bad_since=bad, asked_at=asked, place=place
    )
