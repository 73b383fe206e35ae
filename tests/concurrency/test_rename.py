"""Renaming moves nothing: the first promise, and the one that every other web admin breaks.

SPATIAL_ADMIN_TEST_ALL=1 makes it a thousand times.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TIMES = 1000 if os.environ.get("SPATIAL_ADMIN_TEST_ALL") else 60


@pytest.mark.parametrize(
    ("srid", "source"),
    [
        pytest.param(4326, "fr_epinay_91216_parcelles.geojson", id="4326, Épinay"),
        pytest.param(5514, "cz_ruian_parcely_5514.gpkg", id="5514, Czech"),
        pytest.param(26915, "us_mn_dakota_parcels_26915.zip", id="26915, Dakota"),
        pytest.param(2056, "fabric", id="2056, made up"),
    ],
)
def test_a_parcel_renamed_again_and_again_keeps_every_bit_of_it_and_its_neighbours(
    srid: int, source: str, request: pytest.FixtureRequest, cluster: object
) -> None:
    file = source if source == "fabric" else str(request.getfixturevalue("shared_data") / "parcels" / source)
    done = subprocess.run(
        [sys.executable, "-m", "tests.concurrency.rename_many", file, str(TIMES)],
        env={**os.environ, "SPATIAL_ADMIN_SRID": str(srid)}, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:] + done.stdout
    answer = json.loads(done.stdout)
    assert answer["neighbours"] >= 4
    assert (answer["srid"], answer["version"], answer["changed"], answer["wrong"]) == (srid, TIMES + 1, [], [])
