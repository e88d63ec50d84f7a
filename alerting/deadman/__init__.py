"""The watch on the watcher: an outside monitor hears from us only while judging and telling really work.

    shift, listening, outbox ─► signs ─┐
    archive, dashboards, ways ─────────┴─► troubles ─┬─ none ─► a ping to the monitor, which calls people when none comes
                                                     └─ some, for minutes ─► the county's desk, by any way left

Files in reading order: `signs` (when each part was last seen at work), `troubles` (what is wrong, in words; pure), `desk`
(whom to tell without an archive: a file beside the data), `watch` (the task).

Never does: mend anything, or trust one way out: the same trouble is told by the silence of the pings and by our own words.
"""
