"""Alerting's own section, `[alerting]`. `deploy/coldchain.sample.toml` is the annotated truth."""

from pydantic import Field

from coldchain.settings import ArchiveSettings, BrokerSettings, Section, SeriesSettings, ServiceSettings, TimeZone


class AlertingSection(Section):
    """`[alerting]`: what is judged by which rules, who hears of it, and how often the journal is swept."""

    rules: list[str] = Field(default=["cn-2017", "watch"], min_length=1)  # packs that are shipped, or .toml files
    further_rules: list[str] = Field(default=[])  # .toml files: packs that may be chosen for a place
    policy: str = "default"  # the county's policy: shipped, or a .toml file
    time_zone: TimeZone = "Asia/Shanghai"  # of the site, for texts and nights
    sweep_s: float = Field(default=10.0, gt=0, le=600)  # real seconds between looks at the arrival journal
    lease_s: float = Field(default=30.0, ge=1, le=600)  # real seconds after which a dead process's work is taken over


class AlertingBroker(BrokerSettings):
    """`[broker]` as alerting knows it: its user name is in the broker's access list."""

    user: str = "alerting"


class AlertingSettings(ServiceSettings):
    """Everything that alerting reads from the file and the environment."""

    broker: AlertingBroker = AlertingBroker()
    series: SeriesSettings = SeriesSettings()
    archive: ArchiveSettings = ArchiveSettings()
    alerting: AlertingSection = AlertingSection()
