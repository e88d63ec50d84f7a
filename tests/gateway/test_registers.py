"""Register maps: data, held to the shared frames."""

import json
from pathlib import Path

import pytest

from coldchain.errors import BadInput
from coldchain.reading import Fault, Quantity
from gateway.protocol.registers import meaning, register_map, shipped

FRAMES = {
    frame["name"]: frame
    for frame in json.loads((Path(__file__).parents[1] / "vectors" / "firmware_frames.json").read_text())
}


def words_of(name: str) -> list[int]:
    """The registers in an RTU reply: address, function, byte count, words, CRC."""
    data = bytes.fromhex(FRAMES[name]["hex"])[3:-2]
    return [int.from_bytes(data[n : n + 2], "big") for n in range(0, len(data), 2)]


@pytest.mark.parametrize(
    ("registers", "frame"),
    [
        ("xy-md02", "xymd02_reply_warm"),
        ("xy-md02", "xymd02_reply_below_zero"),
        ("rs-ws-n01", "rswsn01_reply_below_zero"),
    ],
)
def test_a_shared_reply_means_what_it_says(registers, frame):
    said = {word.quantity: word.value for word in meaning(register_map(registers), words_of(frame), "bus-1")}
    expected = FRAMES[frame]["meaning"]
    assert said == {
        Quantity.TEMPERATURE: expected["temperature_c"],
        Quantity.HUMIDITY: expected["humidity_pct"],
    }


def test_a_request_asks_for_exactly_the_words_of_the_map():
    requests = {"xy-md02": "xymd02_request", "rs-ws-n01": "rswsn01_request"}
    for name, frame in requests.items():
        found, data = register_map(name), bytes.fromhex(FRAMES[frame]["hex"])
        asked = (data[1], int.from_bytes(data[2:4], "big"), int.from_bytes(data[4:6], "big"))
        assert asked == (found.function, found.first, found.count)


@pytest.mark.parametrize("raw", [0x7FFF, 0x8000, 0xFC18])
def test_an_open_pt100_input_is_disconnected_not_a_temperature(raw):
    said = meaning(register_map("pt100-8"), [raw, 45, 0, 0, 0, 0, 0, 0], "bus-2")
    assert (said[0].device, said[0].value, said[0].fault) == ("bus-2.1", None, Fault.DISCONNECTED)
    assert (said[1].device, said[1].value, said[1].fault) == ("bus-2.2", 4.5, Fault.NONE)


def test_only_inputs_with_a_probe_are_kept():
    some = register_map("pt100-8").only(["2", "3"])
    assert (some.first, some.count) == (1, 2)
    with pytest.raises(BadInput, match=r"9: PT100.* has no such input"):
        register_map("pt100-8").only(["9"])


def test_every_shipped_map_can_be_read():
    assert set(shipped()) == {"xy-md02", "rs-ws-n01", "pt100-8"}
    assert all(register_map(name).title for name in shipped())


MAP = 'title = "x"\nfunction = 3\n[[values]]\nquantity = "temperature"\naddress = 0\n'


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        (MAP.replace("function = 3", "function = 6"), "function"),
        (MAP.replace("temperature", "pressure"), "quantity"),
        (MAP + "sentinels = [{raw = 1, fault = 'hot'}]\n", "is no fault"),
        (MAP + "\n[[values]]\nquantity = 'humidity'\naddress = 500\n", "words apart"),
        (MAP + "reg = 3\n", "reg"),
        ("title =", "write TOML"),
    ],
)
def test_a_wrong_map_is_refused_by_its_file_and_field(tmp_path, text, wrong):
    (tmp_path / "mine.toml").write_text(text)
    with pytest.raises(BadInput, match=wrong) as error:
        register_map(str(tmp_path / "mine.toml"))
    assert "mine.toml" in str(error.value)


def test_an_unknown_map_names_those_there_are():
    with pytest.raises(BadInput, match="xy-md02"):
        register_map("xy-md99")
