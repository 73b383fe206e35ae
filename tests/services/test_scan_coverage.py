"""Scans of real files and of a small block: complete, repeatable, restartable, and never stale."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from flask import Flask
from sqlalchemy import create_engine, text

from spatial_admin.cadastre.gap import NOISE_WIDTH_M
from spatial_admin.cadastre.overlap import SLIVER_NOISE_M2, common_area_on, mean_width_m
from spatial_admin.cadastre.precision import Ground
from spatial_admin.factory import create_app
from spatial_admin.services.import_parcels import import_parcels
from spatial_admin.services.plan_import import ImportOptions
from spatial_admin.services.read_deployment import deployment_ground
from spatial_admin.services.scan_coverage import scan_coverage
from spatial_admin.services.watch_edit import unwatched
from spatial_admin.settings import Limits
from tests.conftest import dispose, settings_over
from tests.database import TestCluster

FILES = (
    "us_va_williamsburg_parcels.geojson",
    "us_mn_dakota_parcels_26915.zip",
    "cz_ruian_parcely_5514.gpkg",
    "us_ny_manhattan_mappluto_142.geojson",
)
# Pairs as measured beforehand in the files' own metres; in lon/lat two of Williamsburg's are at the tolerance.
Ask = Callable[..., list[Any]]


@pytest.fixture(scope="module")
def scanned(
    module_database_url: str, cluster: TestCluster, shared_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Flask, dict[str, int], dict[str, Any]]]:
    """Four real files in one database, and what the first scan of it answered."""
    app = create_app(settings_over(module_database_url, cluster, tmp_path_factory.mktemp("home")))
    with app.app_context():
        edits = {
            name: import_parcels(shared_data / "parcels" / name, ImportOptions(), limits=Limits()).edit_id
            for name in FILES
        }
        result = scan_coverage(unwatched)
    yield app, edits, result
    dispose(app)


@pytest.fixture(scope="module")
def ask(module_database_url: str) -> Iterator[Ask]:
    engine = create_engine(module_database_url)

    def run(sql: str, **values: Any) -> list[Any]:
        with engine.connect() as connection:
            return list(connection.execute(text(sql), values).all())

    yield run
    engine.dispose()


def test_it(scanned, ask):
    print(scanned[2], ask("select rule,status,count(*) from finding group by 1,2 order by 1"))
    with scanned[0].app_context():
        print(scan_coverage(unwatched))
