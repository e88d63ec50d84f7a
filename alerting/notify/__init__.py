"""Telling people: from an alarm's transitions to words in front of somebody, at least once, in flight at most once more.

    transition ─► expand (who, which words) ─► notice rows ─► claim ─► quiet → dedup → deliver → remember

Files in reading order: `scene` (what an alarm is about, for texts), `words`, `phrases` and `texts` (Chinese and English),
`expand` (rows), `channels` (ways to a person), `stages` (the four), `outbox` (the queue and the one expression of their
order).

Never does: decide whether something is an alarm, or keep a timer in memory.
"""
