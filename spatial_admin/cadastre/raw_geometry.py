"""What can be drawn of a refused geometry: points, lines and rings out of WKB, read by hand.

No parser of GEOS sees it: what was refused may nest, lie about its counts, or hold no numbers at all.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

import numpy as np

from spatial_admin.cadastre.coverage import Shape
from spatial_admin.cadastre.precision import FloatArray

POINT, LINE, POLYGON, MULTIPOINT, MULTILINE, MULTIPOLYGON = 1, 2, 3, 4, 5, 6
MEMBER: Final = {MULTIPOINT: POINT, MULTILINE: LINE, MULTIPOLYGON: POLYGON}
NAMES: Final = {
    POINT: "Point", LINE: "LineString", POLYGON: "Polygon", MULTIPOINT: "MultiPoint", MULTILINE: "MultiLineString",
    MULTIPOLYGON: "MultiPolygon",
}  # fmt: skip
EWKB_Z, EWKB_M, EWKB_SRID = 0x80000000, 0x40000000, 0x20000000
RING_POINTS: Final = 3


@dataclass(frozen=True, slots=True)
class RawGeometry:
    """A geometry as its file has it: `parts` of paths of (n, 2) coordinates; of polygons, parts of closed rings."""

    kind: int
    parts: tuple[tuple[FloatArray, ...], ...]

    @property
    def name(self) -> str:
        """What GeoJSON calls it."""
        return NAMES[self.kind]

    @property
    def is_polygonal(self) -> bool:
        """Is it of rings?"""
        return self.kind in (POLYGON, MULTIPOLYGON)

    def points(self) -> FloatArray:
        """All coordinates in a row."""
        paths = [path for part in self.parts for path in part]
        return np.concatenate(paths) if paths else np.empty((0, 2))

    def with_points(self, points: FloatArray) -> RawGeometry:
        """The same with other coordinates, in the same order."""
        at = 0
        parts = []
        for part in self.parts:
            paths = []
            for path in part:
                paths.append(points[at : at + len(path)])
                at += len(path)
            parts.append(tuple(paths))
        return RawGeometry(self.kind, tuple(parts))

    def shape(self) -> Shape | None:
        """Rings without their last point and without repeated ones; None where one has fewer than three left."""
        if not self.is_polygonal or not self.parts:
            return None
        parts = []
        for part in self.parts:
            rings = tuple(_opened(ring) for ring in part)
            if not rings or any(len(ring) < RING_POINTS for ring in rings):
                return None
            parts.append(rings)
        return tuple(parts)


def raw_geometry(wkb: bytes | None) -> RawGeometry | None:
    """Read ISO or extended WKB of either byte order; None for what nests, is cut off, empty or not finite."""
    if wkb is None:
        return None
    try:
        kind, parts, end = _read(wkb, 0)
    except (struct.error, ValueError):
        return None
    geometry = RawGeometry(kind, parts)
    points = geometry.points()
    return geometry if end <= len(wkb) and len(points) and np.isfinite(points).all() else None


def _read(wkb: bytes, at: int, expected: int | None = None) -> tuple[int, tuple[tuple[FloatArray, ...], ...], int]:
    order = {0: ">", 1: "<"}.get(wkb[at] if at < len(wkb) else -1)
    if order is None:
        raise ValueError("no byte order")
    (code,) = struct.unpack_from(f"{order}I", wkb, at + 1)
    at += 9 if code & EWKB_SRID else 5
    thousands, kind = divmod(code & ~(EWKB_Z | EWKB_M | EWKB_SRID), 1000)
    width = 2 + (bool(code & EWKB_Z) or thousands in (1, 3)) + (bool(code & EWKB_M) or thousands in (2, 3))
    if kind not in NAMES or (expected is not None and kind != expected):
        raise ValueError("a type that is not drawn")
    if kind == POINT:
        path, at = _path(wkb, at, order, width, 1)
        return kind, ((path,),), at
    (count,) = struct.unpack_from(f"{order}I", wkb, at)
    at += 4
    if kind == LINE:
        path, at = _path(wkb, at, order, width, count)
        return kind, ((path,),), at
    if count > (len(wkb) - at) // 4:
        raise ValueError("more parts than bytes")
    parts: list[tuple[FloatArray, ...]] = []
    if kind == POLYGON:
        rings = []
        for _ in range(count):
            (length,) = struct.unpack_from(f"{order}I", wkb, at)
            ring, at = _path(wkb, at + 4, order, width, length)
            rings.append(ring)
        return kind, (tuple(rings),), at
    for _ in range(count):
        _, member, at = _read(wkb, at, MEMBER[kind])
        parts += member
    return kind, tuple(parts), at


def _path(wkb: bytes, at: int, order: str, width: int, count: int) -> tuple[FloatArray, int]:
    end = at + 8 * width * count
    if end > len(wkb):
        raise ValueError("more coordinates than bytes")
    numbers = np.frombuffer(wkb, f"{order}f8", width * count, at).reshape(count, width)
    return np.ascontiguousarray(numbers[:, :2], dtype=np.float64), end


def _opened(ring: FloatArray) -> FloatArray:
    """Without its closing point, and without points that equal the one before."""
    if len(ring) < 2:
        return ring
    differs = (ring[1:] != ring[:-1]).any(axis=1)
    kept = ring[np.concatenate([[True], differs])]
    is_closed = len(kept) > 1 and bool((kept[0] == kept[-1]).all())
    return np.ascontiguousarray(kept[: len(kept) - is_closed])
