"""Cursors: where a page begins, as a text for URLs. It holds the last row's place in the order, so no page is counted
off; it is checked like everything else that comes from outside.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

from spatial_admin.errors import BadRequest

Value = str | int | float | date | datetime
LONGEST: Final = 2_000
BIGGEST_BIGINT: Final = 2**63 - 1


def close_cursor(order: str, values: Sequence[Value]) -> str:
    """The place of a row in an order, as URL-safe text."""
    parts = [value.isoformat() if isinstance(value, date) else value for value in values]
    text = json.dumps([order, *parts], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def open_cursor(given: str, parameter: str, order: str, kinds: Sequence[type]) -> tuple[Any, ...]:
    """The values of a cursor; BadRequest names the parameter where it is none, or one of another order."""
    refused = BadRequest(
        parameter, "take it from next_cursor or a link of this list, or leave it out for the first page"
    )
    try:
        if not given.isascii() or len(given) > LONGEST:
            raise refused
        padded = given + "=" * (-len(given) % 4)
        found = json.loads(
            base64.b64decode(padded.encode(), altchars=b"-_", validate=True), parse_constant=_no_constant
        )
        if not isinstance(found, list) or len(found) != len(kinds) + 1 or found[0] != order:
            raise refused
        return tuple(_read(value, kind) for value, kind in zip(found[1:], kinds, strict=True))
    except (ValueError, OverflowError, RecursionError, binascii.Error) as error:
        raise refused from error


def _read(value: object, kind: type) -> Value:
    if kind is datetime or kind is date:
        read: date = kind.fromisoformat(_text(value))
        return read
    if kind is str:
        return _text(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(value)
    if kind is int and (not isinstance(value, int) or abs(value) > BIGGEST_BIGINT):
        raise ValueError(value)
    if not math.isfinite(value):
        raise ValueError(value)
    return value if kind is int else float(value)


def _text(value: object) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise ValueError(value)
    value.encode()  # half a surrogate pair is no text that the database takes
    return value


def _no_constant(name: str) -> float:
    raise ValueError(name)
