"""Somebody else's firmware: probes and the boxes that read them, each with its own encoder.

    physics ─► probe ─► ascii_logger       ─► a serial line (a pty)
                    ├─► modbus_transmitter ─► an RS-485 bus (a pty), several slaves
                    └─► tasmota            ─► a broker

In reading order: `probe` (lag, noise, quantum, drift, its ways to fail), `serial_line` (bytes on a tty), `ascii_logger`,
`modbus_transmitter`, `tasmota`.

Never does: import coldchain. It stands for devices that know nothing of the gateway that reads them; what both sides agree
on is the page `docs/protocols/cclog.md`, the makers' register maps, and `tests/vectors/firmware_frames.json`.
"""
