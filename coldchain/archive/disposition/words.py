"""The words of a dossier: its states, what may become of doses, and why a hold was lifted."""

import unicodedata
from enum import StrEnum
from typing import Final

from coldchain.archive.audit import By


class State(StrEnum):
    """How far a dossier is."""

    OPEN = "open"
    FROZEN = "frozen"  # the evidence stands
    OPINION_IN = "opinion_in"
    PROPOSED = "proposed"
    FIRST_SIGNATURE = "first_signature"
    DECIDED = "decided"
    REOPENED = "reopened"  # facts came after the decision: it is due again
    VOID = "void"  # there was no excursion after all, and nothing is held


class Outcome(StrEnum):
    """What becomes of doses."""

    RELEASE = "release"
    DESTROY = "destroy"
    RETURN = "return"  # to the supplier
    MISSING = "missing"  # the books were wrong: they are not there


class Verdict(StrEnum):
    """What the holder of the marketing authorisation writes."""

    USABLE = "usable"
    NOT_USABLE = "not_usable"
    CONDITIONAL = "conditional"  # use it first, until a day …


class Lifted(StrEnum):
    """Why a hold is no longer in force."""

    WITHDRAWN = "withdrawn"  # the excursion never was
    MERGED = "merged"  # another excursion holds them
    GONE = "gone"  # they had left before the hold, out of our sight
    RELEASED = "released"
    DESTROYED = "destroyed"
    RETURNED = "returned"
    MISSING = "missing"


CARRIED_OUT: Final = frozenset(
    {Outcome.DESTROY, Outcome.RETURN}
)  # under a witness's eyes; all others with the second name
LIFTED: Final = {
    Outcome.RELEASE: Lifted.RELEASED,
    Outcome.DESTROY: Lifted.DESTROYED,
    Outcome.RETURN: Lifted.RETURNED,
    Outcome.MISSING: Lifted.MISSING,
}
CONFIGURATION: Final = "configuration"  # what another version says otherwise: by what it was judged
CONFIGURED: Final = "facts changed by configuration"  # in notes and reasons, followed by the rows that were changed
NEVER_WAS: Final = (Lifted.WITHDRAWN, Lifted.MERGED)


def name_key(name: str) -> str:
    """A person's or an organisation's name without what people write differently: width, blanks, capitals."""
    return "".join(unicodedata.normalize("NFKC", name).split()).casefold()


def machine(at: int, reason: str) -> By:
    """As whom the engine writes here."""
    return By("alerting", at, reason)
