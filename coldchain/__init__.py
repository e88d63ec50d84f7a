"""The words of the cold chain and the three doors to the outside: what several services must agree on, nothing else.

    floor 1   broker/series/archive: the doors, the only places for their foreign libraries
    floor 0   reading, wire, profile, excursion, kinetics, clock, errors, settings …: words and pure arithmetic

In reading order: `reading` (one measured value), `wire` (how it travels), `errors`, `clock`, `settings`; then the doors
`broker`, `series/`, `archive/`. `cli` and `up` stand above everything and nothing imports them.

Never does: decide anything about a reading, an excursion or a person. That is the services' work.
"""
