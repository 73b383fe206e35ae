"""Reading a JSON body strictly: no NaN, no key twice, no depth that hurts, never a crash."""

from __future__ import annotations

import json
import math
import re
from typing import Any, Final

from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge

from spatial_admin.errors import BadRequest, LimitExceeded
from spatial_admin.settings import Limits

STRINGS: Final = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
BRACKETS: Final = re.compile(rb"[\[\]{}]")


def read_json(request: Request, limits: Limits) -> Any:
    """The JSON value of a request's body; BadRequest says where it is broken, LimitExceeded what is too much."""
    if request.mimetype != "application/json":
        raise BadRequest("Content-Type", "the body is JSON: send application/json")
    if (request.content_length or 0) > limits.body_bytes:
        raise RequestEntityTooLarge(f"A body has at most {limits.body_bytes:,} bytes; split the edit.")
    return parse_json(request.get_data(cache=False), limits.json_depth)


def parse_json(text: bytes, depth: int) -> Any:
    """The JSON value of UTF-8 text, RFC 8259, with what the RFC leaves open refused."""
    _check_depth(text, depth)
    try:
        return json.loads(
            text.decode("utf-8"),
            object_pairs_hook=_no_repeats,
            parse_constant=_refuse_constant,
            parse_float=_finite,
            parse_int=_bounded,
        )
    except UnicodeDecodeError as error:
        raise BadRequest("body", f"it is not UTF-8 at byte {error.start}") from error
    except json.JSONDecodeError as error:
        raise BadRequest("body", f"it is not JSON: {error.msg} at line {error.lineno}, column {error.colno}") from error


def _check_depth(text: bytes, most: int) -> None:
    # Before parsing: the parser is recursive. Brackets inside strings do not count.
    depth = 0
    for bracket in BRACKETS.finditer(STRINGS.sub(b"", text)):
        depth += 1 if bracket.group() in b"[{" else -1
        if depth > most:
            raise LimitExceeded("levels of JSON", most, advice="Nothing the API takes is nested that deep.")


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise BadRequest(twice[:60], "this key stands twice in one object")
    return found


def _refuse_constant(text: str) -> None:
    raise BadRequest("body", f"{text} is no JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise BadRequest("body", f"the number {text[:40]} is too large")
    return number


def _bounded(text: str) -> int:
    if len(text) > 20:
        raise BadRequest("body", f"the number {text[:40]}… is too large")
    return int(text)
