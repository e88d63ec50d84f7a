"""Telling people: from an alarm's transitions to words in front of somebody, at least once, in flight at most once more.

    alarm.next_at ─► ladder (who is called, by which way), first ─┐
    transition ─► expand (console, pages, that it is over) ───────┴► notice rows ─► claim ─► quiet → dedup → deliver → remember

Files in reading order: `beside` (what explains it) and `scene` (what an alarm is about, for texts), `words`, `phrases`
and `texts` (Chinese and English), `short` (what fits a template), `channels` (console and page; the others are
`coldchain.providers`), `expand` (rows), `messages` (a row as a channel takes it), `stages` (quiet, dedup, deliver),
`remember` (the fourth), `claiming` (what is claimed together: the first two, and the limits of addresses), `outbox` (the
queue and the one expression of their order), `answers` (texts to whoever replied).

Never does: decide whether something is an alarm, or keep a timer in memory.
"""
