"""Who waits at a port or a topic: each bus of the settings becomes a source of samples.

    async with open_bus(bus, …) as source:
        async for sample in source.samples():
            …

`source` (the one shape of all of them), `port` (a serial line that may vanish), `ascii_serial`, `modbus`, `mqtt`.
Never does: write a register, judge a value beyond what the device itself says of it, or end because a device is dead.
"""
