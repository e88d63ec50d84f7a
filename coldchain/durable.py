"""A file that others may read at any moment, or after a crash: under its name it is whole and on the disk, or not at all."""

import os
from pathlib import Path


def put(path: Path, body: bytes, *, draft: Path, mode: int = 0o600) -> None:
    """Write it as `draft`, on the same disk, and let it appear under its name; for us alone unless `mode` says more.

    Raises:
        OSError: the disk does not take it.
    """
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    draft.chmod(mode)
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
