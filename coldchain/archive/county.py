"""The form of a county's file, and reading it: TOML, or JSON of the same shape, checked by itself before anything is written.

Each list may be absent; what it refers to may stand in the archive already. Times are TOML times with an offset
(2026-07-03T16:00:00+08:00) or integer ms UTC; dates are YYYY-MM-DD.

    [[regions]]       code (12 digits), level (1…5), name_zh, name_en, parent
    [[facilities]]    code, region, name_zh, name_en, short_zh, kind, gateway, latitude, longitude, feeder, and the rest of the
                      card: unit_code (12 digits), has_maternity, has_rabies, address, head, telephone, service_form,
                      service_cycle, working_week ("12345"; none: daily), population, staff, certified_staff, rooms_m2,
                      information, licensed_on, licensed_until, licence (a document); what is left out stays as it is
    [[persons]]       name, facility, post (what they are called), phone, left_at, user (their login), email, wechat, wecom
    [[posts]]         facility, person (their name there), post (keeper, deputy …), start, end (none: still)
    [[equipment]]     code, facility, name_zh, name_en, short_zh, type, status, brand, model, serial, is_medical,
                      volume_cold_l, volume_frozen_l (or …_m3), produced_on, arrived_on, started_on, scrapped_on and all
                      else that a card has (upkeep.cards); what is left out stays as it is
    [[compartments]]  equipment, name, name_zh, name_en, purpose, profile
    [[channels]]      name ("gateway/device/quantity"), equipment, compartment (none: the whole), position, interval_s, start
    [[vaccines]]      code, name_zh, name_en, freeze_sensitive, profile, vvm_type, source, who_code, info_codes, funding,
                      heat_group, light, presentation, is_diluent, needs_diluent, note
    [[lots]]          id, number, vaccine, maker, expires_on, doses_per_vial, product, approval_number, batch_release,
                      produced_on, spec, dosage_form, unit, trace_code, gtin, funding, price_fen, diluent (another lot's id)
    [[receipts]]      lot, at, equipment, compartment, doses, document, supplier, temperature_c
    [[movements]]     lot, at, doses, reason, source, target ("equipment/compartment", none: outside), document,
                      counterparty, handed_by, taken_by, temperature_c, remark
    [[calibrations]]  device ("gateway/device"), certificate, done_on, due_on, by (the laboratory), found and left ([[reference °C,
                      indicated °C], …]), uncertainty_c, k, limit (a name of metrology/limits.toml), document, note
    [[buffers]]       channel, tau_s, source (a document), approved_by, start, end (none: still)
    [[session_hours]] facility, weekday (0 Monday … 6 Sunday), from_min, to_min (minutes of the local day), start; all of a
                      facility with the same start are its whole week from then on
    [[rule_choices]]  pack, start, end (none: still), and where: facility | equipment | equipment and compartment | vaccine
"""

import json
import tomllib
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from coldchain import clock
from coldchain.archive import changes, equipment, lots, occasions, places, probes
from coldchain.archive.equipment import Equipment, NewCompartment
from coldchain.archive.facilities import card, persons
from coldchain.archive.facilities.card import Form
from coldchain.archive.facilities.persons import NewPerson
from coldchain.archive.facilities.posts import PostKind
from coldchain.archive.lots import LotEntry, Reason, VaccineEntry
from coldchain.archive.metrology import certificates
from coldchain.archive.metrology.certificates import NewCalibration
from coldchain.archive.occasions import Hours
from coldchain.archive.places import Region
from coldchain.archive.probes import NewBuffer
from coldchain.archive.rows import Record, check_texts
from coldchain.archive.upkeep import cards
from coldchain.errors import BadInput
from coldchain.profile import profile_of
from coldchain.reading import ChannelName

T = TypeVar("T", bound=msgspec.Struct)

LARGEST: Final = 64 * 1024 * 1024
SHAPE: Final = "see the form in coldchain.archive.county"


class Channel(Record, frozen=True, kw_only=True):
    """A channel and what it measures since `start`. Gateway, device and quantity may be repeated; the name says them."""

    name: str
    equipment: str
    start: int
    compartment: str | None = None
    position: str = ""
    interval_s: int = 60
    gateway: str | None = None
    device: str | None = None
    quantity: str | None = None


