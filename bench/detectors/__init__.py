"""Excursions as people find them without an engine: three rules, each in a few honest lines, to stand beside ours.

    arrivals, in the order in which they come ─► hear ─► rings          what they know lives in memory: a restart loses it

Files in reading order: `band` (the words of all three); `threshold`: every crossing of a limit rings. `consecutive`: three readings in a row do. `lasting`: a rule engine looks at
the newest value once a minute and rings when its condition has held for so long. `play` lets one of them hear a journal.

Never does: look at a fault as a temperature, unless told to: quality codes are given to all of them, which few have.
"""
