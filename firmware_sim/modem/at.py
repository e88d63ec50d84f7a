"""The modem's command line: bytes from the computer in, bytes for it out. Knows neither a port nor a clock.

    AT+CMGS=28⏎ ─► "> " ─► PDU Ctrl-Z ─► +CMGS: 117, OK      or +CMS ERROR: 38
    AT+CMGL, AT+CMGR, AT+CMGD           what lies in the SIM's memory
    +CMTI, +CDSI, +CDS                   unasked, as AT+CNMI wants it; from the factory it wants nothing

After: line; before: network.
"""

import re
from collections.abc import Callable

from firmware_sim.modem.network import LENGTH_ERROR, SLOTS, Network
from firmware_sim.modem.pdu import submit_of, tpdu_length

CTRL_Z, ESC = b"\x1a", b"\x1b"
UNREAD, READ = 0, 1
OK, ERROR = "OK", "ERROR"
_MEMORY_FAILS = 321  # invalid memory index
_NO_SIM = 10  # +CME ERROR
_IDENTITY = {"+CGMI": "SIMULATED", "+CGMM": "M1", "+CGSN": "860000000000001", "+CIMI": "460001234567890"}
_TAKEN = re.compile(r"(E0|E1|Z|H|&F|\+CMEE=\d|\+CREG=\d|\+CMGF=0|\+CSMS=\d|\+CSCS=.*|\+CSCA=.*|\^CURC=\d)?")

Answer = tuple[list[str], str]


