"""Drills: each clinic's alarm path is tried monthly, in its working hours, before a night tries it.

    sessions, calendar ─► plan ─┐                                                    ┌─► verified
    a person asks ──────────────┴─► may it? ─► an observation ─► alarm ─► ladder ────┼─► failed: a fault by itself
                                       └─► refused, with the reason                  └─► withdrawn: a real alarm came

Files in reading order: `plan` (when a month's drill is due, pure), `finding` (what became of one, pure), `rounds` (the one
writer, and its task).

Never does: raise an alarm by itself (it follows the observation, as every alarm does), tell anybody, or let a page that
nobody has to look at count as somebody told, where there are other ways.
"""
