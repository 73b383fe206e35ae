"""What becomes of a refused row: admitted by an edit, rejected for good, or back where that edit is undone.

One decision a row. All of them take the row of the import first, so two people at one row, and an undoing of the whole
import, wait for each other; the counts of the import change in the transaction of the decision.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.orm import Session

from spatial_admin.errors import BadRequest, ImportUnfinished, NotFound, RowDecided, RowWaits
from spatial_admin.services.editing.compute_edit import Computed
from spatial_admin.services.editing.parse_edit import EditRequest, StagedRow
from spatial_admin.services.shared.run_sql import Execute, run_sql
from spatial_admin.transaction import EditTransaction, short

LONGEST_REASON: Final = 2_000
LOCK_BATCH: Final = "SELECT state FROM import_batch WHERE id = %(batch)s FOR UPDATE"
LOOK_AT_BATCH: Final = "SELECT state FROM import_batch WHERE id = %(batch)s"
STATE_OF_ROW: Final = """
SELECT decision, edit_id, rule FROM staged_parcel WHERE batch = %(batch)s AND row = %(row)s
"""
ADMIT: Final = """
UPDATE staged_parcel SET decision = 'admitted', parcel_id = %(parcel_id)s, number = %(number)s, edit_id = %(edit)s
WHERE batch = %(batch)s AND row = %(row)s AND decision = 'quarantined' RETURNING id
"""
REJECT: Final = """
UPDATE staged_parcel SET decision = 'rejected'
WHERE batch = %(batch)s AND row = %(row)s AND decision = 'quarantined' RETURNING id
"""
RETURN: Final = """
UPDATE staged_parcel SET decision = 'quarantined', edit_id = NULL
WHERE batch = %(batch)s AND row = %(row)s AND decision = 'admitted' RETURNING id
"""
# Who has proposed the row, and waits for a second person.
PROPOSED: Final = """
SELECT d.id, o.email FROM draft AS d JOIN account AS o ON o.id = d.owner_id
WHERE d.state = 'submitted' AND d.admits_import = %(batch)s AND d.admits_row = %(row)s
"""
# One row goes from one count to another; the check of the table holds their sum.
COUNT: Final[Mapping[str, str]] = {
    what: f"UPDATE import_batch SET {change} WHERE id = %(batch)s"
    for what, change in {
        "admitted": "admitted = admitted + 1, quarantined = quarantined - 1",
        "rejected": "rejected = rejected + 1, quarantined = quarantined - 1",
        "returned": "admitted = admitted - 1, quarantined = quarantined + 1",
    }.items()
}
NOTE: Final = """
INSERT INTO row_decision (staged_parcel, what, account_id, reason, edit_id)
VALUES (%(staged)s, %(what)s, %(account)s, %(reason)s, %(edit)s)
"""


@dataclass(frozen=True, slots=True)
class Decision:
    """Who decides, and why."""

    account_id: int | None
    reason: str


def check_open(execute: Execute, row: StagedRow, *, is_locked: bool) -> None:
    """The row waits for a decision, and where `is_locked` nobody else makes one before this transaction ends.

    Raises NotFound, ImportUnfinished or RowDecided.
    """
    values = {"batch": row.batch, "row": row.row}
    batches = execute(LOCK_BATCH if is_locked else LOOK_AT_BATCH, values)
    if not batches:
        raise NotFound("import", row.batch)
    if batches[0].state != "done":
        raise ImportUnfinished(row.batch, batches[0].state)
    found = execute(STATE_OF_ROW, values)
    if not found or found[0].rule is None:
        raise NotFound(f"refused row of import {row.batch}:", row.row)
    if found[0].decision != "quarantined":
        raise RowDecided(row.batch, row.row, found[0].decision, found[0].edit_id)


def require_unproposed(execute: Execute, row: StagedRow) -> None:
    """Hold the row's import: no draft that admits the row waits, and none begins to before this transaction ends.

    Raises as `check_open`, and RowWaits.
    """
    check_open(execute, row, is_locked=True)
    for found in execute(PROPOSED, {"batch": row.batch, "row": row.row}):
        raise RowWaits(row.batch, row.row, found.id, found.email)


def require_reason(request: EditRequest) -> None:
    """Raises BadRequest where an edit that admits a row does not say why."""
    if not request.comment:
        raise BadRequest("comment", "say why the row is admitted: it stands in the row's history")


def begin_decision(transaction: EditTransaction, request: EditRequest, *, is_dry: bool = False) -> None:
    """Before an edit that admits a row reads anything: the row is to be had, and held. A dry run holds nothing."""
    if request.admits is not None:
        if not is_dry:
            require_reason(request)
        check_open(transaction.execute, request.admits, is_locked=not is_dry)
    undone = request.returns or request.readmits
    if undone is not None and not is_dry:
        transaction.execute(LOCK_BATCH, {"batch": undone.batch})


def settle_row(transaction: EditTransaction, request: EditRequest, computed: Computed, by: Decision) -> None:
    """After an edit is written: the row that it admits is admitted; the one that a reverted edit admitted is back."""
    if request.admits is not None:
        _admit(transaction, request.admits, _born(computed), by)
    if request.returns is not None:
        ended = {change.parcel_id for change in computed.changes if change.change == "retired"}
        if request.returns.parcel_id in ended:
            _move(transaction, RETURN, "returned", request.returns, by)
    if request.readmits is not None:
        back = {change.parcel_id: change for change in computed.changes if change.change == "restored"}
        name = request.readmits.parcel_id
        if name in back:
            values = {"parcel_id": name, "number": back[name].properties["number"]}
            _move(transaction, ADMIT, "admitted", request.readmits, by, values)


def _born(computed: Computed) -> Any:
    born = [change for change in computed.changes if change.change == "created"]
    if len(born) != 1:
        raise BadRequest("operations", f"they admit one row, and so draw one parcel; {len(born)} are new")
    return born[0]


def _admit(transaction: EditTransaction, row: StagedRow, born: Any, by: Decision) -> None:
    values = {"parcel_id": born.parcel_id, "number": born.properties["number"]}
    if not _move(transaction, ADMIT, "admitted", row, by, values):
        check_open(transaction.execute, row, is_locked=False)


def _move(
    transaction: EditTransaction,
    statement: str,
    what: str,
    row: StagedRow,
    by: Decision,
    more: Mapping[str, Any] | None = None,
) -> bool:
    """The row's decision, its note and the counts; False where it was not to be had (a row decided again since)."""
    values = {"batch": row.batch, "row": row.row, "edit": transaction.edit_id, **(more or {})}
    found = transaction.execute(statement, values)
    if not found:
        return False
    note = {"staged": found[0].id, "what": what, "account": by.account_id, "reason": by.reason}
    transaction.execute(NOTE, {**note, "edit": transaction.edit_id})
    transaction.execute(COUNT[what], values)
    return True


def reject_row(row: StagedRow, by: Decision) -> None:
    """Refuse a row for good; raises BadRequest without a reason, NotFound, ImportUnfinished or RowDecided."""
    if not by.reason:
        raise BadRequest("reason", "say why the row is rejected: it is final, and stands in the row's history")
    values = {"batch": row.batch, "row": row.row}
    with short() as session:
        check_open(_execute(session), row, is_locked=True)
        staged = run_sql(session, REJECT, values)[0].id
        note = {"staged": staged, "what": "rejected", "account": by.account_id, "reason": by.reason, "edit": None}
        run_sql(session, NOTE, note)
        run_sql(session, COUNT["rejected"], values)


def _execute(session: Session) -> Execute:
    return lambda sql, values: run_sql(session, sql, dict(values or {}))