class Modem:
    """One modem. `network` is its air and its SIM's standing; `mute` lets it answer nothing, like one that hangs."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.mute = False
        self._buffer = b""
        self._expects: int | None = None  # octets of the PDU that `> ` asked for
        self._memory: dict[int, tuple[int, bytes]] = {}
        self._tells_texts, self._tells_reports = 0, 0
        self._commands: list[tuple[str, Callable[[re.Match[str]], Answer]]] = [
            (r"\+CPIN\?", self._pin),
            (r"\+CSQ", lambda _: ([f"+CSQ: {self.network.signal if self.network.is_there else 99},99"], OK)),
            (r"\+CREG\?", lambda _: ([f"+CREG: 2,{1 if self.network.is_there else 2}"], OK)),
            (r"\+CMGF=1", lambda _: ([], ERROR)),  # it has no text mode
            (r"\+CNMI=(?:\d),(?P<texts>\d)(?:,\d)?(?:,(?P<reports>\d))?(?:,\d)?", self._tell),
            (r"\+CPMS(?P<how>\?|=.*)", self._storage),
            (r"\+CMGL(?:=(?P<which>\d))?", self._list),
            (r"\+CMGR=(?P<n>\d+)", self._read),
            (r"\+CMGD=(?P<n>\d+)", self._delete),
            (r"\+(?P<what>CGMI|CGMM|CGSN|CIMI)", lambda found: ([_IDENTITY["+" + found["what"]]], OK)),
        ]

    def take(self, data: bytes, at_s: float) -> bytes:
        """What it answers to these bytes."""
        self._buffer += data
        out = b""
        while (step := self._step(at_s)) is not None:
            out += step
        return b"" if self.mute else out

    def tick(self, at_s: float) -> bytes:
        """Let arrive what is due; what it says of that unasked."""
        out = b""
        for is_report, pdu in self.network.arrivals(at_s, SLOTS - len(self._memory)):
            out += self._arrived(is_report, pdu)
        return b"" if self.mute or self._expects is not None else out

    def _arrived(self, is_report: bool, pdu: bytes) -> bytes:
        if is_report and self._tells_reports == 1:
            return _lines([f"+CDS: {tpdu_length(pdu)}", pdu.hex().upper()])
        n = next(n for n in range(1, SLOTS + 1) if n not in self._memory)
        self._memory[n] = (UNREAD, pdu)
        if is_report:
            return _lines([f'+CDSI: "SM",{n}']) if self._tells_reports else b""
        return _lines([f'+CMTI: "SM",{n}']) if self._tells_texts else b""

    # -- lines ---------------------------------------------------------------------------------------------------

    def _step(self, at_s: float) -> bytes | None:
        """The answer to the next whole line or PDU; None while there is none."""
        if self._expects is not None:
            return self._pdu(at_s)
        line, end, rest = self._buffer.partition(b"\r")
        if not end:
            return None
        self._buffer = rest
        text = line.strip(b"\n\x1a\x1b ").decode("ascii", "replace")
        return self._line(text) if text else b""

    def _line(self, text: str) -> bytes:
        if text[:2].upper() != "AT":
            return b""
        if sending := re.fullmatch(r"AT\+CMGS=(\d+)", text, re.IGNORECASE):
            self._expects = int(sending[1])
            return b"\r\n> "
        said: list[str] = []
        for command in text[2:].split(";"):
            lines, end = self._command(command.strip().upper())
            said += lines
            if end != OK:
                return _lines([*said, end])
        return (_lines(said) if said else b"") + _lines([OK])

    def _command(self, command: str) -> Answer:
        for pattern, answer in self._commands:
            if found := re.fullmatch(pattern, command):
                return answer(found)
        return ([], OK) if _TAKEN.fullmatch(command) else ([], ERROR)

    def _pdu(self, at_s: float) -> bytes | None:
        ends = [i for i in (self._buffer.find(CTRL_Z), self._buffer.find(ESC)) if i >= 0]
        if not ends:
            return None
        end, expected, self._expects = min(ends), self._expects, None
        text, is_sent, self._buffer = self._buffer[:end], self._buffer[end:end + 1] == CTRL_Z, self._buffer[end + 1:]  # fmt: skip
        return self._send(text, expected, at_s) if is_sent else _lines([OK])

    def _send(self, text: bytes, expected: int | None, at_s: float) -> bytes:
        try:
            pdu = bytes.fromhex(text.decode("ascii"))
            submit = submit_of(pdu)
        except ValueError:
            return _lines([f"+CMS ERROR: {LENGTH_ERROR}"])
        if tpdu_length(pdu) != expected:
            return _lines([f"+CMS ERROR: {LENGTH_ERROR}"])
        if (code := self.network.refusal(submit.number)) is not None:
            return _lines([f"+CMS ERROR: {code}"])
        reference = self.network.take(submit, at_s, reports=self._tells_reports > 0)
        return _lines([f"+CMGS: {reference}"]) + _lines([OK])

    # -- commands ------------------------------------------------------------------------------------------------

    def _pin(self, _: re.Match[str]) -> Answer:
        sim = self.network.sim
        return ([], f"+CME ERROR: {_NO_SIM}") if sim == "NOT INSERTED" else ([f"+CPIN: {sim}"], OK)

    def _tell(self, found: re.Match[str]) -> Answer:
        self._tells_texts, self._tells_reports = int(found["texts"]), int(found["reports"] or 0)
        return [], OK

    def _storage(self, found: re.Match[str]) -> Answer:
        used = f"{len(self._memory)},{SLOTS}"
        each = f'"SM",{used}' if found["how"] == "?" else used
        return ["+CPMS: " + ",".join([each] * 3)], OK

    def _list(self, found: re.Match[str]) -> Answer:
        which = int(found["which"] or UNREAD)
        said = []
        for n, (state, pdu) in sorted(self._memory.items()):
            if which in (state, 4):  # 4: all of them
                said += [f"+CMGL: {n},{state},,{tpdu_length(pdu)}", pdu.hex().upper()]
                self._memory[n] = (READ, pdu)
        return said, OK

    def _read(self, found: re.Match[str]) -> Answer:
        n = int(found["n"])
        if n not in self._memory:
            return [], OK if 1 <= n <= SLOTS else f"+CMS ERROR: {_MEMORY_FAILS}"
        state, pdu = self._memory[n]
        self._memory[n] = (READ, pdu)
        return [f"+CMGR: {state},,{tpdu_length(pdu)}", pdu.hex().upper()], OK

    def _delete(self, found: re.Match[str]) -> Answer:
        return [], OK if self._memory.pop(int(found["n"]), None) else f"+CMS ERROR: {_MEMORY_FAILS}"


def _lines(lines: list[str]) -> bytes:
    return "".join(f"\r\n{line}\r\n" for line in lines).encode()
