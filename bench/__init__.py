"""Measured, not promised: what ingest costs on real parts, beside a script as people write it by hand.

    load ─► mosquitto ─► collector | by_hand | floor ─► nginx ─► influxd 1.6.7

`python -m bench` (`make bench`) prints the table and writes `bench/results.json`. Files in reading order: `ingest` (the
runs), `load` (gateways that only know the wire), `watch` (CPU and memory of one process), `by_hand`, `floor`.
CPU is that of the receiving process alone; absolute rates are of this machine, whose cores all parts share.
"""
