"""The document as people read it: sections, tables of fields, requests to copy. Made from the document alone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

Json = dict[str, Any]
REFERENCE: Final = "#/components/schemas/"
KINDS: Final = {
    "string": "text",
    "number": "number",
    "integer": "whole number",
    "boolean": "true or false",
    "object": "object",
    "array": "list",
    "null": "null",
}
FORMATS: Final = {"date-time": "time (RFC 3339)", "date": "date (RFC 3339)", "uuid": "UUID"}


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a type's name; `target` is the anchor that it leads to, empty for plain words."""

    text: str
    target: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """One row of a table: name with its path, type, whether it must be there, what it is."""

    name: str
    kind: Sequence[Piece]
    is_required: bool
    text: str


@dataclass(frozen=True, slots=True)
class Request:
    """A request to copy, and what answers it."""

    summary: str
    status: int
    command: str
    after: str
    answer: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One status: what it means, the type of its body."""

    status: str
    text: str
    kind: Sequence[Piece]
    fields: Sequence[Field]


@dataclass(frozen=True, slots=True)
class Reading:
    """One route."""

    anchor: str
    method: str
    path: str
    summary: str
    text: str
    who: str
    parameters: Sequence[Field]
    body: Sequence[Piece]
    answers: Sequence[Answer]
    requests: Sequence[Request]


@dataclass(frozen=True, slots=True)
class SchemaTable:
    """One schema of the components: a table of fields, or the alternatives that it is."""

    anchor: str
    name: str
    text: str
    kind: Sequence[Piece]
    fields: Sequence[Field]


@dataclass(frozen=True, slots=True)
class Chapter:
    """One section of the page."""

    anchor: str
    title: str
    text: str
    routes: Sequence[Reading]
    schemas: Sequence[SchemaTable]


def read_document(document: Json, base_url: str) -> list[Chapter]:
    """The chapters of the page; `base_url` is where requests go, without a slash at its end."""
    schemas = document["components"]["schemas"]
    groups = document["x-schema-groups"]
    operations = [(path, method, o) for path, methods in document["paths"].items() for method, o in methods.items()]
    return [
        Chapter(
            anchor_of(tag["name"]),
            tag["name"],
            tag["description"],
            [_route(path, method, o, base_url) for path, method, o in operations if o["tags"] == [tag["name"]]],
            [_schema(name, schemas[name]) for name in groups.get(tag["name"], ())],
        )
        for tag in document["tags"]
    ]


def anchor_of(text: str) -> str:
    """An id for a place on the page."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _route(path: str, method: str, operation: Json, base_url: str) -> Reading:
    content = operation.get("requestBody", {}).get("content", {})
    summaries = {request["name"]: request["summary"] for request in operation["x-requests"]}
    role = operation.get("x-role")
    return Reading(
        anchor=anchor_of(operation["operationId"]),
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        text=operation["description"],
        who="everybody" if operation.get("security") == [] else f"role {role}" if role else "signed in",
        parameters=[_parameter(parameter) for parameter in operation.get("parameters", ())],
        body=[piece for media in content.values() for piece in kind_of(media["schema"])],
        answers=[_answer(status, answer) for status, answer in sorted(operation["responses"].items())],
        requests=[_request(request, base_url, summaries) for request in operation["x-requests"]],
    )


def _parameter(parameter: Json) -> Field:
    kind = [*kind_of(parameter["schema"]), *([Piece(" in the path")] if parameter["in"] == "path" else [])]
    return Field(parameter["name"], kind, parameter["required"], parameter["description"])


def _answer(status: str, answer: Json) -> Answer:
    schemas = [media["schema"] for media in answer.get("content", {}).values()]
    is_problem = "application/problem+json" in answer.get("content", {})
    text = "" if is_problem else answer["description"]
    fields = [] if is_problem else [field for schema in schemas for field in fields_of(schema)]
    return Answer(status, text, [piece for schema in schemas for piece in kind_of(schema)], fields)


def _request(request: Json, base_url: str, summaries: dict[str, str]) -> Request:
    after = request.get("after", "")
    return Request(
        request["summary"],
        request["status"],
        command_of(request, base_url),
        summaries.get(after, after.replace("_", " ")),
        _pretty(request["answer"]) if "answer" in request else "",
    )


