"""The real smstools daemon as this user, in a folder of its own, with the configuration that is deployed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from coldchain import clock
from coldchain.providers.modem import Modem
from coldchain.providers.outcome import Receipt
from coldchain.providers.settings import ModemSettings
from firmware_sim.modem.line import PluggedIn, modem_at
from tests.parts.process import Server, program

DEPLOYED = Path(__file__).parents[2] / "deploy" / "smstools" / "smsd.conf"
FOLDERS = ("outgoing", "checked", "incoming", "report", "sent", "failed", "stats")
QUICKER = {
    "delaytime = 10": "delaytime = 1",
    "\nerrorsleeptime = 10": "\nerrorsleeptime = 1",
    "send_retries = 2": "send_retries = 0",
}


class Smsd(Server):
    """`spool` is where messages are put; `port` the modem's, which must be there."""

    def __init__(self, folder: Path, port: Path) -> None:
        self.spool = folder / "sms"
        for name in FOLDERS:
            (self.spool / name).mkdir(parents=True, exist_ok=True)
        text = DEPLOYED.read_text()
        for slow, quick in QUICKER.items():
            assert slow in text, slow
            text = text.replace(slow, quick)
        text = text.replace("/var/spool/sms", str(self.spool)).replace("/dev/ttyModem", str(port))
        text = (
            text.replace("/run/smstools", str(folder))
            .replace("/usr/local/lib/coldchain", str(DEPLOYED.parent))
            .replace("/var/log/smstools", str(folder))
        )
        conf = folder / "smsd.conf"
        conf.write_text(text)
        up = self.spool / "stats" / "status"
        super().__init__([program("smsd", "/usr/sbin"), f"-c{conf}", "-t"], folder / "smsd.out", up.exists)

    def kill_all(self) -> None:
        """SIGKILL, to the handler of the modem too: it is a child that would outlive its parent."""
        handlers = psutil.Process(self.pid).children(recursive=True) if self.process else []
        self.kill()
        for handler in handlers:
            with suppress(psutil.NoSuchProcess):
                handler.kill()


@dataclass
class Texting:
    """A modem's channel with smsd and the modem behind it."""

    channel: Modem
    air: PluggedIn
    smsd: Smsd

    async def receipts(self, out_id: str, address: str) -> list[Receipt]:
        """What comes back within 10 s."""
        async with asyncio.timeout(60):
            while not (found := await self.channel.ask(out_id, address, 0)):
                await asyncio.sleep(0.05)
        return found


@asynccontextmanager
async def texting(folder: Path) -> AsyncIterator[Texting]:
    """smsd running on a simulated modem. The modem needs the loop, so smsd is started and stopped beside it."""
    async with modem_at(folder / "ttyModem", lambda: clock.wall() / 1000) as air:
        smsd = Smsd(folder, folder / "ttyModem")
        await asyncio.to_thread(smsd.start)
        try:
            settings = ModemSettings(spool=smsd.spool, look_every_s=0.05, deadline_s=15)
            yield Texting(Modem(settings), air, smsd)
        finally:
            await asyncio.to_thread(smsd.kill_all)
