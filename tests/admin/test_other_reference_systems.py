"""The form, and what is near, in storage systems other than degrees (2264 counts feet); each in a process of its own,
because the tables are made for one.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("srid", [2056, 5514, 26915, 2264])
def test_renaming_by_form_changes_no_coordinate_and_near_is_in_metres(srid: int) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "tests/admin/test_save_parcel.py",
            "tests/services/test_nearest_in_storage.py",
            "-k",
            "renaming or without_a_change or nearest",
        ],
        cwd=ROOT,
        env={**os.environ, "SPATIAL_ADMIN_SRID": str(srid)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert "5 passed" in done.stdout
