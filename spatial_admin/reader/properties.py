"""Properties of a feature as JSON text that PostgreSQL can keep, or why it cannot."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from spatial_admin.reader.frames import Refusal

RULE: Final = "invalid_properties"
# Fields by which an export of our own is known (services/exporting/export_formats.py); `attributes` is an object,
# or its text.
EXPORTED: Final = frozenset({"parcel_id", "version", "begin_lifespan_version", "area_m2", "attributes"})
ENCODER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
NUL_ESCAPE: Final = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
CONTAINERS: Final = frozenset({dict, list})


def encode_properties(properties: dict[str, Any], max_depth: int) -> bytes | Refusal:
    """UTF-8 JSON of `properties`; the feature around them is the first of `max_depth` levels."""
    if depth_exceeds(properties, max_depth - 1):
        return Refusal(RULE, f"properties are nested deeper than {max_depth} levels")
    try:
        text = ENCODER.encode(properties)
        encoded = text.encode()
    except UnicodeEncodeError:
        return Refusal(RULE, "a property holds bytes or escapes that are no Unicode text")
    except ValueError:
        return Refusal(RULE, "a property holds a number beyond the range of doubles")
    if "\\u0000" in text and NUL_ESCAPE.search(text):
        return Refusal(RULE, "a property holds the character NUL, which PostgreSQL cannot keep")
    return encoded


def with_attributes(properties: dict[str, Any]) -> dict[str, Any]:
    """The properties of a row of our own export, whose attributes a flat format holds as the text of an object."""
    try:
        attributes = json.loads(properties["attributes"])
    except (TypeError, ValueError, RecursionError):
        return properties
    return {**properties, "attributes": attributes} if isinstance(attributes, dict) else properties


def shown(value: Any) -> str:
    """The value as ASCII JSON, to be kept beside its refusal."""
    try:
        return json.dumps(value)
    except RecursionError:
        return "(nested too deeply to be kept)"


def depth_exceeds(value: Any, limit: int) -> bool:
    """Is the value nested deeper than `limit` containers? Level by level, so that no depth exhausts the stack."""
    level = [value]
    for _ in range(limit):
        contents = [outer.values() if type(outer) is dict else outer for outer in level]
        level = [inner for content in contents for inner in content if type(inner) in CONTAINERS]
        if not level:
            return False
    return True
