"""The types of cabinets, fitted to measured figures.

The domestic refrigerator reproduces a public 37-day record of one (5-minute points): the sawtooth's period and height, its
duty, how it pulled down from 16.8 °C, its door spikes, and two hours from a power cut to 8 °C. The ice-lined refrigerator's
bank and walls are those fitted to some thousand fielded ones. The others follow the makers' usual figures.
`tests/firmware_sim/test_physics.py` holds all of them.
"""

from firmware_sim.physics.cabinet import Chamber, Defrost, Design, Senses, Thermostat

# As it was measured: half empty, in a room of 25 °C.
_DOMESTIC_FRIDGE = Chamber(
    air_j_per_k=2_970,
    contents_j_per_k=26_800,
    plate_j_per_k=7_650,
    wall_w_per_k=1.353,
    door_w_per_k=15.1,
    contents_w_per_k=10.5,
    plate_w_per_k=4.37,
    cooling_w_per_k=5.19,
    refrigerant_c=-16.7,
    start_c=3.5,
)

# The lower door of the same appliance, on the same compressor.
_DOMESTIC_FREEZER = Chamber(
    air_j_per_k=1_500,
    contents_j_per_k=60_000,
    plate_j_per_k=6_000,
    wall_w_per_k=0.5,
    door_w_per_k=6.0,
    contents_w_per_k=3.0,
    plate_w_per_k=5.4,
    cooling_w_per_k=8.0,
    refrigerant_c=-29.0,
    start_c=-18.0,
)

DOMESTIC_FRIDGE = Design(
    chambers=(_DOMESTIC_FRIDGE, _DOMESTIC_FREEZER),
    thermostats=(Thermostat(Senses.PLATE, cut_in_c=0.0, cut_out_c=-6.5),),
)

# A household refrigerator with a fan, which heats its hidden evaporator free of frost twice a day.
FROST_FREE_FRIDGE = Design(
    chambers=(
        Chamber(
            air_j_per_k=2_500,
            contents_j_per_k=40_000,
            plate_j_per_k=4_000,
            wall_w_per_k=1.4,
            door_w_per_k=15.0,
            contents_w_per_k=9.0,
            plate_w_per_k=12.0,
            cooling_w_per_k=6.0,
            refrigerant_c=-14.0,
            start_c=4.5,
        ),
    ),
    thermostats=(Thermostat(Senses.AIR, cut_in_c=5.5, cut_out_c=3.5, shortest_on_s=300, shortest_off_s=300),),
    defrost=Defrost(every_s=12 * 3600, heater_w=190, end_plate_c=14.0, longest_s=1500),
)

# Purpose-built: a fan, a glass door, an air thermostat, little mass.
MEDICAL_FRIDGE = Design(
    chambers=(
        Chamber(
            air_j_per_k=3_500,
            contents_j_per_k=95_000,
            plate_j_per_k=4_000,
            wall_w_per_k=2.3,
            door_w_per_k=15.0,
            contents_w_per_k=20.0,
            plate_w_per_k=22.0,
            cooling_w_per_k=10.0,
            refrigerant_c=-12.0,
            start_c=5.0,
        ),
    ),
    thermostats=(Thermostat(Senses.AIR, cut_in_c=5.6, cut_out_c=4.2),),
)

# 30 kg of water in the walls; the compressor only freezes the bank, the bank cools the vaccine.
ICE_LINED_REFRIGERATOR = Design(
    chambers=(
        Chamber(
            air_j_per_k=3_000,
            contents_j_per_k=50_000,
            plate_j_per_k=80_000,
            wall_w_per_k=1 / 1.63,
            door_w_per_k=1 / 0.15,
            contents_w_per_k=1 / 0.4,
            plate_w_per_k=1 / 0.30,
            cooling_w_per_k=8.0,
            refrigerant_c=-15.0,
            start_c=4.0,
            latent_j=0.85 * 10.02e6,
            ice_edge_k=10.0,
        ),
    ),
    thermostats=(Thermostat(Senses.PLATE, cut_in_c=1.0, cut_out_c=-1.0),),
)

# A chest for OPV and ice packs at −20 °C.
FREEZER = Design(
    chambers=(
        Chamber(
            air_j_per_k=3_000,
            contents_j_per_k=120_000,
            plate_j_per_k=12_000,
            wall_w_per_k=0.8,
            door_w_per_k=6.0,
            contents_w_per_k=5.0,
            plate_w_per_k=8.0,
            cooling_w_per_k=9.0,
            refrigerant_c=-38.0,
            start_c=-20.5,
        ),
    ),
    thermostats=(Thermostat(Senses.AIR, cut_in_c=-19.3, cut_out_c=-22.0),),
)

# 20 m³, two compressor sets (the second helps when the first is not enough), electric defrost three times a day.
COLD_ROOM = Design(
    chambers=(
        Chamber(
            air_j_per_k=40_000,
            contents_j_per_k=3_000_000,
            plate_j_per_k=30_000,
            wall_w_per_k=18.0,
            door_w_per_k=150.0,
            contents_w_per_k=150.0,
            plate_w_per_k=250.0,
            cooling_w_per_k=120.0,
            refrigerant_c=-8.0,
            start_c=4.5,
        ),
    ),
    thermostats=(
        Thermostat(Senses.AIR, cut_in_c=5.5, cut_out_c=3.5, shortest_on_s=300, shortest_off_s=300),
        Thermostat(Senses.AIR, cut_in_c=6.5, cut_out_c=5.0, shortest_on_s=300, shortest_off_s=300),
    ),
    defrost=Defrost(every_s=8 * 3600, heater_w=2_000, end_plate_c=10.0, longest_s=1200, drip_s=300),
)

PRESETS = {
    "domestic_fridge": DOMESTIC_FRIDGE,
    "frost_free_fridge": FROST_FREE_FRIDGE,
    "medical_fridge": MEDICAL_FRIDGE,
    "ilr": ICE_LINED_REFRIGERATOR,
    "freezer": FREEZER,
    "cold_room": COLD_ROOM,
}
