"""The least that receiving can cost: the broker door as the collector uses it, and every message thrown away.

python -m bench.floor MQTT_PORT
"""

import sys

import uvloop
from pydantic import SecretStr

from coldchain.broker import Message, connect
from coldchain.settings import BrokerSettings


def thrown_away(message: Message) -> None:
    """Forget it."""


async def main(port: int) -> None:
    broker = BrokerSettings(port=port, user="collector", password=SecretStr("collector"[::-1]))
    async with connect(broker, "floor", into=thrown_away) as link:
        await link.subscribe("coldchain/v1/gw/+/readings", qos=0)
        print("ready", flush=True)
        async for _ in link.messages():
            pass


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
