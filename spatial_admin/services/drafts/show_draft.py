"""One draft: to its owner, and to reviewers from the moment it is submitted; to everybody else it is not there."""

from __future__ import annotations

import json
from typing import Any, Final

from sqlalchemy.orm import Session

from spatial_admin.errors import Json, NotFound
from spatial_admin.models import Account
from spatial_admin.services.shared.authorize import REVIEWER, has_role

# Without what may be megabytes: a list of drafts is asked for whenever the map is opened. With the last thing that
# happened to it: since when it waits, or what was said when it was returned.
COLUMNS: Final = (
    "d.id, d.key, o.email AS owner, d.state, d.version, d.title, d.comment, d.record_id, d.nature, d.reverts, "
    "d.operation_count, d.parcels, d.created_at, d.changed_at, d.expires_at, d.edit_id, d.admits_import, d.admits_row, "
    "d.findings, d.accepts, "
    "(SELECT json_build_object('what', e.what, 'by', a.email, 'at', e.at, 'comment', e.comment, 'problem', e.problem) "
    "FROM draft_event AS e JOIN account AS a ON a.id = e.account_id WHERE e.draft_id = d.id "
    "ORDER BY e.id DESC LIMIT 1) AS event"
)
OF: Final = "FROM draft AS d JOIN account AS o ON o.id = d.owner_id"
SUMMARY: Final = f"SELECT {COLUMNS} {OF} WHERE d.id = %(draft)s AND d.owner_id = %(owner)s"
# What was approved is an edit that everybody may read.
DRAFT: Final = f"""
SELECT {COLUMNS}, d.seen, d.operations, d.notes, d.accept {OF}
WHERE d.id = %(draft)s
  AND (d.owner_id = %(owner)s OR d.state = 'approved' OR (d.state = 'submitted' AND %(may_judge)s))
"""
BOX: Final = """
SELECT ST_XMin(footprint), ST_YMin(footprint), ST_XMax(footprint), ST_YMax(footprint)
FROM draft WHERE id = %(draft)s AND footprint IS NOT NULL
"""
EVENTS: Final = """
SELECT e.what, a.email AS by, e.at, e.comment, e.problem
FROM draft_event AS e JOIN account AS a ON a.id = e.account_id WHERE e.draft_id = %(draft)s ORDER BY e.id
"""


def show_draft(session: Session, draft_id: int, account: Account) -> Json:
    """The draft with `seen`, `operations`, `notes` and `events`; raises NotFound, also where it is none of theirs."""
    values = {"draft": draft_id, "owner": account.id, "may_judge": has_role(account, REVIEWER)}
    row = session.connection().exec_driver_sql(DRAFT, values).one_or_none()
    if row is None:
        raise NotFound("draft of yours", draft_id)
    events = session.connection().exec_driver_sql(EVENTS, values).all()
    return {**draft_as_json(row), "events": [{**one._mapping, "at": one.at.isoformat()} for one in events]}


def draft_summary(session: Session, draft_id: int, owner_id: int) -> Json:
    """One's own draft as lists have it, without `seen`, `operations` and `notes`; raises NotFound."""
    values = {"draft": draft_id, "owner": owner_id}
    row = session.connection().exec_driver_sql(SUMMARY, values).one_or_none()
    if row is None:
        raise NotFound("draft of yours", draft_id)
    return draft_as_json(row)


def box_of_draft(session: Session, draft_id: int) -> list[float] | None:
    """Where a draft lies, west, south, east, north in degrees; None where nothing of it is on the map."""
    row = session.connection().exec_driver_sql(BOX, {"draft": draft_id}).one_or_none()
    return None if row is None else [float(value) for value in row]


def draft_as_json(row: Any) -> Json:
    """A row of drafts as it is answered: times as ISO text, what was stored as JSON as its value."""
    found: Json = dict(row._mapping)
    for name in ("created_at", "changed_at", "expires_at"):
        found[name] = found[name].isoformat()
    for name in {"seen", "operations", "notes", "accept"} & set(found):
        found[name] = json.loads(found[name])
    batch, number = found.pop("admits_import"), found.pop("admits_row")
    found["admits"] = None if batch is None else {"import": batch, "row": number}
    ids = found.pop("findings")
    found["accepts"] = None if ids is None else {"ids": ids, **json.loads(found["accepts"])}
    return {**found, "key": str(found["key"])}
