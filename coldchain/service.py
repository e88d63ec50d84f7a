"""How every service's process begins and ends: settings checked, logging set up, SIGTERM and SIGINT a clean stop."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Awaitable, Callable

from coldchain import logs
from coldchain.errors import BadInput


async def until_told_to_stop(work: Callable[[], Awaitable[None]]) -> None:
    """Run `work` until it ends or a signal arrives, then cancel it and let it clean up."""
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(work())
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task


def run(work: Callable[[], Awaitable[None]], *, log_level: str = "info", fast_loop: bool = False) -> None:
    """Run a service to its end; a wrong setting ends it with one clear line and exit code 2."""
    logs.set_up(log_level)
    factory = None
    if fast_loop:
        with contextlib.suppress(ImportError):
            import uvloop  # noqa: PLC0415 - an optional speed-up, absent on some systems

            factory = uvloop.new_event_loop
    try:
        with asyncio.Runner(loop_factory=factory) as runner:
            runner.run(until_told_to_stop(work))
    except BadInput as error:
        print(error, file=sys.stderr)
        raise SystemExit(2) from None
