"""Numbers as URLs write them: a lon/lat box `west,south,east,north`, pairs `x,y;x,y`."""

from __future__ import annotations

import math
import re
from typing import Final

from spatial_admin.cadastre.precision import Box, Point
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


def parse_pairs(text: str, name: str, most: int) -> list[Point]:
    """One to `most` pairs of finite numbers, `x,y` with semicolons between them; BadRequest names the parameter."""
    parts = text.split(";", most)
    if len(parts) > most:
        raise BadRequest(name, f"it takes at most {most} pairs of numbers")
    return [(x, y) for x, y in (parse_numbers(part, name, 2) for part in parts)]


def parse_box(text: str, name: str = "bbox") -> Box:
    """A box in degrees; BadRequest names the parameter."""
    west, south, east, north = parse_numbers(text, name, 4)
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise BadRequest(name, "it takes west,south,east,north in degrees, west below east and south below north")
    return west, south, east, north
