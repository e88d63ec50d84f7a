"""Of which kind a file is, by what is in it: its ending says little, and platforms give web pages the name of sheets."""

import re
from typing import Final

from coldchain.sheets.books import read_book
from coldchain.sheets.texts import read_text
from coldchain.sheets.words import LARGEST, Sheet, bad

_BOOK: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_PAGE: Final = re.compile(
    rb"\s*(?:<!--.*?-->\s*)?<(?:!doctype|html|head|meta|table|\?xml|script|style|body|div)\b", re.IGNORECASE | re.DOTALL
)
_OTHER: Final = (
    (b"%PDF", "PDF"),
    (b"Rar!", "RAR archive"),
    (b"7z\xbc\xaf", "7z archive"),
    (b"\x89PNG", "picture"),
)


def read(content: bytes, name: str = "") -> list[Sheet]:
    """All sheets of a file, of whatever kind it is by its content.

    Raises:
        BadInput: when it is too large, damaged, protected by a password, or no sheet at all.
    """
    if not content:
        raise bad("it is empty", "send the file itself", name)
    if len(content) > LARGEST:
        raise bad(f"it has {len(content) >> 20} MB", f"split it: at most {LARGEST >> 20} MB", name)
    if content.startswith(_BOOK):
        return read_book(content, name)
    for start, kind in _OTHER:
        if content.startswith(start):
            raise bad(f"it is a {kind}", "send the sheet itself, as XLSX or CSV", name)
    if _PAGE.match(content[:4000].removeprefix(b"\xef\xbb\xbf")):
        raise bad("it is a web page that bears a sheet's name", "open it and save it as XLSX", name)
    return [Sheet("", read_text(content, name))]
