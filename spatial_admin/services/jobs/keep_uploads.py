"""Files that wait for their import: where they are, and when they go."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from spatial_admin.services.shared.run_sql import run_sql
from spatial_admin.transaction import short

LEFT_AFTER_S: Final = 3600
# Those whose job has ended without their end: cancelled before it began, or given up by its workers.
ABANDONED: Final = """
UPDATE import_batch AS b SET state = 'failed', ended_at = clock_timestamp(),
  notes = b.notes || jsonb_build_object('failure', 'its job was ' || j.state || ' before the file was read to its end')
FROM job_run AS j WHERE j.id = b.job_id AND j.ended_at IS NOT NULL AND b.state IN ('waiting', 'staging')
RETURNING b.notes ->> 'upload' AS upload
"""
AWAITED: Final = """
SELECT b.notes ->> 'upload' FROM import_batch AS b JOIN job_run AS j ON j.id = b.job_id
WHERE j.ended_at IS NULL AND b.notes ? 'upload'
"""


def uploads(home: Path) -> Path:
    """The folder of files that wait; private to the deployment's user."""
    folder = home / "imports"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def sweep_uploads(home: Path) -> None:
    """Imports whose job ended without them have failed, and files that no job waits for go."""
    with short() as session:
        abandoned = {row.upload for row in run_sql(session, ABANDONED)}
        awaited = {str(row[0]) for row in run_sql(session, AWAITED)}
    # A file is there before its import is: what is young may be awaited in a moment.
    aged = time.time() - LEFT_AFTER_S
    for path in uploads(home).iterdir():
        with suppress(FileNotFoundError):
            if path.name in abandoned or (path.name not in awaited and path.stat().st_mtime < aged):
                path.unlink()
