"""The same stream as people store it by hand: paho's loop, a `Point` per reading, the client's batching writer.

    python -m bench.by_hand MQTT_PORT URL BUCKET

It promises nothing: the broker hears that a message was taken before the database has it.
"""

import json
import sys
from collections.abc import Callable
from typing import Any

import paho.mqtt.client as mqtt
from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.client.write.point import Point
from influxdb_client.domain.write_precision import WritePrecision
from paho.mqtt.enums import CallbackAPIVersion

new_point: Callable[[str], Any] = Point  # the client has no types here


def main(port: int, url: str, bucket: str) -> None:
    influx = InfluxDBClient(url=url, token="none", org="coldchain")
    writer = influx.write_api(error_callback=lambda _, data, error: print(error, data, file=sys.stderr))

    def on_connect(client: mqtt.Client, *_: object) -> None:
        client.subscribe("coldchain/v1/gw/+/readings", qos=1)
        print("ready", flush=True)

    def on_message(_client: mqtt.Client, _userdata: object, message: mqtt.MQTTMessage) -> None:
        gateway = message.topic.split("/")[3]
        for name, block in json.loads(message.payload)["series"].items():
            times = block.get("t") or [block["t0"] + i * block["step"] for i in range(len(block["v"]))]
            for time, value in zip(times, block["v"], strict=True):
                point = new_point("reading").tag("channel", f"{gateway}/{name}")
                point.field("value", value).field("quality", 0).time(time, WritePrecision.MS)
                writer.write(bucket=bucket, record=point)

    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="by-hand")
    client.username_pw_set("collector", "collector"[::-1])
    client.on_connect = on_connect
    client.on_message = on_message
    client.connect("127.0.0.1", port)
    client.loop_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3])
