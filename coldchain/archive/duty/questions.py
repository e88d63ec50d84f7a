"""The quarterly question "is this still your number?", asked of an address by that very way, and what came of it.

    due ─► waiting ─► leaving ─► asked ─► confirmed | wrong       by a reply, a key, a link, from that very address
              ▲          │         └────► refused | unanswered    the provider did not reach it; nobody said anything for a week
              └──────────┘         └────► withdrawn               the way is out, the address is no more theirs, a person said so
     it surely did not go out

A question is written before it leaves. One that was leaving when a process died may have gone out, and counts as asked:
nobody is asked twice for that. Whatever comes of it, the address stays where it is and goes on being told.
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import func, or_, select

from coldchain.archive import audit, tables
from coldchain.archive.audit import MACHINE, By
from coldchain.archive.db import Tx
from coldchain.archive.duty import ways
from coldchain.archive.duty.ways import PATIENCE_MS, Known, NewWord, Said
from coldchain.archive.duty.words import WayKind
from coldchain.archive.rows import Record, in_batches, record_of
from coldchain.errors import BadInput

OUT_ID: Final = "q"  # our id of such a message: q and the question's number, which no notice has
STUCK_S: Final = 600.0  # real seconds after which what was leaving counts as gone
REASON: Final = "is this still your number?"
AT_ONCE: Final = 500
_KEYS: Final = {"1": True, "2": False}


class QuestionState(StrEnum):
    """How far a question is."""

    WAITING = "waiting"  # it surely did not go out, and will
    LEAVING = "leaving"  # it may have gone out
    ASKED = "asked"
    CONFIRMED = "confirmed"
    WRONG = "wrong"
    REFUSED = "refused"  # by the provider: it reached nobody
    UNANSWERED = "unanswered"
    WITHDRAWN = "withdrawn"

    @property
    def is_open(self) -> bool:
        """True while something may become of it."""
        return self in _OPEN


_OPEN: Final = (QuestionState.WAITING, QuestionState.LEAVING, QuestionState.ASKED)
_OPEN_WORDS: Final = tuple(state.value for state in _OPEN)
_SAID: Final = {QuestionState.CONFIRMED: Said.CONFIRMED, QuestionState.WRONG: Said.WRONG}


class NewQuestion(Record, frozen=True, kw_only=True):
    """An address, and by what it is asked."""

    person: int
    kind: WayKind
    sent_to: str
    channel: str
    language: str = "zh"


class Question(NewQuestion, frozen=True, kw_only=True):
    """… that stands in the archive."""

    id: int
    sent_at: int
    sent_s: float
    state: QuestionState
    tries: int
    provider_id: str
    provider_code: str
    answer: str
    cost_fen: int
    ended_at: int | None
    how: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Gone:
    """What a provider said of a question that left."""

    state: QuestionState  # asked, waiting, refused or withdrawn
    verdict: str
    provider_id: str = ""
    provider_code: str = ""
    answer: str = ""
    cost_fen: int = 0
    try_after: float | None = None


def out_id(question: int) -> str:
    """What we call its message, however often it is sent."""
    return f"{OUT_ID}{question}"


def digest_of(secret: str) -> str:
    """By which a link's secret is found; nobody reads it off the archive."""
    return hashlib.sha256(secret.encode()).hexdigest() if secret else ""


# -- asking ----------------------------------------------------------------------------------------------------------------


async def ask(tx: Tx, new: NewQuestion, at: int) -> Question | None:
    """Write down that an address is to be asked now; None when it is not to be: asked by another process, or due no more."""
    await audit.begin(tx)
    its = (await ways.known(tx, [new.person])).get(new.person, [])
    known = next((each for each in its if (each.kind, each.address) == (new.kind, new.sent_to)), None)
    if known is None or not known.is_due(at) or await _is_asked(tx, new.sent_to):
        return None
    row = tables.WayQuestion(
        person=new.person, kind=str(new.kind), fingerprint=ways.fingerprint(new.sent_to), channel=new.channel,
        sent_to=new.sent_to, language=new.language, sent_at=at, sent_s=0.0, state=str(QuestionState.WAITING),
    )  # fmt: skip
    tx.add(row)
    await tx.flush()
    audit.decided(tx, By(MACHINE, at, REASON), "asking", [row])
    return record_of(row, Question)


async def waiting(tx: Tx, wall_s: float) -> list[Question]:
    """Those that surely did not go out, and may be tried again."""
    row = tables.WayQuestion
    query = select(row).where(row.state == str(QuestionState.WAITING)).order_by(row.id)
    query = query.where(or_(row.try_after.is_(None), row.try_after <= wall_s))
    return [record_of(each, Question) for each in await tx.scalars(query.limit(AT_ONCE))]


