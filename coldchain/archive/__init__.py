"""The door to the archive: everything beside the stream — places, equipment, lots, excursions, alarms, people, audit.

    collector (refused) ─┐
    alerting (cases) ────┼─►  archive  ◄── dashboards (pages, people's changes)
    import, token ───────┘

Files in reading order: `tables/` (what is kept), `db` (open, read, write in one transaction), `schema` and
`migrations/` (Alembic), `rows` and `pages` (records and lists out of rows); `images`, `comparing`, `audited` (which
rows are chained), `chains`, `audit`, `changes`, `locking`, `doubtful` and `backdating` (how people's changes are made,
what they saw, what they make doubtful, and what it takes to say something of the past), `names` (two logins of one
person); `documents` (what acts refer to); then one module of queries per theme: `places` with `region_findings`,
`hanging` (where a probe can hang), `equipment`, `uses`, `lots`, `rule_packs`, `rule_choices`, `occasions`, `probes`,
`people`, `cases`, `holds`, `alarms` with `arrows` (one change of one) and `unfollowed` (those that do not say what they
should), `journal`, `refused`, `edge` (what gateways said by themselves), `drills` (the alarm path tried), `standing`
(what alerting looks at every few seconds), `views` (what pages read); and `county`, `imports` (a county's data from a
file), `sheet_mappings`, `stock_pictures`, `extracts`, `tabular` (sheets read, tables given out).
Beside them a package per theme:

    `facilities/`   unit cards, posts, training, hand-overs, and what each unit confirms once a year
    `upkeep/`       the life of equipment: cards, statuses, repairs, requests, care, and what is short of the requirements
    `metrology/`    certificates, corrections shown beside readings, what a probe found wrong puts in question
    `performance/`  how machines ran day by day, how models last, what to replace first
    `stock/`        vaccines, receiving, issuing, counting, custody, the register: every act behind `lots`
    `transport/`    rounds of a year's plan, runs on the road with their record
    `duty/`         who is told: policies, rotas, absences, ways to a person, and what is wrong with that
    `telling/`      how they were told: notices, attempts, receipts, replies, taking, figures
    `twice_daily/`  what people read off the displays twice a day, and what is missing
    `exposure/`     what compartments' days came to, evidence by hand, which doses an excursion concerns
    `disposition/`  what becomes of held doses: dossiers, opinions, signatures
    `evidence/`     seals of readings, roots over all chains, verification, the exported file, retention

Never does: decide. It keeps what services decided, in one transaction with why. SQL stands here and nowhere else.
"""
