"""Steps of review: findings are accepted as lawful, given to somebody, or opened again; many at once, each for itself.

Validation alone closes a finding. A step is one SERIALIZABLE transaction over all findings that it names: an edit that
fixes one of them in that moment and the step cannot both win, and the history of the finding tells which one did.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from sqlalchemy.orm import Session

from spatial_admin.errors import BadRequest, FindingsChanged, Json, NotAllowed
from spatial_admin.models import Account
from spatial_admin.models.draft import ACCEPTANCE
from spatial_admin.services.approval.require_second_person import require_no_second_person
from spatial_admin.services.records.require_record import require_record
from spatial_admin.services.shared.authorize import EDITOR, REVIEWER, has_role
from spatial_admin.services.shared.run_sql import run_sql
from spatial_admin.transaction import serializable, snapshot

MOST_AT_ONCE: Final = 500
# Ascending, so that two steps over the same findings meet at the first and not in a deadlock.
STANDING: Final = """
SELECT f.id, f.rule, f.place IS NULL AS is_nowhere, f.status, f.reason, f.record_id, f.accepted_until,
       f.assignee_id, f.closed_by, f.changed_at
FROM finding AS f WHERE f.id = ANY (%(ids)s::bigint[]) ORDER BY f.id
"""
CURRENT: Final = f"{STANDING} FOR UPDATE"
# The last thing that was done to a finding, and by whom: what is said to whoever came too late.
LAST_STEP: Final = """
SELECT DISTINCT ON (e.finding) e.finding, e.what, e.edit_id, a.email FROM finding_event AS e
LEFT JOIN account AS a ON a.id = e.account_id
WHERE e.finding = ANY (%(ids)s::bigint[]) ORDER BY e.finding, e.id DESC
"""
ACCEPT: Final = """
UPDATE finding SET status = 'accepted', reason = %(reason)s, record_id = %(record)s, accepted_until = %(until)s,
  changed_at = clock_timestamp()
WHERE id = ANY (%(ids)s::bigint[])
"""
ASSIGN: Final = """
UPDATE finding SET assignee_id = %(assignee_id)s, changed_at = clock_timestamp() WHERE id = ANY (%(ids)s::bigint[])
"""
REOPEN: Final = """
UPDATE finding SET status = 'open', reason = NULL, record_id = NULL, accepted_until = NULL,
  changed_at = clock_timestamp()
WHERE id = ANY (%(ids)s::bigint[])
"""
NOTE: Final = """
INSERT INTO finding_event (finding, what, account_id, reason, record_id, assignee_id, approved_by)
SELECT id, %(what)s, %(account)s, %(reason)s, %(record)s, %(assignee_id)s, %(approved_by)s
FROM unnest(%(ids)s::bigint[]) AS id
"""
UNSAID: Final[Json] = {"reason": None, "record": None, "assignee_id": None, "approved_by": None}
# Whom a reviewer is offered.
WORKERS: Final = """
SELECT DISTINCT a.email FROM account AS a JOIN account_role AS r ON r.account_id = a.id JOIN role ON role.id = r.role_id
WHERE a.active AND role.name IN ('editor', 'reviewer', 'administrator') ORDER BY a.email LIMIT %(most)s
"""
ACTIVE_ACCOUNT: Final = "SELECT id FROM account WHERE email = %(email)s AND active"
# Acceptances whose day has come; each scan opens them again, and so does whoever asks (`end_acceptances`).
ENDED: Final = """
SELECT id FROM finding WHERE status = 'accepted' AND accepted_until IS NOT NULL AND accepted_until <= clock_timestamp()
ORDER BY accepted_until LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The findings of a step; `seen` says, for some of them, when each had last changed as its reviewer saw it."""

    ids: Sequence[int]
    seen: Mapping[int, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Why findings are lawful: in words, by which record, until when (None: for good)."""

    reason: str
    record_id: int | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Approval:
    """A second person's: `settle` ends, in the step's own transaction, the draft that asked for it, or raises."""

    approver_id: int
    settle: Callable[[Session], None]


