"""One-time links by which a person's own WeChat is bound to them; nothing is kept for them.

    ticket = person . until . signature(person, until, what is bound to them now)

Once somebody is bound by it the signature is of another state, and the ticket is void: it is good once, for a day.
"""

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Final

from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.duty import binding
from coldchain.errors import BadInput
from dashboards.parts import Parts

LASTS_MS: Final = 24 * 60 * 60_000
_SIGNED: Final = 24  # characters


@dataclass(frozen=True, slots=True)
class Tickets:
    """Makes and honours them, under a key of this account's own secret."""

    key: bytes = field(repr=False)

    async def make(self, tx: Tx, person: int, at: int) -> str:
        """A ticket for somebody.

        Raises:
            BadInput: there is nobody of that number.
        """
        found = await binding.wechat_of(tx, person)
        if found is None:
            raise BadInput("person", f"{person} is nobody in the archive", "choose one from the list of people")
        return self._written(person, at + LASTS_MS, found[1])

    async def whose(self, tx: Tx, ticket: str, at: int) -> tuple[int, str]:
        """(number, name) of whom it was made for.

        Raises:
            BadInput: it is none, was used, or is too old.
        """
        person, until = _parts(ticket)
        found = await binding.wechat_of(tx, person)
        if found is None or until <= at or until > at + LASTS_MS:
            raise _spent()
        if not hmac.compare_digest(self._written(person, until, found[1]).encode(), ticket.encode()):
            raise _spent()
        return person, found[0]

    async def use(self, tx: Tx, ticket: str, openid: str, at: int) -> str:
        """Bind whoever has this openid; returns their name.

        Raises:
            BadInput: the ticket is none, was used, or is too old.
        """
        person, name = await self.whose(tx, ticket, at)
        return await binding.bind(tx, person, openid, By(name, at, "bound their WeChat by their own link"))

    def sealed(self, ticket: str, openid: str) -> str:
        """The proof that this openid came from WeChat for this ticket: between the two pages of the binding."""
        return self._digest(f"openid\n{ticket}\n{openid}")

    def _written(self, person: int, until: int, bound: str) -> str:
        digest = self._digest(f"ticket\n{person}\n{until}\n{bound}")
        return f"{person}.{until}.{digest}"

    def _digest(self, text: str) -> str:
        return hmac.new(self.key, text.encode(), hashlib.sha256).hexdigest()[:_SIGNED]


def tickets_of(parts: Parts) -> Tickets | None:
    """Those of this site; None where it has no WeChat account."""
    section = parts.channels.wechat
    if section is None:
        return None
    return Tickets(hashlib.sha256(b"binding\n" + section.secret.get_secret_value().encode()).digest())


def _parts(ticket: str) -> tuple[int, int]:
    person, _, rest = ticket.partition(".")
    until, _, _signature = rest.partition(".")
    for part in (person, until):
        if not (part.isascii() and part.isdigit() and len(part) < 15):
            raise _spent()
    return int(person), int(until)


def _spent() -> BadInput:
    return BadInput("ticket", "this link was used, or is too old", "ask for a new one")
