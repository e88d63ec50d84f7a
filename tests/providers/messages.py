"""Messages and settings that the tests of SMS and voice share."""

from dataclasses import replace

from coldchain.providers.outcome import Message

SHORT = {
    "place": "东河卫生院",
    "thing": "疫苗冰箱2",
    "what": "高温",
    "value": "9.4℃",
    "since": "03:10",
    "lots": "3批",
    "doses": "126支",
    "code": "K7M2Q9",
}
MOBILE = "+8613800138000"
FIXED_LINE = "+862155551234"
MESSAGE = Message(
    out_id="n-4711-1",
    address=MOBILE,
    text="东河卫生院疫苗冰箱2高温9.4℃，03:10起，涉3批126支，代码K7M2Q9",
    short=SHORT,
    title="高温报警",
    link="https://c.example/a/K7M2Q9",
    code="K7M2Q9",
)


def with_short(name: str, value: str) -> Message:
    """The message with one variable changed."""
    return replace(MESSAGE, short={**SHORT, name: value})


def at(address: str) -> Message:
    """The message to another address."""
    return replace(MESSAGE, address=address)
