"""Facilities and their people through time: cards, posts, training, hand-overs, and what each unit confirms once a year.

`places` says how a facility stands now; this says since when, who answers for it, and what is missing.

    places ─► card · standing · calendar ──┐
    persons · contacts · posts · training ─┼─► findings (what a unit's archive lacks)
                    │                      └─► snapshot as at 31 December ─► collection: confirmed, returned, frozen
                    └─► hand-over: posts, logins and open matters in one act

Files in reading order: `days`; `standing`, `calendar` with `sessions` (which are held on which day) and `card` (接种单位档案); `numbers`, `contacts` and `persons`; `posts`;
`needs` with `needs.toml` (what a post must have learned) and `training`; `findings`; `matters` and `handover` (交接); `snapshot`,
`collection` and `frozen` (the yearly collection).

Never does: judge. A finding refuses nothing, and what a county makes of it is the county's.
"""