def accept_findings(chosen: Chosen, acceptance: Acceptance, account: Account, approval: Approval | None = None) -> Json:
    """`{done, left: [{id, why}]}`. Raises NotAllowed, ApprovalRequired (the account needs a second person, and there is
    no `approval`), BadRequest (a day that is past), RecordRequired, UnknownRecord, RecordReturned.

    A finding that was accepted is accepted anew, with the new reason; one that is fixed is left. What was approved is
    accepted as a whole: where one would be left, nothing is done and FindingsChanged says which.
    """
    _require_acceptable(acceptance, account)
    wanted = ("accepted", acceptance.reason, acceptance.record_id, acceptance.until)

    def check(session: Session) -> None:
        execute = partial(run_sql, session)
        if approval is None:
            require_no_second_person(execute, account.id, (ACCEPTANCE,))
        else:
            approval.settle(session)
        require_record(execute, acceptance.record_id)

    return take_step(
        chosen,
        why_fixed,
        lambda row: (row.status, row.reason, row.record_id, row.accepted_until) == wanted,
        (ACCEPT, "accepted"),
        {
            "reason": acceptance.reason,
            "record": acceptance.record_id,
            "until": acceptance.until,
            "approved_by": approval.approver_id if approval else None,
        },
        account,
        check=check,
    )


def rehearse_acceptance(chosen: Chosen, acceptance: Acceptance, account: Account) -> None:
    """Could the account have these findings accepted now? Raises what accept_findings would but ApprovalRequired, and
    FindingsChanged where one of them would be left.
    """
    _require_acceptable(acceptance, account)
    with snapshot() as session:
        require_record(partial(run_sql, session), acceptance.record_id)
        refuse_left(session, chosen, why_fixed)


def refuse_left(session: Session, chosen: Chosen, refusal: Callable[[Any], str | None]) -> None:
    """Raises FindingsChanged where a step would leave one of the findings: `refusal` says why of a row of STANDING."""
    rows = {row.id: row for row in run_sql(session, STANDING, {"ids": sorted(set(chosen.ids))})}
    refusals = {number: _why_left(number, rows.get(number), refusal, chosen) for number in chosen.ids}
    left = _told(session, {number: why for number, why in refusals.items() if why is not None})
    if left:
        raise FindingsChanged(left)


def assign_findings(chosen: Chosen, assignee: str | None, account: Account) -> Json:
    """Give findings to whoever has the email, or to nobody: `{done, left}`. Editors take for themselves and give back
    what they have; reviewers give to anybody. Raises NotAllowed, BadRequest (nobody has that email).
    """
    if not has_role(account, EDITOR) and not has_role(account, REVIEWER):
        raise NotAllowed("This needs the role editor (for oneself) or reviewer (for others).")
    is_reviewer = has_role(account, REVIEWER)
    if not is_reviewer and assignee not in (None, account.email):
        raise NotAllowed(
            f"Giving a finding to somebody else needs the role reviewer; take it yourself: {account.email}."
        )
    given = {"assignee_id": None if assignee is None else _account_of(assignee)}

    def refusal(row: Any) -> str | None:
        if not is_reviewer and row.assignee_id not in (None, account.id):
            return "Somebody else has it; a reviewer can give it to you."
        return why_fixed(row)

    return take_step(
        chosen, refusal, lambda row: row.assignee_id == given["assignee_id"], (ASSIGN, "assigned"), given, account
    )


def reopen_findings(chosen: Chosen, reason: str, account: Account) -> Json:
    """Take acceptances back: `{done, left}`. What is fixed only a rule opens again. Raises NotAllowed."""
    require_reviewer(account, "open a finding again")
    return take_step(
        chosen, why_fixed, lambda row: row.status == "open", (REOPEN, "reopened"),
        {"reason": reason}, account,
    )  # fmt: skip


def assignable_emails(session: Session) -> list[str]:
    """Emails of active people who work on findings."""
    return [row.email for row in run_sql(session, WORKERS, {"most": MOST_AT_ONCE})]


