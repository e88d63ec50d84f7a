"""The physics of a cabinet with vaccine in it: heat between air, contents, evaporator, walls and door, in 10-second steps.

    ambient ─walls, door─► air ─► contents
                            └───► evaporator or ice bank ─► compressor (thermostat, shortest on and off times, defrost)

In reading order: `cabinet` (what a cabinet is made of, and one step of it), `presets` (the types, fitted to measured
figures), `ambient` (the room around it), `door` (how often people open it).

Never does: know a probe, a reading or a wall clock. It is pure, uses the standard library alone, and the same numbers in
give the same numbers out.
"""
