"""The way of a draft to its edit, or step of review: submitted and withdrawn by its owner, returned by a reviewer or
approved (approve_draft.py). Each step holds the row: of two at the same time one is first and the other is told.
"""

from __future__ import annotations

import json
from functools import partial
from typing import Any, Final

from sqlalchemy.orm import Session

from spatial_admin.errors import BadRequest, DraftChanged, Json, NotAllowed, NotFound
from spatial_admin.models import Account
from spatial_admin.services.drafts.request_of_draft import request_of_draft
from spatial_admin.services.drafts.review_by_draft import rehearse_review
from spatial_admin.services.drafts.show_draft import COLUMNS, OF, draft_as_json
from spatial_admin.services.drafts.state_of_draft import MAY_CHANGE, refused_state
from spatial_admin.services.editing.decide_row import require_reason, require_unproposed
from spatial_admin.services.editing.edit_boundaries import Author
from spatial_admin.services.editing.parse_edit import StagedRow
from spatial_admin.services.editing.rehearse_edit import rehearse_edit
from spatial_admin.services.findings.review_findings import STANDING
from spatial_admin.services.shared.authorize import EDITOR, REVIEWER, has_role
from spatial_admin.services.shared.run_sql import Execute, run_sql
from spatial_admin.settings import Limits
from spatial_admin.transaction import short, snapshot

# With who took the last step, to know a step that is sent again after a lost answer.
HELD: Final = """
SELECT id, key, owner_id, state, version, edit_id, comment, findings, accepts, accept, admits_import, admits_row,
  (SELECT account_id FROM draft_event AS e WHERE e.draft_id = d.id ORDER BY e.id DESC LIMIT 1) AS last_by
FROM draft AS d WHERE id = %(draft)s
"""
LOCKED: Final = f"{HELD} FOR NO KEY UPDATE"
STEP: Final = """
UPDATE draft SET state = %(state)s, accepts = coalesce(%(accepts)s, accepts), version = version + 1,
  changed_at = clock_timestamp(),
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

    The edit is rehearsed first: raises what edit_boundaries would, or rehearse_review; besides
    NotFound, NotAllowed, DraftChanged, DraftStateRefused, RowWaits (its row is proposed already).
    """
    with snapshot() as session:
        held = _own(session, HELD, draft_id, owner)
        if not _is_to_submit(session, held, version):
            return
    row = None if held.admits_import is None else StagedRow(held.admits_import, held.admits_row)
    if held.findings is not None:
        rehearse_review(draft_id, owner)
    else:
        _rehearse(draft_id, row, owner, limits)
    with short(statement_timeout_ms=limits.web_timeout_ms) as session:
        held = _own(session, LOCKED, draft_id, owner)
        if not _is_to_submit(session, held, version):
            return
        if row is not None:
            require_unproposed(partial(run_sql, session), row)
        accepts = None if held.findings is None else _seen_of_all(session, held)
        _step(session, "submitted", event_values(draft_id, "submitted", owner.id, comment), accepts)


def _rehearse(draft_id: int, row: StagedRow | None, owner: Account, limits: Limits) -> None:
    if not has_role(owner, EDITOR):
        raise NotAllowed(f"Edits are submitted by editors; {owner.email} is none.")
    request, _ = request_of_draft(draft_id, limits)
    if row is not None:
        require_reason(request)
    rehearse_edit(request, author_of(owner), limits)


def author_of(owner: Account) -> Author:
    """The owner of a draft as the author of its edit, with the rights that the account has now."""
    return Author(owner.id, owner.email, is_reviewer=has_role(owner, REVIEWER))


def _seen_of_all(session: Session, held: Any) -> str:
    """`accepts` with what every finding of it is now, where its owner did not say what was seen."""
    how = json.loads(held.accepts)
    now = {str(row.id): row.changed_at.isoformat() for row in run_sql(session, STANDING, {"ids": held.findings})}
    return json.dumps({**how, "seen": {**now, **how["seen"]}}, separators=(",", ":"))


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
        _step(session, "open", event_values(draft_id, "withdrawn", owner.id, comment))


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
        _step(session, "returned", event_values(draft_id, "returned", reviewer.id, comment))


def return_for_conflict(draft_id: int, version: int, reviewer_id: int, problem: Json, limits: Limits) -> bool:
    """Give back a draft that cannot become its edit, with the reason; False where it does not wait any more."""
    with short(statement_timeout_ms=limits.web_timeout_ms) as session:
        held = session.connection().exec_driver_sql(LOCKED, {"draft": draft_id}).one_or_none()
        if held is None or (held.state, held.version) != ("submitted", version):
            return False
        detail = str(problem.get("detail", ""))
        _step(session, "returned", event_values(draft_id, "conflict", reviewer_id, detail, problem))
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


def _step(session: Session, state: str, event: Json, accepts: str | None = None) -> None:
    """Take the step that `event` (of event_values) tells of; `accepts` where that becomes another."""
    connection = session.connection()
    values = {"draft": event["draft"], "state": state, "days": KEPT_DAYS, "accepts": accepts}
    connection.exec_driver_sql(STEP, values)
    connection.exec_driver_sql(EVENT, event)
