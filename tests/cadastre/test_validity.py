from __future__ import annotations

import numpy as np
import pytest
import shapely
from shapely.geometry import shape

from spatial_admin.cadastre.precision import box_around
from spatial_admin.cadastre.shapes import shape_of_rings
from spatial_admin.cadastre.validity import as_geojson, shape_reason
from spatial_admin.cadastre.vicinity import NOTHING, Vicinity, is_large
from tests.cadastre.fabric import METRIC, Fabric, parcel_of, square


def street(points: int = 600) -> list[list[float]]:
    """A strip below y = 0, 1,200 m long, whose upper side has many points."""
    upper = [[float(x), 0.0] for x in np.linspace(1200, 0, points)]
    return [[0.0, -8.0], [1200.0, -8.0], *upper]


def block() -> Fabric:
    """A street of many points, a lot that overlaps it twice, 30 m apart, and one that only touches it."""
    lot = [[30.0, 0.0], [40, -0.5], [50, 0], [70, 0], [75, -0.4], [80, 0], [80, 20], [55, 20], [30, 20]]
    return Fabric.of_rings(METRIC, {"lot": [[lot]], "street": [[street()]], "next": square(90, 0)})


def common_m2(fabric: Fabric) -> float:
    lot, street_, *_ = fabric.polygons()
    return float(shapely.area(shapely.intersection(lot, street_)))


def test_a_shape_is_valid_or_has_a_reason_and_a_place() -> None:
    assert shape_reason(shape_of_rings(square(0, 0))) is None
    reason = shape_reason(shape_of_rings([[[[0, 0], [10, 10], [10, 0], [0, 10]]]]))
    assert reason == ("Self-intersection", (5.0, 5.0))


def test_a_violation_says_who_where_and_how_much() -> None:
    fabric = Fabric.of_rings(METRIC, {"A": square(0, 0), "B": square(12, 0)})
    (violation,) = fabric.edit([{"op": "move_point", "at": [12, 10], "to": [8, 10]}]).violations
    assert (violation.rule, violation.parcels) == ("overlap", ("A", "B"))
    assert violation.measure == pytest.approx(5.0)
    assert violation.message == "Parcels A and B would overlap by 5.00 m²."
    assert violation.place is not None
    assert shape(violation.place).area == pytest.approx(5.0)


def test_a_place_is_geojson_with_all_its_digits() -> None:
    assert as_geojson(shapely.Point(14.123456789012345, 50.1)) == {
        "type": "Point",
        "coordinates": [14.123456789012345, 50.1],
    }


def test_the_measure_of_an_overlap_with_a_long_street_is_that_of_the_whole_pair() -> None:
    fabric = block()
    whole = common_m2(fabric)
    outcome = fabric.edit([{"op": "move_point", "at": [40, -0.5], "to": [40, -0.2]}])
    (found,) = outcome.verdict.found
    left = common_m2(fabric.with_changes(outcome.changes))
    assert found.measure == pytest.approx(left)
    assert left < whole


def test_an_overlap_with_a_long_street_is_gone_only_when_none_is_left_anywhere() -> None:
    once = block().edit([{"op": "move_point", "at": [40, -0.5], "to": [40, 0.3]}])
    assert once.verdict.gone == []
    assert [found.rule for found in once.verdict.found if found.parcels == ("lot", "street")] == ["overlap", "gap"]
    fabric = block().with_changes(once.changes)
    twice = fabric.edit([{"op": "move_point", "at": [75, -0.4], "to": [75, 0.3]}])
    assert twice.verdict.gone == [("overlap", ("lot", "street"))]


def test_an_overlap_far_from_the_edit_is_not_looked_at() -> None:
    outcome = block().edit([{"op": "move_point", "at": [55, 20], "to": [55, 21]}])
    assert (outcome.violations, outcome.verdict.found) == ([], [])


def test_of_a_large_parcel_only_what_is_near_is_drawn_and_a_small_one_is_drawn_once() -> None:
    fabric = block()
    outcome = fabric.edit([{"op": "move_point", "at": [40, -0.5], "to": [40, -0.2]}])
    vicinity = Vicinity(outcome.coverage, box_around([c.region for c in outcome.changes if c.region]))
    assert is_large(fabric.parcels["street"].shape)
    near = shapely.bounds(vicinity.was("street", "parcels"))
    assert near[2] - near[0] < 30
    assert vicinity.was("street", "parcels") is vicinity.was("street", "parcels")
    assert shapely.bounds(vicinity.was("lot", "parcels")).tolist() == [30, -0.5, 80, 20]
    assert shapely.bounds(vicinity.now("lot", "parcels")).tolist() == [30, -0.4, 80, 20]
    assert vicinity.was("lot", "units") is NOTHING


def test_pairs_of_another_level_are_not_compared() -> None:
    fabric = Fabric.of_rings(METRIC, {"A": square(0, 0)})
    fabric.parcels["U"] = parcel_of(METRIC, 5, "U", shape_of_rings(square(2, 2)), level="units")
    outcome = fabric.edit([{"op": "move_point", "at": [12, 12], "to": [13, 13]}])
    assert [change.parcel_id for change in outcome.changes] == ["U"]
    assert outcome.verdict.found == []
