"""The books that are kept from readings day by day; after: the journals; before: the archive's derived tables.

What vaccine went through, the digests of readings, and how machines ran, made beside the deciding task, under its own
lease and cursors.

    arrival journal, change journal ─► due (which days) ─► seals ─► exposures ─► machines ─► archive

Files in reading order: `days` (a channel's day), `due` (which days must be built, and when); the three books: `seals`
(digests and their chain), `exposures` (what stood in a compartment went through), `machines` (how equipment ran) on
`states`, `together`, `swings`, `spread` and `cuts` (pure); `wrong` (what-ifs of probes that were found wrong); `loop` (the task).

Never does: judge, alarm, or add to what stands there. A day is built whole from raw readings, however often it comes.
"""
