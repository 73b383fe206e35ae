"""Reading query parameters; every refusal names the parameter."""

from __future__ import annotations

import math
import re
from typing import Final

from werkzeug.datastructures import MultiDict

from spatial_admin.cadastre.precision import Box
from spatial_admin.errors import BadRequest

Arguments = MultiDict[str, str]
# Python reads 1_000, infinity and the digits of every script as numbers; a URL has none of them.
NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


def only(arguments: Arguments, *known: str) -> None:
    """Refuse parameters that the route does not know or that stand twice, and characters that no text of ours holds."""
    for name in arguments:
        if name not in known:
            raise BadRequest(name[:60], f"no such parameter; known are {', '.join(known) or 'none'}")
        if len(arguments.getlist(name)) > 1:
            raise BadRequest(name, "it stands more than once")
        if "\x00" in arguments[name]:
            raise BadRequest(name, "it holds a null character")


def box(arguments: Arguments, name: str = "bbox") -> Box | None:
    """`west,south,east,north` in degrees."""
    if name not in arguments:
        return None
    west, south, east, north = numbers(arguments, name, 4)
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise BadRequest(name, "it takes west,south,east,north in degrees, west below east and south below north")
    return west, south, east, north


def numbers(arguments: Arguments, name: str, count: int) -> list[float]:
    """Exactly `count` finite numbers, separated by commas."""
    parts = [part.strip() for part in arguments[name].split(",")]
    found = [float(part) for part in parts if NUMBER.fullmatch(part)]
    if not len(parts) == len(found) == count or not all(math.isfinite(number) for number in found):
        many = "one finite number" if count == 1 else f"{count} finite numbers separated by commas"
        raise BadRequest(name, f"it takes {many}")
    return found


def whole(arguments: Arguments, name: str, default: int, most: int) -> int:
    """A whole number from 1 to `most`."""
    text = arguments.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 18 or not 1 <= int(text) <= most:
        raise BadRequest(name, f"it takes a whole number from 1 to {most:,}")
    return int(text)
