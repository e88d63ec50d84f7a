"""Alerting's own section, `[alerting]`. `deploy/coldchain.sample.toml` is the annotated truth."""

from pathlib import Path

from pydantic import Field, SecretStr

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


class AlertingSection(Section):
    """`[alerting]`: what is judged by which rules, who hears of it, and how often the journal is swept."""

    rules: list[str] = Field(default=["cn-2017", "watch"], min_length=1)  # packs that are shipped, or .toml files
    further_rules: list[str] = Field(default=[])  # .toml files: packs that may be chosen for a place
    policy: str = "default"  # the county's policy: shipped, or a .toml file
    time_zone: TimeZone = "Asia/Shanghai"  # of the site, for texts and nights
    sweep_s: float = Field(default=10.0, gt=0, le=600)  # real seconds between looks at the arrival journal
    lease_s: float = Field(default=30.0, ge=1, le=600)  # real seconds after which a dead process's work is taken over
    claim_s: float = Field(default=60.0, ge=5, le=600)  # real seconds after which another may tell a claimed notice
    # the address filed with the providers, to which an alarm's code is added; empty: texts have no link
    link_url: str = ""
    # what news may cost; 0: as much as they do. What is critical is told anyway
    fen_a_month: int = Field(default=0, ge=0)
    fen_an_alarm: int = Field(default=0, ge=0)


class NumbersSection(Section):
    """`[numbers]`: "is this still your number?", asked of each way to each person once a quarter, by day."""

    quarterly: bool = True
    fen_a_month: int = Field(default=0, ge=0)  # what questions may cost; 0: as much as they do
    link_url: str = ""  # …/n/ of the dashboards, to which a question's secret is added; empty: mailboxes are not asked


class DeadmanSection(Section):
    """`[deadman]`: who watches the watch."""

    ping_url: SecretStr = SecretStr("")  # of an outside monitor that calls people when it hears nothing; empty: none
    every_s: float = Field(default=60.0, gt=0, le=3600)  # real seconds, as all here
    after_s: float = Field(default=120.0, ge=0, le=3600)  # a trouble that lasts so long is told to the county's desk …
    repeat_s: float = Field(default=3600.0, gt=0)  # … and again so much later
    desk_path: Path | None = None  # who is on duty, for when the archive is gone; by default beside the data
    dashboards_url: str = ""  # an address of the dashboards that answers while they live; empty: not watched
    proxy: str = ""


class AlertingBroker(BrokerSettings):
    """`[broker]` as alerting knows it: its user name is in the broker's access list."""

    user: str = "alerting"


class AlertingSettings(ServiceSettings):
    """Everything that alerting reads from the file and the environment."""

    broker: AlertingBroker = AlertingBroker()
    series: SeriesSettings = SeriesSettings()
    archive: ArchiveSettings = ArchiveSettings()
    channels: ChannelsSettings = ChannelsSettings()
    alerting: AlertingSection = AlertingSection()
    drills: DrillsSection = DrillsSection()
    numbers: NumbersSection = NumbersSection()
    deadman: DeadmanSection = DeadmanSection()
