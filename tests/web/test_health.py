"""Alive, ready, measured."""

from __future__ import annotations

import re

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from spatial_admin.web.request_metrics import RequestMetrics
from tests.accounts import People
from tests.answers import json_of
from tests.database import TestCluster, name_of


def test_alive_without_database(app: Flask, cluster: TestCluster, database_url: str) -> None:
    client = app.test_client()
    cluster.drop(name_of(database_url))
    assert client.get("/healthz").json == {"status": "alive"}
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "out of reach" in json_of(answer)["reason"]


def test_ready_when_migrated(client: FlaskClient) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert json_of(answer)["status"] == "ready"


def test_not_ready_at_another_migration(client: FlaskClient, owner_engine: Engine) -> None:
    with owner_engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "0001" in json_of(answer)["reason"]
    assert "flask database prepare" in json_of(answer)["reason"]


def test_metrics_are_prometheus_text(client: FlaskClient, accounts: People) -> None:
    client.get("/admin/parcel/", headers=accounts.viewer.bearer)
    lines = client.get("/metrics", headers=accounts.viewer.bearer).text.splitlines()
    sample = re.compile(r'[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? [0-9.e+-]+$')
    for line in lines:
        assert line.startswith("# TYPE ") or sample.match(line), line
    assert any('endpoint="parcel.index_view",method="GET",status="200"' in line for line in lines)
    assert any(line.startswith("spatial_admin_parcels_estimate ") for line in lines)
    assert len({line for line in lines if line.startswith("# TYPE")}) == sum(
        line.startswith("# TYPE") for line in lines
    )


def test_histogram_is_cumulative() -> None:
    metrics = RequestMetrics()
    for seconds in (0.001, 0.02, 0.02, 60.0):
        metrics.note("x", "GET", 200, seconds)
    counts = dict(re.findall(r'le="([^"]+)"\} (\d+)', metrics.render()))
    assert (counts["0.005"], counts["0.025"], counts["5.0"], counts["+Inf"]) == ("1", "3", "3", "4")
    assert 'status="200"} 4' in metrics.render()
