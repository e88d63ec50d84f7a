"""The fakes push as the providers do: what is not answered in time and in their form counts as not received."""

from dataclasses import dataclass, field

from coldchain.providers.aliyun import reports as aliyun
from coldchain.providers.tencent import reports as tencent
from tests.fakes.aliyun import FakeAliyun
from tests.fakes.serving import HANG, Asked, Fault, Said, served
from tests.fakes.tencent import FakeTencent

REPORT = b'[{"phone_number":"13811110000","success":true,"biz_id":"1"}]'


@dataclass
class Receiver:
    """Keeps what is pushed and answers with what the parsers say is wanted."""

    wanted: bytes
    port: int = 0
    faults: list[Fault] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    async def answer(self, asked: Asked) -> Said:
        self.bodies.append(asked.body)
        return Said(self.wanted)


async def test_each_provider_takes_the_answer_that_its_parser_gives():
    for push, wanted in ((FakeAliyun.push, aliyun.ANSWER), (FakeTencent.push, tencent.ANSWER)):
        receiver = Receiver(wanted)
        async with served(receiver):
            assert await push(receiver.url, REPORT, times=2)
        assert receiver.bodies == [REPORT, REPORT]


async def test_an_answer_that_comes_too_late_is_none():
    receiver = Receiver(aliyun.ANSWER, faults=[HANG])
    async with served(receiver):
        assert not await FakeAliyun.push(receiver.url, REPORT)


async def test_an_answer_of_another_provider_is_none():
    receiver = Receiver(b'{"code":500}')
    async with served(receiver):
        assert not await FakeAliyun.push(receiver.url, REPORT)
