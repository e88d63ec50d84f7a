"""Gateways without serial lines, straight to the broker: many for load, a county's for the demo.

    installation ─► county  ┐
                    load    ┴► spool ─► uplink ─► broker ─► (collector) ─► stored ─► spool forgets

In reading order: `spool` (batches in memory until they are stored), `uplink` (the wire's gateway side: window, resending,
health, the pulled cable), `load` (readings at a rate, and what became of them), `measured` (what the wire calls a device's
readings), `county` (days of history as fast as they are acknowledged, then live by the domain clock).

Never does: keep anything on disk but how far the county has come, or decide about a temperature.
"""
