"""How every way to every person stands: confirmed, asked, wrong, refused, unanswered, due. Nothing of it takes a way out of use.

known (words about the address) ─┐
questions of the last quarter ───┴─► standing ─► `coldchain duty numbers`, the API, the duty page
"""

from collections.abc import Sequence
from enum import StrEnum

from coldchain.archive import tables
from coldchain.archive.db import Tx
from coldchain.archive.duty import askable, questions, ways
from coldchain.archive.duty.questions import Question, QuestionState
from coldchain.archive.duty.ways import PATIENCE_MS, QUARTER_MS, Known
from coldchain.archive.rows import Record
from coldchain.archive.views import Scope


class Standing(StrEnum):
    """What is known of an address, in a word."""

    CONFIRMED = "confirmed"  # within a quarter
    ASKED = "asked"  # and not answered yet
    WRONG = "wrong"  # or dead: a gap
    REFUSED = "refused"  # the provider did not reach it with the question
    UNANSWERED = "unanswered"  # asked, and nobody said anything
    DUE = "due"


class Stood(Record, frozen=True, kw_only=True):
    """An address, whose it is, and how it stands."""

    name: str
    facility: str
    known: Known
    standing: Standing
    channel: str = ""  # by which it was asked last …
    asked_at: int | None = None  # … and when
    in_vain: int = 0  # how often within a quarter
    how: str = ""  # what came of the last question


def standing_of(known: Known, asked: Sequence[Question], at: int) -> Standing:
    """Pure. A person's word counts as the address's own answer."""
    if known.bad_since is not None:
        return Standing.WRONG
    if known.verified_at is not None and at - known.verified_at < QUARTER_MS:
        return Standing.CONFIRMED
    its = [each for each in asked if each.sent_at > (known.verified_at or 0)]
    if (its and its[-1].state.is_open) or (known.asked_at is not None and at - known.asked_at < PATIENCE_MS):
        return Standing.ASKED
    if its and its[-1].state is QuestionState.REFUSED:
        return Standing.REFUSED
    return Standing.UNANSWERED if askable.in_vain(known, its, at) else Standing.DUE


async def standings(
    tx: Tx,
    at: int,
    scope: Scope = None,
    *,
    of: Standing | None = None,
    after: tuple[int, int] | None = None,
    limit: int | None = None,
) -> list[Stood]:
    """All ways of everybody who is there, at facilities that are not closed, by person, the first tried first.

    Args:
        tx: one snapshot.
        at: when, ms UTC.
        scope: whose people.
        of: only those that stand so.
        after: the person and the place of the last one of the page before.
        limit: so many are enough.
    """
    query = ways.there(at, scope).limit(limit)
    found: list[Stood] = []
    last = after[0] - 1 if after else 0
    while people := {each.id: each for each in await tx.execute(query.where(tables.Person.id > last))}:
        its = await ways.known(tx, list(people))
        asked = questions.by_way(await questions.since(tx, at - QUARTER_MS, list(people)))
        for number, person in people.items():
            for each in its.get(number, ()):
                own = asked.get((number, each.kind.value, ways.fingerprint(each.address)), [])
                stood = _stood(each, person.name, person.facility, own, at)
                found += [stood] if _is_wanted(stood, of, after) else []
        last = max(people)
        if limit is None or len(found) >= limit:
            break
    return found[:limit]


def _stood(known: Known, name: str, facility: str, its: Sequence[Question], at: int) -> Stood:
    last = its[-1] if its else None
    return Stood(
        name=name,
        facility=facility,
        known=known,
        standing=standing_of(known, its, at),
        channel=last.channel if last else "",
        asked_at=last.sent_at if last else known.asked_at,
        in_vain=askable.in_vain(known, its, at),
        how=last.how if last else "",
    )


def _is_wanted(stood: Stood, of: Standing | None, after: tuple[int, int] | None) -> bool:
    is_after = after is None or (stood.known.person, stood.known.place) > after
    return is_after and (of is None or stood.standing is of)
