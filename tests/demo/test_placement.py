from __future__ import annotations

import numpy as np
import pytest
import shapely

from spatial_admin.demo.model import Town
from spatial_admin.demo.placement import place
from tests.demo.measures import of_level, overlapping_pairs, rings_of, shapes_of

DEGREES = ((7.4, 47.03), (76_057.0, 111_178.0), 10**9)
METRES = ((2_600_000.0, 1_200_000.0), (1.0, 1.0), 10**4)


@pytest.mark.parametrize("target", [DEGREES, METRES], ids=["degrees at latitude 47", "metres"])
def test_a_placed_town_is_still_a_noded_coverage(
    clean_town: Town, target: tuple[tuple[float, float], tuple[float, float], int]
) -> None:
    placed = place(clean_town, *target)
    shapes = shapes_of(of_level(placed, "parcels"))
    assert shapely.coverage_is_valid(shapes)
    assert overlapping_pairs(shapes) == set()
    assert shapely.is_valid(shapes_of(list(placed.parcels))).all()


@pytest.mark.parametrize("target", [DEGREES, METRES], ids=["degrees at latitude 47", "metres"])
def test_placed_points_lie_on_the_grid_and_stay_distinct(
    clean_town: Town, target: tuple[tuple[float, float], tuple[float, float], int]
) -> None:
    before, after = (np.vstack(rings_of(list(t.parcels))) for t in (clean_town, place(clean_town, *target)))
    assert len(np.unique(before, axis=0)) == len(np.unique(after, axis=0))
    assert (np.floor(after * target[2] + 0.5) / target[2] == after).all()
    back = (after - np.array(target[0])) * np.array(target[1])
    assert np.abs(back - before).max() < 1.1 * max(target[1]) / target[2]


def test_districts_and_broken_features_move_with_the_town(town: Town) -> None:
    placed = place(town, *METRES)
    for before, after in zip(town.districts, placed.districts, strict=True):
        assert after.parts[0][0] - np.array(METRES[0]) == pytest.approx(before.parts[0][0], abs=1e-4)
    assert [feature.rule for feature in placed.broken_features] == [feature.rule for feature in town.broken_features]
    assert placed.broken_features[0].parcel.parts[0][0].min() > 1_000_000
    assert placed.defects == town.defects


def test_a_grid_too_coarse_to_keep_points_apart_is_refused(clean_town: Town) -> None:
    with pytest.raises(ValueError, match=r"too coarse: of \d+ distinct points"):
        place(clean_town, (7.4, 47.03), (76_057.0, 111_178.0), 10**5)
