"""When each part of alerting was last seen at work, in real seconds. Written by the tasks themselves, read by the watch."""

from dataclasses import dataclass, field

from coldchain import clock


@dataclass(slots=True)
class Signs:
    """Times of `clock.monotonic()`; what was never seen counts from the start."""

    decided_at: float = field(default_factory=clock.monotonic)  # a round under the lease, or another process had it
    told_at: float = field(default_factory=clock.monotonic)  # the queue was looked at to its end
    linked_at: float = field(default_factory=clock.monotonic)  # the broker's connection stood
    fed_at: float = field(default_factory=clock.monotonic)  # the collector said that something arrived
    gateway_at: float | None = None  # a gateway said that it lives
    is_linked: bool = False

    def decided(self) -> None:
        """A round is done under the lease, or another process has it: whoever stops working loses it soon."""
        self.decided_at = clock.monotonic()

    def told(self) -> None:
        """Nothing waits that could be told."""
        self.told_at = clock.monotonic()

    def linked(self, *, stands: bool) -> None:
        """The connection to the broker stands, or fell."""
        if self.is_linked or stands:
            self.linked_at = clock.monotonic()
        self.is_linked = stands

    def fed(self) -> None:
        """A message of the collector's."""
        self.fed_at = clock.monotonic()

    def heard_gateway(self) -> None:
        """A gateway's own sign of life."""
        self.gateway_at = clock.monotonic()
