"""Ways of Aliyun and Tencent before their fakes, for the tests of each."""

from collections.abc import AsyncIterator
from typing import NamedTuple

import pytest

from coldchain import clock
from coldchain.providers.aliyun.sms import AliyunSms
from coldchain.providers.aliyun.sms import opened as open_aliyun_sms
from coldchain.providers.aliyun.voice import AliyunVoice
from coldchain.providers.aliyun.voice import opened as open_aliyun_voice
from coldchain.providers.tencent.sms import TencentSms
from coldchain.providers.tencent.sms import opened as open_tencent_sms
from coldchain.providers.tencent.voice import TencentVoice
from coldchain.providers.tencent.voice import opened as open_tencent_voice
from tests.fakes.aliyun import FakeAliyun, fake_aliyun
from tests.fakes.tencent import FakeTencent, fake_tencent
from tests.providers import sections


class Aliyun(NamedTuple):
    """Both ways and what stands behind them."""

    sms: AliyunSms
    voice: AliyunVoice
    fake: FakeAliyun
    began: int  # ms UTC, before anything was sent


class Tencent(NamedTuple):
    """Both ways and what stands behind them."""

    sms: TencentSms
    voice: TencentVoice
    fake: FakeTencent
    began: int  # ms UTC, before anything was sent


@pytest.fixture
async def aliyun() -> AsyncIterator[Aliyun]:
    async with (
        fake_aliyun() as fake,
        open_aliyun_sms(sections.aliyun_sms(fake.url)) as sms,
        open_aliyun_voice(sections.aliyun_voice(fake.url)) as voice,
    ):
        yield Aliyun(sms, voice, fake, clock.wall())


@pytest.fixture
async def tencent() -> AsyncIterator[Tencent]:
    async with (
        fake_tencent() as fake,
        open_tencent_sms(sections.tencent_sms(fake.url)) as sms,
        open_tencent_voice(sections.tencent_voice(fake.url)) as voice,
    ):
        yield Tencent(sms, voice, fake, clock.wall())
