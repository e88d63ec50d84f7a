"""The edge's own guard: when nobody hears this box, or at once where that is set, it says itself what is wrong.

    sampler ─► spool ─► watcher ─► guard ─┬─► siren: buzzer and light (GPIO files, or a relay over Modbus)
                        (pure)       ▲    ├─► post ─► smstools' spool ─► the modem ─► its own list of people
                                     │    └─► told, in the spool ─► batches ─► collector
                          uplink: how long silent

In reading order: `settings`, `watcher` (which channels are out, by `coldchain.limits`), `words` (what is said), `siren`,
`ledger` (what was said and must survive a power cut), `post` (texts on their way, and what comes back), `guard` (who is
told when). What somebody answers takes the alarm at the server too, once it has both (`telling.at_edge` of the archive).

Never does: replace the server's judgement, hold up a reading, or forget what it told somebody before the collector has it.
"""
