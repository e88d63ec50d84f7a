"""The collector takes what gateways send, makes it durable, and only then says so.

Its one promise: an acknowledged reading is in the time series, and its arrival in the journal.

    broker ─► intake ─► sieve ─► store ─────────────────────────────────────► series
              bounded   pure:    compared ─► readings durable ─► arrival durable
                        judge,        │                              │
                        name the      ▼                              ▼
                        refusal    keeping ─► archive ─► (told) ─► voice ─► acks, feed ─► broker
                                   beside the flushes: raw, kept

In reading order: `batch` (a message and what became of it), `intake`, `sieve`, `compare` (new, equal or in conflict?),
`memory` (what was settled, which spools speak), `journal` (positions and lines), `store` (the order of things),
`keeping` on `refused` (an archive that is away holds up no clean batch), `voice`, `patience`; beside the flow `rollups` on
`known`; `app` joins them, `settings` and `cli` start them.

Never does: acknowledge what the database has not confirmed, change a value, or judge a temperature.
"""
