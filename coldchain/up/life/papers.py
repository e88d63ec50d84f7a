"""Scans that are not there: short texts that say so, kept as documents so that what refers to them has something to open."""

from coldchain.archive import documents
from coldchain.archive.audit import By
from coldchain.archive.db import Tx


async def paper(tx: Tx, name: str, facility: str | None, by: By, *lines: str) -> str:
    """Keep a paper, and return what it is referred to by."""
    text = "\n".join(
        (name, *lines, "", "演示县的文件，不是真的。 A paper of the simulated county: nothing in it is real.", "")
    )
    return (await documents.add(tx, name, text.encode(), facility, by)).sha256
