"""The way of a draft to its edit: submitted and withdrawn by its owner, returned by a reviewer (or, approve_draft.py,
approved). Each step holds the row, so that of two at the same time one is first and the other is told.
"""

from __future__ import annotations

import json
from typing import Any, Final

from sqlalchemy.orm import Session

from spatial_admin.errors import BadRequest, DraftChanged, Json, NotAllowed, NotFound
from spatial_admin.models import Account
from spatial_admin.services.authorize import REVIEWER, has_role
from spatial_admin.services.edit_boundaries import Author
from spatial_admin.services.read_parcels import Execute
from spatial_admin.services.rehearse_edit import rehearse_edit
from spatial_admin.services.request_of_draft import request_of_draft
from spatial_admin.services.show_draft import COLUMNS, OF, draft_as_json
from spatial_admin.services.state_of_draft import MAY_CHANGE, refused_state
from spatial_admin.settings import Limits
from spatial_admin.transaction import short, snapshot

# With who took the last step, to know a step that is sent again after a lost answer.
HELD: Final = """
SELECT id, key, owner_id, state, version, edit_id,
  (SELECT account_id FROM draft_event AS e WHERE e.draft_id = d.id ORDER BY e.id DESC LIMIT 1) AS last_by
FROM draft AS d WHERE id = %(draft)s
"""
LOCKED: Final = f"{HELD} FOR NO KEY UPDATE"
STEP: Final = """
UPDATE draft SET state = %(state)s, version = version + 1, changed_at = clock_timestamp(),
  expires_at = greatest(expires_at, clock_timestamp() + %(days)s * interval '1 day') WHERE id = %(draft)s
"""
EVENT: Final = """
INSERT INTO draft_event (draft_id, what, account_id, comment, problem)
VALUES (%(draft)s, %(what)s, %(account)s, %(comment)s, %(problem)s)
"""
ANYBODYS: Final = f"SELECT {COLUMNS} {OF} WHERE d.id = %(draft)s"
KEPT_DAYS: Final = 30  # what was withdrawn or returned is not thrown away the same night


def submit_draft(draft_id: int, version: int, comment: str, owner: Account, limits: Limits) -> None:
    """Ask for approval of one's own draft, as it was seen; `comment` is for whoever judges it.

    The edit is rehearsed first: raises what edit_boundaries would, besides NotFound, DraftChanged, DraftStateRefused.
    """
    with snapshot() as session:
        if not _is_to_submit(session, _own(session, HELD, draft_id, owner), version):
            return
    request, _ = request_of_draft(draft_id, limits)
    rehearse_edit(request, Author(owner.id, owner.email), limits)
    with short(statement_timeout_ms=limits.web_timeout_ms) as session:
        if _is_to_submit(session, _own(session, LOCKED, draft_id, owner), version):
            _step(session, draft_id, "submitted", "submitted", owner.id, comment)


def withdraw_draft(draft_id: int, version: int, comment: str, owner: Account, limits: Limits) -> None:
    """Take back one's own draft that waits for approval; it is open again.

    Raises NotFound, DraftChanged or DraftStateRefused.
    """
    with short(statement_timeout_ms=limits.web_timeout_ms) as session:
        held = _own(session, LOCKED, draft_id, owner)
        if held.state == "open" and held.version == version + 1 and held.last_by == owner.id:
            return
        if held.state != "submitted":
            raise refused_state(held)
        _require_version(session, held, version)
        _step(session, draft_id, "open", "withdrawn", owner.id, comment)


def return_draft(draft_id: int, version: int, comment: str, reviewer: Account, limits: Limits) -> None:
    """Give a draft that waits back to its owner, who goes on with it; `comment` says why.

    Raises NotFound, NotAllowed (no reviewer, or its owner), BadRequest without a comment, DraftChanged or
    DraftStateRefused.
    """
    if not comment:
        raise BadRequest("comment", "say why it is returned: its owner goes on by it")
    with short(statement_timeout_ms=limits.web_timeout_ms) as session:
        held = judged(lambda sql, values: session.connection().exec_driver_sql(sql, values).all(), draft_id, reviewer)
        if held.state == "returned" and held.version == version + 1 and held.last_by == reviewer.id:
            return
        if held.state != "submitted":
            raise refused_state(held)
        _require_version(session, held, version)
        _step(session, draft_id, "returned", "returned", reviewer.id, comment)


def return_for_conflict(draft_id: int, version: int, reviewer_id: int, problem: Json, limits: Limits) -> bool:
    """Give back a draft that cannot become its edit, with the reason; False where it does not wait any more."""
    with short(statement_timeout_ms=limits.web_timeout_ms) as session:
        held = session.connection().exec_driver_sql(LOCKED, {"draft": draft_id}).one_or_none()
        if held is None or (held.state, held.version) != ("submitted", version):
            return False
        _step(session, draft_id, "returned", "conflict", reviewer_id, str(problem.get("detail", "")), problem)
    return True


def judged(execute: Execute, draft_id: int, reviewer: Account, statement: str = LOCKED) -> Any:
    """The draft for whoever judges it, held unless `statement` only looks.

    Raises NotFound or NotAllowed (no reviewer, or its owner, an administrator too).
    """
    if not has_role(reviewer, REVIEWER):
        raise NotAllowed(f"Drafts are approved and returned by reviewers; {reviewer.email} is none.")
    rows = execute(statement, {"draft": draft_id})
    # What nobody ever submitted is its owner's alone.
    if not rows or (rows[0].last_by is None and rows[0].owner_id != reviewer.id):
        raise NotFound("draft that waits for approval", draft_id)
    if rows[0].owner_id == reviewer.id:
        raise NotAllowed(f"Draft {draft_id} is your own; somebody else has to judge it.")
    return rows[0]


def event_values(draft_id: int, what: str, account_id: int, comment: str, problem: Json | None = None) -> Json:
    """Parameters of EVENT."""
    stored = None if problem is None else json.dumps(problem)
    return {"draft": draft_id, "what": what, "account": account_id, "comment": comment, "problem": stored}


def _is_to_submit(session: Session, held: Any, version: int) -> bool:
    """False where it was submitted before and the answer was lost; raises DraftStateRefused or DraftChanged."""
    if held.state == "submitted" and held.version == version + 1:
        return False
    if held.state not in MAY_CHANGE:
        raise refused_state(held)
    _require_version(session, held, version)
    return True


def _own(session: Session, statement: str, draft_id: int, owner: Account) -> Any:
    held = session.connection().exec_driver_sql(statement, {"draft": draft_id}).one_or_none()
    if held is None or held.owner_id != owner.id:
        raise NotFound("draft of yours", draft_id)
    return held


def _require_version(session: Session, held: Any, version: int) -> None:
    if held.version != version:
        raise DraftChanged(draft_as_json(session.connection().exec_driver_sql(ANYBODYS, {"draft": held.id}).one()))


def _step(
    session: Session, draft_id: int, state: str, what: str, account_id: int, comment: str, problem: Json | None = None
) -> None:
    connection = session.connection()
    connection.exec_driver_sql(STEP, {"draft": draft_id, "state": state, "days": KEPT_DAYS})
    connection.exec_driver_sql(EVENT, event_values(draft_id, what, account_id, comment, problem))
