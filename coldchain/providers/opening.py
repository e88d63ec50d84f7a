"""The ways that a site has, opened: one client each, closed on leaving.

Each way's module is loaded only when its section is there, so that nobody installs what he does not use.
"""

import importlib
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from types import ModuleType

from coldchain.errors import BadInput
from coldchain.providers import hearing
from coldchain.providers.outcome import Channel
from coldchain.providers.settings import ChannelsSettings

log = logging.getLogger(__name__)

# A way's name in `[channels]` -> its module, which has `opened(section) -> async context manager of a Channel`.
WAYS = {
    "aliyun_sms": "coldchain.providers.aliyun.sms",
    "aliyun_voice": "coldchain.providers.aliyun.voice",
    "tencent_sms": "coldchain.providers.tencent.sms",
    "tencent_voice": "coldchain.providers.tencent.voice",
    "modem": "coldchain.providers.modem",
    "wecom": "coldchain.providers.wecom",
    "wechat": "coldchain.providers.wechat",
    "robot": "coldchain.providers.robots",
    "mail": "coldchain.providers.mail",
    "apprise": "coldchain.providers.longtail",
    "webhook": "coldchain.providers.webhook",
    "webhook_sms": "coldchain.providers.webhook",
    "webhook_voice": "coldchain.providers.webhook",
}


@asynccontextmanager
async def open_channels(settings: ChannelsSettings) -> AsyncIterator[dict[str, Channel]]:
    """Open every way that has a section; what they will never hear is logged.

    Raises:
        BadInput: a way's library is not installed.
    """
    for words in hearing.deaf(settings):
        log.warning(words)
    async with AsyncExitStack() as stack:
        ways: dict[str, Channel] = {}
        for name, module in WAYS.items():
            section = getattr(settings, name, None)
            if section is not None:
                ways[name] = await stack.enter_async_context(_module(name, module).opened(section))
        yield ways


def _module(name: str, module: str) -> ModuleType:
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        cure = f"install coldchain[{'apprise' if error.name == 'apprise' else 'providers'}]"
        raise BadInput(f"channels.{name}", f"{error.name} is not installed", cure) from None
