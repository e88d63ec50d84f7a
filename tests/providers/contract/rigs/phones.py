"""SMS and voice of Aliyun and Tencent before their fakes."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from coldchain.providers.opening import open_channels
from coldchain.providers.phone_sections import PhoneSection
from coldchain.providers.settings import ChannelsSettings
from tests.fakes import aliyun, tencent
from tests.fakes.serving import Fault, says
from tests.providers import sections
from tests.providers.contract.rig import As, Rig, Stand, http_bad, nobodys, waits
from tests.providers.messages import FIXED_LINE, MESSAGE, at, with_short

LONG_PLACE = with_short("place", "东河镇中心卫生院")

ALIYUN_REFUSAL = ("isv.BLACK_KEY_CONTROL_LIMIT", "黑名单管控")
TENCENT_REFUSAL = ("FailedOperation.PhoneNumberInBlacklist", "phone number in blacklist")


Settings = Callable[..., PhoneSection]


def _stand(
    name: str, settings: Settings, provider: Callable[[], AbstractAsyncContextManager[Any]], refusal: Fault
) -> Callable[[As], AbstractAsyncContextManager[Stand]]:
    @asynccontextmanager
    async def stand(how: As) -> AsyncIterator[Stand]:
        async with provider() as fake:
            url = nobodys(fake.url) if how is As.NOBODY_THERE else fake.url
            section = settings(url, **waits(how), **({"key_secret": "not it"} if how is As.WRONG_KEY else {}))
            async with open_channels(ChannelsSettings.model_validate({name: section})) as ways:
                yield Stand(ways[name], lambda: len(fake.taken), http_bad(fake, refusal), lambda: not fake.faults)

    return stand


def _aliyun(name: str, settings: Settings, *, bad: str, takes_again: bool, knows: bool) -> Rig:
    code, words = ALIYUN_REFUSAL
    refusal = says({"Code": code, "Message": words, "RequestId": "R"})
    return Rig(
        name=name,
        stand=_stand(name, settings, aliyun.fake_aliyun, refusal),
        message=MESSAGE,
        bad_address=at(bad),
        too_long=LONG_PLACE,
        takes_again=takes_again,
        knows=knows,
        refusal=ALIYUN_REFUSAL,
    )


def _tencent(name: str, settings: Settings, refusal: Fault) -> Rig:
    return Rig(
        name=name,
        stand=_stand(name, settings, tencent.fake_tencent, refusal),
        message=MESSAGE,
        bad_address=at(FIXED_LINE),
        too_long=LONG_PLACE,
        takes_again=False,
        refusal=TENCENT_REFUSAL,
    )


def _error(code: str, words: str) -> Fault:
    return says({"Response": {"Error": {"Code": code, "Message": words}, "RequestId": "R"}})


def _status(code: str, words: str) -> Fault:
    status = {"SerialNo": "", "PhoneNumber": MESSAGE.address, "Fee": 0, "Code": code, "Message": words}
    return says({"Response": {"SendStatusSet": [status], "RequestId": "R"}})


RIGS = [
    _aliyun("aliyun_sms", sections.aliyun_sms, bad=FIXED_LINE, takes_again=True, knows=True),
    _aliyun("aliyun_voice", sections.aliyun_voice, bad="+85255512345", takes_again=False, knows=False),
    _tencent("tencent_sms", sections.tencent_sms, _status(*TENCENT_REFUSAL)),
    _tencent("tencent_voice", sections.tencent_voice, _error(*TENCENT_REFUSAL)),
]
