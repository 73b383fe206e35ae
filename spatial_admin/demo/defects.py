"""A handful of known errors for reviewers to find, each alone in its place, and features that no import may admit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from spatial_admin.demo.model import BrokenFeature, Coordinates, Defect, Parcel, Town
from spatial_admin.demo.sites import Boundary, Search
from spatial_admin.demo.template import parcel_id

_STACKED_AT, _BROKEN_AT = 9001, 9901
Parcels = list[Parcel]


def spoil(town: Town) -> Town:
    """`town` with its defects; everything that is not named in `Town.defects` stays as it was."""
    search = Search(town.parcels)
    parcels = list(town.parcels)
    defects = [make(parcels, search) for make in _MAKERS]
    return replace(town, parcels=tuple(parcels), defects=tuple(defects), broken_features=_broken_features(town.parcels))


def _bend(parcels: Parcels, lot: int, edge: Boundary, *through: Coordinates) -> None:
    """Lead one lot's side of an edge through other points, given from the edge's start to its end."""
    ring = parcels[lot].parts[0][0]
    k = int(np.flatnonzero((ring == edge.start).all(axis=1))[0])
    forward = bool((ring[(k + 1) % len(ring)] == edge.end).all())
    points = np.array(through if forward else through[::-1])
    parcels[lot] = replace(parcels[lot], parts=[[np.insert(ring, k + 1 if forward else k, points, axis=0)]])


def _ids(parcels: Parcels, *lots: int) -> tuple[str, ...]:
    return tuple(parcels[lot].parcel_id for lot in lots)


def _overlap(wide_m: float, note: str, rule: str = "overlap") -> Callable[[Parcels, Search], Defect]:
    """The first lot reaches `wide_m` into the second between three and seven tenths of their common boundary."""

    def make(parcels: Parcels, search: Search) -> Defect:
        edge = search.boundary()
        _bend(parcels, edge.first, edge, _tenths(edge.at(0.3, wide_m)), _tenths(edge.at(0.7, wide_m)))
        return Defect(rule, _ids(parcels, edge.first, edge.second), note)

    return make


def _gap(wide_m: float, note: str) -> Callable[[Parcels, Search], Defect]:
    """The first lot stays `wide_m` behind the common boundary, which the second keeps."""

    def make(parcels: Parcels, search: Search) -> Defect:
        edge = search.boundary()
        _bend(parcels, edge.first, edge, _tenths(edge.at(0.25, -wide_m)), _tenths(edge.at(0.75, -wide_m)))
        return Defect("gap", _ids(parcels, edge.first, edge.second), note)

    return make


def _tenths(point: Coordinates) -> Coordinates:
    """A point on tenths of a millimetre: half a millimetre of overlap must not be rounded away."""
    return np.asarray(np.round(point, 4))


def _spike(parcels: Parcels, search: Search) -> Defect:
    edge = search.boundary()
    width = 0.02 / edge.length_m
    through = [_tenths(edge.at(0.45)), _tenths(edge.at(0.45 + width / 2, 2.5)), _tenths(edge.at(0.45 + width))]
    for lot in (edge.first, edge.second):
        _bend(parcels, lot, edge, *through)
    return Defect(
        "spike", _ids(parcels, edge.first, edge.second),
        "A needle 2.5 m long and 2 cm wide on the common boundary; both lots have it, so nothing overlaps.",
    )  # fmt: skip


def _missing_point(parcels: Parcels, search: Search) -> Defect:
    """The third lot lacks the junction; marks beside it keep what is left of the bend below a square centimetre."""
    junction = search.junction()
    for neighbour, side in zip(junction.sides, (junction.before, junction.after), strict=True):
        way = (side - junction.point) / np.hypot(*(side - junction.point))
        mark = np.round(junction.point + 0.6 * way, 3)
        edge = Boundary(junction.through, neighbour, junction.point, side, way)
        for lot in (junction.through, neighbour):
            _bend(parcels, lot, edge, mark)
    ring = parcels[junction.through].parts[0][0]
    kept = ring[(ring != junction.point).any(axis=1)]
    parcels[junction.through] = replace(parcels[junction.through], parts=[[kept]])
    return Defect(
        "missing_point", _ids(parcels, junction.through, *junction.sides),
        "The first lot has no point where the boundary between the other two ends on its side.",
    )  # fmt: skip


def _stack(parcels: Parcels, search: Search) -> Defect:
    lot = search.lot()
    for k in range(2):
        parcels.append(replace(parcels[lot], parcel_id=parcel_id(0, _STACKED_AT - 1 + k), number=f"29{k + 1:02d}"))
    return Defect(
        "stack",
        _ids(parcels, lot, len(parcels) - 2, len(parcels) - 1),
        "Three parcels with the same geometry in one exclusive level.",
    )


def _duplicate_number(parcels: Parcels, search: Search) -> Defect:
    first, second = search.lot(), search.lot()
    parcels[second] = replace(parcels[second], number=parcels[first].number)
    return Defect(
        "duplicate_number",
        _ids(parcels, first, second),
        f"Both lots have the number {parcels[first].number}; they lie far apart.",
    )


def _missing_number(parcels: Parcels, search: Search) -> Defect:
    lot = search.lot()
    parcels[lot] = replace(parcels[lot], number=None)
    return Defect("missing_number", _ids(parcels, lot), "The lot has no number.")


def _tenfold_area(parcels: Parcels, search: Search) -> Defect:
    lot = search.lot()
    area = round((parcels[lot].legal_area_m2 or 0.0) * 10)
    parcels[lot] = replace(parcels[lot], legal_area_m2=float(area), legal_area_text=f"{area} m²")
    return Defect(
        "legal_area", _ids(parcels, lot), "The deed's area has one digit too many: ten times what the map shows."
    )


def _swapped_digits(parcels: Parcels, search: Search) -> Defect:
    lot = search.lot()
    while not 340 <= (parcels[lot].legal_area_m2 or 0.0) < 1000 or _swapped(parcels[lot]) < 200:
        lot = search.lot()
    area = _swapped(parcels[lot])
    parcels[lot] = replace(parcels[lot], legal_area_m2=float(area), legal_area_text=f"{area} m²")
    return Defect("legal_area", _ids(parcels, lot), "Two digits of the deed's area are swapped.")


def _swapped(parcel: Parcel) -> int:
    """The legal area with its first two of three digits swapped; 0 where that changes less than 250 m²."""
    area = round(parcel.legal_area_m2 or 0.0)
    swapped = int(f"{area:03d}"[1] + f"{area:03d}"[0] + f"{area:03d}"[2:])
    return swapped if abs(swapped - area) > 250 else 0


_MAKERS: tuple[Callable[[Parcels, Search], Defect], ...] = (
    _overlap(3.5, "A large overlap, 3.5 m deep: the first lot reaches into the second's garden."),
    _overlap(0.06, "A small overlap, 6 cm deep and about one square metre."),
    _overlap(0.0005, "Half a millimetre of overlap: a sliver below tolerance.", "sliver"),
    _gap(0.38, "A gap up to 38 cm wide between the two lots."),
    _gap(0.12, "A gap up to 12 cm wide between the two lots."),
    _missing_point,
    _spike,
    _stack,
    _duplicate_number,
    _missing_number,
    _tenfold_area,
    _swapped_digits,
)


def _broken_features(parcels: tuple[Parcel, ...]) -> tuple[BrokenFeature, ...]:
    """Features beside the admitted ones, as a careless file would bring them."""

    def feature(k: int, corners: list[tuple[float, float]] | None, name: str | None = None) -> Parcel:
        parts = [] if corners is None else [[np.array(corners) + np.array([430.0 + 60.0 * k, -1000.0])]]
        return Parcel(
            name or parcel_id(0, _BROKEN_AT - 1 + k),
            f"{2980 + k}",
            "parcels",
            "lot",
            None,
            parts,
            800.0,
            "800 m²",
            "arable",
            None,
            {},
        )

    square = [(0.0, 0.0), (40.0, 0.0), (40.0, 20.0), (0.0, 20.0)]
    return (
        BrokenFeature(
            "invalid_geometry",
            feature(0, [square[0], square[2], square[1], square[3]]),
            "A bow-tie: the boundary crosses itself.",
        ),
        BrokenFeature("empty_geometry", feature(1, None), "A feature without any boundary."),
        BrokenFeature("duplicate_id", feature(2, square, parcels[0].parcel_id), "The identity of another parcel."),
        BrokenFeature("too_few_points", feature(3, square[:2]), "A boundary of two points."),
    )
