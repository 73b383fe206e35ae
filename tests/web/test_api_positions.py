"""GET /api/positions: the same place in degrees and in storage coordinates."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from spatial_admin.cadastre.precision import Ground
from spatial_admin.cadastre.source_system import named_system
from spatial_admin.errors import BadRequest
from spatial_admin.services.shared.read_deployment import deployment_ground
from spatial_admin.services.shared.transform_positions import MOST, from_lonlat, from_named, from_stored
from spatial_admin.transaction import snapshot

Bearer = dict[str, dict[str, str]]
LAMBERT_93 = (99_217.1, 6_049_646.3, 1_242_417.2, 7_110_480.1)


def asked(client: FlaskClient, bearer: Bearer, query: str) -> Any:
    return client.get(f"/api/positions?{query}", headers=bearer["viewer"])


def test_degrees_are_stored_as_they_are_where_degrees_are_stored(client: FlaskClient, bearer: Bearer) -> None:
    answer = asked(client, bearer, "lonlat=2.3101,48.6902;-3,4e1")
    assert answer.json == {
        "srid": 4326,
        "positions": [
            {"lon": 2.3101, "lat": 48.6902, "x": 2.3101, "y": 48.6902},
            {"lon": -3.0, "lat": 40.0, "x": -3.0, "y": 40.0},
        ],
    }


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", "exactly one of lonlat, stored and given"),
        ("lonlat=1,2&stored=1,2", "exactly one of lonlat, stored and given"),
        ("lonlat=1,2,3", "2 finite numbers"),
        ("lonlat=1,2;", "2 finite numbers"),
        ("lonlat=nan,2", "2 finite numbers"),
        ("lonlat=1,91", "latitude from -90 to 90"),
        ("stored=649780.38,6842403.04", "649780.38, 6842403.04 lies outside of what is stored here (EPSG:4326"),
        ("lonlat=" + ";".join(["1,2"] * (MOST + 1)), f"at most {MOST} pairs"),
    ],
)
def test_what_is_no_position_is_refused_with_the_reason(
    client: FlaskClient, bearer: Bearer, query: str, words: str
) -> None:
    answer = asked(client, bearer, query)
    assert answer.status_code == 400
    assert words in answer.json["detail"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("given=1,2", "crs=EPSG:32618&given=x,y"),
        ("crs=EPSG:32631&lonlat=1,2", "it goes with given"),
        ("crs=EPSG:99999&given=1,2", "EPSG:99999 is not known"),
        ("crs=wgs84&given=1,2", "it takes an EPSG code"),
        ("crs=EPSG:4978&given=1,2", "has no two coordinates"),
        ("crs=EPSG:5773&given=1,2", "has no two coordinates"),
        ("crs=EPSG:32618&given=6842403,649780", "lies outside of where EPSG:32618 (WGS 84 / UTM zone 18N) is used"),
        ("crs=EPSG:2154&given=1e300,2", "lies outside of where EPSG:2154"),
        ("crs=EPSG:32631&given=1,2,3", "2 finite numbers"),
    ],
)
def test_what_is_no_place_of_a_named_crs_is_refused_with_the_reason(
    client: FlaskClient, bearer: Bearer, query: str, words: str
) -> None:
    answer = asked(client, bearer, query)
    assert answer.status_code == 400
    assert words in answer.json["detail"]


def test_coordinates_of_a_named_crs_are_those_that_postgis_gives(
    client: FlaskClient, bearer: Bearer, engine: Engine
) -> None:
    (position,) = asked(client, bearer, "crs=EPSG:2154&given=649780.38,6842403.04").json["positions"]
    transformed = "ST_Transform(ST_SetSRID(ST_MakePoint(649780.38, 6842403.04), 2154), 4326)"
    place = text(f"SELECT ST_X(p), ST_Y(p) FROM {transformed} AS p")
    with engine.connect() as connection:
        assert (position["x"], position["y"]) == tuple(connection.execute(place).one())
    assert (position["lon"], position["lat"]) == (position["x"], position["y"])
    assert asked(client, bearer, "crs=2154&given=649780.38,6842403.04").json["positions"] == [position]
    (same,) = asked(client, bearer, "crs=epsg:4326&given=2.5,48.5").json["positions"]
    assert same == {"lon": 2.5, "lat": 48.5, "x": 2.5, "y": 48.5}


def test_coordinates_of_a_named_crs_go_to_the_storage_crs_on_one_way(client: FlaskClient) -> None:
    with client.application.app_context(), snapshot() as session:
        given = [(449260.5, 5392905.25)]
        (position,) = from_named(session, given, "EPSG:32631", lambert())
        (way_by_degrees,) = from_lonlat(session, [(position["lon"], position["lat"])], lambert())
        with pytest.raises(BadRequest, match="lies outside of what is stored here"):
            from_named(session, [(20.0, 50.0)], "EPSG:4258", lambert())
        assert lambert().contains((position["x"], position["y"]))
    assert abs(position["x"] - way_by_degrees["x"]) < 1e-3


def test_an_area_of_use_across_the_antimeridian_is_one_area() -> None:
    fiji = named_system("EPSG:3460")
    assert fiji.is_used_at(179.5, -17)
    assert fiji.is_used_at(-179.5, -17)
    assert not fiji.is_used_at(0, -17)


def lambert() -> Ground:
    """As the deployment's, but in Lambert-93."""
    return replace(deployment_ground(), srid=2154, extent=LAMBERT_93, is_geographic=False)


def test_there_and_back_in_a_plane_is_less_than_a_tenth_of_a_millimetre(app: Flask) -> None:
    with app.app_context(), snapshot() as session:
        (there,) = from_lonlat(session, [(2.30461, 48.67812)], lambert())
        (back,) = from_stored(session, [(there["x"], there["y"])], lambert())
    assert (there["x"], there["y"]) == pytest.approx((648_801.6, 6_842_200.9), abs=2000)  # south of Paris
    assert (back["lon"], back["lat"]) == pytest.approx((2.30461, 48.67812), abs=1e-9)
    assert (back["x"], back["y"]) == (there["x"], there["y"])


def test_where_a_projection_ends_is_said_and_the_extent_is_named(app: Flask) -> None:
    with app.app_context(), snapshot() as session:
        with pytest.raises(BadRequest, match=r"5, 5 lies outside .*EPSG:2154: x from 99217\.1 to 1242417\.2"):
            from_stored(session, [(5.0, 5.0)], lambert())
        with pytest.raises(BadRequest, match="EPSG:2154 has no coordinates there"):
            from_lonlat(session, [(2.3, -90.0)], lambert())
