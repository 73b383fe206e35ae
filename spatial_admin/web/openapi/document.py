"""The OpenAPI document: sections put together, with what every route has."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from spatial_admin.settings import Limits
from spatial_admin.web.openapi import (
    coverage,
    disputes,
    drafts,
    edits,
    exports,
    findings,
    imports,
    itself,
    jobs,
    lineage,
    operations,
    parcels,
    positions,
    problems,
    records,
    references,
    state,
    tiles,
    zoning,
)
from spatial_admin.web.openapi.description import Answer, Example, Json, Parameter, Route, Section
from spatial_admin.web.openapi.problems import PROBLEM_JSON, STATUS, schema_name
from spatial_admin.web.openapi.schema import ref

VERSION: Final = "0.1.0"  # of the package, as pyproject.toml says it
SECTIONS: Final = (
    edits, operations, drafts, references, jobs, imports, records, coverage, parcels, lineage, findings, disputes,
    zoning, tiles, exports, positions, state, itself, problems,
)  # fmt: skip
ABOUT: Final = (
    "Boundaries of parcels, exact. An edit travels as operations and the versions that its author saw, never as whole "
    "shapes: it changes exactly what its author moved, for everybody who shares it, or nothing at all.\n\n"
    "Boxes are lon/lat in degrees. GeoJSON features are lon/lat too, and only for drawing. Everything else about "
    "geometry is in storage coordinates, exact to the last bit (17 significant digits). The examples are of a database "
    "that stores EPSG:4326.\n\n"
    "A client sends `Authorization: Bearer` with a token (`script/flask users token EMAIL` makes one) or "
    "`Authorization: Basic`; such a request ignores cookies. A browser's session sends `X-CSRFToken` with every unsafe "
    "request. The answer of a write tells in `Spatial-Admin-Position` where it is; a client that sends it with its "
    "next requests reads its own write also where replicas answer. Unknown parameters and fields are refused by "
    "name. JSON is UTF-8, nested at most {json_depth} deep, "
    "without NaN, infinity or a key that stands twice; a body has at most {body_bytes:,} bytes and a Content-Length."
)
SECURITY: Final[dict[str, Json]] = {
    "token": {"type": "http", "scheme": "bearer", "description": "a token of `script/flask users token EMAIL`"},
    "password": {"type": "http", "scheme": "basic", "description": "email and password"},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "spatial_admin_PORT",
        "description": "a browser's session; its name ends in the port. Unsafe requests need `X-CSRFToken` besides",
    },
}
# Words that any route may answer; those of unsafe methods; those of routes for signed-in people, who are looked up.
ALWAYS: Final = ("internal_error",)
UNSAFE: Final = ("csrf", "forbidden", "length_required", "request_entity_too_large", "read_only")
SIGNED_IN: Final = ("unauthorized", "database_unreachable", "too_slow")


def build_document(limits: Limits) -> Json:
    """The whole document for a deployment's limits."""
    sections = [module.describe(limits) for module in SECTIONS]
    paths: dict[str, Json] = {}
    for section in sections:
        for route in section.routes:
            paths.setdefault(route.path, {})[route.method] = _operation(section, route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Spatial Admin",
            "version": VERSION,
            "description": ABOUT.format(json_depth=limits.json_depth, body_bytes=limits.body_bytes),
        },
        "servers": [{"url": "/"}],
        "security": [{name: []} for name in SECURITY],
        "tags": [{"name": section.title, "description": section.text} for section in sections],
        "paths": paths,
        "components": {
            "schemas": {name: schema for section in sections for name, schema in section.schemas.items()},
            "securitySchemes": SECURITY,
        },
        "x-schema-groups": {section.title: list(section.schemas) for section in sections if section.schemas},
    }


def _operation(section: Section, route: Route) -> Json:
    described: Json = {
        "tags": [section.title],
        "operationId": _operation_id(route),
        "summary": route.summary,
        "description": route.text,
        "responses": _answers(route) | _refusals(route),
        "x-requests": [_request(route, example) for example in route.examples],
    }
    if route.parameters:
        described["parameters"] = [_parameter(parameter) for parameter in route.parameters]
    if route.body is not None:
        bodies = {e.name: {"summary": e.summary, "value": e.body} for e in route.examples if e.body is not None}
        described["requestBody"] = {
            "required": True,
            "content": {route.body_type: {"schema": route.body, **({"examples": bodies} if bodies else {})}},
        }
    if route.role == "":
        described["security"] = []
    elif route.role is not None:
        described["x-role"] = route.role
    return described


def _operation_id(route: Route) -> str:
    words = [word.strip("{}<>.") for word in route.path.replace(".", "_").split("/") if word]
    return "_".join([route.method, *words])


def _parameter(parameter: Parameter) -> Json:
    return {
        "name": parameter.name,
        "in": parameter.place,
        "required": parameter.place == "path",
        "description": parameter.text,
        "schema": parameter.schema,
    }


def _request(route: Route, example: Example) -> Json:
    """An example as an extension that a test, or a reader, can send as it stands."""
    request: Json = {"name": example.name, "summary": example.summary, "method": route.method.upper()}
    request |= {"path": example.path, "status": example.status}
    optional = {"body": example.body, "after": example.after, "answer": example.answer, "headers": example.headers}
    optional["file"] = example.file
    return request | {name: value for name, value in optional.items() if value}


def _answers(route: Route) -> Json:
    return {str(answer.status): _answer(route, answer) for answer in route.answers}


def _answer(route: Route, answer: Answer) -> Json:
    described: Json = {"description": answer.text}
    if answer.headers:
        described["headers"] = {
            name: {"description": about, "schema": {"type": "string"}} for name, about in answer.headers.items()
        }
    if answer.schema is not None:
        content: Json = {"schema": answer.schema}
        shown = [e for e in route.examples if e.status == answer.status and e.answer is not None]
        if shown:
            content["examples"] = {e.name: {"summary": e.summary, "value": e.answer} for e in shown}
        described["content"] = {answer.media_type: content}
    return described


def problem_words(route: Route) -> list[str]:
    """Every word that a refusal of the route may have, by status."""
    words: Iterable[str] = [*route.problems, *ALWAYS]
    if route.role != "":
        words = [*words, *SIGNED_IN, *(["not_allowed"] if route.role else [])]
    if route.method not in {"get", "head"}:
        words = [*words, *UNSAFE]
    return sorted(set(words), key=lambda word: (STATUS[word], word))


def _refusals(route: Route) -> Json:
    by_status: dict[int, list[str]] = {}
    for word in problem_words(route):
        by_status.setdefault(STATUS[word], []).append(word)
    return {str(status): _refusal(status, words) for status, words in by_status.items()}


def _refusal(status: int, words: list[str]) -> Json:
    schemas = [ref(schema_name(word)) for word in words]
    described: Json = {
        "description": " or ".join(words),
        "content": {PROBLEM_JSON: {"schema": schemas[0] if len(schemas) == 1 else {"oneOf": schemas}}},
    }
    if status == 503:
        described["headers"] = {"Retry-After": {"description": "seconds", "schema": {"type": "integer"}}}
    return described
