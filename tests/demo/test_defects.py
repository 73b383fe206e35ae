from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import shapely

from spatial_admin.demo.model import Defect, Town
from spatial_admin.demo.noding import sharpest_deg
from spatial_admin.demo.placement import multipolygon, place
from tests.demo.measures import by_id, of_level, overlapping_pairs, shapes_of

DOC = Path(__file__).resolve().parents[2] / "docs" / "demo.md"


def test_the_document_lists_exactly_the_defects_and_broken_features(town: Town) -> None:
    rows = re.findall(r"^\| `(\w+)` \| (`[^|]+`|none) \| ([^|]+) \|$", DOC.read_text(encoding="utf-8"), re.MULTILINE)
    listed = [(rule, tuple(re.findall(r"`([^`]+)`", ids)), note.strip()) for rule, ids, note in rows]
    defects = [(defect.rule, defect.parcel_ids, defect.note) for defect in town.defects]
    broken = [(feature.rule, (feature.parcel.parcel_id,), feature.note) for feature in town.broken_features]
    assert listed == defects + broken


def test_nothing_but_the_named_parcels_differs_from_the_clean_town(town: Town, clean_town: Town) -> None:
    clean = by_id(clean_town)
    named = {name for defect in town.defects for name in defect.parcel_ids}
    for parcel in town.parcels:
        if parcel.parcel_id not in named:
            twin = clean[parcel.parcel_id]
            assert (parcel.number, parcel.legal_area_m2, parcel.address) == (
                twin.number,
                twin.legal_area_m2,
                twin.address,
            )
            assert [r.tolist() for rs in parcel.parts for r in rs] == [r.tolist() for rs in twin.parts for r in rs]


def test_defects_lie_apart_and_concern_different_parcels(town: Town) -> None:
    parcels = by_id(town)
    names = [name for defect in town.defects for name in defect.parcel_ids]
    assert len(names) == len(set(names))
    shapes = [shapely.union_all(shapes_of([parcels[name] for name in defect.parcel_ids])) for defect in town.defects]
    for k, shape in enumerate(shapes):
        for other in shapes[k + 1 :]:
            assert shapely.distance(shape, other) > 15


def test_exactly_the_listed_pairs_overlap(town: Town) -> None:
    ground = of_level(town, "parcels")
    found = {frozenset((ground[a].parcel_id, ground[b].parcel_id)) for a, b in overlapping_pairs(shapes_of(ground))}
    listed = {frozenset(defect.parcel_ids) for defect in town.defects if defect.rule in {"overlap", "sliver"}}
    stack = next(defect.parcel_ids for defect in town.defects if defect.rule == "stack")
    listed |= {frozenset(pair) for pair in ((stack[0], stack[1]), (stack[0], stack[2]), (stack[1], stack[2]))}
    # What the missing point leaves is far below the smallest area that counts; it may lie on either side of the line.
    bent = set(next(defect.parcel_ids for defect in town.defects if defect.rule == "missing_point"))
    assert {pair for pair in found if not pair <= bent} == listed


def _measures(town: Town, rule: str) -> list[tuple[Defect, list[shapely.MultiPolygon]]]:
    parcels = by_id(town)
    return [
        (defect, [multipolygon(parcels[name]) for name in defect.parcel_ids])
        for defect in town.defects
        if defect.rule == rule
    ]


@pytest.mark.parametrize("placed", [False, True], ids=["town metres", "degrees"])
def test_overlaps_are_large_small_and_below_tolerance(town: Town, placed: bool) -> None:
    where = place(town, (7.4, 47.03), (76_057.0, 111_178.0), 10**9) if placed else town
    unit_m2 = 76_057.0 * 111_178.0 if placed else 1.0
    large, small = (a.intersection(b).area * unit_m2 for _, (a, b) in _measures(where, "overlap"))
    sliver = _measures(where, "sliver")[0][1]
    assert 40 < large < 90
    assert 0.5 < small < 2
    assert 0.001 < sliver[0].intersection(sliver[1]).area * unit_m2 < 0.01


