"""A lon/lat box as URLs write it: `west,south,east,north`."""

from __future__ import annotations

import math
import re
from typing import Final

from spatial_admin.cadastre.precision import Box
from spatial_admin.errors import BadRequest

# Python reads 1_000, infinity and the digits of every script as numbers; a URL has none of them.
NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


def parse_numbers(text: str, name: str, count: int) -> list[float]:
    """Exactly `count` finite numbers, separated by commas; BadRequest names the parameter."""
    parts = [part.strip() for part in text.split(",")]
    found = [float(part) for part in parts if NUMBER.fullmatch(part)]
    if not len(parts) == len(found) == count or not all(math.isfinite(number) for number in found):
        many = "one finite number" if count == 1 else f"{count} finite numbers separated by commas"
        raise BadRequest(name, f"it takes {many}")
    return found


def parse_box(text: str, name: str = "bbox") -> Box:
    """A box in degrees; BadRequest names the parameter."""
    west, south, east, north = parse_numbers(text, name, 4)
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise BadRequest(name, "it takes west,south,east,north in degrees, west below east and south below north")
    return west, south, east, north