class Receipt(Record, frozen=True, kw_only=True):
    """Doses that came into a compartment from outside."""

    lot: str
    at: int
    equipment: str
    compartment: str
    doses: int
    document: str = ""
    supplier: str = ""
    temperature_c: float | None = None


class Movement(Record, frozen=True, kw_only=True):
    """Doses that went from a place to a place; a place is written `equipment/compartment`."""

    lot: str
    at: int
    doses: int
    reason: Reason
    source: str | None = None
    target: str | None = None
    document: str = ""
    counterparty: str = ""
    handed_by: str = ""
    taken_by: str = ""
    temperature_c: float | None = None
    remark: str = ""


class Post(Record, frozen=True, kw_only=True):
    """A post that somebody holds from `start` on, named as at that facility."""

    facility: str
    person: str
    post: PostKind
    start: int
    end: int | None = None


class SessionHours(Hours, frozen=True, kw_only=True):
    """A part of a facility's week, from `start` on."""

    facility: str
    start: int


class RuleChoice(Record, frozen=True, kw_only=True):
    """A pack that judges somewhere; a compartment is named within its equipment."""

    pack: str
    start: int
    end: int | None = None
    facility: str | None = None
    equipment: str | None = None
    compartment: str | None = None
    vaccine: str | None = None


class County(Record, frozen=True, kw_only=True):
    """Everything a file says."""

    regions: tuple[Region, ...] = ()
    facilities: tuple[Form, ...] = ()
    persons: tuple[NewPerson, ...] = ()
    posts: tuple[Post, ...] = ()
    equipment: tuple[Equipment, ...] = ()
    compartments: tuple[NewCompartment, ...] = ()
    channels: tuple[Channel, ...] = ()
    vaccines: tuple[VaccineEntry, ...] = ()
    lots: tuple[LotEntry, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    movements: tuple[Movement, ...] = ()
    calibrations: tuple[NewCalibration, ...] = ()
    buffers: tuple[NewBuffer, ...] = ()
    session_hours: tuple[SessionHours, ...] = ()
    rule_choices: tuple[RuleChoice, ...] = ()


def load_county(path: Path) -> County:
    """Read a file.

    Raises:
        BadInput: naming the file, the key and the cure.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise BadInput("file", f"it is larger than {LARGEST >> 20} MB", "split it", where=str(path))
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadInput("file", f"{path}: {error.strerror}", "name a file that can be read") from None
    except UnicodeDecodeError:
        raise BadInput("file", "it is not UTF-8", "save it as UTF-8", where=str(path)) from None
    return county_of(text, where=str(path))


def county_of(text: str, *, where: str = "") -> County:
    """Read the text of a file.

    Raises:
        BadInput: naming `where`, the key and the cure.
    """
    try:
        county = _shaped(_parsed(text))
        _check(county)
    except BadInput as error:
        raise BadInput(error.field, error.wrong, error.cure, where=where) from None
    return county


def _parsed(text: str) -> Any:  # noqa: ANN401 - whatever TOML or JSON holds
    try:
        return json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
    except ValueError as error:  # of both readers; it names the line
        raise BadInput("file", str(error), "write TOML or JSON") from None
    except RecursionError:
        raise BadInput("file", "it is nested too deeply", SHAPE) from None


def _shaped(written: Any) -> County:  # noqa: ANN401 - whatever TOML or JSON holds
    try:
        return msgspec.convert(_litres(_plain(written, "")), County)
    except msgspec.ValidationError as error:
        raise _shape_error(str(error)) from None


def _litres(written: Any) -> Any:  # noqa: ANN401 - whatever TOML or JSON holds
    """Volumes of equipment in litres, whatever they were written in."""
    entries = written.get("equipment") if isinstance(written, dict) else None
    if not isinstance(entries, list):
        return written
    found = []
    for n, entry in enumerate(entries):
        try:
            found.append(cards.in_litres(entry) if isinstance(entry, dict) else entry)
        except BadInput as error:
            raise BadInput(f"equipment[{n}].{error.field}", error.wrong, error.cure) from None
    return {**written, "equipment": found}


def _check(county: County) -> None:
    """What the file alone shows to be wrong."""
    _each("regions", "region", county.regions, ["code"], places.check_region)
    _each("facilities", "facility", county.facilities, ["code"], card.check_form)
    _each("persons", "person", county.persons, ["facility", "name"], persons.check)
    _each("posts", "post", county.posts, ["facility", "person", "post", "start"], _check_post)
    _each("equipment", "equipment", county.equipment, ["code"], cards.check)
    _each("compartments", "compartment", county.compartments, ["equipment", "name"], _check_profile)
    _each("channels", "assignment", county.channels, ["name", "start"], _check_channel)
    _each("vaccines", "vaccine", county.vaccines, ["code"], lots.check_vaccine)
    _each("lots", "lot", county.lots, ["id"], lots.check_lot)
    _each("lots", "lot", county.lots, ["vaccine", "maker", "number"])
    _each("calibrations", "calibration", county.calibrations, ["device", "certificate"], certificates.check)
    _each("buffers", "buffer", county.buffers, ["channel", "start"], probes.check_buffer)
    hours = ["facility", "start", "weekday", "from_min"]
    _each("session_hours", "session_hours", county.session_hours, hours, occasions.check_hours)
    choice = ["pack", "start", "facility", "equipment", "compartment", "vaccine"]
    _each("rule_choices", "rule_choice", county.rule_choices, choice, _check_choice)


def _each(
    name: str, table: str, items: Sequence[T], key: Sequence[str], check: Callable[[T], None] | None = None
) -> None:
    """No text too long, no key twice, nothing that `check` refuses."""
    seen: dict[tuple[object, ...], int] = {}
    for n, item in enumerate(items):
        try:
            check_texts(table, msgspec.to_builtins(item))
            if check:
                check(item)
        except BadInput as error:
            raise BadInput(f"{name}[{n}].{error.field.rpartition('.')[2]}", error.wrong, error.cure) from None
        its_key = tuple(getattr(item, field) for field in key)
        if its_key in seen:
            written = "/".join(map(str, its_key))
            raise BadInput(f"{name}[{n}]", f"{written!r} is in {name}[{seen[its_key]}] too", "keep one of them")
        seen[its_key] = n


def _check_profile(item: NewCompartment) -> None:
    profile_of(item.profile)


def _check_channel(channel: Channel) -> None:
    named = ChannelName.parse(channel.name)
    for field in ("gateway", "device", "quantity"):
        said = getattr(channel, field)
        if said is not None and said != getattr(named, field):
            raise BadInput(field, f"{said!r} is not the one in {channel.name!r}", "leave it out, the name says it")
    if channel.interval_s < 1:
        raise BadInput("interval_s", f"{channel.interval_s} is no interval", "write the seconds between two readings")


def _check_post(post: Post) -> None:
    changes.check_span(post.start, post.end)


def _check_choice(choice: RuleChoice) -> None:
    if [choice.facility, choice.equipment, choice.vaccine].count(None) != 2:
        cure = "give facility, equipment or vaccine; a compartment with its equipment"
        raise BadInput("scope", "it must be said once where", cure)
    if choice.compartment is not None and choice.equipment is None:
        raise BadInput("compartment", f"{choice.compartment!r} is in no equipment", "name the equipment too")


def _plain(value: Any, path: str) -> Any:  # noqa: ANN401 - whatever TOML or JSON holds
    """TOML's times become ms UTC, its dates text; the rest stays."""
    if isinstance(value, dict):
        return {key: _plain(item, f"{path}.{key}" if path else key) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item, f"{path}[{n}]") for n, item in enumerate(value)]
    if isinstance(value, datetime):
        return clock.parse_iso(value.isoformat(), path)
    return value.isoformat() if isinstance(value, date) else value


def _shape_error(words: str) -> BadInput:
    """Take apart what msgspec says: `Invalid enum value 'x' - at `$.equipment[3].type``."""
    wrong, _, place = words.partition(" - at `$")
    field = place.rstrip("`").lstrip(".") or "file"
    last = field.rpartition(".")[2]
    kinds = {"kind": places.FacilityKind, "service_form": card.ServiceForm, "service_cycle": card.ServiceCycle,
             "post": PostKind, "type": equipment.EquipmentType, "status": equipment.Status,
             "purpose": equipment.Purpose, "reason": Reason}  # fmt: skip
    if last in kinds:
        cure = f"use one of {', '.join(kinds[last])}"
    elif last in {"at", "start", "end", "left_at"}:
        cure = "write a time with its offset and without quotes, 2026-07-03T16:00:00+08:00, or ms UTC"
    else:
        cure = SHAPE
    return BadInput(field, wrong, cure)
