"""Reading a JSON body strictly: no NaN, no key twice, no depth that hurts, never a crash."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge

from spatial_admin.errors import BadRequest, LimitExceeded
from spatial_admin.settings import Limits

# A bracket outside strings, or a string. Possessive, and a string that never ends takes all that is left: whatever
# the text, no byte is looked at twice (a backtracking pattern needs hours for a megabyte of `"\"\"\"…`).
TOKENS: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)
LONGEST_NUMBER: Final = 400
LONGEST_NAME: Final = 60
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class _Refused:
    """Stands in the parsed value for something that is no value; `why` is told with the path that leads here."""

    why: str


def read_json(request: Request, limits: Limits) -> Any:
    """The JSON value of a request's body; BadRequest says where it is broken, LimitExceeded what is too much."""
    if request.mimetype != "application/json":
        given = f"this one says {request.mimetype[:100]}" if request.mimetype else "this one does not say what it is"
        raise BadRequest("Content-Type", f"the body is JSON: send application/json; {given}")
    if (request.content_length or 0) > limits.body_bytes:
        raise RequestEntityTooLarge(f"A body has at most {limits.body_bytes:,} bytes; split the edit.")
    return parse_json(request.get_data(cache=False), limits.json_depth)


def parse_json(text: bytes, depth: int) -> Any:
    """The JSON value of UTF-8 text, RFC 8259, with what the RFC leaves open refused.

    Raises BadRequest, whose `where` is the path into the value (`operations[0].to[1]`), or LimitExceeded.
    """
    if text.startswith(BYTE_ORDER_MARK):
        raise BadRequest("body", "it begins with a byte order mark; send UTF-8 without one")
    _check_depth(text, depth)
    reader = _Reader()
    try:
        value = json.loads(
            text.decode("utf-8"),
            object_pairs_hook=reader.members,
            parse_constant=reader.constant,
            parse_float=reader.real,
            parse_int=reader.whole,
        )
    except UnicodeDecodeError as error:
        raise BadRequest("body", f"it is not UTF-8 at byte {error.start}") from error
    except json.JSONDecodeError as error:
        raise BadRequest("body", f"it is not JSON: {error.msg} at line {error.lineno}, column {error.colno}") from error
    if reader.has_refused:
        path, why = next(_refusals(value, ""))
        raise BadRequest(path or "body", why)
    return value


def _check_depth(text: bytes, most: int) -> None:
    # Before parsing: the parser is recursive. Brackets inside strings do not count.
    depth = 0
    for token in TOKENS.finditer(text):
        first = text[token.start()]
        if first in b"[{":
            depth += 1
            if depth > most:
                raise LimitExceeded("levels of JSON", most, advice="Nothing the API takes is nested that deep.")
        elif first in b"]}":
            depth -= 1


class _Reader:
    """The parser's hooks: they are not told where they are, so what is refused is marked and looked for afterwards."""

    def __init__(self) -> None:
        self.has_refused = False

    def refused(self, why: str) -> Any:
        """A mark in the place of a value."""
        self.has_refused = True
        return _Refused(why)

    def members(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        """An object; a key that stands twice has no value."""
        found = dict(pairs)
        if len(found) != len(pairs):
            counted = Counter(name for name, _ in pairs)
            twice = next(name for name, count in counted.items() if count > 1)
            found[twice] = self.refused(f"this key stands {_times(counted[twice])} in one object")
        return found

    def constant(self, text: str) -> Any:
        """NaN, Infinity, -Infinity: Python's parser would take them."""
        return self.refused(f"{text} is no JSON number")

    def real(self, text: str) -> Any:
        """A number with a fraction or an exponent."""
        number = float(text) if len(text) <= LONGEST_NUMBER else math.inf
        return number if math.isfinite(number) else self.refused(_too_large(text))

    def whole(self, text: str) -> Any:
        """A whole number; beyond a double it would be read as infinity elsewhere."""
        number = float(text) if len(text) <= LONGEST_NUMBER else math.inf
        return int(text) if math.isfinite(number) else self.refused(_too_large(text))


def _times(count: int) -> str:
    return "twice" if count == 2 else f"{count:,} times"


def _too_large(text: str) -> str:
    if len(text) > LONGEST_NUMBER:
        return f"a number has at most {LONGEST_NUMBER} characters; this one has {len(text):,}"
    shown = text if len(text) <= 40 else f"{text[:40]}…"
    return f"the number {shown} is too large: a double holds up to 1.8e308"


def _refusals(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """What was marked, in the order of the text, with the path to it; not recursive deeper than the text was."""
    if isinstance(value, _Refused):
        yield path, value.why
    elif isinstance(value, dict):
        for name, inner in value.items():
            shown = name[:LONGEST_NAME]
            yield from _refusals(inner, f"{path}.{shown}" if path else shown)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _refusals(inner, f"{path}[{index}]")
