import json
from binascii import crc32
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain import wire
from coldchain.errors import BadInput
from coldchain.reading import Trace
from coldchain.wire import Batch, Block, Refusal, WireError

SPOOL = "0123456789abcdef0123456789abcdef"
VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "wire_v1.json").read_text())


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_the_wire_is_fixed_by_literal_bytes(vector):
    batch = wire.decode_batch(vector["bytes"].encode())
    traces = [[t.channel, t.t, t.v, t.q] for t in wire.traces_of(batch.series, "g/")]
    assert traces == vector["traces"]
    assert wire.encode(batch).decode() == vector["bytes"]


@pytest.mark.parametrize(
    ("payload", "refusal"),
    [
        (b"", Refusal.MALFORMED),
        (b"{", Refusal.MALFORMED),
        (b"\xff\xfe", Refusal.MALFORMED),
        (b'{"spool":"' + SPOOL.encode() + b'","seq":1,"sent":1,"series":{"d/temperature":{"t":[1],"v":[NaN]}}}', Refusal.MALFORMED),
        (b'{"spool":"' + SPOOL.encode() + b'","seq":1,"sent":1,"series":{"d/temperature":{"t":[1],"v":[1e999]}}}', Refusal.SHAPE),
        (b"[]", Refusal.SHAPE),
        (b'{"spool":"x","seq":1,"sent":1,"series":{}}', Refusal.SHAPE),
        (b'{"spool":"' + SPOOL.encode() + b'","seq":0,"sent":1,"series":{}}', Refusal.SHAPE),
        (b'{"spool":"' + SPOOL.encode() + b'","seq":1.5,"sent":1,"series":{}}', Refusal.SHAPE),
        (b'{"spool":"' + SPOOL.encode() + b'","seq":1,"sent":1,"series":{"d/temperature":{"t":[1],"v":["4"]}}}', Refusal.SHAPE),
        (b" " * (wire.MAX_BATCH_BYTES + 1), Refusal.TOO_LARGE),
    ],
)  # fmt: skip
def test_a_payload_that_cannot_be_read_is_refused_by_name(payload, refusal):
    with pytest.raises(WireError) as caught:
        wire.decode_batch(payload)
    assert caught.value.refusal is refusal


def test_the_key_is_found_in_a_payload_whose_rest_is_broken():
    payload = f'{{"spool": "{SPOOL}", "seq": 17, "sent": 1, "series": {{"d/temperature": {{"v": [NaN]}}}}}}'.encode()
    assert wire.key_of(payload) == (SPOOL, 17)
    assert wire.key_of(b'{"spool": "nonsense", "seq": 17}') is None
    assert wire.key_of(b"\x00\x01") is None


@pytest.mark.parametrize(
    "block",
    [
        Block(v=[1.0]),
        Block(v=[1.0], t=[1], t0=1, step=1),
        Block(v=[1.0], t0=1),
        Block(v=[1.0], t0=1, step=0),
        Block(v=[1.0, 2.0], t=[1]),
        Block(v=[1.0], t=[1], q=[0, 0]),
    ],
)
def test_a_block_with_ambiguous_times_or_unequal_columns_is_refused(block):
    with pytest.raises(BadInput, match="series"):
        block.times()


columns = st.lists(
    st.tuples(
        st.integers(0, 2**41),
        st.none() | st.floats(-100, 100),
        st.sampled_from([0, 1, 6, 64]),
    ),
    min_size=1,
    max_size=80,
    unique_by=lambda row: row[0],
).map(sorted)


@given(columns)
def test_any_trace_survives_the_wire(rows):
    trace = Trace("g/d/temperature", [r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows])
    batch = Batch(spool=SPOOL, seq=1, sent=0, series={"d/temperature": wire.block_of(trace)})
    assert list(wire.traces_of(wire.decode_batch(wire.encode(batch)).series, "g/")) == [trace]


def test_evenly_spaced_readings_travel_without_their_times():
    block = wire.block_of(Trace("c", [0, 60_000, 120_000], [4.1, 4.2, 4.1], [0, 0, 0]))
    assert (block.t0, block.step, block.t, block.q) == (0, 60_000, None, None)


def test_topics_come_apart_and_a_foreign_one_is_named():
    assert wire.parse_topic(wire.topic_of("gw-1", "readings")) == ("v1", "gw-1", "readings")
    assert wire.parse_topic("coldchain/v9/gw/gw-1/readings")[0] == "v9"
    with pytest.raises(BadInput, match="topic"):
        wire.parse_topic("coldchain/v1/gw/a b/readings")


def test_a_gateways_shard_never_changes():
    assert wire.shard_of("511900012-1") == crc32(b"511900012-1") % 64


@pytest.mark.parametrize("decode", [wire.decode_stored, wire.decode_health, wire.decode_feed])
def test_other_messages_that_cannot_be_read_say_so(decode):
    with pytest.raises(BadInput):
        decode(b'{"state": 7')


def test_an_acknowledgement_as_the_contract_prints_it():
    stored = wire.decode_stored(
        f'{{"spool": "{SPOOL}", "stored": [8121, 8123], "refused": {{"8122": "future"}}, "now": 1763790000250}}'.encode()
    )
    assert (stored.stored, stored.refused, stored.now) == ([8121, 8123], {"8122": "future"}, 1_763_790_000_250)


def test_health_of_a_gateway_that_tells_no_offsets_is_read_as_one_that_has_not_looked():
    old = b'{"state":"online","buses":[{"name":"b","kind":"modbus-rtu","state":"ok","devices":[{"device":"d","state":"ok"}]}]}'
    health = wire.decode_health(old)
    assert health.buses[0].devices[0].offsets is None
    assert wire.encode(health) == old


@pytest.mark.parametrize(
    ("offsets", "told"),
    [
        ([], b"[]"),
        ([wire.OffsetHealth("temperature", -0.5, 259)], b'[{"quantity":"temperature","adds":-0.5,"register":259}]'),
    ],
)
def test_what_a_look_at_offsets_found_is_told_even_when_it_is_nothing(offsets, told):
    device = wire.DeviceHealth("d", "ok", offsets=offsets)
    assert wire.encode(device) == b'{"device":"d","state":"ok","offsets":' + told + b"}"
    health = wire.Health("online", buses=[wire.BusHealth("b", "modbus-rtu", "ok", [device])])
    assert wire.decode_health(wire.encode(health)).buses[0].devices[0].offsets == offsets


def test_a_last_will_is_only_its_state():
    assert wire.encode(wire.Health(state="offline")) == b'{"state":"offline"}'
