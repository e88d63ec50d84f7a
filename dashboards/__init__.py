"""What people see: one live page, a page per piece of equipment, and the read API under `/api/v1`.

Pages and API stand on the same answers, come in Chinese and English, and follow what happens by server-sent events.

    series ──┐
    archive ─┼─►  county (one picture of now)  ──►  pages, events ──►  a nurse's phone, a county's desk
    feed ────┘ └►  api (JSON, OpenAPI)         ──►  whoever holds a token
    callbacks (receipts, replies) ◄──────────────  providers of texts, calls and cards

In reading order: `app` (the parts in order of construction), `rights` (the table of routes and rights), `access` (who
may ask what, checked in one place) on `sessions` and `limits`, `live` (newest readings, kept from the feed), `status`
(what they mean, pure), `county`, `drawing` and `cards` (the picture), `history` (what happened to a piece of
equipment, sorted, pure), `trace` (a chart's points and its unknown time, pure); `stories` (an alarm's story, and what
people do there); then `api/`, `pages/`, `callbacks/`, with `terms` and `terms_telling` (a word for each short code),
`triage` (what may be said of an alarm of some kind), `words`, `telling` and `watched` (what is so now, excursions, all
else) and `i18n`, which say it in two languages, and `problems` and `answering`, which say what went wrong. `parts` (what
a request finds), `headers` and `serve` (the process) hold it together.

Never does: judge a reading, open or change an excursion, raise an alarm. It writes what people did here, and
what providers say: logged in or out, took, closed, moved; delivered, answered.
"""
