"""The collector's own section, `[collector]`. `deploy/coldchain.sample.toml` is the annotated truth."""

from typing import Annotated

from pydantic import Field

from coldchain.reading import NAME_PART
from coldchain.settings import ArchiveSettings, BrokerSettings, Section, SeriesSettings, ServiceSettings


class CollectorSection(Section):
    """`[collector]`: who it is in the journal, how much it takes at once, and what it does beside."""

    id: Annotated[str, Field(pattern=rf"^{NAME_PART.pattern}$")] = "main"
    # Several collectors share the gateways as one group, `$share/{group}/…`; each then has its own id.
    shared_group: Annotated[str, Field(pattern=rf"^({NAME_PART.pattern})?$")] = ""
    # A flush begins when this many messages wait, or the oldest has waited this long.
    flush_messages: int = Field(default=2000, ge=1, le=100_000)
    flush_after_s: float = Field(default=0.05, ge=0, le=10)
    # What may wait in memory; beyond it messages are dropped, and come again because nobody acknowledged them.
    inbox_messages: int = Field(default=10_000, ge=1, le=1_000_000)
    inbox_mb: float = Field(default=16.0, ge=1, le=1000)
    # One collector of a site recomputes hours and days.
    rollups: bool = True
    rollups_every_s: float = Field(default=15.0, gt=0, le=3600)
    alive_every_s: float = Field(default=10.0, gt=0, le=600)


class CollectorBroker(BrokerSettings):
    """`[broker]` as the collector knows it: its user name is in the broker's access list."""

    user: str = "collector"


class CollectorSettings(ServiceSettings):
    """Everything the collector reads from the file and the environment."""

    broker: CollectorBroker = CollectorBroker()
    series: SeriesSettings = SeriesSettings()
    archive: ArchiveSettings = ArchiveSettings()
    collector: CollectorSection = CollectorSection()
