"""Who comes to a gap after parcels beside it were split, merged or ended."""

from __future__ import annotations

import shapely

from spatial_admin.cadastre.gap_succession import successors_of_gap
from tests.cadastre.fabric import METRIC, Fabric

SLOT = shapely.box(10, 0, 10.2, 10)
WEST, EAST = 1, 2


def test_the_pieces_of_a_split_that_come_to_the_land_are_named_and_those_that_lie_off_it_are_not() -> None:
    pieces = {3: shapely.box(10.2, 0, 15, 5), 4: shapely.box(10.2, 5, 15, 10), 5: shapely.box(15, 0, 20, 10)}
    assert list(successors_of_gap(SLOT, {WEST}, pieces, METRIC)) == [(WEST, 3, 4)]


def test_places_of_one_gap_that_come_to_lie_beside_different_parcels_part() -> None:
    low, high = shapely.box(10, 0, 10.2, 4), shapely.box(10, 6, 10.2, 10)
    pieces = {3: shapely.box(10.2, 0, 15, 5), 4: shapely.box(10.2, 5, 15, 10)}
    now = successors_of_gap(shapely.union(low, high), {WEST}, pieces, METRIC)
    assert {names: bool(shapely.equals(place, one)) for (names, place), one in zip(sorted(now.items()), (low, high), strict=True)} == {
        (WEST, 3): True, (WEST, 4): True,
    }  # fmt: skip


def test_land_that_was_filled_or_that_one_parcel_comes_to_from_one_side_is_for_the_rule_to_judge() -> None:
    assert successors_of_gap(SLOT, {WEST}, {EAST: shapely.box(10, 0, 20, 10)}, METRIC) == {}
    assert successors_of_gap(SLOT, {WEST}, {}, METRIC) == {}
    assert successors_of_gap(shapely.Polygon(), {WEST}, {}, METRIC) == {}


def test_a_slit_that_a_merged_parcel_encloses_is_its_own() -> None:
    slit = shapely.box(10, 2, 10.2, 8)
    merged = shapely.difference(shapely.box(0, 0, 20, 10), slit)
    assert list(successors_of_gap(slit, set(), {EAST: merged}, METRIC)) == [(EAST,)]


def test_a_sliver_beside_a_parcel_that_is_split_inherits_what_was_accepted_of_it() -> None:
    fabric = Fabric.of_rings(
        METRIC,
        {"A": [[[[0, 0], [10, 0], [10, 10], [0, 10]]]], "B": [[[[9.9995, 0], [20, 0], [20, 10], [9.9995, 10]]]]},
    )
    split = {"op": "split", "parcel_id": "B", "line": [[15, -5], [15, 15]], "into": ["B/1", "B/2"]}
    verdict = fabric.edit([split]).verdict
    (found,) = [one for one in verdict.found if one.rule == "sliver"]
    assert ("sliver", ("A", "B")) in found.heirs_of
    assert ("sliver", ("A", "B")) in verdict.gone
