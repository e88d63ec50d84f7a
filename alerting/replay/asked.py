"""What the options ask for, read and checked: which rules, which part of history, what to hold it against."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from alerting.excursion.policy import Policy, load_policy
from alerting.excursion.rules import TYPES, Pack, load_pack
from alerting.replay.moments import Moments
from alerting.replay.patience import with_patience
from alerting.replay.vendor import Terms
from alerting.replay.vendor_file import parse_columns
from alerting.replay.whatif import WhatIf
from coldchain.errors import BadInput
from coldchain.excursion import Severity
from coldchain.profile import profile_of

MINUTE: Final = 60_000
LONGEST_PATIENCE_MIN: Final = 1440


@dataclass(frozen=True, slots=True)
class Judging:
    """Options that say how is judged, as they were typed."""

    rules: Sequence[str] = ()
    policy: str | None = None
    profile: str | None = None
    type: str | None = None
    interval_s: float | None = None
    compare: Sequence[str] = ()
    compare_policy: str | None = None
    compare_patience: float | None = None  # minutes

    @property
    def is_compared(self) -> bool:
        """True when a second set of rules is asked about."""
        return bool(self.compare) or self.compare_policy is not None or self.compare_patience is not None


@dataclass(frozen=True, slots=True)
class VendorOptions:
    """Options about another platform's alarms, as they were typed."""

    file: Path | None = None
    columns: str = ""
    names: Path | None = None
    tolerance_min: float = 10
    patience_min: float = 0
    late_min: float = 10
    least: str = "warning"

    def check_file(self) -> None:
        """Refuse what means nothing without a file of theirs.

        Raises:
            BadInput: naming the option.
        """
        usual = VendorOptions()
        for option, value, default in (
            ("--vendor-columns", self.columns, usual.columns),
            ("--vendor-names", self.names, usual.names),
            ("--vendor-tolerance", self.tolerance_min, usual.tolerance_min),
            ("--vendor-patience", self.patience_min, usual.patience_min),
            ("--vendor-late", self.late_min, usual.late_min),
            ("--vendor-from", self.least, usual.least),
        ):
            if self.file is None and value != default:
                raise BadInput(option, "means nothing without --vendor", "name the other platform's export too")

    def terms(self) -> Terms:
        """How they are held against ours.

        Raises:
            BadInput: naming the option.
        """
        options = {
            "--vendor-tolerance": self.tolerance_min,
            "--vendor-patience": self.patience_min,
            "--vendor-late": self.late_min,
        }
        for option, minutes in options.items():
            if minutes < 0:
                raise BadInput(option, f"{minutes:g} minutes is negative", "write 0 or more")
        if self.least not in set(Severity):
            raise BadInput("--vendor-from", f"{self.least!r} is no severity", f"use one of {', '.join(Severity)}")
        tolerance, patience, late = (round(minutes * MINUTE) for minutes in options.values())
        return Terms(tolerance, patience, late, Severity(self.least))

    def column_names(self) -> Mapping[str, str]:
        """Columns that are named by hand."""
        return parse_columns(self.columns)


@dataclass(frozen=True, slots=True)
class Part:
    """Options that say which part of history, as they were typed."""

    channels: Sequence[str] = ()
    equipment: Sequence[str] = ()
    facilities: Sequence[str] = ()
    start: str | None = None
    end: str | None = None
    settings: Path | None = None
    certificate: int | None = None  # shift what its probe said since the last good check

    def check(self) -> None:
        """Refuse what a certificate says by itself.

        Raises:
            BadInput: naming the option.
        """
        if self.certificate is None:
            return
        for option, value in (
            ("--channel", self.channels),
            ("--equipment", self.equipment),
            ("--facility", self.facilities),
            ("--start", self.start),
            ("--end", self.end),
        ):
            if value:
                raise BadInput(
                    option, "stands beside --shift-certificate", "leave it out: the certificate says which part"
                )

    def check_file(self) -> None:
        """Refuse what means nothing beside a file.

        Raises:
            BadInput: naming the option.
        """
        for option, value in (
            ("--channel", self.channels),
            ("--equipment", self.equipment),
            ("--facility", self.facilities),
            ("--start", self.start),
            ("--end", self.end),
            ("--settings", self.settings),
            ("--shift-certificate", self.certificate),
        ):
            if value:
                raise BadInput(option, "means nothing beside --csv", "leave one of the two out")


