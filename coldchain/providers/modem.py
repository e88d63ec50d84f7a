"""A GSM modem through the spool of smstools: it needs no internet, so an edge box has it too.

    send ─► drafts/ ─► outgoing/ ─► checked/ ─┬─► sent/    accepted, with the network's numbers
            (ours)     (smsd takes them)      └─► failed/  refused
    ask  ◄─ report/    ◄─ replies ─ incoming/ ─► read/ (ours, when whoever asked has kept them)

A message's file is named by its out-id, so sending it again finds what became of it before. smsd may be dead, or alive
with a dead modem: what it has not taken up by our own deadline is taken back (`later`); what it holds just then may be
on the air (`unknown`).
"""

import asyncio
import errno
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from coldchain import clock, durable
from coldchain.providers.numbers import e164, is_mobile
from coldchain.providers.outcome import Answer, Limit, Message, Receipt, Reply, State, Verdict
from coldchain.providers.settings import ModemSettings
from coldchain.providers.smstools import Report, Slip, outgoing, refusal_of, report_of, slip_of

log = logging.getLogger(__name__)

MOST_BYTES: Final = 64 * 1024
ID_COMES_AGAIN_S: Final = 48 * 3600.0  # the network's numbers go to 255 and begin anew: later reports are another's
_BEFORE_S: Final = 2.0  # a report may be on the disk before `sent` is
RETRY_S: Final = 60.0
SETTLED_S: Final = 1.0
_SHARED: Final = 0o660  # smsd, another user of our group, writes into what it sends
_LOCK = ".LOCK"
_PIECES = "-concatenated"
_PASSING = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO})


