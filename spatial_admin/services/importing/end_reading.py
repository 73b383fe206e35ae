"""An import whose file was not read to its end: given up where nobody reads it any more, else left alone."""

from __future__ import annotations

import json
from typing import Final

from spatial_admin.file_errors import SourceRefused
from spatial_admin.services.importing.plan_import import FAIL_BATCH, Batch, load_batch
from spatial_admin.services.shared.run_sql import run_sql
from spatial_admin.transaction import short

# Who reads a file holds the row of its batch until all of it is staged: to wait for the row and then write into it
# would call an import failed that had just been read.
FREE_BATCH: Final = "SELECT id FROM import_batch WHERE id = %(batch)s FOR UPDATE SKIP LOCKED"


def end_reading(batch_id: int) -> Batch:
    """The import as it is: failed by this, unless it was read to its end meanwhile.

    Raises SourceRefused where its file is being read; then nothing was changed.
    """
    with short() as session:
        if not run_sql(session, FREE_BATCH, {"batch": batch_id}):
            raise SourceRefused(
                f"The file of import {batch_id} is being read by another process, which goes on with it by itself: "
                "wait for it. If you have just ended that process, ask again in a minute."
            )
        batch = load_batch(session, batch_id)
        if batch.state == "staging":
            notes = {"failure": "stopped while the file was being read"}
            run_sql(session, FAIL_BATCH, {"batch": batch_id, "notes": json.dumps(notes)})
    return batch
