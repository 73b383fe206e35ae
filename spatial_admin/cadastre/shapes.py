"""Between shapes of the coverage, shapely polygons and WKB; coordinates pass through unchanged to the bit."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, cast

import numpy as np
import shapely
from shapely import MultiPolygon, Polygon

from spatial_admin.cadastre.coverage import Ring, Shape
from spatial_admin.cadastre.precision import FloatArray, Frame

LITTLE_ENDIAN: Final = np.dtype("<f8")
WKB_POLYGON: Final = 3
WKB_MULTIPOLYGON: Final = 6
RING_POINTS: Final = 3  # without the closing one


def shape_of_wkb(data: bytes) -> Shape:
    """Read a little-endian WKB MULTIPOLYGON (`ST_AsBinary(geom, 'NDR')`) into (n, 2) rings without their last point.

    By hand because it is the hottest read of an edit: no geometry object, no copy but the rings' own.
    """
    (parts,) = struct.unpack_from("<I", data, 5)
    offset = 9
    shape = []
    for _ in range(parts):
        (rings,) = struct.unpack_from("<I", data, offset + 5)
        offset += 9
        part = []
        for _ in range(rings):
            (points,) = struct.unpack_from("<I", data, offset)
            ring = np.frombuffer(data, dtype="<f8", count=2 * points, offset=offset + 4).reshape(-1, 2)
            offset += 4 + 16 * points
            part.append(ring[:-1])
        shape.append(tuple(part))
    return tuple(shape)


def wkb_of_shape(shape: Shape) -> bytes:
    """Write a little-endian WKB MULTIPOLYGON with closed rings."""
    chunks = [struct.pack("<BII", 1, WKB_MULTIPOLYGON, len(shape))]
    for part in shape:
        chunks.append(struct.pack("<BII", 1, WKB_POLYGON, len(part)))
        for ring in part:
            points = ring if ring.dtype == LITTLE_ENDIAN else ring.astype(LITTLE_ENDIAN)
            chunks += [struct.pack("<I", len(points) + 1), points.tobytes(), points[0].tobytes()]
    return b"".join(chunks)


def shape_of_rings(parts: Iterable[Iterable[Any]]) -> Shape:
    """A shape from nested sequences of closed or open rings of pairs."""
    return tuple(tuple(_opened(np.array(ring, dtype=np.float64)) for ring in part) for part in parts)


def polygons_of(shape: Shape, frame: Frame | None = None) -> MultiPolygon:
    """The shape as shapely sees it, in a local metre frame when one is given.

    Made from WKB, which is three times as fast as from rings. ValueError when a ring has fewer than three points.
    """
    _check_rings(shape)
    if frame is not None:
        shape = tuple(tuple(frame.to_metres(ring) for ring in part) for part in shape)
    return cast("MultiPolygon", shapely.from_wkb(wkb_of_shape(shape)))


def polygons_of_all(shapes: Sequence[Shape]) -> list[MultiPolygon]:
    """As `polygons_of`, of many: shapely takes longer to begin than to make one of them."""
    for shape in shapes:
        _check_rings(shape)
    return cast("list[MultiPolygon]", shapely.from_wkb([wkb_of_shape(shape) for shape in shapes]).tolist())


def _check_rings(shape: Shape) -> None:
    if any(len(ring) < RING_POINTS for part in shape for ring in part):
        raise ValueError("a ring takes at least three points")


def shape_of_polygons(geometry: shapely.Geometry) -> Shape:
    """The rings of a Polygon or MultiPolygon."""
    return tuple(
        tuple(_opened(shapely.get_coordinates(ring)) for ring in (polygon.exterior, *polygon.interiors))
        for polygon in polygons_in(geometry)
    )


def without_repeats(ring: Ring) -> Ring:
    """The ring with equal consecutive points made one: of them the last is kept, at the end of the ring the first, for
    it begins where it began. Of a ring of one point only, that point.
    """
    kept: Ring = ring[(ring != np.concatenate([ring[1:], ring[:1]])).any(axis=1)]
    return kept if len(kept) else ring[:1]


def polygons_in(geometry: shapely.Geometry) -> list[Polygon]:
    """The polygons that a geometry consists of; points and lines of an intersection are left out."""
    return [part for part in shapely.get_parts(geometry, return_index=False).tolist() for part in _flattened(part)]


def transformed(geometry: shapely.Geometry, function: Callable[[FloatArray], FloatArray]) -> shapely.Geometry:
    """The geometry in another frame, and still valid: rounding may cross the sides of a sliver."""
    return mended(shapely.transform(geometry, function))


def mended(geometry: shapely.Geometry) -> shapely.Geometry:
    """A geometry that was computed and may not be valid, as polygons that are; what is stored is never mended."""
    if shapely.is_valid(geometry):
        return geometry
    return MultiPolygon(polygons_in(shapely.make_valid(geometry, method="structure", keep_collapsed=False)))


def _flattened(geometry: shapely.Geometry) -> list[Polygon]:
    if isinstance(geometry, Polygon):
        return [] if geometry.is_empty else [geometry]
    if hasattr(geometry, "geoms"):
        return [polygon for part in geometry.geoms for polygon in _flattened(part)]
    return []


def _opened(ring: Ring) -> Ring:
    return ring[:-1] if len(ring) > 1 and (ring[0] == ring[-1]).all() else ring
