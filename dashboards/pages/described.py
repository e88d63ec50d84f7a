"""The API's own description: OpenAPI, and the same as a page that needs nothing from elsewhere."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse

from dashboards.pages.shown import page
from dashboards.rights import RIGHTS, ROUTES, Right

router = APIRouter(prefix="/api/v1", include_in_schema=False)

SCHEMA = re.compile(r"#/components/schemas/(\w+)")


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter of a route or a field of a shape; `shapes` are the names it refers to."""

    name: str
    about: str
    shapes: list[str]
    where: str = ""
    required: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """A route as a person reads it. Without roles it is open to all."""

    method: str
    path: str
    about: str
    roles: list[str]
    parameters: list[Field]
    answers: list[str]


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape of the answers."""

    name: str
    about: str
    fields: list[Field]


@router.get("/openapi.json")
async def openapi(request: Request) -> JSONResponse:
    """The description that programs read."""
    return JSONResponse(request.app.openapi())


@router.get("/docs")
async def docs(request: Request) -> HTMLResponse:
    """The description that people read."""
    api = request.app.openapi()
    return page(
        request,
        "docs.html",
        {"version": api["info"]["version"], "routes": list(_routes(api)), "shapes": list(_shapes(api))},
    )


def _routes(api: dict[str, Any]) -> Iterator[Route]:
    for path, methods in api["paths"].items():
        for method, one in methods.items():
            verb = method.upper()
            answers = _refers_to(next(its for code, its in one["responses"].items() if code.startswith("2")))
            parameters = [
                Field(p["name"], p.get("description", ""), [], p["in"], p.get("required", False))
                for p in one.get("parameters", [])
            ]
            body = _refers_to(one.get("requestBody", {}))
            parameters += [Field("", "", body, "body", required=True)] if body else []
            yield Route(verb, path, one.get("description", ""), _roles(verb, path), parameters, answers)


def _roles(verb: str, path: str) -> list[str]:
    right = ROUTES[f"{verb} {path}"]
    return [] if right is Right.OPEN else [role for role, rights in RIGHTS.items() if right in rights]


def _shapes(api: dict[str, Any]) -> Iterator[Shape]:
    for name, schema in api["components"]["schemas"].items():
        fields = [
            Field(field, facts.get("description", "") or facts.get("type", ""), _refers_to(facts))
            for field, facts in schema.get("properties", {}).items()
        ]
        if fields:
            yield Shape(name, schema.get("description", ""), fields)


def _refers_to(schema: object) -> list[str]:
    """The names of all shapes that a piece of the description mentions."""
    return list(dict.fromkeys(SCHEMA.findall(str(schema))))
