"""What proves to an auditor, alone and offline, that nothing was changed unseen: sealed days of readings, roots over all chains.

    ledger ─► seals ─► chain ─┐                                       ┌─► verify: what is broken, and where
    people, machines ─► chain ┴─► roots ─► out of the house    source ┤
                                                                      └─► export: one file, checked by the same code

Files in reading order: `days` (a channel's day in a hash), `arrived` (what the journal says of it), `seals`, `roots`;
`sources` (what can be verified: a protocol, and an open archive with its series), `findings` (what was found), `limits`
(what could not be), `chains`, `readings`, `verify` (the checks); `layout` (which member of the file holds what),
`exporting` and `exported` (the file, written and read); `law` (how long what must be kept), `covering` (which lots
readings cover, by all that was ever said) and `retention` (the one act that deletes).

Never does: mend. Whatever it finds stays as it is, for a person to judge.
"""
