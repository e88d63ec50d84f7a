"""`coldchain up` (all services of one site) and `coldchain demo` (the same with a simulated county).

    up/demo ─► broker (mosquitto, else amqtt) ─► collector ─► alerting ─► dashboards [─► gateway | simulated county]

Files in reading order: `site` (the folder: settings, secrets), `brokers` and `embedded_broker` (which broker, its users and access list),
`supervisor` (start, watch, restart, stop), `services` (what each is told), `commands` (the two words), `county` (the demo: its clock, archive, gateways)
and `life/` (what its people did before).

Never does: any service's work. It only spawns `python -m coldchain WORD`, each its own process. Nothing imports it.
"""

from coldchain.up.commands import demo, up

__all__ = ["demo", "up"]
