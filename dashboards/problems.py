"""Errors in HTTP's terms; the words of `coldchain.errors` are turned into a status here and nowhere else."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from coldchain.errors import BadInput, Refused, Stale, Unavailable

RETRY_S = 5


class Problem(Exception):  # noqa: N818 - RFC 9457's word
    """An answer that is not what was asked for."""

    def __init__(
        self, status: HTTPStatus, detail: str, *, headers: Mapping[str, str] | None = None, **members: object
    ) -> None:
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})
        self.members = members
        super().__init__(detail)


class NotSignedIn(Problem):
    """Nobody known asks."""

    def __init__(self) -> None:
        super().__init__(
            HTTPStatus.UNAUTHORIZED,
            "log in, or send a token: Authorization: Bearer …",
            headers={"WWW-Authenticate": "Bearer"},
        )


class NotFound(Problem):
    """There is none, or none that this caller may see: they are told the same."""

    def __init__(self, what: str, code: object) -> None:
        super().__init__(HTTPStatus.NOT_FOUND, f"there is no {what} {str(code)[:100]!r}, or it is not yours to see")


def bad_input(error: BadInput) -> Problem:
    """A wrong field with its cure."""
    return Problem(
        HTTPStatus.PRECONDITION_FAILED if isinstance(error, Stale) else HTTPStatus.UNPROCESSABLE_ENTITY,
        str(error),
        errors=[{"field": error.field, "wrong": error.wrong, "cure": error.cure}],
    )


def _invalid(error: RequestValidationError) -> Problem:
    found = [
        {"field": ".".join(map(str, one["loc"][1:])) or str(one["loc"][0]), "wrong": one["msg"], "cure": _cure(one)}
        for one in error.errors()
    ]
    detail = "; ".join(f"{one['field']}: {one['wrong']}; {one['cure']}" for one in found)
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, errors=found)


_CURES = {
    "missing": "send it",
    "extra_forbidden": "leave it out, or correct its name",
    "json_invalid": "send valid JSON with Content-Type: application/json",
}


def _cure(one: Mapping[str, Any]) -> str:
    bounds = {name: value for name, value in (one.get("ctx") or {}).items() if isinstance(value, int | float | str)}
    if one["type"] in _CURES:
        return _CURES[one["type"]]
    told = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in bounds.items() if name != "error")
    return f"send {told}" if told else f"send a value of type {one['type'].split('_')[0]}"


def of(error: Exception) -> Problem:
    """The problem that an error is to a caller."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, BadInput):
        return bad_input(error)
    if isinstance(error, RequestValidationError):
        return _invalid(error)
    return _without_fields(error)


def _without_fields(error: Exception) -> Problem:
    if isinstance(error, HTTPException):
        detail = "there is nothing here" if error.status_code == HTTPStatus.NOT_FOUND else str(error.detail)
        return Problem(HTTPStatus(error.status_code), detail, headers=error.headers)
    if isinstance(error, Refused):
        return Problem(HTTPStatus.CONFLICT, str(error))
    if isinstance(error, Unavailable):
        return Problem(HTTPStatus.SERVICE_UNAVAILABLE, str(error), headers={"Retry-After": str(RETRY_S)})
    return Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "a fault of ours; it is in the log")
