"""The whole verification, of an open archive or of an exported file: books first, then days."""

from coldchain import clock
from coldchain.archive.evidence.chains import check_books
from coldchain.archive.evidence.findings import Report
from coldchain.archive.evidence.readings import check_days
from coldchain.archive.evidence.sources import Source


async def verify(source: Source, root: str | None = None) -> Report:
    """Look at everything that can be looked at; nothing is written.

    Args:
        source: what is verified.
        root: the hash of a root that somebody outside held; without one, chains that were all made anew look whole.
    """
    report, began = Report(), clock.monotonic()
    async with source.books() as books:
        await check_books(books, report, root)
        acts = await books.acts()
    await check_days(source, acts, report)
    report.seconds = clock.monotonic() - began
    return report
