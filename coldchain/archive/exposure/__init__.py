"""What vaccine went through, as the archive keeps it, and the answer to what an excursion concerns.

What is derived (a compartment's days) and what people add to it (evidence by hand, doses given out of our sight).

    alerting's ledger ─► days ─┐
    people ─► evidence, given ─┼─► affected (which doses, exposed to what, where are they now) ─► dashboards, command line
    movements, excursions ─────┘

Files in reading order: `days` (derived rows, and which days are to be rebuilt), `ground` (what they are built from:
probes of a compartment, excursions in it), `carried` (what a person can vouch for, pure), `evidence` (a signed from–to
where no sensor knew), `given`, `flow` (where doses that were somewhere went, pure), `affected`.

Never does: read the series. What is not in a day's row is reckoned by `coldchain.ledger` from readings.
"""
