from __future__ import annotations

import pytest

from spatial_admin.cadastre.admissibility import refusal_of_box
from spatial_admin.cadastre.precision import MOST_CELLS, Box, cells_of
from spatial_admin.cadastre.reference_system import ground_of

GROUND = ground_of(26915)


@pytest.mark.parametrize(
    ("box", "rule"),
    [
        ((480_000, 4_950_000, 480_100, 4_950_100), None),
        ((480_000, 4_950_000, 529_000, 4_999_000), None),  # 49 km
        ((480_000, 4_950_000, 531_000, 5_001_000), "too_large"),  # 51 km
        ((-93.1, 44.6, -93.0, 44.7), "outside_extent"),  # degrees taken for metres
        ((480_000, 4_950_000, 480_100, 99_000_000), "outside_extent"),
    ],
)
def test_box_is_judged_by_extent_and_size(box: Box, rule: str | None) -> None:
    refusal = refusal_of_box(GROUND, box)
    assert (refusal.rule if refusal else None) == rule


def test_limit_counts_the_cells_that_a_write_would_take() -> None:
    box = (480_000.0, 4_950_000.0, 529_799.0, 4_999_799.0)
    assert refusal_of_box(GROUND, box) is None
    assert 0.99 * MOST_CELLS < len(cells_of(box, GROUND.cell_size)) <= MOST_CELLS


def test_polygon_around_the_world_is_refused_without_counting_its_cells_one_by_one() -> None:
    refusal = refusal_of_box(ground_of(4326), (-180.0, -90.0, 180.0, 90.0))
    assert refusal is not None
    assert refusal.rule == "too_large"
