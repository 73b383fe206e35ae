"""Which files of tests go out first: those that take long, so that no process is left alone with one at the end.

And from which folder on a process reads them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol, TypeVar

# More than ten seconds of processor time (of PostgreSQL, browsers and child processes too), longest first.
SLOW: Final = (
    "services/importing/test_import_real_files.py",
    "browser/test_map_page.py",
    "machine/test_random_edits.py",
    "concurrency/test_history.py",
    "browser/test_county_map.py",
    "browser/test_tile_map.py",
    "test_other_reference_systems.py",
    "services/database/test_explain_queries.py",
    "browser/test_drafts.py",
    "jobs/test_killed_import.py",
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
    """The tests with those of the slow files before all others, which go by their paths; within a file as they were."""
    places = {root / name: place for place, name in enumerate(SLOW)}
    return sorted(tests, key=lambda test: (places.get(test.path, len(places)), test.path))


def begun_elsewhere(arguments: Sequence[str], root: Path, process: int, processes: int) -> list[str]:
    """What one of several processes collects, where it is everything below `root`: each begins at another folder.

    Each has to read all modules of tests. What one has compiled, with its assertions, the others find compiled, unless
    they all go by the same way side by side.
    """
    if [Path(one).resolve() for one in arguments] != [root]:
        return list(arguments)
    parts = sorted({root / path.relative_to(root).parts[0] for path in root.rglob("test_*.py")})
    begin = process * len(parts) // processes
    return [str(part) for part in parts[begin:] + parts[:begin]]
