"""Settings: one TOML file with a section per concern, the environment above it, checked once, frozen ever after.

`COLDCHAIN_BROKER__HOST=…` overrides `[broker] host`; `COLDCHAIN_BROKER__PASSWORD_FILE=/run/secrets/…` reads a secret
from a file and fails loudly when it is not there (`COLDCHAIN_CHANNELS__ALIYUN_SMS__KEY_SECRET_FILE`: a section in a
section). `deploy/coldchain.sample.toml` is the annotated truth: a test
compares it with the defaults below and in each service's `settings.py`.
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from coldchain.errors import BadInput

PREFIX = "COLDCHAIN_"
# Sections that one file may hold for all services of a site; each service reads its own.
SECTIONS = frozenset(
    {
        "log",
        "broker",
        "series",
        "archive",
        "channels",
        "gateway",
        "guard",
        "collector",
        "alerting",
        "dashboards",
        "deadman",
        "drills",
        "numbers",
        "bus",
        "device",
    }
)


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{name!r} is no time zone; write one such as Asia/Shanghai") from None
    return name


TimeZone = Annotated[str, AfterValidator(_known_zone)]


class Section(BaseModel):
    """One `[section]` of the file: frozen, and an unknown key is an error, not a shrug."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class LogSettings(Section):
    """`[log]`"""  # noqa: D415 - the section's name

    level: Literal["debug", "info", "warning", "error"] = "info"


class BrokerSettings(Section):
    """`[broker]`: the MQTT broker and who we are there."""

    host: str = "127.0.0.1"
    port: int = Field(default=1883, ge=1, le=65535)
    user: str = ""
    password: SecretStr = SecretStr("")
    tls: bool = False
    ca_file: Path | None = None
    keepalive_s: int = Field(default=30, ge=5, le=600)
    timeout_s: float = Field(default=10.0, gt=0, le=120)


class SeriesSettings(Section):
    """`[series]`: where readings are kept."""

    kind: Literal["embedded", "influx"] = "embedded"
    # embedded
    path: Path = Path("data/series.sqlite")
    # influx
    url: str = "http://127.0.0.1:8086"
    org: str = "coldchain"
    bucket: str = "coldchain"
    token: SecretStr = SecretStr("")
    timeout_s: float = Field(default=20.0, gt=0, le=300)


class DrillsSection(Section):
    """`[drills]`: how often each clinic's alarm path is tried, and what that may come to; alerting drills, and pages say what is left."""

    # Each clinic once a month, in its working hours; a site without ways to people has no path to try.
    monthly: bool = True
    answer_min: int = Field(default=15, ge=1, le=240)  # within which somebody has to answer
    times_a_month: int = Field(default=4, ge=0)  # of one facility, the planned one among them
    fen_a_month: int = Field(default=20_000, ge=0)  # of all together


class ArchiveSettings(Section):
    """`[archive]`: where equipment, lots, excursions, alarms and people are kept."""

    url: SecretStr = SecretStr("sqlite:///data/archive.sqlite")  # or postgresql://user:password@host/database


class ServiceSettings(BaseSettings):
    """The root of a service's settings; a service adds its own sections as fields."""

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", env_prefix=PREFIX, env_nested_delimiter="__", validate_default=False
    )

    sample: ClassVar[str] = "deploy/coldchain.sample.toml"
    log: LogSettings = LogSettings()

    @classmethod
    def settings_customise_sources(  # noqa: D102 - pydantic-settings' own signature
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - its own signature
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        # The file's tables arrive as init arguments: the environment stands above them.
        if isinstance(env_settings, EnvSettingsSource):
            env_settings.env_vars = {k: v for k, v in env_settings.env_vars.items() if not _names_a_file(k)}
        return (env_settings, init_settings)


S = TypeVar("S", bound=ServiceSettings)


def load(model: type[S], path: Path | None = None, environ: Mapping[str, str] | None = None) -> S:
    """Read a service's settings.

    Args:
        model: the service's settings class.
        path: the TOML file; without one `$COLDCHAIN_SETTINGS`, else defaults and environment alone.
        environ: for secrets from files; the process's own by default.

    Raises:
        BadInput: naming the file, the key, what is wrong and the cure.
    """
    environ = os.environ if environ is None else environ
    if path is None and environ.get("COLDCHAIN_SETTINGS"):
        path = Path(environ["COLDCHAIN_SETTINGS"])
    tables = _read(path) if path else {}
    for variable, secret in _secrets(environ).items():
        _put(tables, variable, secret)
    try:
        return model(**{name: table for name, table in tables.items() if name in model.model_fields})
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        cure = f"see {model.sample}, or set {PREFIX}{field.upper().replace('.', '__')}"
        raise BadInput(field, first["msg"], cure, where=str(path or "environment")) from None


def _read(path: Path) -> dict[str, Any]:
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInput("settings", f"{path}: {error.strerror}", "name a file that can be read") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput("settings", str(error), "write TOML", where=str(path)) from None
    for name in tables:
        if name not in SECTIONS:
            raise BadInput(name, "no such section", f"use one of {', '.join(sorted(SECTIONS))}", where=str(path))
    return tables


def _names_a_file(variable: str) -> bool:
    """True for `COLDCHAIN_SECTION__KEY_FILE`, which names where a secret is; `[broker] ca_file` is itself a path."""
    name = variable.upper()
    return name.startswith(PREFIX) and name.endswith("_FILE") and "__" in name and not name.endswith("__CA_FILE")


def _secrets(environ: Mapping[str, str]) -> dict[str, str]:
    """The text for each `COLDCHAIN_SECTION__KEY_FILE`."""
    found = {}
    for name, file in environ.items():
        if not _names_a_file(name):
            continue
        try:
            found[name] = Path(file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput(name, f"{file}: {error}", "name a file of text that can be read") from None
    return found


def _put(tables: dict[str, Any], variable: str, secret: str) -> None:
    """Put a secret where its variable says; a section within one has its name between."""
    *sections, key = variable.upper().removeprefix(PREFIX).removesuffix("_FILE").lower().split("__")
    table = tables
    for n, name in enumerate(sections, 1):
        table = table.setdefault(name, {})
        if not isinstance(table, dict):
            raise BadInput(variable, f"{'.'.join(sections[:n])} is no section", "correct the variable's name")
    table[key] = secret
