"""The words of stock: vaccines, lots and movements as records, with what can be refused by looking at them alone."""

import re
from enum import StrEnum
from typing import Final

from msgspec import UNSET, UnsetType, field

from coldchain.archive.rows import Record
from coldchain.archive.stock import days
from coldchain.errors import BadInput
from coldchain.profile import profile_of

LOT_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")  # it stands in addresses
INFO_CODES: Final = re.compile(r"(?:\d{4}(?: \d{4})*)?")
TRACE_CODE: Final = re.compile(r"(?:\d{7,20})?")
GTIN_LENGTHS: Final = frozenset({8, 12, 13, 14})
MOST_DOSES: Final = 2**31 - 1
HEAT_GROUPS: Final = frozenset({"", "A", "B", "C", "D", "E", "F"})


class Funding(StrEnum):
    """Who pays (免疫规划 or not); it also says how far up what happens to it is reported."""

    PROGRAMME = "programme"
    PAID = "paid"

    @property
    def labels(self) -> tuple[str, str]:
        """Its name now, and the one that forms still carry."""
        return ("免疫规划疫苗", "一类") if self is Funding.PROGRAMME else ("非免疫规划疫苗", "二类")

    @property
    def reported_to(self) -> str:
        """Unusable doses are reported level by level, up to the CDC of this level."""
        return "province" if self is Funding.PROGRAMME else "county"


class Light(StrEnum):
    """Whether light harms it."""

    NO = "no"
    YES = "yes"
    STRONGLY = "strongly"


class Presentation(StrEnum):
    """In what form it is filled; the careful side where makers differ."""

    UNSAID = ""
    LIQUID = "liquid"
    LYOPHILISED = "lyophilised"
    ORAL_LIQUID = "oral_liquid"
    PILL = "pill"


class Unit(StrEnum):
    """What is counted on forms (支, 人份, 粒); the books count doses."""

    VIAL = "vial"
    DOSE = "dose"
    PILL = "pill"


class Reason(StrEnum):
    """Why doses moved (出入库); it says which ends a movement has."""

    RECEIVED = "received"
    MOVED = "moved"
    ISSUED = "issued"
    RETURNED = "returned"
    DISPOSED = "disposed"
    COUNTED = "counted"


# (has a source, has a target) that a reason allows
ENDS: Final = {
    Reason.RECEIVED: {(False, True)},
    Reason.MOVED: {(True, True)},
    Reason.ISSUED: {(True, False), (True, True)},
    Reason.RETURNED: {(True, True), (False, True), (True, False)},
    Reason.DISPOSED: {(True, False)},
    Reason.COUNTED: {(True, False), (False, True)},
}

# Doses are carried in and the door stands open; a count brings nothing.
DELIVERIES: Final = frozenset({Reason.RECEIVED, Reason.MOVED, Reason.ISSUED, Reason.RETURNED})


class Vaccine(Record, frozen=True, kw_only=True):
    """A vaccine of the catalogue, or a diluent. `freeze_sensitive` and `heat_group` are two axes, neither follows the other.

    `may_thaw`: it is stored frozen, and may lie thawed at 2 to 8 °C for as long as its insert says.
    """

    code: str
    name_zh: str
    name_en: str
    freeze_sensitive: bool
    profile: str = "2-8"
    vvm_type: str | None = None
    source: str = ""
    who_code: str = ""
    info_codes: str = ""
    funding: Funding = Funding.PROGRAMME
    heat_group: str = ""
    light: Light = Light.YES
    presentation: Presentation = Presentation.UNSAID
    is_diluent: bool = False
    needs_diluent: bool = False
    may_thaw: bool = False
    note: str = ""
    catalogue: str = ""
    certainty: dict[str, str] = field(default_factory=dict)


class VaccineEntry(Record, frozen=True, kw_only=True):
    """What somebody says of a vaccine; what they do not say stays as it is, or is the table's default."""

    code: str
    name_zh: str
    name_en: str
    freeze_sensitive: bool
    profile: str | UnsetType = UNSET
    vvm_type: str | UnsetType | None = UNSET
    source: str | UnsetType = UNSET
    who_code: str | UnsetType = UNSET
    info_codes: str | UnsetType = UNSET
    funding: Funding | UnsetType = UNSET
    heat_group: str | UnsetType = UNSET
    light: Light | UnsetType = UNSET
    presentation: Presentation | UnsetType = UNSET
    is_diluent: bool | UnsetType = UNSET
    needs_diluent: bool | UnsetType = UNSET
    may_thaw: bool | UnsetType = UNSET
    note: str | UnsetType = UNSET
    catalogue: str | UnsetType = UNSET
    certainty: dict[str, str] | UnsetType = UNSET


class Lot(Record, frozen=True, kw_only=True):
    """A maker's lot of a vaccine; `number` is what is printed on it."""

    id: str
    number: str
    vaccine: str
    maker: str
    expires_on: str
    doses_per_vial: int = 1
    product: str = ""
    approval_number: str = ""
    batch_release: str = ""
    produced_on: str | None = None
    spec: str = ""
    dosage_form: str = ""
    unit: Unit = Unit.VIAL
    trace_code: str = ""
    gtin: str = ""
    funding: Funding | None = None
    price_fen: int | None = None
    diluent: str | None = None


