"""Which geometries cannot become parcels, and why: whole batches at once, by GEOS."""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely

from spatial_admin.reader.frames import HAD_M, HAD_Z, Refusal, Row

EWKB_Z, EWKB_M, EWKB_SRID = 0x80000000, 0x40000000, 0x20000000
POLYGONAL: Final = frozenset({3, 6})
TYPE_NAMES: Final = {
    1: "Point", 2: "LineString", 4: "MultiPoint", 5: "MultiLineString", 7: "GeometryCollection", 8: "CircularString",
    9: "CompoundCurve", 10: "CurvePolygon", 11: "MultiCurve", 12: "MultiSurface", 15: "PolyhedralSurface", 16: "TIN",
    17: "Triangle",
}  # fmt: skip
LOCATION: Final = re.compile(r"\[(?P<x>\S+) (?P<y>[^\]\s]+)(?: \S+)?\]")


@dataclass(frozen=True, slots=True)
class GeometryLimits:
    """The most that one imported geometry may have."""

    vertices: int
    rings: int
    parts: int


def check_rows(rows: Sequence[Row], limits: GeometryLimits) -> None:
    """Give bounds to every row that has a geometry, and a refusal to each that is no valid, bounded, polygonal one."""
    candidates = [row for row in rows if row.wkb is not None and _is_polygonal(row)]
    with np.errstate(invalid="ignore"):  # NaN is looked for below, and told of its row
        _check_candidates(candidates, limits)


def check_shapes(rows: Sequence[Row], limits: GeometryLimits) -> None:
    """Of what is only looked at: points, lines and polygons, bounded and finite; they need not be valid."""
    candidates = [row for row in rows if row.wkb is not None and row.refusal is None and _is_drawable(row)]
    geometries = shapely.from_wkb([row.wkb for row in candidates], on_invalid="ignore")
    for row, geometry in zip(candidates, geometries, strict=True):
        if geometry is None:
            _refuse(row, "invalid_geometry", "the geometry cannot be read (unclosed ring or broken WKB)")
        elif shapely.is_empty(geometry):
            _refuse(row, "empty", "the geometry is empty")
        elif not np.isfinite(shapely.get_coordinates(geometry)).all():
            _refuse(row, "not_finite", "a coordinate is not a finite number (NaN or infinity)")
        elif shapely.get_num_coordinates(geometry) > limits.vertices:
            _refuse(row, "too_many_vertices", f"at most {limits.vertices:,} vertices are taken")


def _is_drawable(row: Row) -> bool:
    """Collections, which nest, and curves never reach a parser."""
    wkb = row.wkb or b""
    if len(wkb) < 5 or wkb[0] not in (0, 1):
        _refuse(row, "invalid_geometry", "the geometry is no well-known binary")
        return False
    code = struct.unpack_from("<I" if wkb[0] else ">I", wkb, 1)[0]
    kind = (code & ~(EWKB_Z | EWKB_M | EWKB_SRID)) % 1000
    if 1 <= kind <= 6:
        return True
    _refuse(row, "not_drawable", f"the geometry is a {TYPE_NAMES.get(kind, f'type {kind}')}, which is not drawn")
    return False


def _check_candidates(candidates: Sequence[Row], limits: GeometryLimits) -> None:
    geometries = shapely.from_wkb([row.wkb for row in candidates], on_invalid="ignore")
    readable = ~shapely.is_missing(geometries)
    for index in np.flatnonzero(~readable).tolist():
        _refuse(candidates[index], "invalid_geometry", "the geometry cannot be read (unclosed ring or broken WKB)")
    rows_left = [row for row, fine in zip(candidates, readable, strict=True) if fine]
    _check_readable(rows_left, np.asarray(geometries)[readable], limits)


def _check_readable(rows: Sequence[Row], geometries: npt.NDArray[np.object_], limits: GeometryLimits) -> None:
    bounds = shapely.bounds(geometries)
    for row, box in zip(rows, bounds.tolist(), strict=True):
        row.bounds = (box[0], box[1], box[2], box[3])
    for index in np.flatnonzero(shapely.is_empty(geometries)).tolist():
        _refuse(rows[index], "empty", "the geometry is empty")
    for index in np.flatnonzero(~np.isfinite(bounds).all(axis=1)).tolist():
        _refuse(rows[index], "not_finite", "a coordinate is not a finite number (NaN or infinity)")
    _refuse_scattered_nan(rows, geometries)
    _refuse_over_limits(rows, geometries, limits)
    # Only now validity: it is quadratic in the rings, and undefined for NaN.
    left = np.flatnonzero([row.refusal is None for row in rows])
    invalid = left[~shapely.is_valid(geometries[left])]
    for index, reason in zip(invalid.tolist(), shapely.is_valid_reason(geometries[invalid]), strict=True):
        rows[index].refusal = Refusal("invalid_geometry", _words(reason), _location(reason, rows[index]))


