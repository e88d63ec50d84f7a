"""The simulated modem by itself: its codec on bytes written down elsewhere, its command line, its network's moods."""

import pytest

from firmware_sim.modem.at import Modem
from firmware_sim.modem.network import SLOTS, Network
from firmware_sim.modem.pdu import CENTRE, GSM7, Part, deliver, status_report, submit_of, tpdu_length

NURSE = "8613800138000"
NOW_S = 1_790_000_000.0
# As smsd 3.1.21 wrote them: two characters in UCS-2, and the second of two pieces.
PLAIN = bytes.fromhex("0031000D91683108108300F00008FF04786E8BA4")
PIECE = bytes.fromhex("0071000D91683108108300F00008FF080500030702024E0A")


def said(modem: Modem, command: str, at_s: float = NOW_S) -> list[str]:
    answer = modem.take(f"{command}\r".encode(), at_s).decode()
    return [line for line in answer.replace("\r", "\n").split("\n") if line]


def sent(modem: Modem, pdu: bytes = PLAIN, at_s: float = NOW_S) -> list[str]:
    assert said(modem, f"AT+CMGS={tpdu_length(pdu)}") == ["> "]
    answer = modem.take(pdu.hex().upper().encode() + b"\x1a", at_s).decode()
    return [line for line in answer.replace("\r", "\n").split("\n") if line]


@pytest.fixture
def modem() -> Modem:
    built = Modem(Network(receipt_after_s=1.0))
    assert said(built, "AT+CNMI=2,0,0,2,1") == ["OK"]
    return built


def test_a_submit_is_read():
    submit = submit_of(PLAIN)
    assert (submit.number, submit.text, submit.wants_report, submit.part) == (NURSE, "确认", True, None)


def test_a_piece_names_its_place():
    assert submit_of(PIECE).part == Part(7, 2, 2)


@pytest.mark.parametrize("cut", [0, 5, 15])
def test_a_submit_that_is_cut_short_is_refused(cut):
    with pytest.raises(ValueError):
        submit_of(PLAIN[:cut] or b"\x00")


def test_a_text_in_seven_bits_is_packed_as_the_standard_says():
    [pdu] = deliver(NURSE, "hellohello", NOW_S)
    assert pdu.hex().upper().endswith("0AE8329BFD4697D9EC37")
    assert len(GSM7) == 128


def test_seven_bits_with_a_header_come_back():
    pieces = deliver(NURSE, "Fridge 1 is warm. " * 12, NOW_S)
    assert len(pieces) == 2
    as_submit = b"\x00\x51\x00\x0d\x91" + pieces[1][len(CENTRE) + 3 : len(CENTRE) + 10] + b"\x00\x00\xff"
    read = submit_of(as_submit + pieces[1][len(CENTRE) + 19 :])
    assert read.text == ("Fridge 1 is warm. " * 12)[153:]


def test_a_status_report_carries_reference_number_and_status():
    report = status_report(117, NURSE, NOW_S, NOW_S + 3, 70)
    assert report[len(CENTRE) :].hex().startswith("06750d91683108108300f0")
    assert report[-1] == 70


def test_a_text_is_sent_and_its_report_lies_in_memory(modem):
    assert sent(modem) == ["+CMGS: 117", "OK"]
    assert said(modem, "AT+CPMS?")[0] == '+CPMS: "SM",0,20,"SM",0,20,"SM",0,20'
    assert b"+CDSI" in modem.tick(NOW_S + 2)
    head, pdu, end = said(modem, "AT+CMGR=1")
    assert (head, end) == (f"+CMGR: 0,,{len(pdu) // 2 - len(CENTRE)}", "OK")
    assert pdu.endswith("00")
    assert said(modem, "AT+CMGD=1") == ["OK"]
    assert said(modem, "AT+CMGR=1") == ["OK"]


def test_a_report_may_be_told_at_once(modem):
    said(modem, "AT+CNMI=2,1,0,1,0")
    sent(modem)
    lines = modem.tick(NOW_S + 2).decode().split()
    assert lines[0] == "+CDS:"
    assert said(modem, "AT+CMGL=4") == ["OK"]


def test_from_the_factory_it_reports_nothing():
    modem = Modem(Network(receipt_after_s=0.0))
    assert sent(modem)[-1] == "OK"
    assert modem.tick(NOW_S + 5) == b""


def test_references_wrap_round(modem):
    modem.network._reference = 254
    assert [sent(modem)[0] for _ in range(3)] == ["+CMGS: 255", "+CMGS: 0", "+CMGS: 1"]


@pytest.mark.parametrize(
    ("mood", "error"),
    [({"is_there": False}, "+CMS ERROR: 331"), ({"refuses": {NURSE: 38}}, "+CMS ERROR: 38")],
)
def test_what_the_network_does_not_take_is_an_error(modem, mood, error):
    for name, value in mood.items():
        setattr(modem.network, name, value)
    assert sent(modem) == [error]
    assert modem.network.sent == []


def test_a_length_that_does_not_fit_is_an_error(modem):
    said(modem, "AT+CMGS=99")
    assert b"+CMS ERROR: 304" in modem.take(PLAIN.hex().encode() + b"\x1a", NOW_S)


def test_escape_takes_a_text_back(modem):
    said(modem, "AT+CMGS=99")
    assert modem.take(b"0011\x1b", NOW_S) == b"\r\nOK\r\n"
    assert modem.network.sent == []


def test_a_full_memory_leaves_the_rest_in_the_network(modem):
    for n in range(SLOTS + 2):
        modem.network.text_from(NURSE, f"{n}", NOW_S)
    modem.tick(NOW_S)
    assert f'"SM",{SLOTS},{SLOTS}' in said(modem, "AT+CPMS?")[0]
    said(modem, "AT+CMGD=3")
    modem.tick(NOW_S)
    assert f'"SM",{SLOTS},{SLOTS}' in said(modem, "AT+CPMS?")[0]


def test_without_a_network_nothing_comes_and_its_standing_is_told(modem):
    modem.network.is_there = False
    modem.network.text_from(NURSE, "1", NOW_S)
    assert modem.tick(NOW_S) == b""
    assert said(modem, "AT+CREG?")[0] == "+CREG: 2,2"
    assert said(modem, "AT+CSQ")[0] == "+CSQ: 99,99"


def test_without_a_sim_it_says_so(modem):
    modem.network.sim = "NOT INSERTED"
    assert said(modem, "AT+CPIN?") == ["+CME ERROR: 10"]


def test_a_mute_modem_answers_nothing(modem):
    modem.mute = True
    assert said(modem, "AT") == []


def test_commands_on_one_line_are_answered_once(modem):
    assert said(modem, "AT+CMEE=1;+CREG=2") == ["OK"]
    assert said(modem, "AT+CMEE=1;+NONSENSE") == ["ERROR"]
