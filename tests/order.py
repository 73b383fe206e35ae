"""Which files of tests go out first: those that take long, so that no process is left alone with one at the end."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol, TypeVar

# More than ten seconds of processor time (of PostgreSQL, browsers and child processes too), longest first.
SLOW: Final = (
    "services/importing/test_import_real_files.py",
    "browser/test_map_page.py",
    "machine/test_random_edits.py",
    "jobs/test_killed_import.py",
    "concurrency/test_history.py",
    "browser/test_county_map.py",
    "browser/test_tile_map.py",
    "test_other_reference_systems.py",
    "services/database/test_explain_queries.py",
    "browser/test_drafts.py",
    "browser/test_land_tools.py",
    "jobs/test_worker.py",
    "jobs/test_terminal_import.py",
    "browser/test_review_queue.py",
    "browser/test_keyboard.py",
    "browser/test_snapping.py",
    "browser/test_as_of.py",
    "browser/test_courses.py",
    "browser/test_reading_parcel.py",
    "services/findings/test_scan_real_files.py",
    "services/database/test_change_srid.py",
    "browser/test_conflict.py",
    "admin/test_site_in_browser.py",
    "browser/test_tasks.py",
    "browser/test_restore_split.py",
    "browser/test_reference.py",
    "browser/test_fixes.py",
    "local/test_serve.py",
    "browser/test_record_field.py",
    "browser/test_parcel_form.py",
    "browser/test_lost_connection.py",
    "concurrency/test_rename.py",
    "browser/test_real_parcels.py",
    "browser/test_demo_town.py",
    "jobs/test_maintenance.py",
    "cadastre/operations/test_draw.py",
    "cadastre/test_parallel_division.py",
    "services/editing/test_merge_and_draw_real_lots.py",
    "services/findings/test_old_overlaps.py",
    "services/importing/test_import_parcels.py",
    "cadastre/operations/test_split.py",
    "admin/test_save_parcel.py",
    "web/openapi/test_requests.py",
)


class HasPath(Protocol):
    """What is known of a test here: the file it is in."""

    @property
    def path(self) -> Path:
        """Of the test's file."""


Test = TypeVar("Test", bound=HasPath)


def slow_first(tests: Sequence[Test], root: Path) -> list[Test]:
    """The tests with those of the slow files before all others; within a file, and among others, as they were."""
    places = {root / name: place for place, name in enumerate(SLOW)}
    return sorted(tests, key=lambda test: places.get(test.path, len(places)))
