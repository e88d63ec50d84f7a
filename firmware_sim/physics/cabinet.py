"""What a cabinet is made of, and one step of its heat.

Each compartment has three lumps of heat: the air, the contents with the inner walls, and the evaporator plate, which in an
ice-lined refrigerator freezes and melts (`latent_j`). A compressor draws heat from the plates in proportion to how far they
are above the refrigerant, so that it weakens as they cool, as real ones do.
"""

from dataclasses import dataclass, field
from enum import StrEnum

STEP_S = 10  # explicit steps: the air of every preset answers more slowly than this, also with its door open


class Senses(StrEnum):
    """Where the thermostat's bulb sits."""

    AIR = "air"
    PLATE = "plate"


@dataclass(frozen=True, slots=True)
class Chamber:
    """One compartment as it is built and loaded."""

    air_j_per_k: float
    contents_j_per_k: float
    plate_j_per_k: float
    wall_w_per_k: float
    door_w_per_k: float
    contents_w_per_k: float  # air to contents
    plate_w_per_k: float  # air to plate
    cooling_w_per_k: float  # plate to refrigerant, per running compressor
    refrigerant_c: float
    start_c: float
    latent_j: float = 0.0  # an ice bank's heat of melting
    ice_edge_k: float = 0.0  # how far the bulb at the ice's outer edge warms when all of it has melted


@dataclass(frozen=True, slots=True)
class Thermostat:
    """Hysteresis with the shortest times that protect a compressor; it reads the first compartment."""

    senses: Senses
    cut_in_c: float
    cut_out_c: float
    shortest_on_s: int = 180
    shortest_off_s: int = 180


@dataclass(frozen=True, slots=True)
class Defrost:
    """A timed heater in the first compartment's evaporator; the compressors rest meanwhile and while it drips."""

    every_s: int
    heater_w: float
    end_plate_c: float
    longest_s: int
    drip_s: int = 120


@dataclass(frozen=True, slots=True)
class Design:
    """A type of cabinet: its compartments, and one thermostat per compressor."""

    chambers: tuple[Chamber, ...]
    thermostats: tuple[Thermostat, ...]
    defrost: Defrost | None = None


@dataclass(frozen=True, slots=True)
class Conditions:
    """What is done to a cabinet while it steps."""

    room_c: float
    mains: bool = True
    open_doors: tuple[bool, ...] = ()  # by compartment; missing = closed
    compressor_works: bool = True
    charge: float = 1.0  # of refrigerant, 1 = full


@dataclass(slots=True)
class Heat:
    """The present temperatures of one compartment."""

    air_c: float
    contents_c: float
    plate_c: float
    melted: float = 0.0  # share of the ice bank


@dataclass(slots=True)
class Compressor:
    """Whether it runs, and since how long it does what it does."""

    runs: bool = False
    since_s: int = 86_400
    run_s: int = 0  # in all


