"""What providers call us with: receipts, replies, pressed cards, who follows. Kept first, answered afterwards.

    provider ─► POST /callbacks/{channel}/{token} ─► ours? (`ways`) ─► read ─► kept (`keeping`) ─► the answer it wants
                                                      └─ no: 404 without a word                └─ archive gone: 503

Files in reading order: `ways` (whose callback it is and what it says, way by way), `keeping` (one transaction),
`routes` (HTTP: the body's bound, the limits, the answers), `binding` with `tickets` (a person's WeChat).

Never does: decide what a reply means (`archive.telling.replying`), believe what nobody signed or knew the token of, or
answer before it is kept: whatever was not answered comes again.
"""
