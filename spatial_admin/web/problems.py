"""Errors as answers: RFC 9457 problem+json for clients, a page for people. Which error is which status stands here."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, current_app, g, has_request_context, json, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from spatial_admin import errors, file_errors
from spatial_admin.database_errors import translated
from spatial_admin.services.parcels.draw_places import places_in_lonlat

Json = dict[str, Any]
TYPE_PREFIX = "/problems/"
RETRY_AFTER_S = "1"
QUERY_CANCELED = "57014"
JSON_PATHS = ("/api/", "/tiles/", "/export/", "/healthz", "/readyz", "/metrics")


@dataclass(frozen=True, slots=True)
class Problem:
    """One error as HTTP says it: status, the word that ends `type`, title, details of the body, headers."""

    status: int
    word: str
    title: str
    detail: str
    members: Json = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    def body(self) -> Json:
        """The members of an application/problem+json document."""
        fixed = {"type": TYPE_PREFIX + self.word, "title": self.title, "status": self.status, "detail": self.detail}
        return {**fixed, **self.members}

    def with_members(self, **members: Any) -> Problem:
        """The same problem with more, or fuller, members."""
        return replace(self, members={**self.members, **members})


def _nothing(_error: Any) -> Json:
    return {}


def _conflict(error: errors.VersionConflict) -> Json:
    """The parcels that changed; who, when and both states are put there by the route (`Problem.with_members`)."""
    stale = [
        {"parcel_id": s.parcel_id, "seen": s.seen, "current_version": s.current_version, "can_rebase": s.can_rebase}
        for s in error.stale
    ]
    return {"conflicts": stale}


def _findings(error: errors.EditRejected) -> Json:
    """The broken rules; `place` is GeoJSON and so lon/lat, to be drawn."""
    places = places_in_lonlat([violation.place for violation in error.violations])
    return {
        "findings": [
            {
                "rule": violation.rule,
                "parcels": list(violation.parcels),
                "place": place,
                "measure": violation.measure,
                "message": violation.message,
            }
            for violation, place in zip(error.violations, places, strict=True)
        ]
    }


def _operation(error: errors.InvalidOperation) -> Json:
    return {"operation": error.index, "op": error.operation}


def _point(error: errors.UnknownPoint) -> Json:
    return {"operation": error.index, "point": error.point}


def _missing(error: errors.VersionRequired) -> Json:
    return {"missing": [{"parcel_id": name, "current": version} for name, version in sorted(error.missing.items())]}


def _where(error: errors.BadRequest) -> Json:
    return {"where": error.where}


def _record(error: errors.UnknownRecord | errors.RecordReturned | errors.RecordApproved) -> Json:
    return {"record_id": error.record_id}


def _current(error: errors.RecordChanged | errors.DraftChanged | errors.FindingChanged) -> Json:
    return {"current": error.current}


def _nature(error: errors.ApprovalRequired) -> Json:
    return {"nature": error.nature}


def _draft_state(error: errors.DraftStateRefused) -> Json:
    return {"state": error.state, "edit_id": error.edit_id}


def _returned(error: errors.DraftReturned) -> Json:
    return {"draft_id": error.draft_id, "problem": error.problem}


def _steps(error: errors.TransitionRefused) -> Json:
    return {"state": error.state, "allowed": list(error.allowed)}


def _limit(error: errors.LimitExceeded) -> Json:
    return {"limit": error.limit, "given": error.given}


def _export(error: file_errors.ExportRefused) -> Json:
    return {"where": error.where, "known": list(error.known)}


def _decision(error: errors.RowDecided) -> Json:
    return {"decision": error.decision, "edit_id": error.edit_id}


def _left(error: errors.FindingsChanged) -> Json:
    return {"left": error.left}


def _draft(error: errors.RowWaits) -> Json:
    return {"draft_id": error.draft_id}


def _state(error: errors.ImportUnfinished) -> Json:
    return {"state": error.state}


Row = tuple[int, str, str, Callable[[Any], Json]]

# The one table: error class -> status, word, title, members. The class nearest to the error's own counts.
TABLE: dict[type[Exception], Row] = {
    errors.BadRequest: (400, "bad_request", "The request cannot be read", _where),
    errors.NotAllowed: (403, "not_allowed", "Not allowed", _nothing),
    errors.ApprovalRequired: (403, "approval_required", "A second person has to approve it", _nature),
    errors.NotFound: (404, "not_found", "Not found", _nothing),
    errors.VersionConflict: (409, "version_conflict", "Somebody else changed it meanwhile", _conflict),
    errors.RecordChanged: (409, "record_changed", "Somebody else changed the record meanwhile", _current),
    errors.RecordApproved: (409, "record_approved", "The record is approved", _record),
    errors.FindingChanged: (409, "finding_changed", "The finding does not take this step", _current),
    errors.FindingsChanged: (409, "findings_changed", "Findings cannot be accepted as they were seen", _left),
    errors.DraftChanged: (409, "draft_changed", "The draft was changed elsewhere meanwhile", _current),
    errors.DraftStateRefused: (409, "draft_state", "The draft does not take this step now", _draft_state),
    errors.DraftReturned: (409, "draft_returned", "The draft was returned to its owner", _returned),
    errors.RowDecided: (409, "row_decided", "Somebody decided about this row already", _decision),
    errors.RowWaits: (409, "row_waits", "The row waits for approval already", _draft),
    errors.ImportUnfinished: (409, "import_unfinished", "The import is not done", _state),
    errors.MaintenanceRunning: (409, "maintenance_running", "The database is being maintained already", _nothing),
    errors.TransitionRefused: (422, "transition_refused", "The record does not take this step", _steps),
    errors.RecordRequired: (422, "record_required", "Name the record that the edit rests on", _nothing),
    errors.UnknownRecord: (422, "unknown_record", "There is no such record", _record),
    errors.RecordReturned: (422, "record_returned", "The record was returned", _record),
    errors.LimitExceeded: (422, "limit_exceeded", "Over a limit", _limit),
    errors.TooManyParcels: (422, "too_many_parcels", "Too many parcels for one answer", _limit),
    file_errors.SourceRefused: (422, "source_refused", "The file cannot be imported", _nothing),
    errors.EditRejected: (422, "edit_rejected", "The edit would break a rule", _findings),
    errors.InvalidOperation: (422, "invalid_operation", "An operation cannot be carried out", _operation),
    errors.UnknownPoint: (422, "unknown_point", "No current parcel has this point", _point),
    errors.KeyReused: (422, "key_reused", "The key belongs to another edit", _nothing),
    errors.VersionRequired: (428, "version_required", "State the versions that were seen", _missing),
    file_errors.BackupRefused: (409, "backup_refused", "The backup cannot be made", _nothing),
    file_errors.BackupFailed: (500, "backup_failed", "The backup could not be ended", _nothing),
    errors.JobGivenUp: (500, "job_given_up", "The job could not be carried out", _nothing),
    errors.Contention: (503, "contention", "Too many write here at once", _nothing),
    file_errors.ExportRefused: (422, "export_refused", "This cannot be exported", _export),
    file_errors.TooManyExports: (503, "too_many_exports", "Too many exports at a time", _nothing),
    file_errors.ExportGone: (410, "export_gone", "The file is not kept any more", _nothing),
    file_errors.ExportFailed: (503, "export_failed", "The export could not be made", _nothing),
    errors.DatabaseReadOnly: (503, "read_only", "No changes are taken", _nothing),
    errors.OutcomeUnknown: (503, "outcome_unknown", "The outcome is not known", _nothing),
    errors.TookTooLong: (503, "too_slow", "It took too long", _nothing),
    # 400 with this word tells the editor to fetch a new token and to try once more.
    CSRFError: (400, "csrf", "The form is too old, or not ours", _nothing),
}


def problem_of(error: Exception) -> Problem:
    """What HTTP says of an error; an unknown one is logged with a reference and told as that reference only."""
    for kind in type(error).__mro__:
        if kind in TABLE:
            status, word, title, members = TABLE[kind]
            wait = str(getattr(error, "retry_after_s", RETRY_AFTER_S))
            headers = {"Retry-After": wait} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
            detail = error.description or "" if isinstance(error, HTTPException) else str(error)
            return Problem(status, word, title, detail, members(error), headers)
    if isinstance(error, HTTPException) and error.code:
        return _http_problem(error)
    if isinstance(error, DBAPIError):
        if isinstance(fact := translated(error), errors.DatabaseReadOnly):
            return problem_of(fact)
        known = _database_problem(error)
        if known:
            return known
    if isinstance(error, PoolTimeout):
        current_app.logger.error("No connection was free on %s: %s", _asked(), error)
        return _unreachable("Every connection to the database is taken at the moment. Nothing was changed.")
    reference = secrets.token_hex(4)
    current_app.logger.error("Unexpected error %s on %s", reference, _asked(), exc_info=error)
    detail = f"Nothing more is known here; the log has it under {reference}."
    return Problem(500, "internal_error", "Something went wrong", detail, {"reference": reference})


def _http_problem(error: HTTPException) -> Problem:
    status = HTTPStatus(error.code or 500)
    headers = {
        name: value for name, value in error.get_headers() if name in {"Allow", "Retry-After", "WWW-Authenticate"}
    }
    return Problem(status, status.name.lower(), status.phrase, error.description or status.phrase, headers=headers)


def _database_problem(error: DBAPIError) -> Problem | None:
    code = getattr(error.orig, "pgcode", None)
    if code == QUERY_CANCELED:
        current_app.logger.warning("Statement timeout on %s", _asked())
        return Problem(503, "too_slow", "It took too long", "Ask for less at once.", {}, {"Retry-After": RETRY_AFTER_S})
    if isinstance(error, OperationalError) and (code is None or code[:2] in {"08", "53", "57"}):
        current_app.logger.error("The database is out of reach: %s", error.orig)
        return _unreachable("The database is out of reach at the moment. Nothing was changed.")
    return None


def _unreachable(detail: str) -> Problem:
    return Problem(503, "database_unreachable", "Out of reach", detail, {}, {"Retry-After": RETRY_AFTER_S})


def _asked() -> str:
    return f"{request.method} {request.path}" if has_request_context() else "a job"


def is_page() -> bool:
    """Is it a page that is asked for, and not what pages and clients ask for besides?"""
    return not request.path.startswith(JSON_PATHS)


def wants_json() -> bool:
    """Does a client ask, and not somebody at a page?"""
    if not is_page() or "Authorization" in request.headers:
        return True
    accepted = request.accept_mimetypes
    return accepted["application/json"] > accepted["text/html"]


def answer(problem: Problem) -> Response:
    """The answer that tells a problem: JSON or the error page."""
    if wants_json():
        text = json.dumps(problem.body())
        response = Response(text, problem.status, mimetype="application/problem+json")
    else:
        response = Response(render_template("error.html", problem=problem, code=problem.status), problem.status)
    response.headers.update(problem.headers)
    return response


def init_app(app: Flask) -> None:
    """Every error of a request, whatever it is, becomes an answer here."""

    @app.errorhandler(Exception)
    def handle(error: Exception) -> Response:
        g.problem = problem = problem_of(error)
        return answer(problem)
