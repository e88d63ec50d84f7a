"""Starts processes in order, restarts what dies, stops all in the opposite order, leaves no orphan behind."""

import asyncio
import ctypes
import logging
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from coldchain import backoff, clock
from coldchain.errors import BadInput

log = logging.getLogger("up")

WRONG_SETTINGS = 2  # a service's exit code for an error that no restart cures
STEADY_S = 60.0  # having run so long, a process has earned a quick restart again
STOP_S = 15.0
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Program:
    """What to run: name, command, additional environment, log file."""

    name: str
    command: list[str]
    log: Path
    environ: Mapping[str, str] = field(default_factory=dict)
    restart: bool = True
    speaks: bool = False  # its output is for the person who started us, not for the log


def word(*arguments: str) -> list[str]:
    """The command of `coldchain WORD …` in this very environment."""
    return [sys.executable, "-m", "coldchain", *arguments]


def _die_with_parent() -> None:
    """Linux: get SIGTERM when the supervisor is killed, so that no service runs on unwatched."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Supervisor:
    """Watches programs. Use through `supervising()`."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = dict(environ)
        self._stack = AsyncExitStack()
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def start(self, program: Program) -> None:
        """Start a program and keep it running until `supervising` is left."""
        running = _Running(program, await self._spawn(program))
        watch = asyncio.create_task(self._watch(running), name=f"watch {program.name}")
        self._stack.push_async_callback(_end, watch, running)

    async def _spawn(self, program: Program) -> asyncio.subprocess.Process:
        log.info("starting %s", program.name)
        with program.log.open("ab") as output:
            return await asyncio.create_subprocess_exec(
                *program.command,
                env=self._environ | dict(program.environ),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=None if program.speaks else output,
                stderr=output,
                close_fds=False,  # the site's lock goes along
                start_new_session=True,  # Ctrl-C is ours to pass on, in order
                preexec_fn=_die_with_parent,
            )

    async def _watch(self, running: "_Running") -> None:
        program = running.program
        waits = backoff.delays(0.5, 15.0)
        while True:
            began = clock.monotonic()
            code = await running.process.wait()
            if not program.restart and code == 0:
                log.info("%s has finished", program.name)
                return
            if code == WRONG_SETTINGS:
                self._fail(program)
                return
            if clock.monotonic() - began > STEADY_S:
                waits = backoff.delays(0.5, 15.0)
            wait_s = next(waits)
            log.warning("%s ended with %s; again in %.1f s", program.name, code, wait_s)
            await asyncio.sleep(wait_s)
            running.process = await self._spawn(program)

    def _fail(self, program: Program) -> None:
        if not self.failed.done():
            last = program.log.read_text(errors="replace").strip().splitlines()[-1:]
            self.failed.set_exception(BadInput(program.name, " ".join(last), f"see {program.log}"))

    async def close(self) -> None:
        """Stop everything, last started first."""
        await self._stack.aclose()
        self.failed.cancel()


@dataclass(slots=True)
class _Running:
    program: Program
    process: asyncio.subprocess.Process


async def _end(watch: "asyncio.Task[None]", running: _Running) -> None:
    watch.cancel()
    await asyncio.wait([watch])
    await _stop(running.process)


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(STOP_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


@asynccontextmanager
async def supervising(environ: Mapping[str, str]) -> AsyncIterator[Supervisor]:
    """A supervisor whose programs are stopped on leaving."""
    supervisor = Supervisor(environ)
    try:
        yield supervisor
    finally:
        await supervisor.close()
