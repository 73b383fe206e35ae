"""What must hold in storage systems other than degrees; a process for each, because the tables are made for one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FORM = [
    "admin/test_save_parcel.py::test_renaming_again_and_again_leaves_every_geometry_as_it_was",
    "admin/test_save_parcel.py::test_saving_without_a_change_makes_no_edit",
]
TILES = [
    "services/tiles/test_render_tile.py::test_a_lot_is_drawn_where_it_lies",
    "services/tiles/test_render_tile.py::test_a_parcel_carries_its_number_of_open_findings_in_every_tile",
    "services/tiles/test_render_tile.py::test_counts_of_a_zoom_add_up_to_all_parcels",
]
REFERENCE = [
    "services/drafts/test_read_reference.py::test_coordinates_of_the_storage_crs_are_those_of_the_file_to_the_bit"
]
THE_PAST = ["services/parcels/test_recall_parcels.py::test_the_past_is_the_present_while_nothing_changes"]

NEAREST = [
    "services/parcels/test_nearest_in_storage.py::test_near_answers_by_metres_from_the_nearest_on[in the block]",
    "services/parcels/test_nearest_in_storage.py::test_near_answers_by_metres_from_the_nearest_on[north-east]",
    "services/parcels/test_nearest_in_storage.py::test_the_index_gives_the_nearest_first",
    "services/parcels/test_nearest_in_storage.py::test_a_place_that_the_storage_crs_has_no_coordinates_for_is_refused_by_name",
]


@pytest.mark.parametrize(
    ("srid", "tests"),
    [
        pytest.param(2056, FORM + TILES + NEAREST, id="Swiss"),
        pytest.param(5514, FORM + THE_PAST + NEAREST, id="Czech, both axes negative"),
        pytest.param(26915, FORM + TILES + NEAREST + REFERENCE, id="UTM"),
        pytest.param(2264, FORM + NEAREST + REFERENCE, id="North Carolina, feet"),
    ],
)
def test_it_holds_as_in_degrees(srid: int, tests: list[str]) -> None:
    done = subprocess.run(
        # Without the plugin, which reads all of Hypothesis at the end, for nothing.
        [sys.executable, "-m", "pytest", "-q", "-p", "no:hypothesispytest", *(f"tests/{test}" for test in tests)],
        cwd=ROOT,
        env={**os.environ, "SPATIAL_ADMIN_SRID": str(srid)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert f"{len(tests)} passed" in done.stdout