def _is_polygonal(row: Row) -> bool:
    """Read the type from the header, for collections never reach a parser; note Z and M."""
    wkb = row.wkb or b""
    if len(wkb) < 5 or wkb[0] not in (0, 1):
        _refuse(row, "invalid_geometry", "the geometry is no well-known binary")
        return False
    code = struct.unpack_from("<I" if wkb[0] else ">I", wkb, 1)[0]
    thousands, kind = divmod(code & ~(EWKB_Z | EWKB_M | EWKB_SRID), 1000)
    if code & EWKB_Z or thousands in (1, 3):
        row.flags |= HAD_Z
    if code & EWKB_M or thousands in (2, 3):
        row.flags |= HAD_M
    if kind in POLYGONAL:
        return True
    name = TYPE_NAMES.get(kind, f"type {kind}")
    _refuse(
        row,
        "not_polygonal",
        f"the geometry is a {name}; parcels are Polygon or MultiPolygon",
        _first_position(wkb, kind),
    )
    return False


def _first_position(wkb: bytes, kind: int) -> tuple[float, float] | None:
    """The first position of a point, a line or a collection of one kind of them, so that people can find it."""
    offset = {1: 5, 2: 9, 4: 14, 5: 18}.get(kind)
    if offset is None or len(wkb) < offset + 16:
        return None
    x, y = struct.unpack_from("<dd" if wkb[0] else ">dd", wkb, offset)
    return (x, y) if np.isfinite((x, y)).all() else None


def _refuse_scattered_nan(rows: Sequence[Row], geometries: npt.NDArray[np.object_]) -> None:
    """Bounds ignore single NaN coordinates; look at all of them."""
    coordinates, owners = shapely.get_coordinates(geometries, return_index=True)
    bad = ~np.isfinite(coordinates).all(axis=1)
    if not bad.any():
        return
    for index in np.unique(owners[bad]).tolist():
        good = coordinates[(owners == index) & ~bad]
        place = (float(good[0][0]), float(good[0][1])) if len(good) else None
        _refuse(rows[index], "not_finite", "a coordinate is not a finite number (NaN or infinity)", place)


def _refuse_over_limits(rows: Sequence[Row], geometries: npt.NDArray[np.object_], limits: GeometryLimits) -> None:
    vertices = shapely.get_num_coordinates(geometries)
    parts = shapely.get_num_geometries(geometries)
    # A ring has at least four vertices, so small geometries need no counting of rings.
    for index in np.flatnonzero((vertices > 4 * min(limits.rings, limits.parts)) | (parts > limits.parts)).tolist():
        pieces = shapely.get_parts(geometries[index])
        rings = int((1 + shapely.get_num_interior_rings(pieces)).sum())
        for name, given, limit in (
            ("vertices", int(vertices[index]), limits.vertices),
            ("rings", rings, limits.rings),
            ("parts", len(pieces), limits.parts),
        ):
            if given > limit:
                _refuse(rows[index], f"too_many_{name}", f"{given:,} {name}; at most {limit:,} are taken")
                break
    several = np.flatnonzero((parts > 1) & np.array([row.refusal is None for row in rows], dtype=bool))
    pieces, owners = shapely.get_parts(geometries[several], return_index=True)
    for index in np.unique(owners[shapely.is_empty(pieces)]).tolist():
        _refuse(rows[several[index]], "empty", "a part of the geometry is empty")


def _refuse(row: Row, rule: str, reason: str, place: tuple[float, float] | None = None) -> None:
    if row.refusal is None:
        row.refusal = Refusal(rule, reason, place or _middle(row))


def _middle(row: Row) -> tuple[float, float] | None:
    west, south, east, north = row.bounds
    middle = ((west + east) / 2, (south + north) / 2)
    return middle if np.isfinite(middle).all() else None


def _location(reason: str, row: Row) -> tuple[float, float] | None:
    match = LOCATION.search(reason)
    if match is None:
        return _middle(row)
    place = (float(match["x"]), float(match["y"]))
    return place if np.isfinite(place).all() else _middle(row)


def _words(reason: str) -> str:
    """GEOS's reason without its location, which is kept as the place."""
    return LOCATION.sub("", reason).strip() or "Invalid geometry"
