"""The no-worse rule on real parcels with real overlaps: old errors stay editable, and none can grow."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely

from spatial_admin.cadastre.coverage import Shape
from spatial_admin.cadastre.overlap import CommonArea, common_area_on
from spatial_admin.cadastre.precision import Point
from spatial_admin.cadastre.shapes import polygons_of, shape_of_polygons
from spatial_admin.errors import InvalidOperation
from tests.cadastre.fabric import DEGREES, Fabric, Outcome
from tests.cadastre.random_fabric import points_of

FILES = ("us_va_williamsburg_parcels.geojson", "us_pa_philadelphia_parcels_dirty.geojson")
PAIRS = 60  # of each file
CLEARLY_M2 = 0.02  # what is closer to the tolerance of 0.01 is not asked
FAR_M = 3.0


@dataclass
class City:
    """A fabric and the first pairs of it that overlap by more than tolerance, but for near twins, as (id, id)."""

    name: str
    fabric: Fabric
    overlaps: list[tuple[str, str]]

    def shape(self, name: str) -> Shape:
        return self.fabric.parcels[name].shape

    def common(self, a: str, b: str) -> CommonArea:
        return common_area_on(DEGREES, polygons_of(self.shape(a)), polygons_of(self.shape(b)))

    def is_alone_at(self, point: Point) -> bool:
        """Does no boundary but one pass the point within a few centimetres?"""
        near = shapely.Point(point).buffer(5e-7)
        parcels = self.fabric.read([(*point, *point)], [])
        return sum(bool(shapely.intersects(polygons_of(p.shape).boundary, near)) for p in parcels) == 1


@pytest.fixture(scope="module", params=FILES, ids=lambda name: str(name).split("_")[2])
def city(request: pytest.FixtureRequest, shared_data: Path) -> City:
    geometries = shapely.force_2d(shapely.from_wkb(pyogrio.raw.read(shared_data / "parcels" / request.param)[2]))
    usable = [g for g in geometries if g is not None and not g.is_empty and shapely.is_valid(g)]
    fabric = Fabric.of_shapes(DEGREES, {f"{n:05}": shape_of_polygons(g) for n, g in enumerate(usable)})
    names, polygons = list(fabric.parcels), fabric.polygons()
    pairs = shapely.STRtree(polygons).query(polygons, predicate="intersects").T.tolist()
    found = ((names[i], names[j]) for i, j in pairs if i < j and _counts(polygons[i], polygons[j]))
    return City(str(request.param), fabric, list(itertools.islice(found, PAIRS)))


def _counts(a: shapely.Geometry, b: shapely.Geometry) -> bool:
    if not shapely.relate_pattern(a, b, "T********") or not common_area_on(DEGREES, a, b).counts:
        return False
    return bool(shapely.area(shapely.intersection(a, b)) < min(shapely.area(a), shapely.area(b)) / 2)


def edited(city: City, at: Point, to: Point) -> Outcome | None:
    try:
        return city.fabric.edit([{"op": "move_point", "at": list(at), "to": list(to)}])
    except InvalidOperation:
        return None


def steps_of_own_points(city: City, name: str, other: str) -> Iterator[tuple[Point, Point]]:
    """Moves of points that one parcel alone has inside its overlap: outwards, and inwards by more and more."""
    shape, neighbour = city.shape(name), polygons_of(city.shape(other))
    inside = np.array(polygons_of(shape).representative_point().coords[0])
    for at in sorted(points_of(shape)):
        if shapely.contains_properly(neighbour, shapely.Point(at)) and city.is_alone_at(at):
            for share in (-0.05, 0.02, 0.3, 0.8):
                x, y = (np.array(at) + share * (inside - at)).tolist()
                yield at, (x, y)
            yield at, _just_outside(neighbour, at)


def _just_outside(parcel: shapely.MultiPolygon, at: Point) -> Point:
    edge = shapely.get_coordinates(shapely.shortest_line(shapely.boundary(parcel), shapely.Point(at)))[0]
    away = edge - at
    x, y = (edge + away / np.hypot(*away) * 5e-7).tolist()
    return x, y


def test_a_corner_far_from_an_old_overlap_moves_and_the_overlap_is_found_as_it_was(city: City) -> None:
    accepted = 0
    for pair in city.overlaps:
        before = city.common(*pair)
        for name, other in (pair, pair[::-1]):
            place = shapely.transform(polygons_of(city.shape(other)), before.frame.to_metres)
            for at in sorted(points_of(city.shape(name))):
                if shapely.Point(before.frame.to_metres(np.array([at]))[0]).distance(place) < FAR_M:
                    continue
                outcome = edited(city, at, (at[0] + 2e-7, at[1] - 1e-7))
                if outcome is None:
                    continue
                assert pair not in [v.parcels for v in outcome.violations]
                accepted += not outcome.violations
                for found in outcome.verdict.found:
                    if found.parcels == pair and found.rule == "overlap":
                        assert found.measure == pytest.approx(before.area_m2, abs=0.01)  # noding
                assert ("overlap", pair) not in outcome.verdict.gone
                break
    assert accepted > len(city.overlaps)


def test_an_old_overlap_never_grows_and_is_found_with_what_is_left_of_it_until_it_is_gone(city: City) -> None:
    seen: Counter[str] = Counter()
    for pair, (name, other) in ((p, o) for p in city.overlaps for o in (p, p[::-1])):
        before = city.common(*pair)
        for at, to in itertools.islice(steps_of_own_points(city, name, other), 12):
            outcome = edited(city, at, to)
            if outcome is None or any(v.rule != "overlap" or v.parcels != pair for v in outcome.violations):
                continue  # refused for another reason
            shapes = outcome.coverage.shapes
            after = common_area_on(DEGREES, *(polygons_of(shapes.get(one, city.shape(one))) for one in pair))
            refused = [v.measure for v in outcome.violations]
            found = {f.rule: f.measure for f in outcome.verdict.found if f.parcels == pair}
            grown = after.area_m2 - before.area_m2
            if grown > CLEARLY_M2 and after.counts:
                assert refused == [pytest.approx(after.area_m2, rel=1e-6)]
                seen["grown"] += 1
            elif after.counts and grown < 0 and not refused:
                assert found["overlap"] == pytest.approx(after.area_m2, rel=1e-6, abs=1e-6)
                seen["shrunk"] += 1
            elif after.area_m2 == 0:
                assert ("overlap", pair) in outcome.verdict.gone
                seen["gone"] += 1
            assert grown <= CLEARLY_M2 or refused
    # In Philadelphia no overlap of these ends with one point: they are strips and near twins.
    assert seen["gone"] >= 2 or "philadelphia" in city.name
    assert min(seen["grown"], seen["shrunk"]) >= 4, seen
