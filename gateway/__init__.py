"""The edge box: takes what probes say, writes it to its own disk, and sends it until the collector has stored it.

    probe ─► driver ─► sampler ─► spool ─► uplink ─► broker ─► …
                          ▲         ▲         │
                      clockwatch    └─ stored: [seq]

Its files in reading order: `settings` (what stands on which line), `sample` (one thing a device said), `protocol/` (bytes
and registers taken apart, pure), `registers/` (Modbus maps as data), `drivers/` (who waits at a port or a topic),
`sampler` (which words are temperatures, which are faults, what is urgent), `boot` and `clockwatch` (what time it is, and
whether that is believed), `spool` with `batching`, `thinning`, `pace`, `tellings` and `spoolfile` on `spoollayout` (the
only queue), `window`, `questions` and `uplink` (sending), `guard/` (buzzer, light and texts of its own while nobody hears
it), `health` (what the box says of itself), `app` (all of it in order), `cli`, `scan` and `watch` (for people).

Never does: judge a temperature (the guard's alarm is no verdict), delete a reading that nobody confirmed (but by the
written rule when full, and told), change a byte that was sent, or write to a device (but the guard's own siren).
"""
