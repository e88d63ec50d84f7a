"""The ladder: an alarm goes on, through more people and by more ways, until a named person is on the way.

    alarm, levels, what was told, receipts, the time ─► which rungs are begun ─► who is called now, by which way ─► notices

Files in reading order: `book` (whom the policy names), `rungs` (how far it is climbed, pure), `steps` (who is called by which way, and when to look again,
pure), `climb` (the one writer).

Never does: keep a timer in memory, believe a receipt more than a person, or tell twice because a clock jumped.
"""