class LotEntry(Record, frozen=True, kw_only=True):
    """What somebody says of a lot; what they do not say stays as it is, or is the table's default."""

    id: str
    number: str
    vaccine: str
    maker: str
    expires_on: str
    doses_per_vial: int | UnsetType = UNSET
    product: str | UnsetType = UNSET
    approval_number: str | UnsetType = UNSET
    batch_release: str | UnsetType = UNSET
    produced_on: str | UnsetType | None = UNSET
    spec: str | UnsetType = UNSET
    dosage_form: str | UnsetType = UNSET
    unit: Unit | UnsetType = UNSET
    trace_code: str | UnsetType = UNSET
    gtin: str | UnsetType = UNSET
    funding: Funding | UnsetType | None = UNSET
    price_fen: int | UnsetType | None = UNSET
    diluent: str | UnsetType | None = UNSET


class NewMovement(Record, frozen=True, kw_only=True):
    """Doses of a lot going from a compartment to another; None is outside of what we see.

    `held` of them are under hold and stay so; `custody` is the agreement by which another facility keeps them;
    `passed_over` the lot that expires first and was not taken, with the reason in `remark`.
    """

    lot: str
    at: int
    doses: int
    reason: Reason
    source: int | None = None
    target: int | None = None
    document: str = ""
    held: int = 0
    run: int | None = None
    custody: int | None = None
    counterparty: str = ""
    handed_by: str = ""
    taken_by: str = ""
    temperature_c: float | None = None
    remark: str = ""
    passed_over: str | None = None


class Movement(NewMovement, frozen=True, kw_only=True):
    """… that stands in the archive; withdrawn = entered by mistake, counts no more."""

    id: int
    withdrawn_at: int | None = None
    confirmed_at: int | None = None
    confirmed_by: str | None = None


def check_vaccine(vaccine: Vaccine | VaccineEntry) -> None:
    """Refuse what cannot be a vaccine.

    Raises:
        BadInput: naming the field.
    """
    if vaccine.profile is not UNSET:
        profile_of(vaccine.profile)
    if vaccine.heat_group is not UNSET and vaccine.heat_group not in HEAT_GROUPS:
        raise BadInput(
            "vaccine.heat_group", f"{vaccine.heat_group[:20]!r} is none", "use A (most sensitive) to F, or none"
        )
    if vaccine.info_codes is not UNSET and not INFO_CODES.fullmatch(vaccine.info_codes):
        wrong = f"{vaccine.info_codes[:40]!r} cannot be read"
        raise BadInput("vaccine.info_codes", wrong, "write codes of 4 digits, separated by one space")
    if not vaccine.name_zh.strip() and not vaccine.name_en.strip():
        raise BadInput("vaccine.name_zh", f"{vaccine.code} has none", "name it in Chinese, or in English")
    if vaccine.is_diluent is True and not vaccine.freeze_sensitive:
        raise BadInput(
            "vaccine.freeze_sensitive", f"{vaccine.code} is a diluent", "a diluent must never freeze: say true"
        )


def check_lot(lot: Lot | LotEntry) -> None:
    """Refuse what cannot be a lot.

    Raises:
        BadInput: naming the field.
    """
    if not LOT_ID.fullmatch(lot.id):
        raise BadInput("lot.id", f"{lot.id[:80]!r} cannot be used", "use 1 to 64 of A-Z a-z 0-9 . _ -")
    for name in ("number", "maker"):
        if not getattr(lot, name).strip():
            raise BadInput(f"lot.{name}", f"{lot.id} has none", "copy it from the box")
    if lot.doses_per_vial is not UNSET and not 1 <= lot.doses_per_vial <= 1000:
        raise BadInput("lot.doses_per_vial", f"{lot.doses_per_vial} of {lot.id} cannot be", "use 1 to 1000")
    if lot.price_fen not in {UNSET, None} and not 0 <= int(lot.price_fen or 0) <= MOST_DOSES:
        raise BadInput("lot.price_fen", f"{lot.price_fen} is no price", "write fen per dose, 0 or more")
    if lot.diluent == lot.id:
        raise BadInput(
            "lot.diluent", f"{lot.id} cannot be its own diluent", "name the lot of diluent that came with it"
        )
    _check_days(lot)
    _check_codes(lot)


def _check_days(lot: Lot | LotEntry) -> None:
    days.check_day("lot.expires_on", lot.expires_on)
    if lot.produced_on is UNSET or lot.produced_on is None:
        return
    days.check_day("lot.produced_on", lot.produced_on)
    if lot.expires_on <= lot.produced_on:
        wrong = f"{lot.expires_on} is not after {lot.produced_on}, when {lot.id} was made"
        raise BadInput("lot.expires_on", wrong, "correct the one or the other as printed on the box")


def _check_codes(lot: Lot | LotEntry) -> None:
    if lot.trace_code is not UNSET and not TRACE_CODE.fullmatch(lot.trace_code):
        wrong = f"{lot.trace_code[:40]!r} is no traceability code"
        raise BadInput("lot.trace_code", wrong, "write its 20 digits, or the first 7 or more that its boxes share")
    if lot.gtin is not UNSET and lot.gtin and not is_gtin(lot.gtin):
        raise BadInput(
            "lot.gtin", f"{lot.gtin[:40]!r} is no GTIN", "write 8, 12, 13 or 14 digits with their check digit"
        )


def is_gtin(code: str) -> bool:
    """True for a GTIN whose check digit is right."""
    if len(code) not in GTIN_LENGTHS or not (code.isascii() and code.isdigit()):
        return False
    weighted = sum(int(digit) * (3 if n % 2 else 1) for n, digit in enumerate(reversed(code)))
    return weighted % 10 == 0
