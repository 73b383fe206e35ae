"""Every validity case, drawn alone: run by test_validity_cases.py in a process whose storage is metric.

The grid is a power of two and so fine that no coordinate of the cases is changed by snapping; the extent is wide, and
the noding distance below a nanometre, so that nothing but validity is judged.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import InternalError

from spatial_admin.cadastre.operations import parse_operations
from spatial_admin.errors import EditRejected, InvalidOperation, SpatialAdminError
from spatial_admin.factory import create_app
from spatial_admin.services.editing.edit_boundaries import Author, edit_boundaries
from spatial_admin.services.editing.parse_edit import parse_edit_request
from spatial_admin.settings import Limits, Settings, storage_srid
from tests.accounts import make_people
from tests.conftest import dispose
from tests.database import TestCluster
from tests.hostile.validity_cases import GEOJSON_NAMES, Case, cases

SOMEBODY = Author(None, "somebody@example.org")
POLYGONAL = [pytest.param(case, id=case.name) for case in cases() if case.is_polygonal]
OTHERS = [pytest.param(case, id=case.name) for case in cases() if not case.is_polygonal]
# What is refused though PostGIS finds nothing wrong with it, or cannot read it; and why that is right.
NOT_BY_VALIDITY = {
    "libgeos/geos:TestValid2-big.xml TestValid2-big.xml#1": "the most that one parcel may cover",  # 10^15 m wide
}
# prepair.4 has a ring that is not closed, which in the text form is an error and in ours the rule.
CLOSED_BY_US = {"tudelft3d/prepair:README.md prepair.4"}


@pytest.fixture(scope="module")
def database(cluster: TestCluster) -> Iterator[str]:
    name = cluster.create_empty()
    yield name
    cluster.drop(name)


@pytest.fixture(scope="module")
def app(database: str, cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    settings = Settings(
        database_url=cluster.app_url(database),
        database_owner_url=cluster.owner_url(database),
        secret_key="only-for-tests-0123456789",
        srid=storage_srid(),
        extent=(-2e15, -2e15, 2e15, 2e15),
        grid=2.0**-52,
        node_within_m=1e-10,
        home=tmp_path_factory.mktemp("home"),
        demo=False,
        production=False,
    )
    app = create_app(settings)
    app.config["TESTING"] = False
    with app.app_context():
        upgrade()
        yield app
    dispose(app)


@pytest.fixture(scope="module")
def headers(app: Flask) -> dict[str, str]:
    return make_people().editor.bearer


@pytest.fixture(scope="module")
def engine(database: str, cluster: TestCluster) -> Iterator[Engine]:
    engine = create_engine(cluster.app_url(database))
    yield engine
    engine.dispose()


def draw(rings: Any) -> dict[str, Any]:
    operation = {"op": "draw", "kind": "lot", "rings": rings}
    return {"key": str(uuid.uuid4()), "comment": "", "operations": [operation]}


def verdict_of(connection: Connection, case: Case) -> tuple[bool | None, str | None, tuple[float, float] | None]:
    sql = f"SELECT valid, reason, ST_X(location), ST_Y(location) FROM ST_IsValidDetail({case.sql})"
    try:
        valid, reason, x, y = connection.execute(text(sql), {"geometry": case.text}).one()
    except InternalError:
        connection.rollback()
        return None, None, None
    return valid, reason, None if x is None else (x, y)


@pytest.mark.parametrize("case", POLYGONAL)
def test_a_polygonal_case_is_judged_as_postgis_judges_it(
    app: Flask, engine: Engine, headers: dict[str, str], case: Case
) -> None:
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM parcel WHERE end_lifespan_version IS NULL")).scalar() == 0
        valid, reason, place = verdict_of(connection, case)
    assert (valid, reason) == (case.is_valid, case.reason)
    body = draw(case.coordinates)
    try:
        receipt = edit_boundaries(parse_edit_request(body, Limits()), SOMEBODY).receipt
    except SpatialAdminError as error:
        check_refusal(case, error, (valid, reason, place))
        answer = app.test_client().post("/api/edits", json=body, headers=headers)
        assert 400 <= answer.status_code < 500, answer.get_data(as_text=True)
    else:
        assert valid or case.name in CLOSED_BY_US
        check_stored_and_retire(engine, case, receipt["parcels"][0]["parcel_id"])


def check_refusal(
    case: Case, error: SpatialAdminError, verdict: tuple[bool | None, str | None, tuple[float, float] | None]
) -> None:
    valid, reason, place = verdict
    if valid is None:
        assert isinstance(error, InvalidOperation)  # an empty ring
        assert "at least" in str(error)
        return
    if valid:
        assert NOT_BY_VALIDITY[case.name] in str(error)
        return
    assert isinstance(error, EditRejected), error
    (violation,) = error.violations
    if reason == "Too few points in geometry component":
        assert violation.rule == "collapsed"
    else:
        assert violation.rule == "invalid_geometry"
        assert violation.message.endswith(f"would be invalid: {reason}.")
    assert violation.place is not None
    assert tuple(violation.place["coordinates"]) == place


def check_stored_and_retire(engine: Engine, case: Case, name: str) -> None:
    with engine.connect() as connection:
        sql = "SELECT ST_IsValid(geom), ST_AsBinary(geom) FROM parcel WHERE parcel_id = :name"
        is_valid, wkb = connection.execute(text(sql), {"name": name}).one()
        assert is_valid
        if case.name not in CLOSED_BY_US:
            same = f"SELECT ST_Equals(ST_GeomFromWKB(:wkb), {case.sql})"
            assert connection.execute(text(same), {"wkb": bytes(wkb), "geometry": case.text}).scalar()
    body = {"key": str(uuid.uuid4()), "seen": {name: 1}, "operations": [{"op": "retire", "parcel_id": name}]}
    edit_boundaries(parse_edit_request(body, Limits()), SOMEBODY)


@pytest.mark.parametrize("case", OTHERS)
def test_any_other_case_is_refused_as_not_polygonal(app: Flask, headers: dict[str, str], case: Case) -> None:
    name = GEOJSON_NAMES[case.kind]
    is_simple = case.kind in ("POINT", "LINESTRING", "MULTIPOINT")
    # The coordinates of a MultiLineString are those of a Polygon: only its name tells them apart.
    geometry = {"type": name, **({"coordinates": case.coordinates} if is_simple or "MULTI" in case.kind else {})}
    with pytest.raises(InvalidOperation, match=f"a {name} is not polygonal"):
        parse_operations([{"op": "draw", "kind": "lot", "rings": geometry}])
    answer = app.test_client().post(
        "/api/edits", data=json.dumps(draw(geometry)), content_type="application/json", headers=headers
    )
    has_nan = "NaN" in json.dumps(geometry)  # which is no JSON
    assert answer.status_code == (400 if has_nan else 422)
    assert has_nan or "is not polygonal" in answer.get_json()["detail"]
    if is_simple and case.coordinates and not has_nan:
        coordinates = case.coordinates[0] if case.kind == "POINT" else case.coordinates
        with pytest.raises(InvalidOperation, match="not polygonal"):
            parse_operations([{"op": "draw", "kind": "lot", "rings": coordinates}])
