"""The literal frames that the gateway's decoder and the devices' encoders are both held to."""

import json
from pathlib import Path

PATH = Path(__file__).parents[1] / "vectors" / "firmware_frames.json"
FRAMES = {frame["name"]: frame for frame in json.loads(PATH.read_text(encoding="utf-8"))}


def line(name):
    return FRAMES[name]["text"].encode("ascii")


def frame(name):
    return bytes.fromhex(FRAMES[name]["hex"])
