"""GET /api/positions: the same place in degrees and in storage coordinates."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from spatial_admin.cadastre.precision import Ground
from spatial_admin.errors import BadRequest
from spatial_admin.services.read_deployment import deployment_ground
from spatial_admin.services.transform_positions import MOST, from_lonlat, from_stored
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
        ("", "exactly one of lonlat and stored"),
        ("lonlat=1,2&stored=1,2", "exactly one of lonlat and stored"),
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
