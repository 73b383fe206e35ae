"""The nearest in metres, wherever degrees mislead; held against the distances of all parcels there are."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import create_engine, text

from spatial_admin.cadastre.precision import Ground
from spatial_admin.factory import create_app
from spatial_admin.services.parcels.nearest_parcels import degrees_within, nearest_parcels
from spatial_admin.settings import storage_srid
from spatial_admin.transaction import snapshot
from tests.conftest import dispose, settings_over
from tests.database import TestCluster, name_of

pytestmark = pytest.mark.skipif(storage_srid() != 4326, reason="degrees mislead only where they are stored")
# At 68 degrees a step east is 0.37 of one north: 60 lots a hair north of the place, and many more that are nearer in
# metres but farther in degrees. Some beside the pole and on both sides of the line where longitudes begin anew.
SCATTER = """
INSERT INTO parcel (parcel_id, level, kind, geom, area_m2)
SELECT 'north-' || n, 'units', 'unit', ST_Multi(ST_MakeEnvelope(20 + n * 1e-5, 68.0100, 20 + n * 1e-5 + 5e-6, 68.0101, 4326)), 1
FROM generate_series(1, 60) AS n
UNION ALL SELECT 'east-' || n, 'units', 'unit',
  ST_Multi(ST_MakeEnvelope(20.012 + n * 2e-5, 68 + n * 1e-6, 20.012 + n * 2e-5 + 1e-5, 68.0001 + n * 1e-6, 4326)), 1
FROM generate_series(1, 300) AS n
UNION ALL SELECT 'date-' || n, 'units', 'unit', ST_Multi(ST_MakeEnvelope(lon, -17, lon + 0.001, -16.999, 4326)), 1
FROM unnest(ARRAY[179.99, 179.995, -179.998, -179.99, -179.95]) WITH ORDINALITY AS v (lon, n)
UNION ALL SELECT 'polar-' || n, 'units', 'unit', ST_Multi(ST_MakeEnvelope(n * 30 - 180, 89.99, n * 30 - 179, 89.995, 4326)), 1
FROM generate_series(0, 11) AS n;
UPDATE parcel SET end_lifespan_version = begin_lifespan_version WHERE parcel_id = 'east-1'
"""
ALL = text(
    "SELECT parcel_id, ST_Distance(geography(geom), ST_Point(:lon, :lat, 4326)::geography) AS m FROM parcel "
    "WHERE end_lifespan_version IS NULL ORDER BY m, id"
)


@pytest.fixture(scope="module")
def scattered(
    module_database_url: str, cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    admin = create_engine(cluster.admin_url(name_of(module_database_url)), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("SET session_replication_role = replica"))
        for statement in SCATTER.split(";"):
            connection.execute(text(statement))
        connection.execute(text("ANALYZE parcel"))
    admin.dispose()
    app = create_app(settings_over(module_database_url, cluster, tmp_path_factory.mktemp("home")))
    yield app
    dispose(app)


@pytest.mark.parametrize(
    ("lon", "lat", "within_m", "limit"),
    [
        pytest.param(20.0, 68.0, 1_000, 1, id="nearer in metres, farther in degrees"),
        pytest.param(20.0, 68.0, 1_000, 20, id="a page of them"),
        pytest.param(20.0, 68.0, 520, 200, id="within less than the nearest by degrees"),
        pytest.param(20.0, 68.0, 2_000, 200, id="more than there are candidates"),
        pytest.param(179.9999, -17.0, 5_000, 3, id="across the line where longitudes begin anew"),
        pytest.param(-179.9999, -17.0, 900, 10, id="and from its other side"),
        pytest.param(10.0, 89.9, 100_000, 12, id="around the pole"),
        pytest.param(20.0, 68.0, 100, 5, id="none that near"),
    ],
)
def test_none_that_is_nearer_in_metres_is_missed(
    lon: float, lat: float, within_m: float, limit: int, scattered: Flask
) -> None:
    with scattered.app_context(), snapshot() as session:
        near = nearest_parcels(session, lon, lat, within_m, limit)
        wanted = [row for row in session.execute(ALL, {"lon": lon, "lat": lat}) if row.m <= within_m][:limit]
        names = {row.id: row.parcel_id for row in session.execute(text("SELECT id, parcel_id FROM parcel"))}
    assert [names[one.id] for one in near] == [row.parcel_id for row in wanted]
    assert [one.distance_m for one in near] == pytest.approx([row.m for row in wanted])


def test_a_bound_in_degrees_holds_for_every_direction_and_latitude(scattered: Flask) -> None:
    ground = Ground(4326, (-180, -90, 180, 90), 10**9, 0.001, is_geographic=True)
    rng = random.Random(7)
    with scattered.app_context(), snapshot() as session:
        for _ in range(150):
            lat, radius_m = rng.uniform(-88, 88), 10 ** rng.uniform(0, 5)
            bound = degrees_within(lat, radius_m, ground)
            if bound is None:
                continue
            there = text(
                "SELECT ST_X(p), ST_Y(p) FROM (SELECT ST_Project(ST_Point(0, :lat)::geography, :m, :azimuth)::geometry AS p) AS q"
            )
            x, y = session.execute(there, {"lat": lat, "m": radius_m, "azimuth": rng.uniform(0, 6.283)}).one()
            assert ((x**2 + (y - lat) ** 2) ** 0.5) <= bound
