"""The validity cases of GEOS, JTS, PostGIS and prepair, drawn alone; in a process of their own, for storage in metres."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hostile.validity_cases import cases

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.usefixtures("shared_data")
def test_draw_judges_every_case_as_postgis_does_and_refuses_what_is_not_polygonal() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:hypothesispytest",
            "tests/hostile/validity_cases_in_metres.py",
        ],
        cwd=ROOT,
        env={**os.environ, "SPATIAL_ADMIN_SRID": "26915"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-1000:]
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed
    assert int(passed.group(1)) == len(cases()) > 400