async def leave(tx: Tx, number: int, digest: str, at: int, wall_s: float) -> bool:
    """Write that one leaves before it does, with the digest of the secret in its link; False when another process lets it."""
    await audit.begin(tx)
    row = await _locked(tx, number)
    if row.state != QuestionState.WAITING:
        return False
    row.state, row.verdict, row.sent_s, row.digest = str(QuestionState.LEAVING), "unknown", wall_s, digest
    row.tries, row.try_after = row.tries + 1, None
    await _decided(tx, row, "leaving", at)
    return True


async def left(tx: Tx, number: int, gone: Gone, at: int) -> None:
    """What the provider said of one that was leaving; from then on the address counts as asked, if it may have gone out."""
    await audit.begin(tx)
    row = await _locked(tx, number)
    if not QuestionState(row.state).is_open:
        return  # answered before the provider was
    row.verdict, row.provider_id, row.provider_code = gone.verdict, gone.provider_id, gone.provider_code
    row.answer, row.try_after = gone.answer, gone.try_after
    row.cost_fen += gone.cost_fen
    if gone.state.is_open:
        row.state = str(gone.state)
        await _decided(tx, row, str(gone.state), at)
    else:
        await _end(tx, row, gone.state, at, f"{gone.provider_code} {gone.answer}".strip())
    if gone.state is QuestionState.ASKED:
        await _say(tx, row, Said.ASKED, at)


# -- what comes of it --------------------------------------------------------------------------------------------------------


async def of_address(tx: Tx, kinds: Collection[WayKind], address: str, at: int) -> list[Question]:
    """What was asked of an address lately, the newest first: a second answer to the last question is known for one."""
    row = tables.WayQuestion
    query = select(row).where(row.sent_to == address, row.kind.in_([str(kind) for kind in kinds]))
    query = query.where(row.sent_at > at - 2 * PATIENCE_MS).order_by(row.id.desc())
    return [record_of(each, Question) for each in await tx.scalars(query)]


async def open_of(tx: Tx, person: int) -> list[Question]:
    """What somebody is asked now."""
    row = tables.WayQuestion
    query = select(row).where(row.person == person, row.state.in_(_OPEN_WORDS)).order_by(row.id)
    return [record_of(each, Question) for each in await tx.scalars(query)]


async def by_link(tx: Tx, digest: str) -> tuple[Question, str] | None:
    """The question behind a link, and whom it names."""
    row, person = tables.WayQuestion, tables.Person
    if not digest:
        return None
    query = select(row, person.name).join(person, person.id == row.person).where(row.digest == digest)
    found = (await tx.execute(query)).first()
    return None if found is None else (record_of(found[0], Question), str(found[1]))


async def answered(tx: Tx, number: int, *, is_theirs: bool, at: int, how: str) -> QuestionState:
    """What somebody said from that very address; returns how the question stands then. It is answered once."""
    await audit.begin(tx)
    row = await _locked(tx, number)
    if QuestionState(row.state).is_open:
        await _end(tx, row, QuestionState.CONFIRMED if is_theirs else QuestionState.WRONG, at, how)
    return QuestionState(row.state)


async def follow(tx: Tx, at: int, wall_s: float) -> int:
    """Let every open question go on by what was heard meanwhile, and by time; returns how many ended."""
    row = tables.WayQuestion
    query = select(row).where(row.state.in_(_OPEN_WORDS)).order_by(row.id).limit(AT_ONCE)
    ended = last = 0
    while asked := list(await tx.scalars(query.where(row.id > last))):
        last = asked[-1].id
        ended += await _follow(tx, asked, at, wall_s)
    return ended


async def _follow(tx: Tx, asked: Sequence[tables.WayQuestion], at: int, wall_s: float) -> int:
    heard = await _receipts(tx, asked)
    its = await ways.known(tx, {each.person for each in asked})
    ended = 0
    for each in asked:
        known = {(way.kind.value, way.address): way for way in its.get(each.person, ())}.get((each.kind, each.sent_to))
        what = _what(each, known, heard.get(each.id, ()), at)
        if what is not None or (each.state == QuestionState.LEAVING and wall_s - each.sent_s > STUCK_S):
            ended += await _go_on(tx, each.id, what, at)
    return ended


async def _go_on(tx: Tx, number: int, what: tuple[QuestionState, str] | None, at: int) -> bool:
    """End it, or count as asked what was leaving when a process died."""
    await audit.begin(tx)
    row = await _locked(tx, number)
    if not QuestionState(row.state).is_open:
        return False
    if what is None:
        row.state = str(QuestionState.ASKED)
        await _decided(tx, row, "asked", at)
        await _say(tx, row, Said.ASKED, at)
        return False
    await _end(tx, row, what[0], at, what[1])
    return True


