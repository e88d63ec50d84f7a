"""One signed call of an Aliyun product, and its answer: the table that it gave, or the verdict on its refusal.

The body's `Code` decides, whatever the HTTP status: a business refusal usually comes with 200.
"""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from coldchain import clock
from coldchain.errors import Unavailable
from coldchain.providers.aliyun import codes, signing
from coldchain.providers.outcome import Answer
from coldchain.providers.over_http import Line, Spoken
from coldchain.providers.phone_sections import AliyunSmsSettings, AliyunVoiceSettings

Table = dict[str, Any]
VERSION = "2017-05-25"  # of both products


class Aliyun:
    """Calls of one product under one key."""

    def __init__(self, section: AliyunSmsSettings | AliyunVoiceSettings, line: Line) -> None:
        self._section = section
        self._line = line

    async def call(self, action: str, query: Mapping[str, str], *, waits: bool = False) -> Table | Answer:
        """Call one action, which `waits` for those that send; a table only when its `Code` is OK."""
        url = urlsplit(self._section.url)
        date = datetime.fromtimestamp(clock.wall() / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        call = signing.Call(action, VERSION, query, url.netloc, date, secrets.token_hex(16))
        headers = signing.signed_headers(call, self._section.key_id, self._section.key_secret.get_secret_value())
        address = f"{url.scheme}://{url.netloc}/?{signing.canonical_query(query)}"
        headers |= {"accept": "application/json"}
        spoken = await self._line.say(address, headers=headers, only_asks=waits)
        return spoken if isinstance(spoken, Answer) else _read(spoken)

    async def look(self, action: str, query: Mapping[str, str], *, waits: bool = False) -> Table:
        """Call an action that only asks; unless something is to be sent by its answer, it `waits` for those that send.

        Raises:
            Unavailable: with Aliyun's code and words, whatever it was.
        """
        table = await self.call(action, query, waits=waits)
        if isinstance(table, Answer):
            raise Unavailable(f"{action}: {table.code} {table.words}")
        return table


def _read(spoken: Spoken) -> Table | Answer:
    table = spoken.table()
    code = table.get("Code") if table else None
    if table is None or not isinstance(code, str):
        return spoken.unread()
    if code == "OK":
        return table if spoken.status == 200 else spoken.unread()
    return codes.answer_of(code, str(table.get("Message", "")), spoken.retry_after_s)
