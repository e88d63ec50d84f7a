"""The gateway's own sections: `[gateway]`, one `[[bus]]` per line or topic tree, one `[[device]]` per device on it.

`[guard]` stands in `guard/settings`.

`deploy/gateway.sample.toml` is the annotated truth; a test compares it with the defaults here.
"""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self, TypeVar

from pydantic import Field, SecretStr, field_validator, model_validator

from coldchain.errors import BadInput
from coldchain.reading import NAME_PART, Quantity
from coldchain.settings import BrokerSettings, Section, ServiceSettings
from gateway.guard.settings import GuardSection

T = TypeVar("T")
Name = Annotated[str, Field(pattern=rf"^{NAME_PART.pattern}$")]


class GatewaySection(Section):
    """`[gateway]`: who this box is, how often it asks, where it queues, and which clock it believes."""

    name: Name = "gateway"
    interval_s: float = Field(default=60.0, gt=0, le=3600)
    send_every_s: float = Field(default=60.0, gt=0, le=3600)
    urgent_low: float = 2.0
    urgent_high: float = 8.0
    spool: Path = Path("data/gateway/spool.sqlite")
    spool_max_mb: float = Field(default=64.0, ge=1, le=1_000_000)
    memory_readings: int = Field(default=20_000, ge=100, le=1_000_000)
    batch_readings: int = Field(default=1000, ge=1, le=5000)
    trust_clock: Literal["synchronized", "always", "never"] = "synchronized"
    ack_timeout_s: float = Field(default=10.0, gt=0, le=300)
    health_every_s: float = Field(default=60.0, gt=0, le=3600)

    @model_validator(mode="after")
    def _urgent_is_a_band(self) -> Self:
        if self.urgent_low >= self.urgent_high:
            raise ValueError("urgent_low is not below urgent_high; write the colder one as urgent_low")
        return self


class _SerialBus(Section):
    """What every serial line has."""

    name: Name
    port: str = Field(min_length=1)
    parity: Literal["N", "E", "O"] = "N"
    stopbits: Literal[1, 2] = 1


class AsciiBus(_SerialBus):
    """A line on which a CCLOG logger speaks unasked (docs/protocols/cclog.md)."""

    kind: Literal["serial-ascii"]
    baud: int = Field(default=9600, ge=300, le=4_000_000)
    interval_s: float | None = Field(default=None, gt=0, le=3600)  # how often the logger speaks; [gateway]'s by default


class ModbusBus(_SerialBus):
    """An RS-485 line of Modbus RTU transmitters, all at one speed."""

    kind: Literal["modbus-rtu"]
    baud: int = Field(default=9600, ge=300, le=4_000_000)
    timeout_s: float = Field(default=0.5, gt=0, le=10)
    retries: int = Field(default=2, ge=0, le=5)
    settle_ms: float = Field(default=30.0, ge=0, le=1000)
    dead_retry_s: float = Field(default=60.0, gt=0, le=3600)


class MqttBus(Section):
    """Devices that publish to a broker, mostly one on this box itself."""

    kind: Literal["mqtt"]
    name: Name
    host: str = "127.0.0.1"
    port: int = Field(default=1883, ge=1, le=65535)
    user: str = ""
    password: SecretStr = SecretStr("")
    password_file: Path | None = None
    tls: bool = False
    ca_file: Path | None = None

    def broker(self) -> BrokerSettings:
        """The same as the broker door wants it.

        Raises:
            BadInput: when the password's file cannot be read.
        """
        password = self.password
        if self.password_file:
            try:
                password = SecretStr(self.password_file.read_text(encoding="utf-8").strip())
            except OSError as error:
                cure = "name a file that can be read"
                raise BadInput("bus.password_file", f"{self.password_file}: {error.strerror}", cure) from None
        return BrokerSettings(
            host=self.host, port=self.port, user=self.user, password=password, tls=self.tls, ca_file=self.ca_file
        )


Bus = Annotated[AsciiBus | ModbusBus | MqttBus, Field(discriminator="kind")]