def _what(
    row: tables.WayQuestion, known: Known | None, heard: Sequence[tables.NoticeReceipt], at: int
) -> tuple[QuestionState, str] | None:
    """What ends it, and why; None: nothing yet. Pure."""
    if known is None:
        return QuestionState.WITHDRAWN, "the address is theirs no more"
    if known.bad_since is not None:
        return QuestionState.WITHDRAWN, "known to be wrong meanwhile"
    if known.verified_at is not None and known.verified_at >= row.sent_at:
        return QuestionState.WITHDRAWN, "confirmed by a person meanwhile"
    said = _said_by(row, heard)
    if said is not None or at - row.sent_at < PATIENCE_MS:
        return said
    is_sent = row.state != QuestionState.WAITING
    return (QuestionState.UNANSWERED, "nobody answered") if is_sent else (QuestionState.WITHDRAWN, "it never went out")


def _said_by(row: tables.WayQuestion, heard: Sequence[tables.NoticeReceipt]) -> tuple[QuestionState, str] | None:
    """What a key or a failure says; keys come first."""
    for receipt in heard:
        if receipt.pressed in _KEYS:
            theirs = _KEYS[receipt.pressed]
            return QuestionState.CONFIRMED if theirs else QuestionState.WRONG, f"key {receipt.pressed} by {row.channel}"
        if receipt.state == "failed":
            return QuestionState.REFUSED, f"{receipt.provider_code} {receipt.answer}".strip()
    return None


async def _receipts(tx: Tx, asked: Sequence[tables.WayQuestion]) -> dict[int, list[tables.NoticeReceipt]]:
    """What providers said of these messages, by question; keys first, for whoever pressed one was reached."""
    row = tables.NoticeReceipt
    by_ours = {(each.channel, out_id(each.id)): each.id for each in asked}
    by_theirs = {(each.channel, each.provider_id): each.id for each in asked if each.provider_id}
    ids = [name for _, name in by_theirs]
    query = select(row).where(
        row.notice.is_(None), or_(row.out_id.in_([o for _, o in by_ours]), row.provider_id.in_(ids))
    )
    found: dict[int, list[tables.NoticeReceipt]] = defaultdict(list)
    for each in await tx.scalars(query.order_by(row.pressed.desc(), row.id)):
        number = by_ours.get((each.provider, each.out_id)) or by_theirs.get((each.provider, each.provider_id))
        if number is not None:
            found[number].append(each)
    return found


async def _end(tx: Tx, row: tables.WayQuestion, state: QuestionState, at: int, how: str) -> None:
    """An answer is a word about the address; where the address is no more theirs, it is a word about nothing."""
    if state in _SAID and not await _say(tx, row, _SAID[state], at):
        state, how = QuestionState.WITHDRAWN, f"the address is theirs no more; {how}"
    row.state, row.ended_at, row.how = str(state), at, how[:500]
    await _decided(tx, row, str(state), at)


async def _say(tx: Tx, row: tables.WayQuestion, said: Said, at: int) -> bool:
    try:
        word = NewWord(
            person=row.person, kind=WayKind(row.kind), address=row.sent_to, said=said, note=f"question {row.id}"
        )
        await ways.say(tx, word, By(MACHINE, at, REASON))
    except BadInput:  # they left, or have another number by now
        return False
    return True


async def _locked(tx: Tx, number: int) -> tables.WayQuestion:
    return await tx.get_one(tables.WayQuestion, number, with_for_update=True, populate_existing=True)


async def _decided(tx: Tx, row: tables.WayQuestion, action: str, at: int) -> None:
    await tx.flush()
    audit.decided(tx, By(MACHINE, at, REASON), action, [row])


async def _is_asked(tx: Tx, address: str) -> bool:
    """Two people with one number are asked one after the other: an answer is about one of them."""
    row = tables.WayQuestion
    query = select(row.id).where(row.sent_to == address, row.state.in_(_OPEN_WORDS)).limit(1)
    return await tx.scalar(query) is not None


# -- what was asked --------------------------------------------------------------------------------------------------------


async def since(tx: Tx, sent_at: int, persons: Collection[int] | None = None) -> list[Question]:
    """What was asked since then, the first first; of these persons, or of all."""
    row = tables.WayQuestion
    query = select(row).where(or_(row.sent_at > sent_at, row.state.in_(_OPEN_WORDS))).order_by(row.id)
    if persons is None:
        return [record_of(each, Question) for each in await tx.scalars(query)]
    found: list[Question] = []
    for some in in_batches(persons):
        found += [record_of(each, Question) for each in await tx.scalars(query.where(row.person.in_(some)))]
    return found


def by_way(asked: Collection[Question]) -> Mapping[tuple[int, str, str], list[Question]]:
    """By person, kind and fingerprint, in time."""
    found: dict[tuple[int, str, str], list[Question]] = defaultdict(list)
    for each in asked:
        found[each.person, each.kind.value, each.fingerprint].append(each)
    return found


async def cost_since(tx: Tx, since_s: float) -> int:
    """What questions since then cost, in fen."""
    row = tables.WayQuestion
    return await tx.scalar(select(func.coalesce(func.sum(row.cost_fen), 0)).where(row.sent_s >= since_s)) or 0
