"""The record that an edit rests on: named where the deployment wants one, existing, and not returned."""

from __future__ import annotations

from typing import Final

from flask import current_app

from spatial_admin.errors import RecordRequired, RecordReturned, UnknownRecord
from spatial_admin.services.shared.run_sql import Execute
from spatial_admin.settings import Settings

RETURNED: Final = "returned"
# Inside the edit's own transaction. Records are written at READ COMMITTED, so this read makes no edit abort; and a
# record is never deleted, so that it exists stays true without a lock or a foreign key (docs/records.md).
STATE_OF_RECORD: Final = "SELECT state FROM record WHERE id = %(record)s"


def require_record(execute: Execute, record_id: int | None) -> None:
    """May an edit rest on this record (or on none)? Raises RecordRequired, UnknownRecord or RecordReturned.

    Any state will do but `returned`: offices differ in whether they approve a plat before it is drawn or after, and a
    later correction rests on a record that was approved long ago. What was returned is no ground for anything.
    """
    settings: Settings = current_app.config["SETTINGS"]
    if record_id is None:
        if settings.record_required:
            raise RecordRequired("Every edit here rests on a record: name it in record_id (/api/records lists them).")
        return
    states = execute(STATE_OF_RECORD, {"record": record_id})
    if not states:
        raise UnknownRecord(record_id)
    if states[0].state == RETURNED:
        raise RecordReturned(record_id)
