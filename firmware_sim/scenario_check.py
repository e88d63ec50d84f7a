"""What a scenario's tables must agree on among themselves: names told once, references that lead somewhere."""

from collections.abc import Iterable, Iterator

from coldchain.errors import BadInput
from coldchain.profile import PROFILES
from firmware_sim.faults import NEEDS_AMOUNT, STRIKES, Fault, Struck
from firmware_sim.physics.door import HABITS
from firmware_sim.physics.presets import PRESETS
from firmware_sim.scenario import Equipment, Scenario

_TRANSMITTERS = frozenset({"xy-md02", "rs-ws-n01"})

Problem = tuple[str, str, str]  # key, what is wrong, cure


def check(scenario: Scenario, where: str) -> None:
    """Accept the scenario or name its first fault.

    Raises:
        BadInput: with file, key and cure.
    """
    for key, wrong, cure in _problems(scenario):
        raise BadInput(key, wrong, cure, where=where)


def _problems(scenario: Scenario) -> Iterator[Problem]:
    yield from _told_twice(scenario)
    yield from _places(scenario)
    for number, (facility, equipment) in enumerate(scenario.equipment()):
        key = f"facilities[{facility.code}].equipment[{equipment.code}]"
        yield from _equipment(key, equipment)
        if equipment.devices and facility.gateway is None:
            yield key, "it has devices, its facility no gateway", f"give facility {facility.code} a gateway (#{number})"
    yield from _buses(scenario)
    yield from _lots(scenario)
    targets = _targets(scenario)
    for number, fault in enumerate(scenario.faults):
        yield from _fault(f"faults[{number}]", fault, targets)


def _told_twice(scenario: Scenario) -> Iterator[Problem]:
    named = {
        "facilities.code": [f.code for f in scenario.facilities],
        "facilities.gateway": [f.gateway for f in scenario.facilities if f.gateway],
        "equipment.code": [e.code for _, e in scenario.equipment()],
        "devices.id": [d.id for _, e in scenario.equipment() for d in e.devices],
        "regions.code": [r.code for r in scenario.regions],
        "vaccines.code": [v.code for v in scenario.vaccines],
        "lots.id": [lot.id for lot in scenario.lots],
    }
    for key, names in named.items():
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield key, f"{name!r} is told twice", "give each its own"


def _places(scenario: Scenario) -> Iterator[Problem]:
    regions = {region.code for region in scenario.regions}
    for region in scenario.regions:
        if region.parent is not None:
            yield from _known(f"regions[{region.code}].parent", region.parent, regions)
    for facility in scenario.facilities:
        if regions:
            yield from _known(f"facilities[{facility.code}].region", facility.region, regions)


def _equipment(key: str, equipment: Equipment) -> Iterator[Problem]:
    chambers = len(PRESETS[equipment.type].chambers)
    if len(equipment.compartments) != chambers:
        wrong = f"{len(equipment.compartments)} compartments, a {equipment.type} has {chambers}"
        yield f"{key}.compartments", wrong, f"describe {chambers}"
    yield from _known(f"{key}.door", equipment.door, HABITS)
    for compartment in equipment.compartments:
        yield from _known(f"{key}.compartments[{compartment.name}].profile", compartment.profile, PROFILES)
    names = {compartment.name for compartment in equipment.compartments}
    for device in equipment.devices:
        inputs = [probe.input for probe in device.probes]
        if len(set(inputs)) != len(inputs):
            yield f"{key}.devices[{device.id}].probes", "two probes on one input", "use T1 and T2"
        if device.kind in _TRANSMITTERS and inputs != ["T1"]:
            yield f"{key}.devices[{device.id}].probes", f"a {device.kind} has one sensor", "leave one probe on T1"
        for probe in device.probes:
            yield from _known(f"{key}.devices[{device.id}].probes[{probe.input}].compartment", probe.compartment, names)


def _buses(scenario: Scenario) -> Iterator[Problem]:
    """The transmitters of a kind in a facility share a bus."""
    for facility in scenario.facilities:
        taken = [(d.kind, d.address) for e in facility.equipment for d in e.devices if d.kind in _TRANSMITTERS]
        for kind, address in sorted({one for one in taken if taken.count(one) > 1}):
            yield f"facilities[{facility.code}]", f"two {kind} at address {address}", "give each its own address"


def _lots(scenario: Scenario) -> Iterator[Problem]:
    vaccines = {vaccine.code for vaccine in scenario.vaccines}
    for lot in scenario.lots:
        yield from _known(f"lots[{lot.id}].vaccine", lot.vaccine, vaccines)
    lots = {lot.id for lot in scenario.lots}
    compartments = {e.code: {c.name for c in e.compartments} for _, e in scenario.equipment()}
    for number, stock in enumerate(scenario.stock):
        yield from _known(f"stock[{number}].lot", stock.lot, lots)
        yield from _known(f"stock[{number}].equipment", stock.equipment, compartments)
        if stock.equipment in compartments:
            yield from _known(f"stock[{number}].compartment", stock.compartment, compartments[stock.equipment])


def _targets(scenario: Scenario) -> dict[Struck, set[str]]:
    devices = [device for _, equipment in scenario.equipment() for device in equipment.devices]
    return {
        Struck.FACILITY: {facility.code for facility in scenario.facilities},
        Struck.EQUIPMENT: {equipment.code for _, equipment in scenario.equipment()},
        Struck.GATEWAY: {facility.gateway for facility in scenario.facilities if facility.gateway},
        Struck.DEVICE: {device.id for device in devices},
        Struck.PROBE: {f"{device.id}/{probe.input}" for device in devices for probe in device.probes},
    }


def _fault(key: str, fault: Fault, targets: dict[Struck, set[str]]) -> Iterator[Problem]:
    struck = STRIKES[fault.kind]
    if fault.on not in targets[struck]:
        yield (
            f"{key}.on",
            f"{fault.on!r} is no {struck} here",
            f"a {fault.kind} strikes a {struck}: {_some(targets[struck])}",
        )
    if fault.until_min is not None and fault.until_min <= fault.at_min:
        yield f"{key}.until_min", f"{fault.until_min:g} is not after {fault.at_min:g}", "let it end after it begins"
    if fault.kind in NEEDS_AMOUNT and not fault.amount:
        yield f"{key}.amount", f"a {fault.kind} needs one", "see firmware_sim/faults.py for its unit"


def _known(key: str, name: str, names: Iterable[str]) -> Iterator[Problem]:
    if name not in names:
        yield key, f"{name!r} is unknown", f"use one of {_some(names)}"


def _some(names: Iterable[str]) -> str:
    listed = sorted(names)
    return ", ".join(listed[:12]) + (" …" if len(listed) > 12 else "")
