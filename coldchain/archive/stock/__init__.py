"""Stock: what vaccines there are, which lots stand where, and every act by which doses come, go, wait, or are counted.

It is the keeper's side of the archive: each act ends in movements, from which alone follows where doses were and are.

    catalogue.toml ─► catalogue ─► vaccine ◄── prices, stability
                                     ▲
    receiving ─┐                    lot
    issuing ───┼─► lots.move ─► movement ─► presence ─► stays ─► register, shelves, labels
    counting ──┤      ▲
    custody ───┘      └ free: what may not leave (expired, waiting, kept for another), what may not come in

Files in reading order: `words` (records and enums), `days` (days of the country's calendar), `staying` (stays out of
movements, pure), `presence` (stays kept ready for quick questions), `free` (what may leave and come in), `catalogue`,
`prices`, `stability` (makers' limits), `matching` (lots by what is printed), `listing` (lots with what is left), `waiting`,
`state` (a lot in hand), `receiving`, `refusals`, `issuing`
(first expired, first out), `handing` (confirmed by whoever received), `counting`, `custody`, `labels`, `register`.

Never does: decide about doses under hold (`holds` does), guess a maker's limits, or delete: a mistake is withdrawn.
"""
