"""Stock: what vaccines there are, which lots stand where, and every act by which doses come, go, wait, or are counted.

It is the keeper's side of the archive: each act ends in movements, from which alone follows where doses were and are.

    catalogue.toml ─► catalogue ─► vaccine ◄── prices, stability
                                     ▲
    receiving ─┐                    lot
    moving ────┤
    issuing ───┼─► lots.move ─► movement ─► presence ─► stays ─► register, shelves, labels
    counting ──┤      ▲
    disposing ─┤      │
    custody ───┘      └ free: what may not leave (expired, waiting, kept, unusable), what may not come in

Files in reading order: `words` (records and enums), `days` (days of the country's calendar), `terms` (dated limits),
`reasons` (what counts as one), `places` (which compartment is whose), `touching` (what a movement makes doubtful),
`staying` (stays out of movements, pure), `presence` (stays kept ready for quick questions), `belonging` (which vaccine
may lie where, and what lies wrongly), `apart` (unusable doses), `free` (what may leave and come in), `catalogue`,
`entries`, `prices`, `stability` (makers' limits), `matching` (lots by what is printed), `listing` (lots with what is
left), `waiting`, `state` (a lot in hand), `receiving`, `undecided` (what a file brought in), `papers` (what becomes of
a report), `refusals`, `issuing` (first expired, first out), `moving` (a keeper's bare movement), `handing` (confirmed
by whoever received), `counting`, `disposing`, `custody`, `labels`, `reporting` (expired and unusable ones), `register`,
`answers` (kept for who asks twice).

Never does: decide about doses under hold (`holds` does), guess a maker's limits, or delete: a mistake is withdrawn.
"""
