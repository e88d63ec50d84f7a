"""From a reading to a telephone that rings, and how long that takes; `python -m bench alerting [--small] [--profile FILE]`.

    stream (gateways) ─► mosquitto ─► collector ─► influxd ─► alerting ─► provider (a fake of Aliyun's calls, 50 ms)
      └─ when each batch left                       PostgreSQL ─┴─ when each step was written     └─ when each call was accepted
                           └──────────────────► figures ◄──────────────────────────────────────────────┘

Files in reading order: `county` (who lives where, made up), `stream` and `provider` (processes of their own), `site` (all the
real parts), `figures` (what the stamps come to), `run`.

Never does: judge whether the right people were called; tests do. Rows are written past the archive's own doors.
"""
