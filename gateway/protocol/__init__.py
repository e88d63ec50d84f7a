"""Bytes, registers and payloads taken apart, without a port, a wait or a clock: the same bytes always mean the same.

`word` (what all of them yield), `cclog` (the ASCII logger's lines), `cclog_session` (which of them are
news, and when to ask again), `registers` (Modbus words by a map that is data), `payloads` (what MQTT devices publish).
Never does: open anything, or decide what becomes of a value.
"""
