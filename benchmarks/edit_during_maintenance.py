"""What editors notice of maintenance: their times and false aborts alone, and while indexes are rebuilt and tables vacuumed.

`python -m benchmarks.edit_during_maintenance [PARCELS]` (default 50,000); four scattered editors by the service.
"""

from __future__ import annotations

import os
import sys
import threading
from dataclasses import replace
from typing import Self

from benchmarks._corners import corners_of
from benchmarks._editors import Tally, Work, together
from benchmarks._fabric import town
from benchmarks._report import head, line, median_ms, p99_ms
from spatial_admin.owner_connection import owner_connection
from tests.database import TestCluster

COLUMNS = 250
SECONDS = 12.0
LOAD = {
    "VACUUM": ["VACUUM (ANALYZE, TRUNCATE false) parcel", "VACUUM (ANALYZE, TRUNCATE false) parcel_version"],
    "REINDEX CONCURRENTLY": [
        "REINDEX INDEX CONCURRENTLY ix__parcel__geom",
        "REINDEX INDEX CONCURRENTLY pk__parcel",
        "REINDEX INDEX CONCURRENTLY ix__parcel__search",
    ],
}


def main() -> int:
    """Print one line for each measurement; the limit is the same editors alone."""
    url = os.environ.get("TEST_DATABASE_ADMIN_URL")
    if not url:
        sys.stderr.write("TEST_DATABASE_ADMIN_URL is not set; script/bench sets it.\n")
        return 3
    cluster = TestCluster(url)
    rows = int(sys.argv[1] if len(sys.argv) > 1 else 50_000) // COLUMNS
    head()
    with town(cluster, COLUMNS, rows) as (name, engine):
        corners = corners_of(engine, rows * COLUMNS)
        work = Work(cluster.app_url(name), cluster.owner_url(name), SECONDS, 2, 2, corners[: len(corners) // 3])
        alone = together(work)
        tell("alone", alone, alone)
        for n, (what, statements) in enumerate(LOAD.items(), 1):
            third = len(corners) // 3
            part = replace(work, corners=corners[n * third : (n + 1) * third])
            with Busy(cluster.owner_url(name), statements) as busy:
                beside = together(part)
            tell(f"beside {what} ({busy.done} done)", beside, alone)
    cluster.close()
    return 0


def tell(what: str, tally: Tally, alone: Tally) -> None:
    """Median, p99 and aborts, beside those alone."""
    line(f"{what}: p50 (ms)", tally.saved, median_ms(tally.times_s), median_ms(alone.times_s))
    line(f"{what}: p99 (ms)", tally.saved, p99_ms(tally.times_s), p99_ms(alone.times_s))
    line(f"{what}: aborts/commit", tally.saved, tally.aborts, 1.0)
    line(f"{what}: given up", tally.saved, tally.given_up, 1.0)


class Busy:
    """Runs statements of maintenance in turn until its block ends."""

    def __init__(self, owner_url: str, statements: list[str]) -> None:
        self.done = 0
        self._url, self._statements = owner_url, statements
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Let the statement that runs end."""
        self._is_over.set()
        self._thread.join()

    def _run(self) -> None:
        with owner_connection(self._url) as owner:
            while not self._is_over.is_set():
                owner.run(self._statements[self.done % len(self._statements)], lambda: None)
                self.done += 1


if __name__ == "__main__":
    sys.exit(main())