@dataclass(frozen=True, slots=True)
class Zones:
    """In what zone times are read and written; `named` is what the option says."""

    named: str | None = None
    site: str = field(default="Asia/Shanghai")

    @property
    def zone(self) -> ZoneInfo:
        """Of what people write and read.

        Raises:
            BadInput: it is none.
        """
        try:
            return ZoneInfo(self.named or self.site)
        except (KeyError, ValueError, OSError):
            raise BadInput(
                "--time-zone", f"{self.named!r} is no time zone", "write one such as Asia/Shanghai"
            ) from None

    def of_readings(self) -> Moments:
        """How times of readings are read: without an offset only where a zone was named."""
        return Moments(self.zone if self.named else None)

    def of_people(self) -> Moments:
        """How times of options and of other platforms are read."""
        return Moments(self.zone)


def what_ifs(judging: Judging, policy: str) -> list[WhatIf]:
    """The one or two sets of rules that are asked about; `policy` is the site's.

    Raises:
        BadInput: naming the option, or the file and line of a pack.
    """
    if judging.interval_s is not None and judging.interval_s <= 0:
        raise BadInput("--interval", f"{judging.interval_s:g} s is no interval", "write seconds above 0")
    if judging.type is not None and judging.type not in TYPES:
        raise BadInput("--type", f"{judging.type!r} is no type of equipment", f"use one of {', '.join(TYPES)}")
    patience = judging.compare_patience
    if patience is not None and not -LONGEST_PATIENCE_MIN <= patience <= LONGEST_PATIENCE_MIN:
        raise BadInput(
            "--compare-patience", f"{patience:g} minutes is more than a day", "write minutes, such as 10 or -10"
        )
    first = WhatIf(
        packs_named(judging.rules, "--rules") if judging.rules else None,
        load_policy(judging.policy or policy),
        None if judging.profile is None else profile_of(judging.profile).name,
        judging.type,
        None if judging.interval_s is None else round(judging.interval_s * 1000),
    )
    return [first, _other(judging, first)] if judging.is_compared else [first]


def _other(judging: Judging, first: WhatIf) -> WhatIf:
    packs = packs_named(judging.compare, "--compare") if judging.compare else first.packs
    policy: Policy = load_policy(judging.compare_policy) if judging.compare_policy else first.policy
    if judging.compare_patience is not None:
        policy = with_patience(policy, judging.compare_patience)
    return replace(first, packs=packs, policy=policy)


def packs_named(names: Sequence[str], option: str) -> dict[str, Pack]:
    """Packs by name: a shipped one, a file, or one version of either as PACK@VERSION, which then judges all times.

    Raises:
        BadInput: naming the option, or the file and line of a pack.
    """
    packs: dict[str, Pack] = {}
    for name in names:
        pack = _pack(name, option)
        if pack.name in packs:
            raise BadInput(option, f"{pack.name} is there twice", "name each pack once")
        packs[pack.name] = pack
    return packs


def _pack(name: str, option: str) -> Pack:
    file, at, version = name.rpartition("@")
    if not at or version.endswith(".toml"):
        return load_pack(name)
    pack = load_pack(file)
    its = tuple(each for each in pack.versions if each.name == version)
    if not its:
        known = ", ".join(each.name for each in pack.versions)
        raise BadInput(option, f"{pack.name} has no version {version!r}", f"use one of {known}")
    return replace(pack, versions=its)
