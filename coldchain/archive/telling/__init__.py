"""How people were told: the rows from a notice to the words that providers and people gave back. The row is the queue.

    transition ─► notices ─► attempts ─► receipts          a person ─► replies, taking ─► transition
                  ▲ ladder (which rung, when looked at next)

Files in reading order: `codes` (six characters for an alarm), `notices` (the queue: claims, settling), `attempts` (each
try, the limits and costs they add up to), `receipts` (what providers and people say afterwards), `climbing` (how far the
ladder was climbed), `taking` (seen, going, closed) and `together` (what is taken with it, whatever the way), `wording`
(what people write, read), `meant` (who they are, and of which alarm they speak) and `replying` (what comes of it, and goes
back), `numbered` (yes or no to "is this still your number?"), `linking` (what is done behind a link), `answering` (those
texts, once), `cards` (whose buttons are stale), `at_edge` (what a gateway said itself, and was answered), `story` (all of
one alarm) and `plain` (its one spelling, without anybody's number); `figures` (how soon, how often, for nothing: pure) of
rows that `counted` reads.

Never does: decide who is to be told (`duty`), speak to a provider, or read a clock.
"""
