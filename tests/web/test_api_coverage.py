"""GET /api/coverage: exact points, shared once, rings as numbers."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from tests.web.api import X, Y, at, store

Bearer = dict[str, dict[str, str]]
BOX = f"{X - 0.01},{Y - 0.01},{X + 0.01},{Y + 0.01}"


@pytest.fixture(autouse=True)
def lots(engine: Engine) -> None:
    store(engine)


def rings(coverage: dict[str, Any], name: str) -> list[list[list[float]]]:
    (parcel,) = [parcel for parcel in coverage["parcels"] if parcel["parcel_id"] == name]
    return [[coverage["points"][number][:2] for number in ring] for part in parcel["parts"] for ring in part]


def test_a_point_that_parcels_share_is_one_point(client: FlaskClient, bearer: Bearer) -> None:
    coverage = client.get(f"/api/coverage?bbox={BOX}", headers=bearer["viewer"]).json
    assert coverage is not None
    assert (coverage["srid"], coverage["grid"]) == (4326, 1e-9)
    assert len(coverage["points"]) == 8  # 12 corners of three lots
    assert rings(coverage, "A") == [[at(0, 0), at(1, 0), at(1, 1), at(0, 1)]]
    assert rings(coverage, "C/2") == [[at(0, -1), at(2, -1), at(2, 0), at(0, 0)]]


def test_holes_parts_and_bits_survive(client: FlaskClient, bearer: Bearer, engine: Engine) -> None:
    x, y = X + 0.1, Y + 1 / 3 * 0.01
    shape = (
        f"MULTIPOLYGON((({x!r} {y!r}, {x + 0.003!r} {y!r}, {x + 0.003!r} {y + 0.003!r}, {x!r} {y!r}), "
        f"({x + 0.002!r} {y + 0.0005!r}, {x + 0.0025!r} {y + 0.0006!r}, {x + 0.0024!r} {y + 0.001!r}, "
        f"{x + 0.002!r} {y + 0.0005!r})), (({x + 0.01!r} {y!r}, {x + 0.011!r} {y!r}, {x + 0.011!r} {y + 0.001!r}, "
        f"{x + 0.01!r} {y!r})))"
    )
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO parcel (parcel_id, level, kind, geom) "
                "VALUES ('M', 'parcels', 'lot', ST_GeomFromText(:s, 4326))"
            ),
            {"s": shape},
        )
    coverage = client.get("/api/coverage?parcels=M", headers=bearer["viewer"]).json
    assert coverage is not None
    (parcel,) = coverage["parcels"]
    assert [len(part) for part in parcel["parts"]] == [2, 1]
    assert [x, y] in [point[:2] for point in coverage["points"]]


def test_one_way_of_asking_at_a_time(client: FlaskClient, bearer: Bearer) -> None:
    for query in (
        "",
        f"?bbox={BOX}&parcels=A",
        "?bbox=1,2,3",
        "?bbox=3,3,1,1",
        "?at_version=A",
        "?colour=red",
        "?bbox=a,b,c,d",
    ):
        assert client.get(f"/api/coverage{query}", headers=bearer["viewer"]).status_code == 400, query
    for query in ("?parcels=nobody", "?at_version=A:7", "?at_version=C/2:2"):
        assert client.get(f"/api/coverage{query}", headers=bearer["viewer"]).status_code == 404, query
    at_version = client.get("/api/coverage?at_version=C/2:1", headers=bearer["viewer"]).json
    assert at_version is not None
    assert [parcel["parcel_id"] for parcel in at_version["parcels"]] == ["C/2"]


def test_more_than_the_limit_is_told_to_zoom_in(client: FlaskClient, bearer: Bearer, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO parcel (parcel_id, level, kind, geom) SELECT 'u' || n, 'units', 'unit', "
                "ST_Multi(ST_MakeEnvelope(:x, :y, :x + 0.0001, :y + 0.0001, 4326)) FROM generate_series(1, 2000) AS n"
            ),
            {"x": X, "y": Y},
        )
    answer = client.get(f"/api/coverage?bbox={BOX}", headers=bearer["viewer"])
    assert (answer.status_code, answer.json["type"]) == (422, "/problems/too_many_parcels")  # type: ignore[index]