def command_of(request: Json, base_url: str) -> str:
    """The request as a curl command; `$TOKEN` stands for the reader's."""
    has_body = "body" in request
    method = f"-X {request['method']} " if request["method"] not in {"GET", "POST"} else ""
    lines = [f"curl {method}{_quoted(base_url + request['path'])}", '  -H "Authorization: Bearer $TOKEN"']
    lines += [f"  -H {_quoted(f'{name}: {value}')}" for name, value in request.get("headers", {}).items()]
    if has_body:
        lines += ["  -H 'Content-Type: application/json'", f"  -d {_quoted(_pretty(request['body']))}"]
    elif "file" in request:
        lines.append(f"  -F {_quoted('file=@' + request['file']['name'])}")
    elif request["method"] == "POST":
        lines.append("  -d ''")  # so that curl says that the body has no bytes: without a length it is refused
    return " \\\n".join(lines)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _pretty(value: Any, indent: str = "") -> str:
    """JSON in which whatever fits on a line stands on one."""
    flat = json.dumps(value, ensure_ascii=False)
    if len(flat) + len(indent) <= 78 or not isinstance(value, dict | list) or not value:
        return flat
    inner = indent + "  "
    if isinstance(value, dict):
        rows = [f"{json.dumps(name, ensure_ascii=False)}: {_pretty(member, inner)}" for name, member in value.items()]
        return "{\n" + ",\n".join(inner + row for row in rows) + f"\n{indent}}}"
    return "[\n" + ",\n".join(inner + _pretty(member, inner) for member in value) + f"\n{indent}]"


def _schema(name: str, schema: Json) -> SchemaTable:
    fields = list(fields_of(schema))
    kind = [] if fields else kind_of({key: value for key, value in schema.items() if key != "description"})
    return SchemaTable(schema_anchor(name), name, schema.get("description", ""), kind, fields)


def schema_anchor(name: str) -> str:
    """Where a schema stands on the page."""
    return "schema-" + anchor_of(name)


def fields_of(schema: Json, path: str = "") -> Iterator[Field]:
    """Rows of a table: the members of an object, and those of the objects inside, each with its path."""
    required = schema.get("required", ())
    for name, member in schema.get("properties", {}).items():
        label = f"{path}{name}"
        yield Field(label, kind_of(member), name in required, member.get("description", ""))
        inner = member.get("items", member) if member.get("type") == "array" else member
        yield from fields_of(inner, f"{label}[]." if inner is not member else f"{label}.")


def kind_of(schema: Json) -> list[Piece]:
    """The type of a value in words; schemas of the components are links."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(REFERENCE)
        return [Piece(name.removeprefix("Problem_").removeprefix("Operation_"), schema_anchor(name))]
    for union in ("oneOf", "anyOf"):
        if union in schema:
            return _joined([kind_of(alternative) for alternative in schema[union]], " or ")
    if "const" in schema:
        return [Piece(json.dumps(schema["const"], ensure_ascii=False))]
    if "enum" in schema:
        return [Piece(" or ".join(json.dumps(value, ensure_ascii=False) for value in schema["enum"]))]
    given = schema.get("type", "any")
    kinds: list[str] = given if isinstance(given, list) else [given]
    return [*_plain_kind(kinds[0], schema), *([Piece(" or null")] if len(kinds) > 1 else [])]


def _plain_kind(kind: str, schema: Json) -> list[Piece]:
    if kind == "array":
        items = kind_of(schema.get("items", {}))
        return [Piece(_counted("list", schema) + " of "), *items] if items != [Piece("any")] else [Piece("list")]
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict) and schema["additionalProperties"]:
        return [Piece("object: name to "), *kind_of(schema["additionalProperties"])]
    if kind == "string" and "format" in schema:
        return [Piece(FORMATS[schema["format"]])]
    return [Piece(KINDS.get(kind, kind) + _bounds(schema))]


def _counted(word: str, schema: Json) -> str:
    least, most = schema.get("minItems"), schema.get("maxItems")
    if least is not None and least == most:
        return f"{word} ({least})"
    if most is not None:
        return f"{word} ({least or 0} to {most:,})"
    return f"{word} (at least {least})" if least else word


def _bounds(schema: Json) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if "maxLength" in schema:
        return f", {schema.get('minLength', 0)} to {schema['maxLength']:,} characters"
    if low is not None and high is not None:
        return f", {low:,} to {high:,}"
    if low is not None:
        return f", at least {low:,}"
    return ", above 0" if schema.get("exclusiveMinimum") == 0 else ""


def _joined(parts: Sequence[list[Piece]], word: str) -> list[Piece]:
    joined = list(parts[0])
    for part in parts[1:]:
        joined += [Piece(word), *part]
    return joined