def test_gaps_are_as_wide_as_stated(town: Town) -> None:
    widths = []
    for _, (first, second) in _measures(town, "gap"):
        around = shapely.union_all([first, second])
        closed = around.buffer(0.3, join_style="mitre").buffer(-0.3, join_style="mitre")
        gap = max(shapely.get_parts(closed.difference(around)).tolist(), key=lambda piece: float(piece.area))
        widths.append(2 * shapely.maximum_inscribed_circle(gap, tolerance=0.001).length)
    assert widths == pytest.approx([0.38, 0.12], rel=0.1)


@pytest.mark.parametrize("placed", [False, True], ids=["town metres", "degrees"])
def test_the_missing_point_is_missing_in_one_parcel_and_leaves_no_area(town: Town, placed: bool) -> None:
    where = place(town, (7.4, 47.03), (76_057.0, 111_178.0), 10**9) if placed else town
    unit_m2 = 76_057.0 * 111_178.0 if placed else 1.0
    _, (through, first, second) = _measures(where, "missing_point")[0]
    three = np.array([through, first, second], dtype=object)
    assert not shapely.coverage_is_valid(three, gap_width=0.01 / unit_m2**0.5)
    common = first.intersection(second)
    ends = shapely.get_coordinates(common)
    own = {tuple(point) for point in shapely.get_coordinates(through).tolist()}
    missing = min(ends.tolist(), key=lambda point: float(through.distance(shapely.Point(point))))
    assert tuple(missing) not in own
    assert through.boundary.distance(shapely.Point(missing)) * unit_m2**0.5 < 0.001
    overlap = sum(through.intersection(side).area for side in (first, second))
    assert overlap * unit_m2 < 1e-4


def test_the_spike_is_shared_so_that_nothing_overlaps(town: Town) -> None:
    _, (first, second) = _measures(town, "spike")[0]
    assert shapely.coverage_is_valid(np.array([first, second], dtype=object))
    assert sharpest_deg(np.array([first, second], dtype=object)).max() < 1.0


def test_the_stack_is_three_times_the_same_geometry(town: Town) -> None:
    _, shapes = _measures(town, "stack")[0]
    assert len({shape.wkb for shape in shapes}) == 1
    assert len(shapes) == 3


def test_numbers_and_legal_areas_are_wrong_where_listed_and_only_there(town: Town) -> None:
    ground = of_level(town, "parcels")
    numbers: dict[str | None, list[str]] = {}
    for parcel in ground:
        numbers.setdefault(parcel.number, []).append(parcel.parcel_id)
    repeated = [tuple(sorted(ids)) for number, ids in numbers.items() if number and len(ids) > 1]
    wrong = [
        p.parcel_id
        for p, area in zip(ground, shapely.area(shapes_of(ground)).tolist(), strict=True)
        if p.legal_area_m2 is not None and abs(area - p.legal_area_m2) > 2 * area**0.5 + 20
    ]
    listed = {rule: [d.parcel_ids for d in town.defects if d.rule == rule] for rule in {d.rule for d in town.defects}}
    assert repeated == [tuple(sorted(ids)) for ids in listed["duplicate_number"]]
    assert numbers[None] == [ids[0] for ids in listed["missing_number"]]
    assert sorted(wrong) == sorted(ids[0] for ids in listed["legal_area"])


def test_broken_features_are_what_no_import_may_admit(town: Town) -> None:
    broken = {feature.rule: feature.parcel for feature in town.broken_features}
    bow_tie = shapely.Polygon(broken["invalid_geometry"].parts[0][0])
    assert "Self-intersection" in shapely.is_valid_reason(bow_tie)
    assert broken["empty_geometry"].parts == []
    assert broken["duplicate_id"].parcel_id in by_id(town)
    assert multipolygon(broken["duplicate_id"]).is_valid
    assert len(broken["too_few_points"].parts[0][0]) == 2
    others = [feature.parcel.parcel_id for feature in town.broken_features if feature.rule != "duplicate_id"]
    assert not set(others) & set(by_id(town))
