"""How far a fix moves boundaries, and where they run then."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
import shapely

from spatial_admin.cadastre.coverage import Ring, Shape
from spatial_admin.cadastre.difference import ParcelChange
from spatial_admin.cadastre.precision import FloatArray, Ground, box_around
from spatial_admin.cadastre.shapes import polygons_of

SAMPLES: Final = np.linspace(0.0, 1.0, 21)  # of a side: its middle may be farther off than either end
Segment = tuple[float, float, float, float]


def farthest_m(ground: Ground, changes: Sequence[ParcelChange]) -> float:
    """How far the farthest point of a changed boundary is from the other state of it, in metres.

    Sides that went are measured to the new boundary, sides that came to the old one.
    """
    farthest = 0.0
    for change in changes:
        if change.before is None or change.region is None:
            continue
        frame = ground.frame_of(change.region)
        old, new = change.before.shape, change.shape
        for of, to in ((old, new), (new, old)):
            theirs = _segments(to)
            places = _places_on(segment for segment in _segments(of) if segment not in theirs)
            if len(places):
                lines = shapely.boundary(polygons_of(to, frame))
                shapely.prepare(lines)
                away = np.asarray(shapely.distance(shapely.points(frame.to_metres(places)), lines))
                farthest = max(farthest, float(away.max()))
    return farthest


def changed_lines(changes: Sequence[ParcelChange]) -> tuple[shapely.Geometry, shapely.Geometry]:
    """The boundaries that come and those that go, each once, in storage coordinates.

    What another of the parcels had before, or has now, does neither: a piece split off keeps most of the old outline.
    """
    old: dict[Segment, None] = {}
    new: dict[Segment, None] = {}
    for change in changes:
        if change.region is not None:
            old |= {} if change.before is None else _segments(change.before.shape)
            new |= {} if change.change == "retired" else _segments(change.shape)
    come = dict.fromkeys(segment for segment in new if segment not in old)
    gone = dict.fromkeys(segment for segment in old if segment not in new)
    return _lines(come), _lines(gone)


def changed_box(changes: Sequence[ParcelChange]) -> tuple[float, float, float, float] | None:
    """The envelope of what changes."""
    regions = [change.region for change in changes if change.region is not None]
    return box_around(regions) if regions else None


def _lines(segments: dict[Segment, None]) -> shapely.Geometry:
    if not segments:
        return shapely.MultiLineString()
    pairs = np.array(list(segments)).reshape(-1, 2, 2)
    merged = shapely.line_merge(shapely.MultiLineString(list(pairs)))
    return shapely.MultiLineString(shapely.get_parts(merged).tolist())


def _places_on(segments: Iterable[Segment]) -> FloatArray:
    ends = np.array(list(segments)).reshape(-1, 2, 2)
    places: FloatArray = (ends[:, 0, None] + SAMPLES[None, :, None] * (ends[:, 1] - ends[:, 0])[:, None]).reshape(-1, 2)
    return places


def _segments(shape: Shape) -> dict[Segment, None]:
    found: dict[Segment, None] = {}
    for ring in _rings(shape):
        points = [(x, y) for x, y in ring.tolist()]
        for a, b in zip(points, points[1:] + points[:1], strict=True):
            found[(*a, *b) if a <= b else (*b, *a)] = None
    return found


def _rings(shape: Shape) -> list[Ring]:
    return [ring for part in shape for ring in part]