class QuantityOptions(Section):
    """`[device.quantities.temperature]`: how one quantity of one device differs from the rest."""

    keep: bool = True  # false: never spooled
    urgent_low: float | None = None
    urgent_high: float | None = None


class Device(Section):
    """`[[device]]`: one device on a bus. Which keys it needs depends on the bus's kind."""

    bus: Name
    id: str = Field(default="", pattern=rf"^({NAME_PART.pattern})?$")  # by default the hardware's own number
    # modbus-rtu
    registers: str = ""  # xy-md02, rs-ws-n01, pt100-8, or the path of a .toml
    address: int | None = Field(default=None, ge=1, le=247)
    inputs: tuple[Name, ...] = ()  # of a transmitter with several: which ones have a probe; all by default
    # mqtt
    shape: Literal["tasmota", "zigbee2mqtt", "plain"] | None = None
    topic: str = ""
    quantity: Quantity | None = None  # of a plain topic
    quantities: dict[Quantity, QuantityOptions] = Field(default_factory=dict)

    @field_validator("topic")
    @classmethod
    def _no_wildcard(cls, topic: str) -> str:
        if set(topic) & set("#+"):
            raise ValueError("a device's topic has no wildcard; write one [[device]] per device")
        return topic

    def lacks(self, kind: str) -> str:
        """What is missing for this kind of bus; empty when nothing is."""
        if kind == "modbus-rtu" and (self.address is None or not self.registers):
            return "address and registers"
        if kind == "serial-ascii" and not self.id:
            return "id, the number that the logger prints"
        if kind == "mqtt" and (self.shape is None or not self.topic):
            return "shape and topic"
        if self.shape == "plain" and (self.quantity is None or not self.id):
            return "id and quantity"
        return ""


class GatewaySettings(ServiceSettings):
    """Everything `coldchain gateway` reads from its file."""

    sample: ClassVar[str] = "deploy/gateway.sample.toml"
    broker: BrokerSettings = BrokerSettings()
    gateway: GatewaySection = GatewaySection()
    bus: tuple[Bus, ...] = ()
    device: tuple[Device, ...] = ()
    guard: GuardSection | None = None

    @model_validator(mode="after")
    def _devices_stand_on_buses(self) -> Self:
        kinds = {bus.name: bus.kind for bus in self.bus}
        for name in _doubles(bus.name for bus in self.bus):
            raise ValueError(f"two buses are named {name!r}; give each its own name")
        for device in self.device:
            if device.bus not in kinds:
                raise ValueError(
                    f"a device stands on bus {device.bus!r}, which there is not; add it or correct the name"
                )
            if missing := device.lacks(kinds[device.bus]):
                raise ValueError(f"a device on {device.bus!r} ({kinds[device.bus]}) lacks {missing}")
        for bus, address in _doubles((d.bus, d.address) for d in self.device if d.address is not None):
            raise ValueError(f"two devices on {bus!r} have address {address}; they would answer at once: change one")
        return self

    @model_validator(mode="after")
    def _the_user_is_the_gateway(self) -> Self:
        if self.broker.user not in ("", self.gateway.name):
            raise ValueError(
                f"[broker] user {self.broker.user!r} is not [gateway] name {self.gateway.name!r}; "
                "a gateway's name is its user name"
            )
        return self

    @model_validator(mode="after")
    def _the_guard_waits_longer_than_the_uplink(self) -> Self:
        if self.guard and self.guard.down_after_s <= self.gateway.send_every_s:
            raise ValueError(
                f"[guard] down_after_s {self.guard.down_after_s:g} is not beyond [gateway] send_every_s "
                f"{self.gateway.send_every_s:g}: every pause would be an outage; raise it, or send more often"
            )
        return self

    def uplink_broker(self) -> BrokerSettings:
        """The broker, with the gateway's name as the user."""
        return self.broker.model_copy(update={"user": self.broker.user or self.gateway.name})

    def devices_on(self, bus: str) -> tuple[Device, ...]:
        """The devices of one bus."""
        return tuple(device for device in self.device if device.bus == bus)


def _doubles(items: Iterable[T]) -> list[T]:
    return [item for item, count in Counter(items).items() if count > 1]
