"""What counts as a reason: a word, not a full stop."""

from typing import Final

from coldchain.errors import BadInput

FEWEST: Final = 2  # letters, digits or characters: 破损 is a reason


def check(field: str, text: str, wrong: str, cure: str = "say why, in words") -> str:
    """A reason without the blanks around it.

    Raises:
        BadInput: when nothing is said.
    """
    if sum(sign.isalnum() for sign in text) < FEWEST:
        raise BadInput(field, wrong, cure)
    return text.strip()