class Modem:
    """One spool, which several processes may use. A file in the folder is the only memory."""

    name = "modem"
    wakes = False
    names_person = True

    def __init__(self, settings: ModemSettings) -> None:
        self._spool = settings.spool
        self._deadline_s = settings.deadline_s
        self._look_every_s = settings.look_every_s
        self._price_fen = settings.price_fen
        self.per_address: tuple[Limit, ...] = tuple(limit.limit() for limit in settings.limits)

    # -- out -----------------------------------------------------------------------------------------------------

    async def send(self, message: Message) -> Answer:
        """See `Channel`. One that was put here before is not sent twice, unless it had failed."""
        if not is_mobile(message.address):
            return Answer(Verdict.REFUSED, "no_mobile", "a text reaches mobile phones of the mainland only")
        try:
            await asyncio.to_thread(self._put, message)
        except OSError as error:
            verdict = Verdict.LATER if error.errno in _PASSING else Verdict.BROKEN
            return Answer(verdict, "spool", f"{self._spool}: {error.strerror}", retry_after_s=RETRY_S)
        try:
            return await self._answer(message.out_id)
        except OSError as error:
            return Answer(Verdict.UNKNOWN, "spool", f"{self._spool}: {error.strerror}")

    def _put(self, message: Message) -> None:
        """Let the file appear in `outgoing` whole, on the disk, under its own name."""
        name = message.out_id
        if self._where(name) in ("outgoing", "checked", "sent"):
            return
        if (failed := self._spool / "failed" / name).exists():
            failed.rename(self._spool / "failed" / f"{name}.{failed.stat().st_mtime_ns}")
        body = outgoing(message, e164(message.address).removeprefix("+"))
        draft = self._folder("drafts") / name
        durable.put(self._spool / "outgoing" / name, body, draft=draft, mode=_SHARED)

    async def _answer(self, out_id: str) -> Answer:
        until = clock.monotonic() + self._deadline_s
        while (answer := self._fate(out_id)) is None:
            if clock.monotonic() >= until:
                return self._give_up(out_id)
            await asyncio.sleep(self._look_every_s)
        return answer

    def _fate(self, out_id: str) -> Answer | None:
        """What became of it; None while smsd has it before it."""
        where = self._where(out_id)
        if where in ("outgoing", "checked"):
            return None
        if where is None:
            return Answer(Verdict.UNKNOWN, "gone", "somebody took it out of the spool")
        slip = self._slip(self._spool / where / out_id)
        if where == "sent":
            ids = slip.message_ids()
            fen = round(self._price_fen * max(1, len(ids)))
            return Answer(Verdict.ACCEPTED, message_id=" ".join(ids), cost_fen=fen)
        verdict, code, words = refusal_of(slip)
        return Answer(verdict, code, words, retry_after_s=RETRY_S if verdict is Verdict.LATER else None)

    def _where(self, out_id: str) -> str | None:
        """The folder it is in. Files only ever go forward, so looking in this order misses none."""
        return next(
            (name for name in ("outgoing", "checked", "sent", "failed") if (self._spool / name / out_id).exists()), None
        )

    def _give_up(self, out_id: str) -> Answer:
        if self._take_back(out_id):
            return Answer(Verdict.LATER, "smsd", "smsd did not take it up; is it running?", retry_after_s=RETRY_S)
        return self._fate(out_id) or Answer(Verdict.UNKNOWN, "smsd", "smsd has begun to send it and says no more")

    def _take_back(self, out_id: str) -> bool:
        """Take a message away from smsd; False when that is too late. `checked` is locked as smsd itself does it."""
        draft = self._folder("drafts") / out_id
        if _moved(self._spool / "outgoing" / out_id, draft):
            return True
        lock = self._spool / "checked" / f"{out_id}{_LOCK}"
        try:
            lock.open("x").close()
        except FileExistsError:
            return False
        try:
            return _moved(self._spool / "checked" / out_id, draft)
        finally:
            lock.unlink(missing_ok=True)

    # -- back ----------------------------------------------------------------------------------------------------

    async def ask(self, out_id: str, address: str, sent_at: int) -> list[Receipt] | None:  # noqa: ARG002 - the spool knows when
        """See `Channel`: delivered when every piece is, failed when one is; nothing while neither is known."""
        try:
            return await asyncio.to_thread(self._receipts, out_id, address)
        except OSError as error:
            log.warning("modem: %s: %s", self._spool, error)
            return []

    def _receipts(self, out_id: str, address: str) -> list[Receipt]:
        where = self._where(out_id)
        if where not in ("sent", "failed"):
            return []
        path = self._spool / where / out_id
        slip, at_s = self._slip(path), path.stat().st_mtime
        if where == "failed":
            _, code, words = refusal_of(slip)
            return [self._receipt(State.FAILED, at_s, out_id, address, code, words)]
        return self._of_pieces(out_id, address, slip, at_s)

    def _of_pieces(self, out_id: str, address: str, slip: Slip, sent_s: float) -> list[Receipt]:
        wanted = set(slip.message_ids())
        delivered: dict[str, float] = {}
        for at_s, report in self._reports(address, sent_s):
            state = report.state()
            if report.message_id in wanted and state is State.FAILED:
                return [self._receipt(State.FAILED, at_s, out_id, address, str(report.status), report.words)]
            if report.message_id in wanted and state is State.DELIVERED:
                delivered.setdefault(report.message_id, at_s)
        if not wanted or delivered.keys() != wanted:
            return []
        return [self._receipt(State.DELIVERED, max(delivered.values()), out_id, address, "0", "")]

    def _reports(self, address: str, sent_s: float) -> Iterator[tuple[float, Report]]:
        """The reports from this number that can be of a message sent then, oldest first; smsd matches none itself."""
        for at_s, path in _files(self._spool / "report"):
            if not sent_s - _BEFORE_S <= at_s < sent_s + ID_COMES_AGAIN_S:
                continue
            slip = self._slip(path)
            report = report_of(slip)
            if report and _number_of(slip) == e164(address):
                yield at_s, report

    def _receipt(self, state: State, at_s: float, out_id: str, address: str, code: str, words: str) -> Receipt:
        return Receipt(self.name, state, round(at_s * 1000), "", out_id, address, code, words)

    def replies(self) -> list[Reply]:
        """The texts that people wrote to this modem, oldest first; each comes again until it is forgotten.

        Raises:
            OSError: the spool cannot be read.
        """
        found = []
        for at_s, path in _files(self._spool / "incoming"):
            slip = self._slip(path)
            if not slip.headers.get("From"):
                log.warning("modem: %s is no text of a telephone; set aside", path)
                self.forget(path.name)
                continue
            found.append(Reply(self.name, _number_of(slip), slip.text().strip(), round(at_s * 1000), path.name))
        return found

    def forget(self, reply_id: str) -> None:
        """It is kept elsewhere now: it goes to `read`, where it stays."""
        _moved(self._spool / "incoming" / reply_id, self._folder("read") / reply_id)

    # -- files ---------------------------------------------------------------------------------------------------

    def _folder(self, name: str) -> Path:
        """A folder of ours in the spool, on the same file system as smsd's."""
        folder = self._spool / name
        folder.mkdir(exist_ok=True)
        return folder

    @staticmethod
    def _slip(path: Path) -> Slip:
        with path.open("rb") as file:
            return slip_of(file.read(MOST_BYTES))


def _number_of(slip: Slip) -> str:
    """Who it is from; what is no number (a bank's name) stays as it is."""
    sender = slip.headers.get("From", "")
    return e164(f"+{sender}") if sender.startswith("86") else e164(sender)


def _files(folder: Path) -> list[tuple[float, Path]]:
    """What lies there whole, oldest first. smsd writes in place: what is a moment old may still be growing."""
    found = ((path.stat().st_mtime, path) for path in folder.iterdir() if not _is_smsds(path.name) and path.is_file())
    until = clock.wall() / 1000 - SETTLED_S
    return sorted((at_s, path) for at_s, path in found if at_s <= until)


def _is_smsds(name: str) -> bool:
    """Locks, and the pieces of long texts that are not all there yet."""
    return name.startswith(".") or name.endswith(_LOCK) or _PIECES in name


def _moved(path: Path, target: Path) -> bool:
    try:
        path.rename(target)
    except FileNotFoundError:
        return False
    return True


@asynccontextmanager
async def opened(settings: ModemSettings) -> AsyncIterator[Modem]:
    """The modem's channel; nothing is held open."""
    yield Modem(settings)
