"""What a tile holds: decoded, beside what is stored; in degrees and on grids."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

import numpy as np
import pytest
import shapely
from flask import Flask
from shapely.geometry import shape
from sqlalchemy import Engine, create_engine, text

from spatial_admin.cadastre.precision import FloatArray
from spatial_admin.cadastre.tile_grid import EXTENT, Tile, column_of, row_of
from spatial_admin.factory import create_app
from spatial_admin.services.parcels.describe_coverage import WGS84
from spatial_admin.services.tiles import render_tile as module
from spatial_admin.services.tiles.render_tile import LARGEST_BYTES, Detail
from spatial_admin.settings import storage_srid
from tests.concurrency.fabric import store_block, wkt_of
from tests.conftest import dispose, settings_over
from tests.database import TestCluster
from tests.tiles import GRID, by_parcel, draw, layers, open_finding, place_of, tiles_around

LONLAT = (
    f"SELECT ST_AsBinary(ST_Transform(ST_SetSRID(geom, {storage_srid()}), 4326)) FROM parcel WHERE parcel_id = :name"
)


@pytest.fixture(scope="module")
def town(cluster: TestCluster, module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """A block of 12 by 8 lots in two districts, with a finding between two lots."""
    app = create_app(settings_over(module_database_url, cluster, tmp_path_factory.mktemp("home")))
    engine = create_engine(module_database_url)
    store_block(engine, GRID, 12, 8)
    with engine.begin() as connection:
        for code, west in (("R1", 0), ("C2", 6)):
            district = {"code": code, "wkt": wkt_of(GRID.box(west, 0, 6, 8)), "srid": storage_srid()}
            connection.execute(
                text(
                    "INSERT INTO zoning_district (code, name, geom) VALUES (:code, 'Zone ' || :code, ST_GeomFromText(:wkt, :srid))"
                ),
                district,
            )
    open_finding(engine, ["3-3", "4-3"])
    app.extensions["engine"] = engine
    yield app
    engine.dispose()
    dispose(app)


@pytest.fixture
def stored(town: Flask) -> Engine:
    engine: Engine = town.extensions["engine"]
    return engine


def tile_over(engine: Engine, z: int, part: float = 0.5) -> Tile:
    west, south, east, north = place_of(engine)
    return Tile(z, int(column_of(west + part * (east - west), z)), int(row_of(south + part * (north - south), z)))


def test_the_function_of_the_database_is_the_statement_that_is_explained(stored: Engine) -> None:
    side = module.SIDE if storage_srid() == WGS84 else module.SIDE_IN_MERCATOR
    statement = module.parcels_statement(storage_srid())
    for given, named in ((module.SEARCHED, "searched"), (side, "side")):
        statement = statement.replace(given, named)
    with stored.connect() as connection:
        body = str(connection.execute(text("SELECT prosrc FROM pg_proc WHERE proname = 'parcel_tile'")).scalar_one())
    kept = body[body.index("RETURN QUERY") + len("RETURN QUERY") : body.rindex(";\nEND")]
    assert plain(kept) == plain(statement)


def plain(sql: str) -> str:
    """Without what is only layout."""
    return " ".join(re.sub(r"([()])", r" \1 ", sql).split())


def test_a_lot_is_drawn_where_it_lies(town: Flask, stored: Engine) -> None:
    for z in (14, 16, 18):
        tile = tile_over(stored, z)
        drawn = layers(draw(town, tile))["parcels"]
        assert drawn
        side = shapely.box(-64, -64, EXTENT + 64, EXTENT + 64)
        for feature in drawn:
            with stored.connect() as connection:
                name = {"name": feature["properties"]["parcel_id"]}
                lonlat = shapely.from_wkb(bytes(connection.execute(text(LONLAT), name).scalar_one()))
            found = shape(feature["geometry"])
            assert found.is_valid
            assert shapely.hausdorff_distance(found, shapely.intersection(in_tile(lonlat, tile), side)) < 1.5


def in_tile(lonlat: shapely.Geometry, tile: Tile) -> shapely.Geometry:
    """The shape in the tile's units, by the textbook."""

    def place(points: FloatArray) -> FloatArray:
        columns = [(column_of(x, tile.z) - tile.x) * EXTENT for x in points[:, 0]]
        return np.column_stack([columns, [(row_of(y, tile.z) - tile.y) * EXTENT for y in points[:, 1]]])

    return shapely.transform(lonlat, place)


