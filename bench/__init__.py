"""Measured, not promised: what ingest and judging cost, and what alarms are worth, beside scripts as people write them.

    load ─► mosquitto ─► collector | by_hand | floor ─► nginx ─► influxd 1.6.7           `ingest`
    readings ─► the excursion engine                                                     `engine`
    a county's archive after five years ─► its questions, its books                      `archive`
    frost ─► mosquitto ─► collector ─► influxd ─► alerting ─► a call that is accepted    `alerting`
    a simulated county, a year of it ─► coldchain | naive detectors                      `detectors`

`python -m bench [PART …]` (`make bench`) prints the tables and writes `bench/results.json`. Files in reading order:
`ingest` (the runs), `load` (gateways that only know the wire), `watch` (CPU and memory of one process), `by_hand`,
`floor`; `engine`; `archive/`; `alerting/`; `county_year/` (causes, physics, truth, score) and `detectors/` (the naive
ones). Beside them stands `forecast`, with a command of its own: what a forecast of the time until the limit is worth.
CPU is that of the receiving process alone; absolute rates are of this machine, whose cores all parts share.
"""