def end_acceptances(most: int = MOST_AT_ONCE) -> int:
    """Open again what was accepted until a day that has come; how many. The next scan would do the same."""

    def work(session: Session) -> int:
        ids = [row.id for row in run_sql(session, ENDED, {"most": most})]
        if ids:
            run_sql(session, REOPEN, {"ids": ids})
            values = {**UNSAID, "account": None, "reason": "The acceptance ended"}
            run_sql(session, NOTE, {**values, "ids": ids, "what": "reopened"})
        return len(ids)

    return serializable(work)


def _require_acceptable(acceptance: Acceptance, account: Account) -> None:
    require_reviewer(account, "accept a finding")
    if acceptance.until is not None and acceptance.until <= datetime.now(UTC):
        raise BadRequest("until", "it lies in the past; name a later day, or leave it out to accept it for good")


def require_reviewer(account: Account, what: str) -> None:
    """Raises NotAllowed, which says what was to be done."""
    if not has_role(account, REVIEWER):
        raise NotAllowed(f"To {what} needs the role reviewer; {account.email} has not got it.")


def _account_of(email: str) -> int:
    def work(session: Session) -> int:
        rows = run_sql(session, ACTIVE_ACCOUNT, {"email": email.strip().lower()})
        if not rows:
            raise BadRequest("assignee", f"no active account has the email {email[:100]}; Admin › Accounts lists them")
        return int(rows[0].id)

    return serializable(work)


def why_fixed(row: Any) -> str | None:
    """Why nothing is done about what is fixed; None of another."""
    return "It is fixed; only a rule that finds it again opens it." if row.status == "fixed" else None


def take_step(
    chosen: Chosen,
    refusal: Callable[[Any], str | None],
    is_done: Callable[[Any], bool],
    how: tuple[str, str],
    values: Json,
    account: Account,
    check: Callable[[Session], None] = lambda _session: None,
) -> Json:
    """`{done, left}` of a step over findings: its statement, with `values` and `ids`, and what their histories call it.

    `refusal` says why a row is left, `is_done` whether the step was taken before; `check` may forbid all of it.
    """
    ids = sorted(set(chosen.ids))
    statement, what = how
    noted = {**UNSAID, **values, "account": account.id, "what": what}

    def work(session: Session) -> Json:
        check(session)
        left: dict[int, str] = {}
        done, written = [], []
        rows = {row.id: row for row in run_sql(session, CURRENT, {"ids": ids})}
        for number in ids:
            row = rows.get(number)
            if row is not None and is_done(row):
                done.append(number)  # said again: nothing is written twice
                continue
            why = _why_left(number, row, refusal, chosen)
            if why is None:
                written.append(number)
            else:
                left[number] = why
        if left and noted["approved_by"] is not None:
            raise FindingsChanged(_told(session, left))
        if written:
            run_sql(session, statement, {**values, "ids": written})
            run_sql(session, NOTE, {**noted, "ids": written})
        return {"done": sorted(done + written), "left": _told(session, left)}

    return serializable(work)


def _why_left(number: int, row: Any, refusal: Callable[[Any], str | None], chosen: Chosen) -> str | None:
    return f"There is no finding {number}." if row is None else refusal(row) or _stale(row, chosen)


def _stale(row: Any, chosen: Chosen) -> str | None:
    seen = chosen.seen.get(row.id)
    return None if seen is None or seen == row.changed_at else "It changed since you saw it; look at it again."


def _told(session: Session, left: Mapping[int, str]) -> list[Json]:
    """Why each was left, with who did what to it last."""
    last = {row.finding: row for row in run_sql(session, LAST_STEP, {"ids": sorted(left)})} if left else {}
    return [
        {"id": number, "why": f"{why} {_last(last[number])}" if number in last else why}
        for number, why in sorted(left.items())
    ]


def _last(event: Any) -> str:
    by = f"edit {event.edit_id}" if event.edit_id else event.email or "a scan"
    return f"Last: {event.what}, by {by}."
