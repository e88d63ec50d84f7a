"""The ways to people: the only place for the wire formats, signatures and callbacks of SMS, voice, chat and mail providers.

    alerting ── Message ──► Channel.send ──► provider ──► telephone
                ◄─ Answer ─┘                     │
    dashboards ◄── Receipt, Reply ◄── callback ──┘     (or asked: Channel.ask)

Files in reading order: `outcome` (what all ways have in common), `settings` of `sections`, `phone_sections` and
`chat_sections` (what a site writes down), `opening` (the ways that it has) with `hearing` (what they never hear);
`over_http` (one request, every silence told apart), `pages` (what a provider gives once) and `numbers`, `template`
(what is refused before it is sent); `pushed` (what comes back, read piece by piece); `aliyun` and `tencent` (each:
signature, refusals, SMS, voice, callbacks); `modem` on `smstools` (texts without the internet); `sealed`, `tokens`,
`errcode`, `cutting`, `pace` (what the chats have in common) under `wecom`, `wechat` with `following` (who follows, what
arrived), `robots`; `mail` with `mailbox`, `imap` and `bounces` (what comes back); `webhook` with `webhook_back`;
`longtail` (apprise); `monitor` (a word to a dead man's switch).

Never does: choose whom to tell, try again by itself (but once for an access token that ended), or remember who was
told; a channel never raises for what a provider or the network does.
"""
