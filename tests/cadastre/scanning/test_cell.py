"""What a scan says of coverages whose defects are known: others' test cases, and some made here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import shapely

from tests.cadastre.fabric import DEGREES
from tests.cadastre.scanning.sheets import only, parcels_of, scan

# What the rules call what JTS's authors call invalid. A ring that has collapsed to a line is refused by quarantine, as
# is an empty one; what is left of those coverages is valid, as their authors say of the whole.
JTS = {
    "testCollinearUnmatchedEdge": ["missing_point"],  # 0,1 differ by a point that one of them lacks
    "testFullyCoveredTriangles": ["overlap", "overlap"],
    "testGap": ["gap"],
    "testGrid": [],
    "testRingCollapse": [],
    "testPolygonEmpty": [],
    "testMultiPolygonWithEmptyRing": [],
}


def squares(columns: int, rows: int, shift: float = 0.0) -> list[Any]:
    return [
        shapely.box(i * 10 + shift, j * 10 + shift, i * 10 + 10 + shift, j * 10 + 10 + shift)
        for i in range(columns)
        for j in range(rows)
    ]


def test_coverage_cases_get_the_verdicts_that_their_authors_state(shared_data: Path) -> None:
    cases = [json.loads(line) for line in (shared_data / "validity" / "coverage_cases.jsonl").read_text().splitlines()]
    assert {case["id"] for case in cases} == set(JTS)
    for case in cases:
        shapes = shapely.from_wkt(case["polygons"])
        stored = [shape for shape in shapes if shapely.is_valid(shape) and not shape.is_empty]
        found = scan(parcels_of(stored))
        assert [defect.rule for defect in found] == JTS[case["id"]], case["id"]
        assert (found == []) == case["expected_valid_coverage"], case["id"]
        # They name sides, we name parcels: those that have a side which they name.
        named = [k for k, edges in enumerate(case["expected_invalid_edges"] or ()) if edges is not None]
        assert sorted({k for defect in found for k in defect.ids}) == named, case["id"]


def test_the_cadastral_test_file_gets_the_verdicts_that_its_authors_state(shared_data: Path) -> None:
    path = shared_data / "ladm_col" / "quality_validations.gpkg"

    def shapes(name: str) -> Any:
        return shapely.from_wkb(pyogrio.raw.read(path, layer=name)[2])

    def layer(name: str) -> Any:
        return parcels_of(shapes(name))

    # Four overlaps; at their corners a lot lies on the side of one that has no point there, which their rule passes over.
    terreno = scan(layer("terreno"))
    assert [(d.rule, d.ids) for d in terreno if d.rule != "missing_point"] == [
        ("overlap", (2, 3)), ("overlap", (2, 4)), ("overlap", (5, 6)), ("overlap", (5, 7)),
    ]  # fmt: skip
    assert {d.ids for d in terreno if d.rule == "missing_point"} == {(2, 3, 4), (5, 6, 7)}
    # Two gaps. Theirs is any hole; these, both in one plot, so one finding, are 6 and 8 m wide. (Told to take roads for gaps
    # too, their check names five: three bays more, between the plots and their convex hull. Such land leads outside: no gap here.)
    gaps = layer("check_gaps_in_plots")
    assert scan(gaps) == []
    (wide,) = scan(gaps, book=only("gap", gap__width_m=10.0))
    assert (wide.rule, wide.ids) == ("gap", (0,))
    holes = [
        shapely.Polygon(r)
        for part in shapely.get_parts(shapely.union_all(shapes("check_gaps_in_plots")))
        for r in part.interiors
    ]
    assert shapely.equals(shapely.normalize(wide.place), shapely.normalize(shapely.union_all(holes)))
    # Of rights of way theirs refuses three for having several parts (eight in all), which is lawful here. One of the six cuts
    # itself: that row is quarantine's.
    ways = shapes("right_of_way")
    several = shapely.get_num_geometries(ways) > 1
    assert (int(several.sum()), int(shapely.get_num_geometries(ways[several]).sum())) == (3, 8)
    assert scan(parcels_of(ways[shapely.is_valid(ways)])) == []
    # What is judged between two layers there (buildings in plots, rights of way over buildings, plots beside boundary lines)
    # concerns no single one: each by itself is clean.
    for name in ("construccion", "servidumbre_transito", "topology_plots"):
        assert scan(layer(name)) == [], name
    for name in ("plots", "buildings"):
        assert scan(layer(name), ground=DEGREES, book=only("gap", "missing_point", "sliver", "spike")) == [], name


@pytest.mark.parametrize("cells", [1, 3])
def test_two_whole_coverages_on_top_of_each_other_are_found_where_no_side_is_free(cells: int) -> None:
    # In the middle every side has its partner in its own sheet: sides alone would not tell.
    shapes = squares(12, 12) + squares(12, 12, shift=3.0)
    a, b = shapely.STRtree(shapes).query(shapes)
    once = a < b
    areas = shapely.area(shapely.intersection(np.array(shapes)[a[once]], np.array(shapes)[b[once]]))
    expected = {(int(i), int(j)) for i, j, area in zip(a[once], b[once], areas, strict=True) if area > 0.01}
    assert {d.ids for d in scan(parcels_of(shapes), cells) if d.rule == "overlap"} == expected


def test_a_clean_fabric_has_no_defect_and_each_kind_is_found_once_however_it_is_cut() -> None:
    shapes = squares(9, 9)
    assert scan(parcels_of(shapes), 4) == []
    rng = np.random.default_rng(3)
    for k in rng.choice(81, 25, replace=False):
        west, south, east, north = shapes[k].bounds
        shapes[k] = shapely.box(west + rng.normal(0, 0.05), south, east, north + rng.normal(0, 0.05))
    whole = scan(parcels_of(shapes))
    assert {d.rule for d in whole} >= {"overlap", "gap", "missing_point"}
    for cells in (2, 5):
        cut = scan(parcels_of(shapes), cells)
        assert [d.fingerprint for d in cut] == [d.fingerprint for d in whole]
        assert [d.measure for d in cut] == pytest.approx([d.measure for d in whole])


def test_a_stack_is_one_finding_and_a_contained_parcel_an_overlap() -> None:
    shapes = [*squares(3, 3), shapely.box(10, 10, 20, 20), shapely.box(10, 10, 20, 20), shapely.box(2, 2, 4, 4)]
    found = [(d.rule, d.ids) for d in scan(parcels_of(shapes)) if d.rule != "missing_point"]
    assert found == [("overlap", (0, 11)), ("stack", (4, 9, 10))]


def test_land_that_is_declared_open_is_no_gap() -> None:
    shapes = [shapely.box(0, 0, 10, 10), shapely.box(10.2, 0, 20, 10)]
    assert [d.rule for d in scan(parcels_of(shapes))] == ["gap"]
    assert scan(parcels_of(shapes), known=[shapely.box(9.9, -1, 10.3, 11)]) == []
    assert len(scan(parcels_of(shapes), known=[shapely.box(9.9, -1, 10.3, 3)])) == 1


def test_a_gap_that_narrows_to_a_point_is_found() -> None:
    # All its sides meet in points, which GEOS's own check passes over.
    a = shapely.Polygon([(0, 0), (0, 20), (-10, 20), (-10, 0)])
    b = shapely.Polygon([(0, 0), (10, 0), (10, 20), (0.3, 20)])
    c = shapely.Polygon([(-10, 20), (0, 20), (0.3, 20), (10, 20), (10, 30), (-10, 30)])
    assert [(d.rule, d.ids) for d in scan(parcels_of([a, b, c]))] == [("gap", (0, 1, 2))]


def test_outlines_are_judged_one_by_one() -> None:
    needle = shapely.Polygon([(0, 0), (10, 0), (10, 5), (12.5, 5.01), (10, 5.02), (10, 10), (0, 10)])
    twice = shapely.Polygon([(20, 0), (30, 0), (30, 0.0005), (30, 10), (20, 10)])
    touching = shapely.Polygon([(40, 0), (50, 0), (50, 10), (40, 10)], [[(40, 5), (43, 4), (43, 6)]])
    far = shapely.MultiPolygon([shapely.box(60, 0, 70, 10), shapely.box(60, 900, 70, 910)])
    strip, crumb = shapely.box(80, 0, 80.4, 30), shapely.box(90, 0, 90.9, 0.9)
    found = {(d.rule, d.ids): d.measure for d in scan(parcels_of([needle, twice, touching, far, strip, crumb]))}
    assert found == {
        ("spike", (0,)): pytest.approx(2.5, abs=0.01),
        ("repeated_point", (1,)): pytest.approx(0.0005),
        ("self_touch", (2,)): 1.0,
        ("far_parts", (3,)): pytest.approx(890),
        ("thin_parcel", (4,)): pytest.approx(2 * 12 / 60.8),
        ("thin_parcel", (5,)): pytest.approx(0.45),
        ("tiny_parcel", (5,)): pytest.approx(0.81),
    }


def test_a_stated_area_may_differ_by_a_plus_b_times_the_root_and_by_its_rounding() -> None:
    lots = [shapely.box(30 * k, 0, 30 * k + 20, 20) for k in range(4)]  # 400 m² each: 60 m² are allowed
    stated = np.array([455.0, 465.0, 0.05 * 10_000, 1_000.0])
    texts = np.array(["455 m²", "465 m²", "0.05 ha", "0.1 ha"], dtype=object)
    found = scan(parcels_of(lots, legal_areas_m2=stated, legal_texts=texts), book=only("legal_area"))
    # 0.05 ha may be 50 m² off by rounding, 100 m² are not; 0.1 ha may be 500 m² off.
    assert [(d.ids, d.measure) for d in found] == [((1,), -65.0), ((2,), -100.0), ((3,), -600.0)]