@dataclass(slots=True)
class Cabinet:
    """One cabinet that lives: `step` moves it on, everything else reads it."""

    design: Design
    dial_k: float = 0.0  # the user's knob, added to every cut-in and cut-out
    heats: list[Heat] = field(init=False)
    compressors: list[Compressor] = field(init=False)
    defrosting_s: int = field(init=False, default=0)
    _since_defrost_s: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self.heats = [Heat(c.start_c, c.start_c, min(c.start_c, 0.0)) for c in self.design.chambers]
        self.compressors = [Compressor() for _ in self.design.thermostats]

    def step(self, now: Conditions, dt_s: int = STEP_S) -> None:
        """Advance by `dt_s` seconds."""
        heater_w = self._defrost(now.mains, dt_s)
        running = self._switch(now, dt_s, resting=self.defrosting_s > 0)
        for index, chamber in enumerate(self.design.chambers):
            is_open = index < len(now.open_doors) and now.open_doors[index]
            leak_w_per_k = chamber.wall_w_per_k + (chamber.door_w_per_k if is_open else 0.0)
            cooling_w_per_k = chamber.cooling_w_per_k * running * now.charge
            _exchange(chamber, self.heats[index], leak_w_per_k * (now.room_c - self.heats[index].air_c), dt_s)
            _cool(chamber, self.heats[index], cooling_w_per_k, heater_w if index == 0 else 0.0, dt_s)

    def _switch(self, now: Conditions, dt_s: int, *, resting: bool) -> int:
        """Let each thermostat decide; how many compressors run."""
        running = 0
        for thermostat, compressor in zip(self.design.thermostats, self.compressors, strict=True):
            compressor.since_s += dt_s
            wanted = now.mains and now.compressor_works and not resting and self._wants(thermostat, compressor)
            if wanted != compressor.runs:
                compressor.runs = wanted
                compressor.since_s = 0
            if wanted:
                running += 1
                compressor.run_s += dt_s
        return running

    def _wants(self, thermostat: Thermostat, compressor: Compressor) -> bool:
        bulb_c = self._bulb_c(thermostat.senses) - self.dial_k
        if compressor.runs:
            return bulb_c > thermostat.cut_out_c or compressor.since_s < thermostat.shortest_on_s
        return bulb_c >= thermostat.cut_in_c and compressor.since_s >= thermostat.shortest_off_s

    def _bulb_c(self, senses: Senses) -> float:
        heat = self.heats[0]
        if senses is Senses.AIR:
            return heat.air_c
        return heat.plate_c + self.design.chambers[0].ice_edge_k * heat.melted

    def _defrost(self, mains: bool, dt_s: int) -> float:
        """Run the defrost's clock; the heater's watts in this step."""
        defrost = self.design.defrost
        if defrost is None or not mains:
            return 0.0
        self._since_defrost_s += dt_s
        if self.defrosting_s == 0 and self._since_defrost_s >= defrost.every_s:
            self._since_defrost_s = 0
            self.defrosting_s = defrost.longest_s + defrost.drip_s
        if self.defrosting_s == 0:
            return 0.0
        if self.defrosting_s > defrost.drip_s and self.heats[0].plate_c >= defrost.end_plate_c:
            self.defrosting_s = defrost.drip_s
        self.defrosting_s = max(0, self.defrosting_s - dt_s)
        return defrost.heater_w if self.defrosting_s > defrost.drip_s else 0.0


def _exchange(chamber: Chamber, heat: Heat, leak_w: float, dt_s: int) -> None:
    """Move heat between the air and what surrounds it; the plate's share is put into the plate by `_warm`."""
    to_contents_w = chamber.contents_w_per_k * (heat.air_c - heat.contents_c)
    to_plate_w = chamber.plate_w_per_k * (heat.air_c - heat.plate_c)
    heat.air_c += dt_s * (leak_w - to_contents_w - to_plate_w) / chamber.air_j_per_k
    heat.contents_c += dt_s * to_contents_w / chamber.contents_j_per_k
    _warm(chamber, heat, to_plate_w * dt_s)


def _cool(chamber: Chamber, heat: Heat, cooling_w_per_k: float, heater_w: float, dt_s: int) -> None:
    above_k = heat.plate_c - chamber.refrigerant_c
    drawn_w = cooling_w_per_k * above_k if above_k > 0.0 else 0.0
    if drawn_w or heater_w:
        _warm(chamber, heat, (heater_w - drawn_w) * dt_s)


def _warm(chamber: Chamber, heat: Heat, joules: float) -> None:
    """Put heat into the plate: below and above zero it changes temperature, at zero an ice bank melts or freezes."""
    if not chamber.latent_j:
        heat.plate_c += joules / chamber.plate_j_per_k
        return
    # Enthalpy counted from solid at 0 °C, so that crossing zero within a step loses no heat.
    enthalpy_j = heat.plate_c * chamber.plate_j_per_k + heat.melted * chamber.latent_j + joules
    melt_j = min(max(enthalpy_j, 0.0), chamber.latent_j)
    heat.melted = melt_j / chamber.latent_j
    heat.plate_c = (enthalpy_j - melt_j) / chamber.plate_j_per_k
