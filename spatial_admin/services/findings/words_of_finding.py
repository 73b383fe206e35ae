"""A finding in plain words: what its rule is called, how much with its unit, one sentence that says what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import shapely

from spatial_admin.cadastre.overlap import common_area_of, mean_width_m
from spatial_admin.cadastre.precision import Ground
from spatial_admin.cadastre.rules import RULES

TITLES: Final[Mapping[str, str]] = {
    "stack": "Stacked parcels",
    "duplicate_number": "Same number",
    "missing_number": "No number",
    "no_zone": "No zone",
    "far_parts": "Parts far apart",
    "self_touch": "Self-touch",
}
SENTENCES: Final[Mapping[str, str]] = {
    "overlap": "{measure} lies in both parcels{width}.",
    "stack": "{count} parcels have one and the same outline of {measure}.",
    "sliver": "{measure} lies in both parcels{width}: less than counts as an overlap.",
    "gap": "{measure} of open land lies between the parcels{width}.",
    "missing_point": "A point lies on the side of a parcel that has no point there, {measure} beside the side.",
    "repeated_point": "Two points in a row lie {measure} from each other.",
    "spike": "The outline goes to a point and nearly straight back; its shorter side measures {measure}.",
    "tiny_parcel": "The parcel has {measure} in all.",
    "thin_parcel": "The parcel is {measure} wide on average.",
    "self_touch": "Rings of the parcel touch each other: {measure}.",
    "legal_area": "The computed area differs from the stated one by {measure}.",
    "duplicate_number": "{measure} of one level have the same number.",
    "missing_number": "The parcel has no number.",
    "no_zone": "The parcel lies in no zoning district.",
    "far_parts": "To reach every part of the parcel takes a step of {measure}.",
}
# Of what is this many times as long as wide the widest place is not looked for: that would take long.
LONGEST_SHAPE: Final = 200


def title_of(rule: str) -> str:
    """`missing_point` as people call it."""
    return TITLES.get(rule) or rule.replace("_", " ").capitalize()


def measure_text(rule: str, measure: float | None) -> str | None:
    """`2.41 m²`, `0.4 mm`, `3 parcels`; of stated areas with its sign; None where the rule measures nothing."""
    unit = RULES[rule].measure if rule in RULES else ""
    if measure is None or not unit:
        return None
    if unit in ("parcels", "touches"):
        return f"{measure:.0f} {unit if round(measure) != 1 else unit.removesuffix('s').removesuffix('e')}"
    if unit == "m" and measure == 0:
        return "0 m"
    if unit == "m" and 0 < abs(measure) < 0.001:
        return f"{_amount(measure * 1000)} mm"
    sign = "+" if rule == "legal_area" and measure > 0 else ""
    return f"{sign}{_amount(measure)} {unit}"


def sentence_of(
    rule: str, measure: float | None, count: int, place: shapely.Geometry | None = None, ground: Ground | None = None
) -> str:
    """One sentence on a finding of `count` parcels; with its place (storage coordinates) also how wide that is."""
    said = measure_text(rule, measure)
    known = SENTENCES.get(rule)
    if known is None or (said is None and "{measure}" in known):
        return RULES[rule].sentence if rule in RULES else title_of(rule) + "."
    width = "" if place is None or ground is None else _width(place, ground)
    return known.format(measure=said, count=count, width=width)


def _amount(value: float) -> str:
    size = abs(value)
    if size >= 100:
        said = f"{size:,.1f}"
    elif size >= 0.1 or size == 0:
        said = f"{size:,.2f}"
    else:
        said = f"{size:.2g}" if size >= 1e-4 else "less than 0.0001"
    return ("\N{MINUS SIGN}" if value < 0 else "") + said.replace(",", "\u202f")


def _width(place: shapely.Geometry, ground: Ground) -> str:
    """How wide land is, in metres: at its widest, or on average where it is a thread."""
    shape = common_area_of(ground, place).shape
    parts = [part for part in shape.geoms if part.area > 0] if isinstance(shape, shapely.MultiPolygon) else []
    if not parts:
        return ""
    mean = max(mean_width_m(part) for part in parts)
    if mean <= 0 or any(part.length > LONGEST_SHAPE * mean_width_m(part) for part in parts):
        return f", about {_amount(mean)} m wide" if mean > 0 else ""
    widest = max(
        2 * shapely.length(shapely.maximum_inscribed_circle(part, tolerance=mean_width_m(part) / 50)) for part in parts
    )
    return f", up to {_amount(float(widest))} m wide"
