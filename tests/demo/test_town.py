from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import shapely

from spatial_admin.demo.layout import border
from spatial_admin.demo.model import Parcel, Town
from spatial_admin.demo.noding import sharpest_deg
from spatial_admin.demo.town import build_county, build_town, spiral
from tests.demo.measures import by_id, of_level, overlapping_pairs, rings_of, shapes_of

HOUSE_USES = {"residential", "mixed use", "commercial"}


def as_plain(parcel: Parcel) -> tuple[object, ...]:
    rings = [[ring.tolist() for ring in rings] for rings in parcel.parts]
    return (parcel.parcel_id, parcel.number, parcel.kind, parcel.part_of, rings, parcel.legal_area_text, parcel.address)


def test_ground_parcels_are_a_noded_coverage_without_gaps_within_the_border(clean_town: Town) -> None:
    shapes = shapes_of(of_level(clean_town, "parcels"))
    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(shapes, gap_width=0.5)
    assert shapely.area(shapes).sum() == pytest.approx(shapely.Polygon(border()).area, abs=0.001)
    assert overlapping_pairs(shapes) == set()


def test_every_polygon_of_every_level_is_valid(town: Town) -> None:
    assert shapely.is_valid(shapes_of(list(town.parcels))).all()


def test_nearly_all_vertices_are_shared_to_the_bit(clean_town: Town) -> None:
    points = [np.unique(np.vstack([r for rs in p.parts for r in rs]), axis=0) for p in of_level(clean_town, "parcels")]
    _, counts = np.unique(np.vstack(points), axis=0, return_counts=True)
    assert counts[counts > 1].sum() / counts.sum() > 0.95


def test_no_two_points_are_too_close_and_no_boundary_passes_a_foreign_point_closely(clean_town: Town) -> None:
    rings = rings_of(of_level(clean_town, "parcels"))
    edges = np.concatenate([np.stack([ring, np.roll(ring, -1, axis=0)], axis=1) for ring in rings])
    assert np.hypot(*(edges[:, 0] - edges[:, 1]).T).min() > 0.39
    points, lines = np.unique(np.vstack(rings), axis=0), np.asarray(shapely.linestrings(edges))
    near, line = shapely.STRtree(lines).query(np.asarray(shapely.points(points)), predicate="dwithin", distance=0.2)
    is_own = (edges[line] == points[near][:, None]).all(axis=2).any(axis=1)
    assert is_own.all()


def test_no_parcel_has_a_needle(clean_town: Town) -> None:
    assert sharpest_deg(shapes_of(of_level(clean_town, "parcels"))).min() > 5.0


def test_house_lots_have_the_size_of_house_lots(clean_town: Town) -> None:
    lots = [p for p in of_level(clean_town, "parcels") if p.land_use in HOUSE_USES and p.address]
    areas = shapely.area(shapes_of(lots))
    assert len(lots) > 1400
    assert np.mean((areas > 300) & (areas < 1500)) > 0.85
    assert areas.min() > 120


def test_the_town_is_the_same_every_time_and_another_with_another_seed(town: Town) -> None:
    again, other = build_town(seed=1), build_town(seed=2)
    assert [as_plain(p) for p in again.parcels] == [as_plain(p) for p in town.parcels]
    assert [as_plain(p) for p in other.parcels] != [as_plain(p) for p in town.parcels]
    ground = shapes_of(of_level(build_town(seed=2, with_defects=False), "parcels"))
    assert shapely.is_valid(ground).all()
    assert shapely.coverage_is_valid(ground, gap_width=0.5)
    assert len(other.defects) == len(town.defects)


def test_the_town_has_about_two_thousand_parcels_of_every_kind(town: Town) -> None:
    assert 1900 <= len(town.parcels) <= 2150
    kinds = Counter(parcel.kind for parcel in town.parcels)
    assert set(kinds) == {"lot", "road", "water", "common", "unit", "easement"}
    assert kinds["road"] >= 20
    assert kinds["common"] >= 5
    assert {level.code: level.exclusive for level in town.levels} == {
        "parcels": True,
        "units": False,
        "easements": False,
    }