def test_every_lot_that_meets_a_tile_is_in_it_once_with_its_properties(town: Flask, stored: Engine) -> None:
    found: dict[str, int] = {}
    for tile in tiles_around(stored, range(15, 16)):
        for name, properties in by_parcel(draw(town, tile)).items():
            found[name] = found.get(name, 0) + 1
            assert {**properties, "findings": None} == {
                "parcel_id": name, "number": name, "level": "parcels", "kind": "lot", "version": 1, "findings": None,
            }  # fmt: skip
    assert len(found) == 96


def test_a_parcel_carries_its_number_of_open_findings_in_every_tile(town: Flask, stored: Engine) -> None:
    seen = set()
    for tile in tiles_around(stored, range(14, 19)):
        body = draw(town, tile)
        for name, properties in by_parcel(body).items():
            assert properties.get("findings") == (1 if name in {"3-3", "4-3"} else None), tile
            seen.add(name)
        for feature in layers(body).get("findings", ()):
            assert feature["geometry"]["type"] == "Point"
            assert set(feature["properties"]) == {"id", "rule", "severity"}
    assert {"3-3", "4-3"} <= seen


def test_zoning_is_drawn_at_every_zoom_that_shows_it(town: Flask, stored: Engine) -> None:
    for z in (11, 13, 14, 17):
        drawn = layers(draw(town, tile_over(stored, z)))
        codes = {feature["properties"]["code"] for feature in drawn.get("zoning", ())}
        assert codes <= {"R1", "C2"}
        assert codes, z


def test_counts_of_a_zoom_add_up_to_all_parcels(town: Flask, stored: Engine) -> None:
    for z in (0, 5, 9, 12, 13):
        parcels = findings = 0
        for tile in tiles_around(stored, range(z, z + 1)):
            for feature in layers(draw(town, tile)).get("density", ()):
                squares = shape(feature["geometry"])
                assert squares.area % 4096 == 0
                parcels += feature["properties"]["parcels"] * int(squares.area // 4096)
                findings += feature["properties"].get("findings", 0) * int(squares.area // 4096)
        assert (parcels, findings) == (96, 1), z


def test_a_tile_is_the_same_bytes_however_its_rows_lie(town: Flask, stored: Engine) -> None:
    tile = tile_over(stored, 15)
    before = draw(town, tile)
    with stored.begin() as connection:
        connection.execute(text("UPDATE parcel SET land_use = 'x' WHERE parcel_id IN ('1-1', '7-2')"))
        connection.execute(text("SET LOCAL enable_bitmapscan = off"))
    after = draw(town, tile)
    assert [f["properties"]["parcel_id"] for f in layers(before)["parcels"]] == [
        f["properties"]["parcel_id"] for f in layers(after)["parcels"]
    ]


def test_a_tile_that_would_be_too_large_is_drawn_coarser(
    town: Flask, stored: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    tile = tile_over(stored, 15)
    full = draw(town, tile)
    assert len(full) < LARGEST_BYTES
    sizes = []
    for bound in (len(full) - 1, len(full) // 3, 600):
        monkeypatch.setattr(module, "LARGEST_BYTES", bound)
        monkeypatch.setattr(
            module, "COARSER", (*module.COARSER[:-1], Detail(512, "parcel_id, findings", 2 / 512, most=64))
        )
        body = draw(town, tile)
        sizes.append(len(body))
        assert len(body) <= bound
        assert layers(body)["parcels"], "the largest stay"
    assert sizes == sorted(sizes, reverse=True)


def test_an_overview_that_would_be_too_large_leaves_zoning_out_last(
    town: Flask, stored: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    tile = tile_over(stored, 13)
    assert "zoning" in layers(draw(town, tile))
    monkeypatch.setattr(module, "LARGEST_OVERVIEW_BYTES", 10)
    body = draw(town, tile)
    assert set(layers(body)) == {"density"}
    assert len(zlib.compress(body)) > 10
