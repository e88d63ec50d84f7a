"""`[guard]`: what this box watches itself, whom it tells, and with what. Without the section there is no guard."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from coldchain.errors import BadInput
from coldchain.providers.numbers import is_mobile
from coldchain.providers.settings import ModemSettings
from coldchain.reading import ChannelName
from coldchain.settings import Section

When = Literal["uplink_down", "at_once"]


class GuardLimit(Section):
    """`[[guard.limit]]`: a channel of this gateway, and the band that it must keep. No law: the county's own measure."""

    channel: str  # device/quantity
    name: str = Field(min_length=1, max_length=16)  # as a text calls it
    low: float
    high: float
    patience_min: float = Field(default=10.0, ge=0, le=1440)

    @model_validator(mode="after")
    def _can_be_kept(self) -> Self:
        if self.low >= self.high:
            raise ValueError("low is not below high; write the colder one as low")
        try:
            ChannelName.parse(f"gateway/{self.channel}")
        except BadInput as error:
            raise ValueError(f"channel {self.channel!r}: {error.wrong}; write device/temperature") from None
        return self


class GuardPerson(Section):
    """`[[guard.person]]`: somebody whom the modem tells."""

    name: str = Field(min_length=1, max_length=100)
    number: str

    @model_validator(mode="after")
    def _has_a_mobile(self) -> Self:
        if not is_mobile(self.number):
            raise ValueError(f"number {self.number!r} is no mobile phone of the mainland; a text reaches no other")
        return self


class GpioSiren(Section):
    """Files of the kernel that take 0 and 1: /sys/class/gpio/gpio17/value, /sys/class/leds/alarm/brightness."""

    kind: Literal["gpio"]
    buzzer: Path | None = None
    light: Path | None = None
    button: Path | None = None  # reads as on while somebody presses it: the buzzer is hushed
    active_low: bool = False


class RelaySiren(Section):
    """A Modbus RTU relay on a line of its own; the buzzer and the light are coils of it."""

    kind: Literal["relay"]
    port: str = Field(min_length=1)
    baud: int = Field(default=9600, ge=300, le=4_000_000)
    address: int = Field(default=1, ge=1, le=247)
    buzzer: int | None = Field(default=0, ge=0, le=65535)
    light: int | None = Field(default=1, ge=0, le=65535)
    timeout_s: float = Field(default=0.5, gt=0, le=10)


Siren = Annotated[GpioSiren | RelaySiren, Field(discriminator="kind")]


class GuardSection(Section):
    """`[guard]` with its limits, its people, its siren and its modem."""

    down_after_s: float = Field(default=600.0, gt=0, le=86_400)  # without an answer of the collector
    texts: When = "uplink_down"
    sounds: When = "uplink_down"
    repeat_min: float = Field(default=30.0, gt=0, le=1440)
    repeats: int = Field(default=4, ge=0, le=48)
    language: Literal["zh", "en"] = "zh"
    limit: tuple[GuardLimit, ...] = Field(min_length=1)
    person: tuple[GuardPerson, ...] = ()
    siren: Siren | None = None
    modem: ModemSettings | None = None

    @model_validator(mode="after")
    def _can_say_something(self) -> Self:
        if self.siren is None and self.modem is None:
            raise ValueError("it has neither a siren nor a modem; add [guard.siren] or [guard.modem]")
        if (self.modem is None) != (not self.person):
            raise ValueError(
                "a modem needs people and people need a modem; give both [guard.modem] and [[guard.person]]"
            )
        channels = [limit.channel for limit in self.limit]
        if doubled := {channel for channel in channels if channels.count(channel) > 1}:
            raise ValueError(f"{', '.join(sorted(doubled))} has two limits; leave one")
        return self
