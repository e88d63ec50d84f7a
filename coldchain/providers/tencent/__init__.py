"""Tencent Cloud: SMS (2021-01-11) and voice (VMS 2020-09-02), signed by our own hand with TC3-HMAC-SHA256.

    sms, voice ── JSON ──► calling (signing) ──► Tencent ──► codes ──► Answer
    reports ◄── status, reply, call, key, failure ── callback ──┘

Files in reading order: `signing` (pure), `codes` (which refusal means what), `calling` (one signed call), `sms`, `voice`,
`reports` (callbacks, pure).

Never does: trust a callback for more than a hint. Tencent signs none of them; the secret path is the only lock.
"""
