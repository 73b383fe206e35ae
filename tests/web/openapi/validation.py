"""Holding real answers to the description: no member may be missing, and none that is not described."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from jsonschema import Draft202012Validator
from werkzeug.test import TestResponse

from spatial_admin.settings import Limits
from spatial_admin.web.openapi import build_document

Json = dict[str, Any]
METHODS = ("get", "post", "put", "patch", "delete")
DOCUMENT: Json = build_document(Limits())


def operations(document: Json = DOCUMENT) -> Iterator[tuple[str, str, Json]]:
    """Path, method and description of every operation."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert method in METHODS
            yield path, method, operation


def requests_of(document: Json = DOCUMENT) -> dict[str, tuple[str, Json]]:
    """Every request of the document by its name, with the path as the document writes it."""
    found: dict[str, tuple[str, Json]] = {}
    for path, _, operation in operations(document):
        for request in operation["x-requests"]:
            assert request["name"] not in found, f"two requests are called {request['name']}"
            found[request["name"]] = path, request
    return found


def closed(schema: Any) -> Any:
    """The same, but an object holds nothing that is not listed: so that a member nobody described is seen."""
    if isinstance(schema, list):
        return [closed(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    shut = {name: closed(inner) for name, inner in schema.items()}
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        shut.setdefault("additionalProperties", False)
    return shut


CLOSED_COMPONENTS = closed(copy.deepcopy(DOCUMENT["components"]))


def validator(schema: Json) -> Draft202012Validator:
    """A validator of a schema of the document, closed, with formats."""
    whole = {**closed(copy.deepcopy(schema)), "components": CLOSED_COMPONENTS}
    return Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER)


def faults(schema: Json, value: object) -> list[str]:
    """What in a value is not as described, with its path."""
    found = [error for top in validator(schema).iter_errors(value) for error in [top, *(top.context or [])]]
    return [f"{error.json_path}: {error.message[:300]}" for error in found]


def check_answer(path: str, method: str, answer: TestResponse) -> None:
    """Fail unless the description of an operation has this answer: its status, type, headers and body."""
    operation = DOCUMENT["paths"][path][method]
    responses = operation["responses"]
    status = str(answer.status_code)
    assert status in responses, f"{method} {path} does not describe {status}: {answer.text[:300]}"
    described = responses[status]
    for name in described.get("headers", ()):
        assert name in answer.headers, f"{method} {path} {status} describes the header {name}"
    content = described.get("content", {})
    if not content:
        return
    kind = answer.mimetype or ""
    kind = kind if kind in content else "*/*"
    assert kind in content, f"{method} {path} {status} is {answer.mimetype}, described is {list(content)}"
    if kind == "*/*":
        return  # bytes, whatever they are
    value = answer.get_json() if "json" in kind else answer.text
    assert faults(content[kind]["schema"], value) == [], f"{method} {path} {status}"
