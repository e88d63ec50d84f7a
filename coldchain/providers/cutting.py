"""Cut knowingly, before a provider does it silently: the end is dropped with a mark, the way to act is kept."""

from coldchain.providers.outcome import Message

MARK = "…"


def characters(text: str, limit: int) -> str:
    """At most `limit` characters on one line."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + MARK


def utf8(text: str, limit_b: int) -> str:
    """At most `limit_b` bytes of UTF-8, never half a character."""
    whole = text.encode()
    if len(whole) <= limit_b:
        return text
    return whole[: limit_b - len(MARK.encode())].decode(errors="ignore").rstrip() + MARK


def whole_text(message: Message, limit_b: int) -> str:
    """The message's text with its code and link at its end, where they are not yet in it; only the text is ever cut."""
    ways = [part for part in (message.code, message.link) if part]
    whole = "\n".join([message.text, *(part for part in ways if part not in message.text)])
    if len(whole.encode()) <= limit_b:
        return whole
    tail = "".join(f"\n{part}" for part in ways)  # said again at the end: the cut may have taken them away
    return utf8(message.text, limit_b - len(tail.encode())) + tail
