"""One signed call of a Tencent product, and its answer: the `Response` that it gave, or the verdict on its refusal."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from coldchain import clock
from coldchain.errors import Unavailable
from coldchain.providers.outcome import Answer
from coldchain.providers.over_http import Line, Spoken
from coldchain.providers.phone_sections import TencentSection
from coldchain.providers.tencent import codes, signing

Table = dict[str, Any]


class Tencent:
    """Calls of one product under one key."""

    def __init__(self, section: TencentSection, line: Line, *, service: str, version: str) -> None:
        self._section = section
        self._line = line
        self._service = service
        self._version = version

    async def call(self, action: str, asked: Mapping[str, object], *, waits: bool = False) -> Table | Answer:
        """Call one action, which `waits` for those that send; a table only when there is no `Error` in it."""
        url = urlsplit(self._section.url)
        call = signing.Call(self._service, url.netloc, clock.wall() // 1000, json.dumps(asked).encode())
        headers = {
            "host": url.netloc,
            "content-type": signing.CONTENT_TYPE,
            "authorization": signing.authorization(
                call, self._section.key_id, self._section.key_secret.get_secret_value()
            ),
            "x-tc-action": action,
            "x-tc-version": self._version,
            "x-tc-timestamp": str(call.at),
            "x-tc-region": self._section.region,
        }
        spoken = await self._line.say(f"{url.scheme}://{url.netloc}/", body=call.body, headers=headers, only_asks=waits)
        return spoken if isinstance(spoken, Answer) else _read(spoken)

    async def look(self, action: str, asked: Mapping[str, object], *, waits: bool = False) -> Table:
        """Call an action that only asks; unless something is to be sent by its answer, it `waits` for those that send.

        Raises:
            Unavailable: with Tencent's code and words, whatever it was.
        """
        table = await self.call(action, asked, waits=waits)
        if isinstance(table, Answer):
            raise Unavailable(f"{action}: {table.code} {table.words}")
        return table


def _read(spoken: Spoken) -> Table | Answer:
    table = spoken.table()
    response = table.get("Response") if table else None
    if not isinstance(response, dict):
        return spoken.unread()
    error = response.get("Error")
    if isinstance(error, dict) and isinstance(error.get("Code"), str):
        return codes.answer_of(error["Code"], str(error.get("Message", "")), spoken.retry_after_s)
    return response if spoken.status == 200 and error is None else spoken.unread()
