from __future__ import annotations

import pytest

from spatial_admin.cadastre.reference_system import describe, ground_of
from spatial_admin.errors import SettingRefused


def test_degrees_metres_and_feet_are_told_apart() -> None:
    assert (describe(4326).is_geographic, describe(4326).metres_per_unit) == (True, 1.0)
    assert (describe(5514).is_geographic, describe(5514).metres_per_unit) == (False, 1.0)
    assert describe(2263).metres_per_unit == pytest.approx(1200 / 3937)


def test_the_extent_is_the_area_of_use_and_a_tenth_more() -> None:
    assert describe(4326).extent == (-180, -90, 180, 90)
    west, south, east, north = describe(2056).extent  # Switzerland, E 2.48 to 2.84 and N 1.07 to 1.30 million
    assert 2_400_000 < west < 2_485_000
    assert 2_830_000 < east < 2_900_000
    assert 1_000_000 < south < 1_075_000
    assert 1_290_000 < north < 1_350_000


def test_the_grid_is_a_tenth_of_a_millimetre_unless_it_is_set() -> None:
    assert ground_of(4326).steps_per_unit == 10**9
    assert ground_of(2056).steps_per_unit == 10**4
    assert ground_of(2056, grid=0.001).steps_per_unit == 1000


@pytest.mark.parametrize("grid", [0.003, 2.0])
def test_a_grid_whose_inverse_is_no_whole_number_is_refused(grid: float) -> None:
    with pytest.raises(SettingRefused, match="SPATIAL_ADMIN_GRID"):
        ground_of(2056, grid=grid)


@pytest.mark.parametrize(
    ("srid", "why"), [(999999, "no such EPSG code"), (4979, "two-dimensional"), (4978, "two-dimensional")]
)
def test_a_system_that_no_map_can_be_stored_in_is_refused(srid: int, why: str) -> None:
    with pytest.raises(SettingRefused, match=why):
        describe(srid)


def test_a_cell_is_about_a_hundred_metres_in_every_unit() -> None:
    for srid, latitude in ((4326, 0.0), (5514, 0.0), (2263, 0.0)):
        ground = ground_of(srid)
        assert ground.cell_size * ground.scale_at(latitude)[1] == pytest.approx(100, rel=0.12)
