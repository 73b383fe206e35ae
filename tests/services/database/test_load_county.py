"""Towns stored by the owner's COPY are what the import makes of them; guards are on again afterwards, whatever happened."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import create_engine, exc, text
from sqlalchemy.pool import NullPool

from spatial_admin.demo.model import Town
from spatial_admin.errors import BadRequest
from spatial_admin.factory import create_app
from spatial_admin.services.database.load_county import load_county
from spatial_admin.services.database.load_demo import import_town, placed_towns
from spatial_admin.services.importing.plan_import import Progress
from spatial_admin.services.shared.read_deployment import deployment_ground
from spatial_admin.settings import Settings, storage_srid
from tests.conftest import dispose
from tests.database import TestCluster, name_of

LOTS = 150  # of a town: enough for lots, roads, units and easements of every form
PARCELS = """
SELECT parcel_id, number, level, kind, part_of, encode(ST_AsEWKB(geom), 'hex') AS geom, area_m2, legal_area_m2,
       legal_area_text, land_use, address, attributes, version, end_lifespan_version FROM parcel ORDER BY parcel_id
"""
VERSIONS = """
SELECT v.parcel_id, v.number, v.level, v.kind, v.part_of, encode(ST_AsEWKB(v.geom), 'hex') AS geom, v.area_m2,
       v.legal_area_m2, v.legal_area_text, v.land_use, v.address, v.attributes, v.version, v.change,
       lower(v.period) = p.begin_lifespan_version AS begins_with_it, upper_inf(v.period) AS is_open, v.edit_id = p.edit_id AS same_edit
FROM parcel_version AS v JOIN parcel AS p ON p.id = v.parcel ORDER BY v.parcel_id
"""
SHARES = """
SELECT p.parcel_id, z.code, encode(ST_AsEWKB(z.geom), 'hex') AS district, s.share
FROM parcel_zoning AS s JOIN parcel AS p ON p.id = s.parcel JOIN zoning_district AS z ON z.id = s.district ORDER BY 1, 2, 3
"""
CELLS = """
SELECT level, code, sum(parcels), sum(findings) FROM (
  SELECT level, code, parcels, findings FROM parcel_cell
  UNION ALL SELECT step, code >> (2 * (19 - step)), parcels, findings FROM parcel_cell_delta, generate_series(6, 19) AS step) AS noted
GROUP BY level, code HAVING sum(parcels) <> 0 OR sum(findings) <> 0 ORDER BY level, code
"""
DISABLED = "SELECT count(*) FROM pg_trigger WHERE tgrelid IN ('parcel'::regclass, 'parcel_version'::regclass) AND tgenabled = 'D'"
INDEXES = "SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid IN ('parcel'::regclass, 'parcel_version'::regclass, 'parcel_zoning'::regclass) ORDER BY 1"


@pytest.fixture
def town(app: Flask) -> Town:
    """Some parcels of the second town of a county, which has no defects."""
    with app.app_context():
        whole = next(islice(placed_towns(4_000, deployment_ground()), 1, None))
    by_level = {
        level: [p for p in whole.parcels if p.level == level][:LOTS] for level in ("parcels", "units", "easements")
    }
    return dataclasses.replace(whole, parcels=tuple(p for parcels in by_level.values() for p in parcels))


def test_loaded_rows_are_the_imported_rows(
    app: Flask, database_url: str, town: Town, cluster: TestCluster, second_app: Flask
) -> None:
    with second_app.app_context():
        import_town(town)
    with app.app_context():
        loaded = _load(cluster, database_url, [town])
    assert loaded == (len(town.parcels), len(town.districts))
    for sql in (PARCELS, VERSIONS, SHARES, CELLS):
        ours, theirs = (
            _rows(cluster, database_url, sql),
            _rows(cluster, second_app.config["SETTINGS"].database_url, sql),
        )
        assert ours == theirs
        assert ours


def test_indexes_and_guards_are_as_before(app: Flask, database_url: str, town: Town, cluster: TestCluster) -> None:
    before = _rows(cluster, database_url, INDEXES)
    with app.app_context():
        _load(cluster, database_url, [town])
    assert _rows(cluster, database_url, INDEXES) == before
    assert _rows(cluster, database_url, DISABLED) == [(0,)]
    engine = create_engine(cluster.owner_url(name_of(database_url)), poolclass=NullPool)
    with engine.begin() as connection, pytest.raises(exc.DBAPIError, match="never deleted"):
        connection.execute(text("DELETE FROM parcel"))


def test_loading_twice_is_refused_and_leaves_everything_as_it_was(
    app: Flask, database_url: str, town: Town, cluster: TestCluster
) -> None:
    with app.app_context():
        _load(cluster, database_url, [town])
        before = [_rows(cluster, database_url, sql) for sql in (PARCELS, VERSIONS, SHARES, INDEXES)]
        with pytest.raises(BadRequest, match="loaded once"):
            _load(cluster, database_url, [town])
    assert [_rows(cluster, database_url, sql) for sql in (PARCELS, VERSIONS, SHARES, INDEXES)] == before
    assert _rows(cluster, database_url, DISABLED) == [(0,)]


def test_it_looks_like_an_import_to_whoever_reads_the_history(
    app: Flask, database_url: str, town: Town, cluster: TestCluster
) -> None:
    with app.app_context():
        _load(cluster, database_url, [town])
    batch = "SELECT state, features, admitted, quarantined, e.receipt ->> 'admitted', e.record_id IS NOT NULL, e.envelope IS NOT NULL FROM import_batch AS b JOIN edit AS e ON e.id = b.edit_id"
    count = len(town.parcels)
    assert _rows(cluster, database_url, batch) == [("done", count, count, 0, str(count), True, True)]


@pytest.fixture
def second_app(cluster: TestCluster) -> Iterator[Flask]:
    """An application over a database of its own, for the import to compare with."""

    name = cluster.clone()
    app = create_app(
        Settings(
            cluster.app_url(name),
            cluster.owner_url(name),
            "only-for-tests-0123456789",
            srid=storage_srid(),
            production=False,
            demo=False,
        )
    )
    yield app
    dispose(app)
    cluster.drop(name)


def _load(cluster: TestCluster, url: str, towns: list[Town]) -> tuple[int, int]:
    steps: list[Progress] = []
    loaded = load_county(
        towns, sum(len(town.parcels) for town in towns), owner_url=cluster.owner_url(name_of(url)),
        srid=deployment_ground().srid, report=steps.append,
    )  # fmt: skip
    assert {step.stage for step in steps} == {"loading", "indexing"}
    return loaded.parcels, loaded.districts


def _rows(cluster: TestCluster, url: str, sql: str) -> list[tuple[Any, ...]]:
    engine = create_engine(cluster.admin_url(name_of(url)), poolclass=NullPool)
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(sql))]
