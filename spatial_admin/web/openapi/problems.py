"""Errors of every route: problem+json (RFC 9457), one schema for each word that `type` ends in."""

from __future__ import annotations

from typing import Final

from spatial_admin.models import DRAFT_STATES, RECORD_STATES
from spatial_admin.settings import APPROVALS, Limits
from spatial_admin.web.openapi.description import Json, Section
from spatial_admin.web.openapi.schema import (
    about,
    constant,
    list_of,
    members,
    number,
    one_of,
    or_null,
    ref,
    text,
    truth,
    whole,
)
from spatial_admin.web.problems import TABLE, TYPE_PREFIX

PROBLEM_JSON: Final = "application/problem+json"
# Words that web/problems.py gives without a row in its table: HTTP's own, and what the database says.
OTHERS: Final[dict[str, int]] = {
    "unauthorized": 401,
    "forbidden": 403,
    "method_not_allowed": 405,
    "length_required": 411,
    "request_entity_too_large": 413,
    "internal_error": 500,
    "database_unreachable": 503,
}
STATUS: Final[dict[str, int]] = {row[1]: row[0] for row in TABLE.values()} | OTHERS

# What somebody does who gets it.
ADVICE: Final[dict[str, str]] = {
    "bad_request": "The body or a parameter is not of its form: `where` names it, `detail` says what it takes.",
    "csrf": "A browser's session sent no valid `X-CSRFToken`: fetch a new one with the page and try once more.",
    "unauthorized": "Sign in, or send a token that is valid.",
    "forbidden": "The request comes from a page of another site. Send it from this one, or without `Origin`.",
    "approval_required": "Here a second person approves edits of this `nature` by the account: begin a draft with it "
    "(POST /api/drafts), then submit that (POST /api/drafts/{draft_id}/submit). A dry run needs nobody's approval.",
    "not_allowed": "The account lacks the role that `detail` names.",
    "not_found": "Nothing of that name is stored; names are case-sensitive.",
    "method_not_allowed": "The path takes other methods: the header `Allow` lists them.",
    "version_conflict": "Somebody changed these parcels since they were seen. Where every `can_rebase` is true, send "
    "the same again with a new key and `if_stale: rebase`; else look at `base` and `current` and decide.",
    "length_required": "Send the body with `Content-Length`, not chunked.",
    "request_entity_too_large": "Send less at once: `detail` says how many bytes a body may have.",
    "limit_exceeded": "More than a limit allows: `limit`, and how much was `given`. Split the request.",
    "too_many_parcels": "The box holds more than one answer carries: ask for a smaller one.",
    "source_refused": "The file cannot be imported; `detail` says what in it, and where.",
    "export_refused": "This cannot be exported: `where` names the parameter, `detail` says what it takes, `known` some "
    "of it.",
    "too_many_exports": "Each takes a thread of the server, or of a worker. Try again after `Retry-After` seconds.",
    "export_gone": "Files of jobs are kept for some days. Ask for the export again.",
    "export_failed": "The file could not be made, and nothing was sent: `detail` says why (the disk is full, too much "
    "for one file). Ask for less, or tell the operator.",
    "edit_rejected": "The result would break these rules; nothing was changed. Each finding has its place and measure.",
    "invalid_operation": "The operation at index `operation` cannot be carried out: `detail` says why.",
    "unknown_point": "No current parcel has the point that the operation at index `operation` names.",
    "record_changed": "Somebody changed the record since it was seen: look at `current`, then decide again.",
    "finding_changed": "It is fixed, changed since it was seen, or somebody else has it: `detail` says which, "
    "`current` is the finding as it is now. Look at it, then decide again.",
    "draft_changed": "It was kept from another tab or computer since: read it, then decide whose steps stay.",
    "draft_state": "The draft is in `state`, which does not take this step; `detail` says what does. It is the "
    "edit `edit_id` once it is approved.",
    "draft_returned": "Versions or rules were against it when it was to be approved: its owner has it back with "
    "`problem`, which is what POST /api/edits would have answered.",
    "findings_changed": "Those in `left` are fixed, or changed since they were seen; nothing was changed. Look at them "
    "again, and propose the others.",
    "row_waits": "Somebody proposed the row before; `draft_id` waits for a second person.",
    "row_decided": "One decision a row: another reviewer was first, or it is the second try. Read the row again.",
    "import_unfinished": "Wait for its job, or go on with it where it was stopped (`resume`).",
    "record_approved": "An approved record stands; a reviewer can open it again.",
    "transition_refused": "The record is in `state`, from which only those in `allowed` follow.",
    "record_required": "Here every edit names the record that it rests on: send `record_id`.",
    "unknown_record": "No record has the id that `record_id` names: enter it first, or name another.",
    "record_returned": "The record was returned: take it up again, or name another.",
    "key_reused": "The key belongs to an edit with another content: make a new key for this one.",
    "version_required": "The edit changes parcels whose version `seen` does not state; `missing` lists them.",
    "job_given_up": "Only as the `problem` of a job: its workers failed. Ask for it again, with a new key.",
    "internal_error": "A defect of this program: tell its operator the `reference`, the log has it.",
    "database_unreachable": "Nothing was changed. Try again after `Retry-After` seconds.",
    "contention": "Others kept writing at this place; nothing was changed. Try again after `Retry-After` seconds.",
    "maintenance_running": "One run at a time is enough: wait for the job that runs, or cancel it.",
    "backup_refused": "Only as the `problem` of a backup's job: `detail` says what to mend.",
    "backup_failed": "Only as the `problem` of a backup's job: `detail` says what went wrong and what is left.",
    "too_slow": "It took longer than it may; nothing was changed. Ask for less, or try again.",
    "read_only": "The database takes no changes: it was left for another one, or it is a standby; `detail` says which. "
    "Nothing was changed. Reading goes on.",
    "outcome_unknown": "The connection was lost while saving. Repeat with the same key: that is safe, and tells.",
}
RECORD_ID: Final = whole("the record", 1)
OPERATION_INDEX: Final = whole("index of the operation, from 0", 0)
MEMBERS: Final[dict[str, dict[str, Json]]] = {
    "bad_request": {"where": text("path into the body (`operations[0].to`), or the name of the parameter or header")},
    "version_conflict": {"conflicts": list_of(ref("Conflict"))},
    "export_refused": {
        "where": text("the name of the parameter"),
        "known": list_of(text(), "some values that it takes; empty where it takes any of a form"),
    },
    "limit_exceeded": {"limit": whole("how much is allowed"), "given": or_null(whole("how much was given"))},
    "too_many_parcels": {"limit": whole("how much is allowed"), "given": or_null(whole("how much there is"))},
    "edit_rejected": {"findings": list_of(ref("Violation"))},
    "invalid_operation": {"operation": OPERATION_INDEX, "op": text("its word; `?` where it has none")},
    "unknown_point": {"operation": OPERATION_INDEX, "point": about(ref("Position"), "as it was given")},
    "version_required": {"missing": list_of(ref("MissingVersion"))},
    "record_changed": {"current": about(ref("RecordSummary"), "the record as it is now")},
    "finding_changed": {"current": about(ref("FindingDetail"), "the finding as it is now")},
    "draft_changed": {"current": about(ref("DraftSummary"), "the draft as it is now, without its steps")},
    "approval_required": {"nature": one_of(APPROVALS, "for which a second person is needed")},
    "draft_state": {
        "state": one_of(DRAFT_STATES, "the state it is in"),
        "edit_id": or_null(whole("the edit that it became")),
    },
    "draft_returned": {
        "draft_id": whole("the draft", 1),
        "problem": {"type": "object", "description": "why, with conflicts or findings and their places"},
    },
    "findings_changed": {"left": list_of(members({"id": whole("", 1), "why": text("in words")}), "which, and why")},
    "row_waits": {"draft_id": whole("the draft that waits", 1)},
    "row_decided": {
        "decision": one_of(("admitted", "rejected"), "what was decided"),
        "edit_id": or_null(whole("the edit that admitted it", 1)),
    },
    "import_unfinished": {"state": text("what it is: waiting, staging, admitting or failed")},
    "record_approved": {"record_id": RECORD_ID},
    "transition_refused": {
        "state": one_of(RECORD_STATES, "the state it is in"),
        "allowed": list_of(one_of(RECORD_STATES), "the states that may follow"),
    },
    "unknown_record": {"record_id": RECORD_ID},
    "record_returned": {"record_id": RECORD_ID},
    "internal_error": {"reference": text("what the log has it under")},
}
CONFLICT: Final = members(
    {
        "parcel_id": text(),
        "seen": whole("the version the author saw", 1),
        "current_version": whole("the version it has now", 1),
        "changed_by": text("who made that version"),
        "changed_at": text("when", format="date-time"),
        "edit_id": whole("the edit that made it"),
        "comment": or_null(text("why")),
        "record": or_null(about(ref("CitedRecord"), "what it rests on")),
        "base_at": or_null(text("since when the version was current that the author saw", format="date-time")),
        "base_record": or_null(about(ref("CitedRecord"), "what that version rests on")),
        "can_rebase": truth("will `if_stale: rebase` do?"),
        "base": or_null(about(ref("Coverage"), "the parcel as its author saw it")),
        "current": about(ref("Coverage"), "the parcel as it is"),
        "current_feature": ref("ParcelFeature"),
    },
    "A parcel that changed since it was seen.",
)
VIOLATION: Final = members(
    {
        "rule": text("the rule that would be broken, such as `overlap` or `invalid_geometry`"),
        "parcels": list_of(text(), "ids of the parcels concerned"),
        "place": or_null(about(ref("Geometry"), "where, in lon/lat")),
        "measure": or_null(number("how much, in the unit of the rule: m² for an overlap, m for a gap")),
        "message": text("the sentence for people"),
    },
    "A rule that the edit would break.",
)
MISSING: Final = members({"parcel_id": text(), "current": whole("its current version", 1)})


def schema_name(word: str) -> str:
    """The component that describes the problems of a word."""
    return "Problem_" + word


def _problem(word: str) -> Json:
    fixed = {
        "type": constant(TYPE_PREFIX + word),
        "title": text("the same for all problems of this type"),
        "status": {"const": STATUS[word], "type": "integer"},
        "detail": text("what was wrong this time, for people"),
    }
    return members(fixed | MEMBERS.get(word, {}), ADVICE.get(word, ""))


def describe(_limits: Limits) -> Section:
    """Every problem by its word."""
    return Section(
        "Problems",
        "Every error is an `application/problem+json` document (RFC 9457) with `type`, `title`, `status` and `detail`; "
        "`type` ends in one of these words, and some have members of their own.",
        schemas={schema_name(word): _problem(word) for word in sorted(STATUS, key=lambda word: (STATUS[word], word))}
        | {"Conflict": CONFLICT, "Violation": VIOLATION, "MissingVersion": MISSING},
    )
