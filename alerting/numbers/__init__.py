"""Every quarter each way to each person is asked, by that way and by day, whether it is still theirs.

    ways that are due ─► somebody's turn (spread over weeks) ─► may they be asked now? ─► one message ─► what came of it
                                                                 └─► at work, awake, not called for anything, money left

Files in reading order: `turns` (how many a day, and at which hours: pure), `texts` (the message), `rounds` (the one writer,
and its task). Who answers is heard by the archive's `telling.numbered`, as everything that people write.

Never does: take a way out of use, ask at night or in the middle of an alarm, or spend what news may still need.
"""
