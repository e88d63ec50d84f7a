"""What the air does with messages, as a test tells it: registered or not, numbers it refuses, receipts late, bad or never.

Times are seconds of the network's own clock, given with each call. After: at; before: the telephones.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from firmware_sim.modem.pdu import Submit, deliver, status_report

SLOTS = 20  # of the SIM's memory
NO_NETWORK = 331  # +CMS ERROR
LENGTH_ERROR = 304
RECEIVED = 0


@dataclass(slots=True)
class Network:
    """The network and the SIM; whatever stands here may be changed at any time."""

    is_there: bool = True
    signal: int = 21  # 0…31; 99 is unknown
    sim: str = "READY"  # or "SIM PIN", "NOT INSERTED"
    refuses: Mapping[str, int] = field(default_factory=dict)  # number → +CMS ERROR
    receipt_after_s: float | None = 0.2  # None: never
    receipt_status: Mapping[str, int] = field(default_factory=dict)  # number → status, RECEIVED by default
    sent: list[Submit] = field(default_factory=list)
    _reference: int = 116
    _coming: list[tuple[float, bool, bytes]] = field(default_factory=list)  # due, is it a report, PDU

    def refusal(self, number: str) -> int | None:
        """The +CMS ERROR for a message to this number, None when it is taken."""
        return self.refuses.get(number) if self.is_there else NO_NETWORK

    def take(self, submit: Submit, at_s: float, *, reports: bool) -> int:
        """Send it; the reference that its status report will carry. It wraps round after 255."""
        self._reference = (self._reference + 1) & 0xFF
        self.sent.append(submit)
        if reports and submit.wants_report and self.receipt_after_s is not None:
            done_s = at_s + self.receipt_after_s
            status = self.receipt_status.get(submit.number, RECEIVED)
            report = status_report(self._reference, submit.number, at_s, done_s, status)
            self._coming.append((done_s, True, report))
        return self._reference

    def text_from(self, number: str, text: str, at_s: float) -> None:
        """Somebody writes to this SIM."""
        self._coming += [(at_s, False, pdu) for pdu in deliver(number, text, at_s, len(self._coming))]

    def arrivals(self, at_s: float, room: int) -> list[tuple[bool, bytes]]:
        """What has come by now and fits into the SIM; the rest waits in the network."""
        if not self.is_there:
            return []
        due = [one for one in self._coming if one[0] <= at_s][:room]
        for one in due:
            self._coming.remove(one)
        return [(is_report, pdu) for _, is_report, pdu in due]

    def texts(self) -> list[tuple[str, str]]:
        """(number, text) of all that was sent, pieces of a long one joined."""
        joined: list[tuple[str, str]] = []
        for one in self.sent:
            if one.part and one.part.n > 1 and joined:
                joined[-1] = (joined[-1][0], joined[-1][1] + one.text)
            else:
                joined.append((one.number, one.text))
        return joined
