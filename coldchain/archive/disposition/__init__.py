"""Disposition: what becomes of doses that an excursion holds, on what evidence, by whose opinion and by which two people.

    case ─► hold ─► dossier (excursion, facility) ─► evidence frozen ─► opinion, or the maker's limits ─► proposal
     │                 ▲                                                                                    │
     └ late facts ─────┘ version n+1: due again          released, destroyed, returned, missing ◄─ two signatures (witness)

Files in reading order: `words` (states, outcomes, verdicts), `records` (what callers see of a dossier's rows); `levels`
(what the books say was there), `portions` (how many are held in one place, pure), `tracing` (where doses went before
they were held), `placing` (holds as rows), `leaving` (what movements do to holds); `opening`, `changed` (late facts),
`arriving` (held doses that come to frozen evidence), `dossiers` (records, lists), `told` (who was told: as evidence,
and as its appendix), `gathering` and `freezing` (the evidence), `papers` (photos, opinions, reports), `limits` (an
exposure beside a maker's table, pure), `proposing`, `signing`, `witnessing`; `abnormal` (all of it as the record that
authorities ask for).

Never does: decide that vaccine is usable, least of all by a model; delete; or wait for anything but the archive.
"""
