"""A GSM modem that a text message leaves by: AT commands in PDU mode, a network behind it that can be told to misbehave.

    smsd ─► a serial line (a pty) ─► at ─► memory, network ─► whoever reads `Modem.sent`
         ◄─                       ◄─    ◄─ status reports, texts from a telephone

In reading order: `pdu` (messages as they travel, with its own codec), `network` (what the air does), `at` (the command
line), `line` (on a pty whose plug can be pulled).

Never does: send anything anywhere, or know who talks to it.
"""
