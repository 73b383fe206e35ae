from __future__ import annotations

from typing import Any

import pytest
import shapely
from shapely.geometry import shape

from spatial_admin.cadastre.contact import gaps_between, overlaps_between
from spatial_admin.cadastre.shapes import polygons_of, shape_of_rings
from tests.cadastre.fabric import DEGREES, METRIC, square


def polygons(**parcels: Any) -> dict[str, shapely.Geometry]:
    return {name: polygons_of(shape_of_rings(parts)) for name, parts in parcels.items()}


def test_each_overlapping_pair_is_told_with_its_place_and_area() -> None:
    first, second = overlaps_between(METRIC, polygons(C=square(9, 0), B=square(18, 0), A=square(0, 0)))
    assert {first.parcels, second.parcels} == {("A", "C"), ("B", "C")}
    assert first.measure == second.measure == pytest.approx(10)
    assert first.place is not None
    assert shape(first.place).area == pytest.approx(10)


def test_parcels_of_one_geometry_are_told_once() -> None:
    (stack,) = overlaps_between(METRIC, polygons(C=square(0, 0), B=square(0, 0), A=square(0, 0)))
    assert stack.parcels == ("A", "B", "C")


def test_a_sliver_is_no_overlap() -> None:
    assert overlaps_between(METRIC, polygons(A=square(0, 0), B=square(9.9995, 0))) == []


@pytest.mark.parametrize(
    ("other", "area"),
    [
        pytest.param(square(10.2, 0), 2.0, id="a strip, open at both ends"),
        pytest.param([[[[10, 0], [20, 0], [20, 10], [10.3, 10]]]], 1.5, id="a wedge, open at one end"),
        pytest.param([[[[10, 0], [20, 0], [20, 10], [10, 10], [10.3, 6], [10.3, 4]]]], 1.8, id="a lens, closed"),
        pytest.param(square(10.0005, 0), None, id="half a millimetre"),
        pytest.param(square(10.6, 0), None, id="wider than a gap"),
        pytest.param([[[[10, 10], [20, 10], [20, 20], [10, 20]]]], None, id="a right angle"),
        pytest.param([[[[10, 10], [12, 30], [10, 30]]]], None, id="they touch in a point"),
    ],
)
def test_a_gap_is_narrow_land_between_them(other: Any, area: float | None) -> None:
    gaps = gaps_between(METRIC, polygons(A=square(0, 0), B=other), [])
    assert [gap.measure for gap in gaps] == ([] if area is None else [pytest.approx(area, rel=0.02)])
    assert all(gap.rule == "gap" and gap.parcels == ("A", "B") for gap in gaps)


def test_a_notch_in_one_of_them_is_no_gap_between_them() -> None:
    notched = [[[[0, 0], [10, 0], [10, 10], [5.2, 10], [5.2, 5], [5, 5], [5, 10], [0, 10]]]]
    assert gaps_between(METRIC, polygons(A=notched, B=square(10, 0)), []) == []


def test_land_of_others_is_no_gap() -> None:
    wall = list(polygons(wall=square(10, 0, 0.2)).values())
    assert gaps_between(METRIC, polygons(A=square(0, 0), B=square(10.2, 0)), wall) == []


def test_in_degrees_it_is_measured_in_metres() -> None:
    a, b = square(14, 50, 1e-4, 1e-4), square(14 + 1e-4 + 3e-6, 50, 1e-4, 1e-4)  # 21 cm apart
    (gap,) = gaps_between(DEGREES, polygons(A=a, B=b), [])
    assert gap.measure == pytest.approx(3e-6 * 71_700 * 1e-4 * 111_200, rel=0.01)
