"""Aliyun: SMS (Dysmsapi 2017-05-25) and voice (Dyvmsapi 2017-05-25), signed by our own hand with ACS3-HMAC-SHA256.

    sms, voice ── parameters ──► calling (signing) ──► Aliyun ──► codes ──► Answer
    reports ◄── SmsReport, SmsUp, VoiceReport, VoiceCallReport ── callback ──┘

Files in reading order: `signing` (pure), `codes` (which refusal means what), `calling` (one signed call), `sms`, `voice`,
`reports` (callbacks, pure).

Never does: trust a callback for more than a hint. Aliyun signs none of them; the secret path is the only lock.
"""
