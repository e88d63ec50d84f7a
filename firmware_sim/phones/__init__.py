"""The telephones of simulated people: somebody else's gateway for texts and calls, spoken to by a signed webhook.

    alerting ─► POST /sms, /voice (signed) ─► gateway ─► people (pure: what each does, and when) ─► a line on the screen
    dashboards ◄─ POST /callbacks/webhook_… (signed) ◄─ receipts, keys, replies ◄┘

In reading order: `signing` (the published scheme, written anew), `people` (how a person answers by day and by night), `http`
(the little of it that is needed), `gateway` (the server, and its calls back).

Never does: reach a real telephone, know the archive, or answer what nobody signed.
"""
