"""Random operations through the service, held against the same parcels in memory and against what shapely says.

SPATIAL_ADMIN_TEST_STEPS sets how many steps; with other sources and storage systems see drive.py.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.database import TestCluster

CHECKOUT = Path(__file__).resolve().parents[2]
STEPS = os.environ.get("SPATIAL_ADMIN_TEST_STEPS", "150")
MEANINGFUL = 20  # of 150 steps at least so many are lawful edits


def test_random_edits_leave_the_database_as_the_model_and_the_books_in_order(cluster: TestCluster) -> None:
    command = [sys.executable, "-m", "tests.machine.drive", "fabric", STEPS, "1"]
    done = subprocess.run(command, check=False, cwd=CHECKOUT, capture_output=True, text=True, timeout=3600)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    counts = json.loads(done.stdout.splitlines()[-1])
    accepted = sum(number for name, number in counts.items() if name.endswith(": accepted"))
    assert accepted >= MEANINGFUL, counts
