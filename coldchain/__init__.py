"""The words of the cold chain and the doors to the outside: what several services must agree on, nothing else.

    floor 1½  ledger: what lots went through, out of two doors; exchange: people's sheets into the archive and out of it
    floor 1   broker/series/archive/sheets/providers: the doors, the only places for their foreign libraries
    floor 0   reading, wire, profile, excursion, kinetics, clock, errors, settings …: words and pure arithmetic

In reading order: `reading` (one measured value), `wire` (how it travels), `profile`, `excursion`, `kinetics`,
`hottest`, `exposure`, `limits` (what is said of temperatures); `errors`, `clock`, `settings`, `backoff`, `logs`,
`service`, `crash`, `durable` (what every process needs); then the doors `broker`, `series/`, `archive/`, `sheets/`,
`providers/` (ways to people), and above two of them each `ledger/` and `exchange/`. `cli`, `admin` (tokens, users,
import) and `up/` stand above everything and nothing imports them.

Never does: decide anything about a reading, an excursion or a person. That is the services' work.
"""
