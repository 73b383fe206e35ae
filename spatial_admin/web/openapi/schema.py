"""JSON Schema (2020-12) in the few forms that the interface has; every function gives a new dictionary."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

Json = dict[str, Any]


def ref(name: str) -> Json:
    """A schema of components.schemas."""
    return {"$ref": f"#/components/schemas/{name}"}


def text(about: str = "", longest: int | None = None, **more: Any) -> Json:
    """A text, with at most `longest` characters."""
    return _of("string", about, **({"maxLength": longest} if longest is not None else {}), **more)


def name_text(about: str, longest: int) -> Json:
    """A text of 1 to `longest` characters, not blank, without control characters."""
    return text(about, longest, minLength=1, pattern=r"^(?=[\s\S]*\S)[^\u0000-\u001f]*$")


def moment(about: str) -> Json:
    """A time with its zone (RFC 3339)."""
    return text(about, format="date-time")


def number(about: str = "", **more: Any) -> Json:
    """A finite number."""
    return _of("number", about, **more)


def whole(about: str = "", minimum: int | None = None, maximum: int | None = None) -> Json:
    """A whole number."""
    bounds = {"minimum": minimum, "maximum": maximum}
    return _of("integer", about, **{name: value for name, value in bounds.items() if value is not None})


def truth(about: str) -> Json:
    """True or false."""
    return _of("boolean", about)


def one_of(words: Collection[str], about: str = "") -> Json:
    """One of some words."""
    return _of("string", about, enum=list(words))


def constant(value: str) -> Json:
    """One word and no other."""
    return {"const": value, "type": "string"}


def list_of(items: Json, about: str = "", least: int | None = None, most: int | None = None) -> Json:
    """A list."""
    bounds = {"minItems": least, "maxItems": most}
    return _of("array", about, items=items, **{name: value for name, value in bounds.items() if value is not None})


def map_of(values: Json, about: str = "") -> Json:
    """An object whose members are not known beforehand."""
    return _of("object", about, additionalProperties=values)


def members(properties: Mapping[str, Json], about: str = "", optional: Collection[str] = ()) -> Json:
    """An object of an answer: all members are there but the optional ones. Later versions may add others."""
    required = [name for name in properties if name not in optional]
    return _of("object", about, properties=dict(properties), required=required)


def fields(properties: Mapping[str, Json], about: str = "", optional: Collection[str] = ()) -> Json:
    """An object of a request: like `members`, and what is unknown is refused."""
    return {**members(properties, about, optional), "additionalProperties": False}


def or_null(schema: Json) -> Json:
    """The same, or null."""
    if "type" not in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    values = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
    return {**schema, "type": [schema["type"], "null"], **values}


def about(schema: Json, sentence: str) -> Json:
    """The same, with a description of what it is here."""
    return {**schema, "description": sentence}


def _of(kind: str, about: str, **more: Any) -> Json:
    return {"type": kind, **({"description": about} if about else {}), **more}
