"""Lists in pages: whoever follows `next` to its end has seen each item once, and has missed none."""

from typing import Any

import pytest
from httpx2 import AsyncClient

from dashboards.api import books
from tests.dashboards.conftest import Caller
from tests.dashboards.test_api import get


async def followed(caller: AsyncClient, path: str, limit: int, **query: object) -> tuple[list[Any], list[int]]:
    """All items, and how many each page had."""
    items: list[Any] = []
    sizes: list[int] = []
    cursor: str | None = None
    while cursor is not None or not sizes:
        page = await get(caller, path, limit=limit, **query, **({"cursor": cursor} if cursor else {}))
        items += page["items"]
        sizes.append(len(page["items"]))
        cursor = page["next"]
    return items, sizes


LISTS: list[tuple[str, dict[str, str]]] = [
    ("/records/rates", {"month": "2026-07"}),
    ("/calibrations/due", {"within": "3660"}),
    ("/stock/labels", {}),
    ("/performance/replace-first", {}),
    ("/performance/models", {}),
    ("/checks/cards", {}),
    ("/checks/care", {}),
    ("/custody/papers-due", {}),
    ("/custody/unconfirmed", {}),
]
FULL = {"/records/rates", "/calibrations/due", "/stock/labels", "/performance/replace-first", "/checks/cards"}


@pytest.mark.parametrize(("path", "query"), LISTS)
async def test_pages_come_to_the_whole_list(path: str, query: dict[str, str], call: Caller) -> None:
    admin = call("administrator")
    whole, _ = await followed(admin, path, 1000, **query)
    items, sizes = await followed(admin, path, 1, **query)
    assert items == whole
    assert set(sizes) <= {0, 1}
    assert len(whole) > 1 or path not in FULL


@pytest.mark.parametrize("path", [path for path, _ in LISTS])
async def test_a_cursor_of_another_list_is_refused(path: str, call: Caller) -> None:
    query = dict(LISTS)[path]
    answer = await call("administrator").get(f"/api/v1{path}", params={**query, "cursor": "WzEuNV0"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "cursor")


async def test_a_page_of_the_audit_may_be_short_and_still_names_the_next(
    call: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    auditor = call("auditor elsewhere")
    whole, _ = await followed(auditor, "/audit", 3)
    monkeypatch.setattr(books, "MOST_LOOKED_AT", 3)
    items, sizes = await followed(auditor, "/audit", 3)
    assert items == whole
    assert min(sizes[:-1]) < 3  # and the walk went on
