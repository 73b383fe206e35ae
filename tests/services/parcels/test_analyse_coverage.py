"""Clusters of findings and extents of levels: where they are, and what they cost."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from spatial_admin.admin.analysis_drawing import HEIGHT_PX, WIDTH_PX, draw
from spatial_admin.services.parcels import analyse_coverage as service
from spatial_admin.services.parcels.analyse_coverage import KEY, analyse_coverage
from spatial_admin.services.shared.read_deployment import deployment_ground
from tests.accounts import People
from tests.concurrency.fabric import Grid, store_lots

FINDING = """
INSERT INTO finding (rule, fingerprint, parcels, place, measure, severity, status)
SELECT :rule, :rule || n, ARRAY[1]::bigint[], ST_Translate(ST_Centroid(geom), n * :step, 0), 1, 'warning', 'open'
FROM parcel, generate_series(1, :n) AS n WHERE parcel_id = :at
"""


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


@pytest.fixture
def findings(engine: Engine) -> Engine:
    """Seven gaps at one lot, six overlaps at another far away, three slivers all over the place."""
    grid = Grid()
    store_lots(engine, {f"{x} {y}": grid.box(x, y) for x in range(0, 200, 20) for y in range(0, 200, 20)})
    with engine.begin() as connection:
        for rule, n, step, at in (("gap", 7, 0.01, "0 0"), ("overlap", 6, 0.01, "180 180"), ("sliver", 3, 60, "0 100")):
            connection.execute(text(FINDING), {"rule": rule, "n": n, "step": step * grid.step, "at": at})
    return engine


@pytest.mark.usefixtures("findings")
def test_findings_close_to_each_other_are_a_cluster_and_the_others_scattered() -> None:
    analysis = analyse_coverage()
    assert analysis is not None
    assert [(one.findings, one.rule) for one in analysis.clusters] == [(7, "gap"), (6, "overlap")]
    assert (analysis.found, analysis.findings, analysis.scattered, analysis.is_part) == (2, 16, 3, False)
    (extent,) = analysis.extents
    assert extent.parcels == 100
    assert extent.km2 > 0
    drawing = draw(analysis, deployment_ground())
    assert drawing is not None
    assert [(dot.number, dot.rule) for dot in drawing.dots] == [(1, "gap"), (2, "overlap")]
    assert drawing.dots[0].radius > drawing.dots[1].radius
    assert all(0 <= dot.x <= WIDTH_PX and 0 <= dot.y <= HEIGHT_PX for dot in drawing.dots)
    assert drawing.dots[0].y > drawing.dots[1].y, "north is up"


def test_an_empty_database_has_nothing_to_draw() -> None:
    analysis = analyse_coverage()
    assert analysis is not None
    assert (analysis.extents, analysis.clusters, analysis.findings) == ((), (), 0)
    assert draw(analysis, deployment_ground()) is None


@pytest.mark.usefixtures("findings")
def test_it_is_asked_once_for_all_and_one_that_takes_too_long_shows_nothing(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = analyse_coverage()
    assert analyse_coverage() is first
    del app.extensions[KEY]
    monkeypatch.setattr(service, "EXTENTS", "SELECT pg_sleep(5), :percent")
    monkeypatch.setattr(service, "TIMEOUT_MS", 20)
    assert analyse_coverage() is None


@pytest.mark.usefixtures("findings")
def test_the_overview_shows_it(app: Flask, accounts: People) -> None:
    html = app.test_client().get("/admin/", headers=accounts.viewer.bearer).text
    assert "2 places where at least 5 open findings lie within 250 m of the next" in html
    assert html.count('<g class="dot') == 2
