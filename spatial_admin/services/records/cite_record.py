"""How an edit names the record that it rests on: pieces of SQL that every answer about edits shares.

An edit's effective date is its record's, read through the reference: a date that is corrected later holds at once for
all edits of the record. An edit without a record, or under one without a date, is effective the day it was made (UTC).
"""

from __future__ import annotations

from typing import Final

# Beside `edit AS e`: the record of the edit, where it names one.
JOIN_RECORD: Final = "LEFT JOIN record AS r ON r.id = e.record_id"
CITED: Final = (
    "CASE WHEN r.id IS NOT NULL THEN json_build_object('id', r.id, 'type', r.type, 'number', r.number) END AS record"
)
EFFECTIVE_FROM: Final = "coalesce(r.effective_from, (e.made_at AT TIME ZONE 'UTC')::date) AS effective_from"
