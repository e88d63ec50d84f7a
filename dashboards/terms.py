"""The vocabulary of pages: one word for each short code that the archive keeps, of what is measured and judged.

Every entry is in both catalogues; who is told of it: `terms_telling`.
"""

from collections.abc import Mapping
from typing import TypeVar

from coldchain.excursion import CaseState, Kind
from coldchain.reading import Fault
from dashboards.i18n import N_, Language
from dashboards.status import State, Why

STATES: Mapping[str, str] = {
    State.NORMAL: N_("in range"),
    State.HEAT: N_("too warm"),
    State.FREEZE: N_("too cold"),
    State.HIGH: N_("above band"),
    State.LOW: N_("below band"),
    State.UNKNOWN: N_("unknown"),
    State.NONE: N_("no probe"),
}
KINDS: Mapping[str, str] = {
    Kind.HEAT: N_("too warm"),
    Kind.FREEZE: N_("too cold"),
    Kind.CUMULATIVE_HEAT: N_("too warm for too long in all"),
    Kind.CUMULATIVE_FREEZE: N_("too cold for too long in all"),
    Kind.MEAN_KINETIC_HEAT: N_("mean kinetic temperature too high"),
    Kind.MEAN_KINETIC_COLD: N_("mean kinetic temperature too low"),
    Kind.GARBLED: N_("readings garbled"),
    Kind.POWER_ON_VALUE: N_("probe restarted (85.0)"),
    Kind.DISCONNECTED: N_("probe unplugged"),
    Kind.ZERO_SCRATCHPAD: N_("probe line shorted"),
    Kind.OUT_OF_PHYSICS: N_("impossible value"),
    Kind.NO_ANSWER: N_("probe does not answer"),
    Kind.DEVICE_ERROR: N_("device reports an error"),
    Kind.NOT_A_NUMBER: N_("no number"),
    Kind.FLAT_LINE: N_("reading does not move"),
    Kind.SPIKE: N_("sudden jump of the reading"),
    Kind.DISAGREEMENT: N_("two probes disagree"),
    Kind.DRIFT: N_("probe drifts"),
    Kind.SILENCE: N_("no readings"),
    Kind.POWER_LOSS: N_("no mains power"),
    Kind.DOOR_OPEN: N_("door open"),
    Kind.BATTERY_LOW: N_("battery low"),
    Kind.SPOOL_NEARLY_FULL: N_("gateway's store nearly full"),
    Kind.CLOCK_LOST: N_("gateway lost the time"),
    Kind.CLOCK_WRONG: N_("gateway's clock is wrong"),
    Kind.OFFSET_SET: N_("offset set in the device"),
    Kind.CALIBRATION_EXPIRED: N_("calibration expired"),
    Kind.CHANNEL_OUT: N_("way to people broken"),
    Kind.DRILL: N_("drill of the alarm path"),
    Kind.DRILL_FAILED: N_("alarm path broken"),
    Kind.FORECAST: N_("limit expected to be passed"),
}
SHAPES: Mapping[Kind, str] = {
    Kind.SILENCE: "unknown",
    Kind.POWER_LOSS: "power",
    Kind.DOOR_OPEN: "door",
    Kind.FORECAST: "forecast",
}
# What accounts for a deviation by itself, until its own limit or end.
OCCASIONS: Mapping[str, str] = {
    "session": N_("vaccination session"),
    "delivery": N_("delivery put away"),
    "stock_take": N_("stock-take"),
    "defrost": N_("defrosting"),
    "planned_outage": N_("planned outage"),
}
# The rule packs that come with coldchain: by the titles that they give themselves, and what they are not.
PACKS: Mapping[str, str] = {
    "cn-2017": N_("Storage and transport code for vaccines (China, 2017 edition)"),
    "gsp-annex3": N_("Good supply practice, annex 3: automatic monitoring of temperature and humidity (China)"),
    "who-pqs": N_("WHO PQS E006: alarm settings of 30-day temperature recorders"),
    "who-ems": N_("WHO PQS E006: alarms of equipment monitoring systems"),
    "who-range": N_("WHO PQS refrigerator tests: acceptable temperature range"),
    "who-shipping-1": N_("WHO shipping indicator, type I (10 days)"),
    "who-shipping-2": N_("WHO shipping indicator, type II (10 days)"),
    "cdc-vfc": N_("CDC/VFC vaccine storage and handling (United States)"),
    "freezer": N_("Frozen storage: −15 °C or colder"),
    "ultra-cold": N_("Ultra-cold storage: −90…−60 °C"),
    "watch": N_("Watch over probes and equipment (engineering practice)"),
}
PACK_NOTES: Mapping[str, str] = {
    "cn-2017": N_("Limits and recording duties only; the code names no alarm delay in minutes"),
    "gsp-annex3": N_("Binds drug trading and logistics firms; not binding on clinics"),
    "who-pqs": N_("Settings of a device, for a clinic that wants to see what its recorder would say"),
    "who-ems": N_("Settings of a device, for a clinic that wants to see what its monitor would say"),
    "who-range": N_("A refrigerator test criterion, not a limit for vaccine in use"),
    "who-shipping-1": N_("For consignments on the way, of vaccines that frost destroys"),
    "who-shipping-2": N_("For consignments on the way, of vaccines that heat harms first"),
    "cdc-vfc": N_("For programmes that follow the US toolkit; no law in China"),
    "freezer": N_("A band, no law; the label of the vaccine decides"),
    "ultra-cold": N_("A band, no law; the label of the vaccine decides"),
    "watch": N_("Engineering practice of this project; quotes no law and no standard"),
}
# What the mains did when somebody fell silent, as far as it is known.
MAINS: Mapping[str, str] = {
    "lost": N_("mains were lost before"),
    "on": N_("mains were on"),
    "unknown": N_("mains unknown"),
}
# What a forecast rests on.
BASES: Mapping[str, str] = {
    "readings": N_("this equipment's own readings"),
    "own history": N_("this equipment's earlier outages"),
    "type figure": N_("the published figure of its type"),
}
WHYS: Mapping[str, str] = {
    Why.GATEWAY_POWER: N_("gateway has no power"),
    Why.GATEWAY_OFFLINE: N_("gateway offline"),
    Why.PROBE_FAULT: N_("probe fault"),
    Why.SILENT: N_("no readings arrive"),
    Why.NEVER: N_("nothing ever arrived"),
}
FAULTS: Mapping[int, str] = {
    Fault.GARBLED: KINDS[Kind.GARBLED],
    Fault.POWER_ON: KINDS[Kind.POWER_ON_VALUE],
    Fault.DISCONNECTED: KINDS[Kind.DISCONNECTED],
    Fault.ZERO_SCRATCHPAD: KINDS[Kind.ZERO_SCRATCHPAD],
    Fault.OUT_OF_PHYSICS: KINDS[Kind.OUT_OF_PHYSICS],
    Fault.NO_ANSWER: KINDS[Kind.NO_ANSWER],
    Fault.DEVICE_ERROR: KINDS[Kind.DEVICE_ERROR],
    Fault.NOT_A_NUMBER: KINDS[Kind.NOT_A_NUMBER],
}
CASE_STATES: Mapping[str, str] = {
    CaseState.OPEN: N_("goes on"),
    CaseState.CLOSED: N_("ended"),
    CaseState.MERGED: N_("merged into another"),
    CaseState.WITHDRAWN: N_("withdrawn: judged again, it was none"),
}
SEVERITIES: Mapping[str, str] = {"note": N_("note"), "warning": N_("warning"), "critical": N_("critical")}
TYPES: Mapping[str, str] = {
    "domestic_fridge": N_("domestic refrigerator"),
    "medical_fridge": N_("medical refrigerator"),
    "ilr": N_("ice-lined refrigerator"),
    "freezer": N_("freezer"),
    "ultra_freezer": N_("ultra-low freezer"),
    "cold_room": N_("cold room"),
    "freezer_room": N_("freezer room"),
    "cold_box": N_("cold box"),
    "carrier": N_("vaccine carrier"),
    "vehicle": N_("refrigerated vehicle"),
    "other": N_("other equipment"),
    "refrigerator": N_("refrigerator (no freezer)"),
    "small_fridge": N_("countertop refrigerator"),
    "sdd": N_("solar direct-drive refrigerator"),
    "cool_room": N_("cool store"),
    "ambient_room": N_("ambient store"),
    "room": N_("room temperature"),
    "incubator": N_("incubator"),
    "vaccine_van": N_("vaccine van"),
    "mobile_vehicle": N_("mobile refrigerated vehicle"),
    "gsp_vehicle": N_("GSP refrigerated vehicle"),
    "mobile_box": N_("mobile insulated box"),
    "backup_unit": N_("backup refrigeration unit"),
    "generator": N_("generator"),
    "thermometer": N_("thermometer"),
    "ice_pack": N_("ice pack"),
}
EQUIPMENT_STATUSES: Mapping[str, str] = {
    "normal": N_("in use"),
    "repair": N_("in repair"),
    "spare": N_("spare"),
    "moved": N_("moved elsewhere"),
    "scrapped": N_("scrapped"),
}
# Where a probe hangs; other positions are shown as they were entered.
POSITIONS: Mapping[str, str] = {
    "middle": N_("middle"),
    "door": N_("at the door"),
    "back": N_("at the back"),
    "contents": N_("among the vaccine"),
    "bottom": N_("bottom"),
    "lid": N_("near the lid"),
}
QUANTITIES: Mapping[str, str] = {
    "temperature": N_("temperature"),
    "humidity": N_("humidity"),
    "door": N_("door"),
    "power": N_("mains power"),
    "compressor": N_("compressor"),
    "voltage": N_("voltage"),
    "battery": N_("battery"),
    "signal": N_("signal"),
}
ROLES: Mapping[str, str] = {
    "clinic": N_("clinic"),
    "manager": N_("manager"),
    "auditor": N_("auditor"),
    "administrator": N_("administrator"),
}
REASONS: Mapping[str, str] = {
    "opened": N_("found"),
    "continued": N_("goes on"),
    "late_data": N_("revised by data that arrived late"),
    "ended": N_("ended"),
    "lots": N_("the lots inside were corrected"),
    "merged": N_("merged into another"),
    "withdrawn": N_("withdrawn"),
    "reopened": N_("opened again"),
    "rule_changed": N_("the rule changed"),
    "explained": N_("what accounts for it was corrected"),
    "policy": N_("the county's policy changed"),
}
REFUSALS: Mapping[str, str] = {
    "retained": N_("a retained message: readings must not be"),
    "version": N_("of a version that is not known"),
    "too_large": N_("too large"),
    "malformed": N_("not readable"),
    "shape": N_("a field is missing or of the wrong type"),
    "name": N_("a name that cannot be a channel"),
    "quality": N_("a quality code that nobody knows"),
    "value": N_("an impossible value"),
    "future": N_("a time in the future"),
    "past": N_("a time before any of this was built"),
    "conflict": N_("another value stands at this time already"),
    "database": N_("refused by the database"),
}


K = TypeVar("K", str, int)


def word(table: Mapping[K, str], key: K, language: Language) -> str:
    """The word for a key; a key that no table knows yet is shown as it is, never hidden."""
    return language.text(table[key]) if key in table else str(key)


def kind(key: str, language: Language) -> str:
    """What went wrong."""
    return word(KINDS, key, language)


def shape(key: str) -> str:
    """The drawing beside a kind, so that no one needs to tell colours apart."""
    found = Kind(key)
    if found.is_temperature:
        return "freeze" if found.is_cold else "heat"
    return SHAPES.get(found, "watch")
