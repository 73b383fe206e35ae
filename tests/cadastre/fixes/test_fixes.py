"""Candidate fixes of each kind of finding: what they do to the parcels, and what they leave alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import shapely
import shapely.affinity

from spatial_admin.cadastre.coverage import Coverage
from spatial_admin.cadastre.fixes import FIXABLE, Candidate, Defect, candidates
from spatial_admin.cadastre.fixes.overlap import halfway
from spatial_admin.cadastre.fixes.shift import changed_lines, farthest_m
from spatial_admin.cadastre.shapes import polygons_of
from tests.cadastre.fabric import METRIC, Fabric, Outcome

Ring = Sequence[Sequence[float]]


def box(west: float, south: float, east: float, north: float) -> Ring:
    return [[west, south], [east, south], [east, north], [west, north]]


def fabric(**rings: Ring) -> Fabric:
    return Fabric.of_rings(METRIC, {name: [[list(ring)]] for name, ring in rings.items()})


def fixes(of: Fabric, defect: Defect) -> list[tuple[Candidate, Outcome]]:
    """Candidates that break no blocking rule, as the dry run sorts them, with what comes of them as edits."""
    coverage = Coverage(of.ground, of.read)
    for name in defect.parcels:
        coverage.add(of.parcels[name])
    found = [(one, of.edit(list(one.operations))) for one in candidates(coverage, defect)]
    assert coverage.touched() == []
    return [(one, outcome) for one, outcome in found if not outcome.violations]


def polygon(outcome: Outcome, name: str) -> Any:
    return polygons_of(outcome.coverage.shapes[name])


def points(outcome: Outcome, name: str) -> list[tuple[float, float]]:
    return [tuple(point) for part in outcome.coverage.shapes[name] for ring in part for point in ring.tolist()]


def changed(outcome: Outcome) -> set[str]:
    return {change.parcel_id for change in outcome.changes if change.change == "geometry"}


OVERLAPPING = {"A": box(0, 0, 10, 10), "B": box(9, 2, 20, 8), "C": box(20, 0, 30, 10)}


def test_an_overlap_of_a_whole_side_goes_to_either() -> None:
    of = fabric(A=box(0, 0, 10, 10), B=box(9, 0, 20, 10), C=box(20, 0, 30, 10))
    to_a, to_b, halved = fixes(of, Defect("overlap", ("A", "B"), shapely.box(9, 0, 10, 10), may_halve=True))
    assert "halfway" in halved[0].title
    assert [polygon(halved[1], name).bounds for name in ("A", "B")] == [(0, 0, 9.5, 10), (9.5, 0, 20, 10)]
    assert changed(halved[1]) == {"A", "B"}
    assert "B is cut back to the boundary of A" in to_a[0].title
    assert "A is cut back to the boundary of B" in to_b[0].title
    assert polygon(to_a[1], "B").equals(shapely.box(10, 0, 20, 10))
    assert polygon(to_b[1], "A").equals(shapely.box(0, 0, 9, 10))
    assert [changed(outcome) for _, outcome in (to_a, to_b)] == [{"B"}, {"A"}]
    assert [outcome.coverage.touched() != [] for _, outcome in (to_a, to_b)] == [True, True]


def test_an_overlap_of_a_whole_side_with_a_corner_goes_to_either_and_is_not_halved() -> None:
    of = fabric(A=box(0, 0, 10, 10), B=[[9, 0], [20, 0], [20, 10], [9, 10], [8.8, 5]])
    place = shapely.from_wkt("POLYGON ((9 0, 10 0, 10 10, 9 10, 8.8 5, 9 0))")
    found = fixes(of, Defect("overlap", ("A", "B"), place, may_halve=True))
    assert [(polygon(outcome, "A").area, polygon(outcome, "B").area) for _, outcome in found] == [(100, 100), (89, 111)]


def test_an_overlap_of_a_whole_side_goes_to_either_where_the_row_is_slanted_and_has_a_neighbour_beside_it() -> None:
    slanted = {"A": (0, 0, 10, 10), "B": (9.6, 0, 20, 10), "C": (20, 0, 30, 10), "D": (0, -10, 30, 0)}
    rings = {name: shapely.affinity.rotate(shapely.box(*sides), 17, origin=(0, 0)) for name, sides in slanted.items()}
    of = fabric(**{name: np.round(ring.exterior.coords[:-1], 4).tolist() for name, ring in rings.items()})
    place = polygons_of(of.parcels["A"].shape).intersection(polygons_of(of.parcels["B"].shape))
    found = fixes(of, Defect("overlap", ("A", "B"), place, may_halve=True))
    areas = [[polygon(outcome, name).area for name in "ABCD"] for _, outcome in found]
    expected = [[100, 100, 100, 300], [96, 104, 100, 300], [98, 102, 100, 300]]
    assert sorted(areas, reverse=True) == [
        pytest.approx(one, abs=0.02) for one in (expected[0], expected[2], expected[1])
    ]
    for _, outcome in found:
        assert polygon(outcome, "A").intersection(polygon(outcome, "B")).area < 1e-6


def test_an_overlap_goes_to_either_along_its_boundary() -> None:
    of = fabric(**OVERLAPPING)
    found = fixes(of, Defect("overlap", ("A", "B"), shapely.box(9, 2, 10, 8)))
    to_a, to_b = (outcome for _, outcome in found)
    assert [one.title for one, _ in found] == [
        "The overlap of 6.00 m² goes to A: B is cut back to the boundary of A",
        "The overlap of 6.00 m² goes to B: A is cut back to the boundary of B",
    ]
    assert changed(to_a) == {"B"}
    assert polygon(to_a, "B").equals(shapely.box(10, 2, 20, 8))
    assert polygon(to_a, "A").equals(shapely.box(0, 0, 10, 10))
    assert changed(to_b) == {"A"}
    assert polygon(to_b, "A").equals(shapely.box(0, 0, 10, 10) - shapely.box(9, 2, 20, 8))
    # Both have the same points on what is their boundary now.
    assert {(10.0, 2.0), (10.0, 8.0)} <= set(points(to_a, "A")) & set(points(to_a, "B"))
    assert to_a.verdict.gone == to_b.verdict.gone == [("overlap", ("A", "B"))]
    assert farthest_m(METRIC, to_a.changes) == pytest.approx(1.0)


def test_an_overlap_in_two_pieces_is_fixed_as_a_whole() -> None:
    comb: Ring = [
        [10, 0],
        [20, 0],
        [20, 10],
        [10, 10],
        [10, 8],
        [9, 8],
        [9, 6],
        [10, 6],
        [10, 4],
        [9, 4],
        [9, 2],
        [10, 2],
    ]
    of = fabric(A=box(0, 0, 10, 10), B=comb)
    found = fixes(of, Defect("overlap", ("A", "B"), shapely.box(9, 2, 10, 8)))
    assert len(found) == 2
    for _, outcome in found:
        assert polygon(outcome, "A").intersection(polygon(outcome, "B")).area == 0
        assert outcome.verdict.gone == [("overlap", ("A", "B"))]
    assert polygon(found[0][1], "B").equals(shapely.box(10, 0, 20, 10))


def test_a_corner_that_was_measured_twice_is_joined_for_all_who_have_it() -> None:
    # B and C share the corner (10.2, 5), which lies within A: to cut B back alone would tear it from C.
    of = fabric(
        A=[[0, 0], [10, 0], [10.3, 5], [10, 10], [0, 10]],
        B=[[10, 0], [20, 0], [20, 5], [10.2, 5]],
        C=[[10.2, 5], [20, 5], [20, 10], [10, 10]],
    )
    found = fixes(of, Defect("overlap", ("A", "B"), shapely.box(10, 0, 10.3, 5)))
    joined = [outcome for one, outcome in found if "joined" in one.title]
    assert joined
    for outcome in joined:
        assert polygon(outcome, "A").intersection(polygon(outcome, "B")).area == 0
    both = [outcome for outcome in joined if "C" in changed(outcome)]
    assert (10.3, 5.0) in points(both[0], "B")
    assert (10.3, 5.0) in points(both[0], "C")


def test_a_way_that_would_cross_a_boundary_with_itself_leads_nowhere() -> None:
    # Both corners of B within A have the same nearest corner of A: joined to it, B would be a line there.
    of = fabric(A=[[0, 0], [10, 0], [10.2, 5], [10, 10], [0, 10]], B=[[10.1, 4.9], [10.1, 5.1], [30, 5.1], [30, 4.9]])
    for one, outcome in fixes(of, Defect("overlap", ("A", "B"), shapely.box(10.1, 4.9, 10.2, 5.1))):
        assert shapely.is_valid(polygon(outcome, "B")), one.title
        assert polygon(outcome, "A").intersection(polygon(outcome, "B")).area == 0


def test_a_parcel_within_another_has_no_fix() -> None:
    of = fabric(A=box(0, 0, 10, 10), B=box(2, 2, 4, 4))
    assert fixes(of, Defect("overlap", ("A", "B"), shapely.box(2, 2, 4, 4))) == []


def test_a_boundary_halfway_is_a_candidate_only_where_it_is_allowed() -> None:
    of = fabric(**OVERLAPPING)
    place = shapely.box(9, 2, 10, 8)
    found = fixes(of, Defect("overlap", ("A", "B"), place, may_halve=True))
    (halved,) = [outcome for one, outcome in found if "halfway" in one.title]
    assert len(found) == 3
    assert polygon(halved, "A").intersection(polygon(halved, "B")).area == 0
    assert polygon(halved, "A").union(polygon(halved, "B")).area == pytest.approx(100 + 66 - 6, abs=1e-6)
    assert polygon(halved, "A").area == pytest.approx(97, abs=1.5)
    assert changed(halved) == {"A", "B"}


def test_halfway_lies_between_two_paths() -> None:
    assert halfway([(0, 0), (10, 0)], [(0, 0), (0, 4), (10, 4), (10, 0)]) == [
        (0, 0), (pytest.approx(20 / 18), 2), (pytest.approx(80 / 9), 2), (10, 0),
    ]  # fmt: skip


def test_a_sliver_closes_by_the_points_of_both() -> None:
    # Four millimetres of overlap and a corner each on the common boundary.
    of = fabric(
        A=[[0, 0], [10, 0], [10.004, 4], [10, 10], [0, 10]],
        B=[[10, 0], [20, 0], [20, 10], [10, 10], [9.998, 6]],
    )
    found = fixes(of, Defect("sliver", ("A", "B"), shapely.box(9.998, 0, 10.004, 10)))
    assert found
    for _, outcome in found:
        assert polygon(outcome, "A").intersection(polygon(outcome, "B")).area == 0
        assert farthest_m(METRIC, outcome.changes) < 0.01


GAPPED = {
    "A": [[0.0, 0.0], [10.0, 0.0], [9.8, 5.0], [10.0, 10.0], [0.0, 10.0]],
    "B": [[10.0, 0.0], [20.0, 0.0], [20.0, 10.0], [10.0, 10.0]],
}


def test_a_gap_goes_to_either_neighbour() -> None:
    of = fabric(**GAPPED)
    place = shapely.Polygon([(10, 0), (10, 10), (9.8, 5)])
    found = fixes(of, Defect("gap", ("A", "B"), place))
    assert {one.title for one, _ in found} == {
        "The gap of 1.00 m² goes to A, up to the boundaries on its other side",
        "The gap of 1.00 m² goes to B, up to the boundaries on its other side",
    }
    for one, outcome in found:
        taker = one.title.split(" goes to ")[1][0]
        assert changed(outcome) == {taker}
        assert polygon(outcome, "A").union(polygon(outcome, "B")).equals(shapely.box(0, 0, 20, 10))
        assert outcome.verdict.gone == [("gap", ("A", "B"))]
    halved = fixes(of, Defect("gap", ("A", "B"), place, may_halve=True))[2:]
    assert [changed(outcome) for _, outcome in halved] == [{"A", "B"}]


def test_a_gap_that_is_open_at_one_end_is_filled_up_to_there() -> None:
    of = fabric(A=[[0, 0], [10, 0], [9.6, 10], [0, 10]], B=box(10, 0, 20, 10))
    found = fixes(of, Defect("gap", ("A", "B"), shapely.Polygon([(10, 0), (10, 10), (9.6, 10)])))
    assert {frozenset(changed(outcome)) for _, outcome in found} == {frozenset("A"), frozenset("B")}
    for _, outcome in found:
        assert polygon(outcome, "A").union(polygon(outcome, "B")).equals(shapely.box(0, 0, 20, 10))


def test_a_missing_point_is_inserted_where_it_lacks() -> None:
    of = fabric(A=box(0, 0, 10, 5), B=box(0, 5, 10, 10), C=box(10, 0, 20, 10))
    ((one, outcome),) = fixes(of, Defect("missing_point", ("A", "B", "C"), shapely.Point(10, 5)))
    assert one.operations == ({"op": "insert_point", "between": [[10.0, 10.0], [10.0, 0.0]], "at": [10.0, 5.0]},)
    assert one.title == "C gets the point that the neighbour has on the common boundary"
    assert changed(outcome) <= {"C"}
    assert (10.0, 5.0) in points(outcome, "C")
    assert farthest_m(METRIC, outcome.changes) == 0


def test_a_point_beside_the_side_bends_it_or_moves_onto_it() -> None:
    of = fabric(A=[[0, 0], [10, 0], [9.97, 5], [0, 5]], B=[[0, 5], [9.97, 5], [10, 10], [0, 10]], C=box(10, 0, 20, 10))
    bent, moved = (
        outcome for _, outcome in fixes(of, Defect("missing_point", ("A", "B", "C"), shapely.Point(9.97, 5)))
    )
    assert (9.97, 5.0) in points(bent, "C")
    assert all((10.0, 5.0) in points(moved, name) for name in "ABC")
    assert farthest_m(METRIC, moved.changes) == pytest.approx(0.03, abs=1e-5)


def test_a_point_that_stands_twice_stays_once_and_nothing_moves() -> None:
    of = fabric(A=[[0, 0], [10, 0], [10, 0], [10, 10], [0, 10]], B=box(10, 0, 20, 10))
    ((_, outcome),) = fixes(of, Defect("repeated_point", ("A",), shapely.Point(10, 0)))
    assert points(outcome, "A") == [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)]
    assert changed(outcome) == {"A"}
    assert farthest_m(METRIC, outcome.changes) == 0


def test_of_two_points_that_are_almost_one_either_stays() -> None:
    ring: Ring = [[0, 0], [10, 0], [10, 0.0008], [10, 10], [0, 10]]
    of = fabric(A=ring, B=[[10, 0], [20, 0], [20, 10], [10, 10], [10, 0.0008]])
    found = [outcome for _, outcome in fixes(of, Defect("repeated_point", ("A", "B"), shapely.Point(10, 0)))]
    assert [sorted(points(outcome, "A"))[2] for outcome in found] == [(10.0, 0.0), (10.0, 0.0008)]
    for outcome in found:
        assert changed(outcome) == {"A", "B"}
        assert len(points(outcome, "A")) == 4
        assert len(points(outcome, "B")) == 4


def test_a_spike_is_removed_for_all_who_have_it() -> None:
    needle: list[list[float]] = [[10, 5], [12.5, 5.01], [10, 5.02]]
    of = fabric(
        A=[[0, 0], [10, 0], *needle, [10, 10], [0, 10]], B=[[10, 0], [20, 0], [20, 10], [10, 10], *needle[::-1]]
    )
    removed, joined = (outcome for _, outcome in fixes(of, Defect("spike", ("A", "B"), shapely.Point(12.5, 5.01))))
    assert polygon(removed, "A").equals(shapely.box(0, 0, 10, 10))
    assert polygon(removed, "B").equals(shapely.box(10, 0, 20, 10))
    assert len(points(joined, "A")) == len(points(removed, "A")) - 1
    assert farthest_m(METRIC, removed.changes) == pytest.approx(2.5)


def test_what_others_hold_is_not_torn_from_them() -> None:
    # Three parcels meet at the tip: it cannot be removed.
    tip: list[float] = [12.5, 5.01]
    of = fabric(
        A=[[0, 0], [10, 0], [10, 5], tip, [10, 5.02], [10, 10], [0, 10]],
        B=[[10, 0], [20, 0], [20, 5], tip, [10, 5]],
        C=[tip, [20, 5], [20, 10], [10, 10], [10, 5.02]],
    )
    assert fixes(of, Defect("spike", ("A", "B", "C"), shapely.Point(tip))) == []


def test_lines_that_come_and_go_are_those_that_differ() -> None:
    of = fabric(**OVERLAPPING)
    _, outcome = fixes(of, Defect("overlap", ("A", "B"), shapely.box(9, 2, 10, 8)))[0]
    come, gone = changed_lines(outcome.changes)
    assert shapely.length(shapely.intersection(gone, shapely.box(8.9, 1.9, 9.1, 8.1))) == pytest.approx(6.2)
    assert shapely.covers(come, shapely.LineString([(10, 2), (10, 8)]))
    assert np.array_equal(shapely.bounds(come), (10, 0, 20, 10))


def test_every_rule_of_boundaries_has_its_candidates() -> None:
    assert sorted(FIXABLE) == ["gap", "missing_point", "overlap", "repeated_point", "sliver", "spike"]
