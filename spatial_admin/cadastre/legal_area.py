"""Stated against computed area, within a tolerance of the form a + b·√A and never below what was rounded away."""

from __future__ import annotations

import math
import re
from typing import Final

# Square metres of one unit as documents write it.
UNITS: Final = {
    "m2": 1.0, "m²": 1.0, "sqm": 1.0, "qm": 1.0, "a": 100.0, "ar": 100.0, "ha": 10_000.0, "km2": 1e6, "km²": 1e6,
    "ac": 4046.8564224, "acre": 4046.8564224, "acres": 4046.8564224, "sqft": 0.09290304, "ft2": 0.09290304,
    "ft²": 0.09290304,
}  # fmt: skip
NUMBER: Final = re.compile(r"^\D*?(\d[\d\s.,'’\u202f\u00a0]*)\s*(\S.*)?$")
AGREES: Final = 1e-6


def is_off(area_m2: float, stated_m2: float, text: str | None, a_m2: float, b_m: float) -> bool:
    """Do the two differ by more than a + b·√A, and by more than the stated value was rounded by?"""
    difference = abs(area_m2 - stated_m2)
    return difference > a_m2 + b_m * math.sqrt(stated_m2) and difference > rounding_m2(stated_m2, text)


def rounding_m2(stated_m2: float, text: str | None) -> float:
    """Half a unit of the last digit stated: in the document's own words where they say the same, else of the number.

    `1.2 ha` may be 500 m² off; `450 m²` half a square metre.
    """
    return _of_words(stated_m2, text) or _of_number(stated_m2)


def _of_number(stated_m2: float) -> float:
    _, _, decimals = f"{stated_m2:.6f}".rstrip("0").partition(".")
    return float(0.5 * 10.0 ** -len(decimals))


def _of_words(stated_m2: float, text: str | None) -> float | None:
    found = NUMBER.match(text.strip()[:100]) if text else None
    if not found:
        return None
    unit = UNITS.get(re.sub(r"[\s.]", "", (found[2] or "m2").lower()))
    digits = re.sub(r"[\s'’\u202f\u00a0]", "", found[1]).rstrip(".,")
    for thousands, decimal in ((",", "."), (".", ",")):
        whole, _, decimals = digits.replace(thousands, "").partition(decimal)
        if unit and (whole + decimals).isdecimal():
            value = float(f"{whole}.{decimals or 0}") * unit
            half = float(0.5 * 10.0 ** -len(decimals) * unit)
            if abs(value - stated_m2) <= max(half, AGREES * stated_m2):
                return half
    return None
