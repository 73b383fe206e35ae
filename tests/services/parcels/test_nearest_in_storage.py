"""The nearest in metres in whatever CRS is stored; tests/admin/test_other_reference_systems.py runs it in planes, too."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, create_engine, text

from spatial_admin.factory import create_app
from spatial_admin.services.parcels.nearest_parcels import BY_DEGREES, BY_PLANE
from spatial_admin.services.shared.read_deployment import fixed
from spatial_admin.transaction import snapshot
from tests.accounts import make_people, sign_in
from tests.admin.fabric import SIDE, SOUTH, SRID, WEST, make_block
from tests.conftest import dispose, settings_over
from tests.database import TestCluster

# Inside lot 5, a hair from lot 4: its distances to the others are all different. Lot 3 has a second part, nearer to a
# place in the north-east.
PLACES = {"in the block": (WEST + 1.2 * SIDE, SOUTH + 1.37 * SIDE), "north-east": (WEST + 5 * SIDE, SOUTH + 5.5 * SIDE)}
LONLAT = text("SELECT ST_X(p), ST_Y(p) FROM (SELECT ST_Transform(ST_Point(:x, :y, :srid), 4326) AS p) AS q")
# Metres by the definition: in a plane its own distance in its unit of length, in degrees that on the ellipsoid.
TRUE = text("""
SELECT parcel_id, CASE WHEN :is_geographic THEN ST_Distance(geography(ST_Transform(geom, 4326)), ST_Point(:lon, :lat, 4326)::geography)
                       ELSE ST_Distance(geom, ST_Transform(ST_Point(:lon, :lat, 4326), :srid)) * :metres_per_unit END AS m
FROM parcel WHERE end_lifespan_version IS NULL ORDER BY m, id
""")
# What a unit of each CRS is in metres, as its authority says; of degrees there is none.
METRES = {2056: 1.0, 5514: 1.0, 26915: 1.0, 2264: 1200 / 3937}


@pytest.fixture(scope="module")
def app(cluster: TestCluster, module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    app = create_app(settings_over(module_database_url, cluster, tmp_path_factory.mktemp("home")))
    engine = create_engine(module_database_url)
    make_block(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE parcel SET end_lifespan_version = clock_timestamp() WHERE parcel_id = '6'"))
    engine.dispose()
    yield app
    dispose(app)


@pytest.fixture(scope="module")
def client(app: Flask) -> FlaskClient:
    with app.app_context():
        people = make_people()
    client = app.test_client()
    sign_in(client, people.viewer)
    return client


@pytest.fixture(scope="module")
def engine(module_database_url: str) -> Iterator[Engine]:
    engine = create_engine(module_database_url)
    yield engine
    engine.dispose()


@pytest.mark.parametrize("place", PLACES)
def test_near_answers_by_metres_from_the_nearest_on(place: str, client: FlaskClient, engine: Engine) -> None:
    x, y = PLACES[place]
    with engine.connect() as connection:
        lon, lat = connection.execute(LONLAT, {"x": x, "y": y, "srid": SRID}).one()
        values = {
            "lon": lon,
            "lat": lat,
            "srid": SRID,
            "is_geographic": SRID == 4326,
            "metres_per_unit": METRES.get(SRID, 1),
        }
        wanted = connection.execute(TRUE, values).all()
    assert len(wanted) == 8, "the retired one is not near"
    found = client.get("/api/parcels", query_string={"near": f"{lon!r},{lat!r}", "within_m": 5_000}).get_json()[
        "features"
    ]
    assert [one["id"] for one in found] == [row.parcel_id for row in wanted]
    assert [one["properties"]["distance_m"] for one in found] == pytest.approx([row.m for row in wanted], abs=1e-6)
    within_m = (wanted[3].m + wanted[4].m) / 2
    near = client.get("/api/parcels", query_string={"near": f"{lon!r},{lat!r}", "within_m": within_m}).get_json()[
        "features"
    ]
    assert [one["id"] for one in near] == [row.parcel_id for row in wanted[:4]]
    few = client.get("/api/parcels", query_string={"near": f"{lon!r},{lat!r}", "limit": 2}).get_json()["features"]
    assert [one["id"] for one in few] == [row.parcel_id for row in wanted[:2]]


def test_the_index_gives_the_nearest_first(app: Flask) -> None:
    with app.app_context(), snapshot() as session:
        ground = fixed().ground
        lon, lat = session.execute(LONLAT, {"x": WEST, "y": SOUTH, "srid": SRID}).one()
        values = {"lon": lon, "lat": lat, "srid": SRID, "metres_per_unit": ground.metres_per_unit, "limit": 5}
        session.execute(text("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off"))
        statement = BY_DEGREES if ground.is_geographic else BY_PLANE
        plan = "\n".join(session.connection().exec_driver_sql(f"EXPLAIN {statement}", values).scalars())
    assert "Index Scan using ix__parcel__geom" in plan
    assert "Order By: (geom <-> " in plan
    assert "Sort" not in plan


def test_a_place_that_the_storage_crs_has_no_coordinates_for_is_refused_by_name(client: FlaskClient) -> None:
    answer = client.get("/api/parcels", query_string={"near": "0,0", "limit": 2})
    if SRID != 26915:
        assert (answer.status_code, answer.get_json()["features"]) == (200, [])
        return
    assert answer.status_code == 400
    assert answer.get_json()["detail"] == "near: EPSG:26915 has no coordinates there"