def test_there_are_holes_enclaves_multipart_parcels_and_a_large_multipart_road_with_holes(clean_town: Town) -> None:
    ground = of_level(clean_town, "parcels")
    assert sum(len(parcel.parts) > 1 for parcel in ground) >= 4
    roads = [parcel for parcel in ground if parcel.kind == "road"]
    assert any(len(road.parts) > 1 and any(len(rings) > 1 for rings in road.parts) for road in roads)
    assert max(sum(len(ring) for rings in road.parts for ring in rings) for road in roads) > 800
    names = {parcel.attributes.get("name"): parcel for parcel in ground}
    lake, island = names["Lindow Mere"], names["Heron Holm"]
    assert len(lake.parts[0]) == 2
    assert {tuple(p) for p in lake.parts[0][1].tolist()} == {tuple(p) for p in island.parts[0][0].tolist()}
    enclaves = [p for p in ground if p.land_use in {"substation", "well house", "chapel", "waterworks"}]
    hosts = {tuple(sorted(map(tuple, ring.tolist()))) for p in ground for rings in p.parts for ring in rings[1:]}
    assert len(enclaves) >= 5
    assert all(tuple(sorted(map(tuple, enclave.parts[0][0].tolist()))) in hosts for enclave in enclaves)


def test_units_lie_within_their_ground_parcel_and_above_one_another(town: Town) -> None:
    parcels = by_id(town)
    units = of_level(town, "units")
    assert len(units) > 80
    stacks = Counter((unit.part_of, unit.parts[0][0].tobytes()) for unit in units)
    assert min(stacks.values()) >= 3
    for unit in units:
        assert unit.part_of is not None
        ground = parcels[unit.part_of]
        assert unit.kind == "unit"
        assert ground.level == "parcels"
        assert shapely.contains(shapes_of([ground])[0], shapes_of([unit])[0])


def test_the_water_main_easement_crosses_many_lots(town: Town) -> None:
    easements = {parcel.land_use: parcel for parcel in of_level(town, "easements")}
    strip = shapes_of([easements["water main"]])[0]
    lots = shapes_of([parcel for parcel in of_level(town, "parcels") if parcel.kind == "lot"])
    assert int(shapely.intersects(lots, strip).sum()) > 30


def test_zoning_covers_the_town_once_and_some_lots_lie_in_two_districts(town: Town) -> None:
    districts = np.array(
        [shapely.MultiPolygon([shapely.Polygon(rings[0], rings[1:]) for rings in d.parts]) for d in town.districts],
        dtype=object,
    )
    assert 6 <= len(districts) <= 10
    assert shapely.is_valid(districts).all()
    assert shapely.coverage_is_valid(districts)
    assert shapely.area(districts).sum() == pytest.approx(shapely.Polygon(border()).area, abs=0.1)
    lots = shapes_of([p for p in of_level(town, "parcels") if p.kind == "lot"])
    lot, district = shapely.STRtree(districts).query(lots, predicate="intersects")
    shares = shapely.area(shapely.intersection(lots[lot], districts[district])) / shapely.area(lots[lot])
    split = Counter(lot[(shares > 0.05) & (shares < 0.95)].tolist())
    assert sum(count > 1 for count in split.values()) >= 20


def test_ids_and_numbers_are_unique_and_addresses_are_given_once(clean_town: Town) -> None:
    for values in (
        [parcel.parcel_id for parcel in clean_town.parcels],
        [parcel.number for parcel in clean_town.parcels],
        [parcel.address for parcel in clean_town.parcels if parcel.address],
    ):
        assert [value for value, count in Counter(values).items() if count > 1] == []
    numbers = [parcel.number or "" for parcel in of_level(clean_town, "parcels")]
    assert sum("/" in number for number in numbers) > 200
    assert sum(number.isdigit() for number in numbers) > 1000


def test_legal_areas_are_near_the_drawn_ones(clean_town: Town) -> None:
    stated = [parcel for parcel in clean_town.parcels if parcel.legal_area_m2 is not None]
    areas = shapely.area(shapes_of(stated))
    legal = np.array([parcel.legal_area_m2 for parcel in stated])
    assert len(stated) > 1800
    assert (np.abs(areas - legal) < 2 * np.sqrt(areas) + 20).all()
    assert {(parcel.legal_area_text or "").split()[-1] for parcel in stated} == {"m²", "ha"}


def test_towns_of_a_county_share_their_borders_and_nothing_else() -> None:
    county, alone = build_town(8000), build_town()
    assert 7600 < len(county.parcels) < 8600
    assert [as_plain(p) for p in county.parcels[: len(alone.parcels)]] == [as_plain(p) for p in alone.parcels]
    assert len({parcel.parcel_id for parcel in county.parcels}) == len(county.parcels)
    ground = [p for town in build_county(8000, with_defects=False) for p in of_level(town, "parcels")]
    assert len({parcel.number for parcel in ground}) == len(ground)
    assert shapely.coverage_is_valid(shapes_of(ground), gap_width=0.5)


def test_a_spiral_of_towns_visits_every_place_of_a_square_once() -> None:
    places = [spiral(number) for number in range(25)]
    assert places[0] == (0, 0)
    assert set(places) == {(column, row) for column in range(-2, 3) for row in range(-2, 3)}


def test_a_town_of_no_parcels_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1, not 0"):
        build_town(0)
