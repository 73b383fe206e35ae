"""Land that is known to be open: declared from the findings of gaps, so that no place need be drawn; and taken back."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from sqlalchemy.orm import Session

from spatial_admin.errors import Json, NotFound
from spatial_admin.models import Account
from spatial_admin.models.draft import KNOWN_GAP
from spatial_admin.services.approval.require_second_person import require_no_second_person
from spatial_admin.services.findings.review_findings import (
    Approval,
    Chosen,
    refuse_left,
    require_reviewer,
    take_step,
    why_fixed,
)
from spatial_admin.services.shared.run_sql import run_sql
from spatial_admin.transaction import short, snapshot

# The gaps' places, widened by a millionth of their extent: they were computed, and computed anew are a little others.
# By that a scan finds these gaps no more, so that their findings are fixed.
DECLARE: Final = """
WITH declared AS (
  INSERT INTO known_gap (place, reason, declared_by, approved_by)
  SELECT ST_Multi(ST_CollectionExtract(ST_Buffer(place, 1e-6 * greatest(ST_XMax(place) - ST_XMin(place),
                                                                          ST_YMax(place) - ST_YMin(place))), 3)),
         %(reason)s, %(account)s, %(approved_by)s
  FROM finding WHERE id = ANY (%(ids)s::bigint[]))
UPDATE finding SET status = 'fixed', closed_by = NULL, reason = NULL, record_id = NULL, accepted_until = NULL,
  changed_at = clock_timestamp()
WHERE id = ANY (%(ids)s::bigint[])
"""
# Fixed findings whose land is declared already: said again, nothing is declared twice.
DECLARED: Final = """
SELECT f.id FROM finding AS f WHERE f.id = ANY (%(ids)s::bigint[]) AND f.status = 'fixed' AND f.rule = 'gap'
  AND EXISTS (SELECT FROM known_gap AS k WHERE k.place && f.place AND ST_Covers(k.place, f.place))
"""
FORGET: Final = "DELETE FROM known_gap WHERE id = %(gap)s RETURNING id"


def declare_gaps(chosen: Chosen, reason: str, account: Account, approval: Approval | None = None) -> Json:
    """Declare the land of gaps to be lawfully open, which fixes their findings: `{done, left: [{id, why}]}`.

    Raises NotAllowed, ApprovalRequired (the account needs a second person, and there is no `approval`). What was
    approved is declared as a whole: where one would be left, nothing is done and FindingsChanged says which.
    """
    require_reviewer(account, "declare land to be open")
    declared: set[int] = set()

    def check(session: Session) -> None:
        execute = partial(run_sql, session)
        if approval is None:
            require_no_second_person(execute, account.id, (KNOWN_GAP,))
        else:
            approval.settle(session)
        declared.clear()
        declared.update(row.id for row in execute(DECLARED, {"ids": list(chosen.ids)}))

    approved_by = approval.approver_id if approval else None
    values = {"reason": reason, "account": account.id, "approved_by": approved_by}
    return take_step(chosen, _why_not, lambda row: row.id in declared, (DECLARE, "fixed"), values, account, check)


def rehearse_declaration(chosen: Chosen, account: Account) -> None:
    """Could the account have their land declared now? Raises what declare_gaps would but ApprovalRequired, and
    FindingsChanged where one of them would be left.
    """
    require_reviewer(account, "declare land to be open")
    with snapshot() as session:
        refuse_left(session, chosen, _why_not)


def forget_gap(gap_id: int) -> None:
    """Take a declaration back; the next scan finds the gap again. Raises NotFound."""
    with short() as session:
        if not run_sql(session, FORGET, {"gap": gap_id}):
            raise NotFound("known gap", gap_id)


def _why_not(row: Any) -> str | None:
    if row.rule != "gap" or row.is_nowhere:
        return "It is no gap; only the land of a gap is declared open."
    return why_fixed(row)
