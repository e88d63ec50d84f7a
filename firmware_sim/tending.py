"""Work that goes on beside something else, and ends with it."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterable
from contextlib import asynccontextmanager


@asynccontextmanager
async def tended(work: Iterable[Coroutine[None, None, None]]) -> AsyncIterator[None]:
    """Run `work` until the context ends, then stop it; what had failed meanwhile is raised.

    Unlike a task group it leaves an error of the context's own body as it is.
    """
    tasks = [asyncio.create_task(job) for job in work]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    failed = [error for error in ended if isinstance(error, Exception)]
    if failed:
        raise failed[0]
