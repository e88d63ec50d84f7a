"""Lines of the ASCII logger, held to the shared frames and cut at every byte."""

import json
from pathlib import Path
from typing import Any

import pytest

from coldchain.reading import Fault, Quantity
from gateway.protocol.cclog import Garbled, Line, decode
from gateway.protocol.word import Word
from gateway.sample import Sample
from gateway.sampler import believed
from tests.gateway.parts import line, seeded

FRAMES = json.loads((Path(__file__).parents[1] / "vectors" / "firmware_frames.json").read_text())
TEXTS = {frame["name"]: frame for frame in FRAMES if "text" in frame and frame["name"] != "cclog_poll"}
GOOD = [name for name, frame in TEXTS.items() if not isinstance(frame["meaning"], str)]
REFUSED = [name for name, frame in TEXTS.items() if isinstance(frame["meaning"], str)]
FIELD = {
    "H1": ("", Quantity.HUMIDITY),
    "D1": ("", Quantity.DOOR),
    "P1": ("", Quantity.POWER),
    "B1": ("", Quantity.BATTERY),
    "T1": (".1", Quantity.TEMPERATURE),
    "T2": (".2", Quantity.TEMPERATURE),
}


def all_of(data: bytes) -> list[Line | Garbled]:
    found: list[Line | Garbled] = []
    while True:
        used, what = decode(data)
        if what is None:
            return found
        found.append(what)
        data = data[used:]


def lines_of(data: bytes) -> list[Line]:
    return [what for what in all_of(data) if isinstance(what, Line)]


def expected(meaning: dict[str, Any]) -> dict[tuple[str, Quantity], float | None]:
    """The frame's meaning under our names; a fault is None."""
    return {
        (meaning["id"] + FIELD[name][0], FIELD[name][1]): None if isinstance(value, str) else float(value)
        for name, value in meaning.items()
        if name in FIELD
    }


def told(words: tuple[Word, ...]) -> dict[tuple[str, Quantity], float | None]:
    """What becomes of a line's words when nothing was heard before."""
    samples = [believed(Sample(w.device, w.quantity, w.value, 0, w.fault), None) for w in words]
    return {(s.device, s.quantity): s.value for s in samples}


@pytest.mark.parametrize("name", GOOD)
def test_a_shared_frame_means_what_it_says(name):
    meaning = TEXTS[name]["meaning"]
    meanings = meaning if isinstance(meaning, list) else [meaning]
    lines = lines_of(TEXTS[name]["text"].encode())
    assert [(one.id, one.n) for one in lines] == [(m["id"], m["n"]) for m in meanings]
    assert [told(one.words) for one in lines] == [expected(m) for m in meanings]


@pytest.mark.parametrize("name", REFUSED)
def test_a_refused_frame_yields_no_line_and_spoils_none_after_it(name):
    good = TEXTS["cclog_true_zero"]["text"].encode()
    assert lines_of(TEXTS[name]["text"].encode()) == []
    assert [one.n for one in lines_of(TEXTS[name]["text"].encode() + good)] == [8129]


@pytest.mark.parametrize("name", GOOD)
def test_a_frame_cut_at_any_byte_is_the_same_frame(name):
    text = TEXTS[name]["text"].encode()
    whole = lines_of(text)
    for cut in range(len(text)):
        rest, heard = b"", []
        for piece in (text[:cut], text[cut:]):
            rest += piece
            while (step := decode(rest))[0]:
                rest = rest[step[0] :]
                heard += [step[1]] if isinstance(step[1], Line) else []
        assert heard == whole, cut


def test_half_a_line_is_never_a_line():
    text = line("a1", 7, "T1=+4.50")
    for cut in range(len(text)):
        assert lines_of(text[:cut]) == []
        assert lines_of(text[cut + 1 :]) == []


def test_one_flipped_bit_is_never_another_temperature():
    text = line("28ff641e8d3c0a51", 8123, "T1=+4.56,D1=0")
    for place in range(len(text)):
        for bit in range(8):
            bent = bytearray(text)
            bent[place] ^= 1 << bit
            assert all(one.text == text for one in lines_of(bytes(bent))), (place, bit)


def test_noise_without_an_end_is_forgotten():
    noise = bytes(seeded().choices([n for n in range(256) if n not in b"\n"], k=300))
    used, what = decode(noise)
    assert used == 300
    assert isinstance(what, Garbled)


@pytest.mark.parametrize(
    "fields",
    ["", "T1", "T1=+4.5,T1=+4.6", "T1=+4.5 ", "T1=+4.5,"],
    ids=["no field", "no value", "twice", "a space", "an empty field"],
)
def test_a_line_of_the_wrong_form_is_garbled_whatever_its_checksum(fields):
    assert lines_of(line("a1", 1, fields)) == []


def test_a_counter_beyond_its_end_is_garbled():
    assert lines_of(line("a1", 65535, "D1=0"))
    assert not lines_of(line("a1", 65536, "D1=0"))


def test_a_field_of_a_newer_device_is_passed_over():
    (one,) = lines_of(line("a1", 1, "X9=7,T1=+4.50,co2=400"))
    assert [word.value for word in one.words] == [4.5]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("T1=SP0", Fault.ZERO_SCRATCHPAD),
        ("T1=---", Fault.DISCONNECTED),
        ("T1=-127.00", Fault.DISCONNECTED),
        ("T1=warm", Fault.NOT_A_NUMBER),
        ("T1=4.50", Fault.NOT_A_NUMBER),
        ("D1=2", Fault.NOT_A_NUMBER),
        ("H1=nan", Fault.NOT_A_NUMBER),
    ],
)
def test_what_is_no_value_is_named(text, fault):
    (one,) = lines_of(line("a1", 1, text))
    assert (one.words[0].value, one.words[0].fault) == (None, fault)
