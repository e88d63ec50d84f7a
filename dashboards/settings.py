"""The settings of `dashboards`; `deploy/coldchain.sample.toml` annotates them."""

from typing import Literal

from pydantic import Field

from coldchain.providers.settings import ChannelsSettings
from coldchain.settings import (
    ArchiveSettings,
    BrokerSettings,
    DrillsSection,
    Section,
    SeriesSettings,
    ServiceSettings,
    TimeZone,
)


class WebSettings(Section):
    """`[dashboards]`"""  # noqa: D415 - the section's name

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    # Addresses of reverse proxies whose X-Forwarded-For is believed, comma separated.
    trusted_proxies: str = "127.0.0.1"
    # True wherever people come by https: the session's cookie then never travels in the clear.
    cookie_secure: bool = False
    session_hours: float = Field(default=12.0, gt=0, le=24 * 30)
    time_zone: TimeZone = "Asia/Shanghai"
    language: Literal["zh", "en"] = "zh"
    # `limits` notation; counted per process.
    logins_per_address: str = "20/minute"
    logins_per_user: str = "6/minute"
    requests_per_caller: str = "600/minute"
    # What one way's provider may call us; what is more it is to say again.
    callbacks_per_channel: str = "6000/minute"
    # Links out of messages that one address may open.
    links_per_address: str = "60/minute"
    # Where people reach the pages from outside, https://host/: for links that are made here. As asked when empty.
    public_url: str = ""
    # How often an open page may be told of a change, in real seconds.
    live_every_s: float = Field(default=2.0, ge=0.05, le=60)


class DashboardsBroker(BrokerSettings):
    """`[broker]` as dashboards knows it: its user name is in the broker's access list."""

    user: str = "dashboards"


class DashboardsSettings(ServiceSettings):
    """All that the service reads."""

    broker: DashboardsBroker = DashboardsBroker()
    series: SeriesSettings = SeriesSettings()
    archive: ArchiveSettings = ArchiveSettings()
    dashboards: WebSettings = WebSettings()
    channels: ChannelsSettings = ChannelsSettings()
    drills: DrillsSection = DrillsSection()
