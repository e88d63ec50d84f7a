"""The door to the archive: everything beside the stream — places, equipment, lots, excursions, alarms, people, audit.

    collector (refused) ─┐
    alerting (cases) ────┼─►  archive  ◄── dashboards (pages, people's changes)
    import, token ───────┘

Files in reading order: `tables/` (what is kept), `db` (open, read, write in one transaction), `schema` and `migrations/`
(Alembic), `rows` and `pages` (records and lists out of rows); `audit`, `changes` and `doubtful` (how people's changes are
made, and what they make doubtful); then one module of queries per theme: `places`, `equipment`, `lots`, `rule_packs`,
`rule_choices`, `occasions`, `probes`, `people`, `cases`, `holds`, `alarms`, `journal`, `refused`, `views` (what pages read); and `county`,
`imports` (a county's data from a file).

Never does: decide. It keeps what services decided, in one transaction with why. SQL stands here and nowhere else.
"""
