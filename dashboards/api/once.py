"""Requests that may come twice: with an `Idempotency-Key` the same request is carried out once and answered alike.

POST with Idempotency-Key ─► known? ─┬─► no   carried out, its answer kept in the same transaction
                                     └─► yes  the same answer; 409 where something else is asked under that key
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Header
from pydantic import BaseModel

from coldchain.archive.db import Tx
from coldchain.archive.stock import answers
from dashboards.access import Viewer
from dashboards.api.writing import by_of

M = TypeVar("M", bound=BaseModel)

Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="Any text of yours, new for every new request: one that comes again under it is answered alike.",
    ),
]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: the route, what was sent, and the key (None: carried out whenever it comes)."""

    route: str
    body: BaseModel
    key: str | None


async def once(
    tx: Tx, viewer: Viewer, asked: Question, kind: type[M], make: Callable[[], Awaitable[M]]
) -> M:  # fmt: skip
    """What `make` answers; under a key that is known, what it answered then.

    Raises:
        Refused: when something else was asked under this key.
    """
    if asked.key is None:
        return await make()
    by = by_of(viewer)
    question = f"{asked.route}\n{asked.body.model_dump_json()}"
    told = await answers.known(tx, asked.key, question, by)
    if told is not None:
        return kind.model_validate_json(told)
    answer = await make()
    await answers.keep(tx, asked.key, question, answer.model_dump_json(), by)
    return answer
