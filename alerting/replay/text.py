"""Text files as other programs leave them: gzipped or not, with a byte order mark or not, in UTF-8 or in a Chinese code.

What a file is, is read from its bytes, never from its name. Before: a path. After: `files`, `vendor_file`.
"""

import gzip
import io
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, getincrementaldecoder
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, TextIO, cast
from zlib import error as ZlibError  # noqa: N812 - a class that zlib writes small

from coldchain.errors import BadInput

GZIP: Final = b"\x1f\x8b"
ZIP: Final = b"PK\x03\x04"
BLOCK: Final = 1 << 20
GUESSES: Final = ("utf-8", "gb18030")  # what is not UTF-8 comes from a Chinese Windows


@contextmanager
def opened(path: Path, field: str) -> Iterator[TextIO]:
    """Open a text for reading, its line ends untouched.

    Raises:
        BadInput: naming `field` and the file, when it cannot be read or is no text; also while it is being read.
    """
    try:
        encoding = encoding_of(path, field)
        with _bytes_of(path) as data, io.TextIOWrapper(data, encoding=encoding, newline="") as text:
            yield text
    except UnicodeDecodeError as error:
        raise BadInput(field, f"{path} is not the {error.encoding} that it says it is", "save it as UTF-8") from None
    except (EOFError, gzip.BadGzipFile, ZlibError) as error:
        raise BadInput(field, f"{path}: damaged gzip: {error}", "fetch the file once more") from None
    except OSError as error:
        raise BadInput(field, f"{path}: {error.strerror}", "name a file that can be read") from None


def encoding_of(path: Path, field: str) -> str:
    """How a file is written.

    Raises:
        BadInput: it is no text.
    """
    with _bytes_of(path) as data:
        head = data.read(4)
    if head.startswith(ZIP):
        raise BadInput(field, f"{path} is a workbook or a zip archive", "save it as CSV")
    if head.startswith(BOM_UTF8):
        return "utf-8-sig"
    if head.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return "utf-16"
    for encoding in GUESSES:
        if _is_written_in(encoding, path):
            return encoding
    raise BadInput(field, f"{path} is neither UTF-8 nor GB 18030", "save it as UTF-8")


def _is_written_in(encoding: str, path: Path) -> bool:
    decoder = getincrementaldecoder(encoding)()
    with _bytes_of(path) as data:
        try:
            while block := data.read(BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


@contextmanager
def _bytes_of(path: Path) -> Iterator[BinaryIO]:
    with path.open("rb") as file:
        if file.peek(2).startswith(GZIP):
            with gzip.open(file) as plain:
                yield cast("BinaryIO", plain)  # which it is in all but name
        else:
            yield file
