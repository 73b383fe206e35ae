"""Random edits through the service keep every promise, on coverages made up and real, in degrees and on grids.

A few at every run; SPATIAL_ADMIN_TEST_STEPS=5000 makes so many of each kind, from a seed that is new every time and that
is printed. What a failure prints is one edit and what lies around it, in the form of tests/cases.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STEPS = 80
ACCEPTED = 0.3  # of all edits, at least: else nothing is tried


@pytest.mark.parametrize(
    ("srid", "source"),
    [
        pytest.param(4326, "fabric", id="4326, made up"),
        pytest.param(2056, "fabric", id="2056, made up"),
        pytest.param(5514, "cz_ruian_parcely_5514.gpkg", id="5514, Czech"),
        pytest.param(4326, "fr_epinay_91216_parcelles.geojson", id="4326, Épinay"),
    ],
)
def test_random_edits_keep_every_promise(
    srid: int, source: str, request: pytest.FixtureRequest, cluster: object
) -> None:
    file = source if source == "fabric" else str(request.getfixturevalue("shared_data") / "parcels" / source)
    steps = os.environ.get("SPATIAL_ADMIN_TEST_STEPS")
    done = subprocess.run(
        [sys.executable, "-m", "tests.machine.drive", file, steps or str(STEPS), "anew" if steps else "1"],
        env={**os.environ, "SPATIAL_ADMIN_SRID": str(srid)}, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    sys.stdout.write(done.stdout)
    assert done.returncode == 0, done.stderr[-20_000:]
    counts = json.loads(done.stdout)
    assert counts["steps"] >= int(steps or STEPS)
    assert sum(count for what, count in counts.items() if what.endswith(": accepted")) > ACCEPTED * counts["steps"]
