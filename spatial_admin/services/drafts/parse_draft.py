"""Reading what is sent of a draft: the fields of an edit, by the parser of edits, so that what is kept can be saved."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from spatial_admin.errors import BadRequest, LimitExceeded
from spatial_admin.models.draft import ACCEPTANCE, KNOWN_GAP
from spatial_admin.services.drafts.locate_draft import Places, places_of
from spatial_admin.services.editing.parse_edit import (
    accept_of,
    admits_of,
    comment_of,
    key_of,
    nature_of,
    operations_of,
    record_of,
    refuse_unknown,
    seen_of,
)
from spatial_admin.services.findings.parse_review import chosen_of, reason_of, until_of
from spatial_admin.settings import Limits

STEPS_FIELDS: Final = {
    "title", "comment", "record_id", "nature", "seen", "operations", "notes", "accept", "admits", "reverts", "accepts",
}  # fmt: skip
# What an undoing has none of: it is made of the edit that it undoes. Nor has what is about findings, which is no edit.
OF_STEPS: Final = ("seen", "operations", "notes", "accept", "admits")
LONGEST_TITLE: Final = 200
LONGEST_NOTE: Final = 500


@dataclass(frozen=True, slots=True)
class DraftSteps:
    """What a draft holds; `seen`, `operations`, `notes`, `accept` and `accepts` as the JSON that is stored."""

    title: str
    comment: str
    record_id: int | None
    seen: str
    operations: str
    notes: str
    count: int
    nature: str = "correction"
    reverts: int | None = None
    accept: str = "[]"
    admits_import: int | None = None
    admits_row: int | None = None
    findings: list[int] | None = None  # that are to be accepted, or whose land is open
    accepts: str | None = None  # how: what was seen of them, and until when


@dataclass(frozen=True, slots=True)
class DraftContent:
    """What is kept, and what others may know of it."""

    steps: DraftSteps
    places: Places


def parse_new_draft(body: object, limits: Limits) -> tuple[UUID, DraftContent]:
    """The body of POST /api/drafts: its key, and what it holds; raises as parse_edit_request does."""
    given = _object(body, {*STEPS_FIELDS, "key"})
    return key_of(given.get("key")), _content(given, limits)


def parse_draft_change(body: object, limits: Limits) -> tuple[int, DraftContent]:
    """The body of PUT /api/drafts/{id}: the version that it rests on, and what the draft holds from now on."""
    given = _object(body, {*STEPS_FIELDS, "version"})
    return _version(given), _content(given, limits)


def parse_draft_title(body: object) -> tuple[int, str]:
    """The body of PATCH /api/drafts/{id}: the version that was seen, and what the draft is called from now on."""
    given = _object(body, {"version", "title"})
    if "title" not in given:
        raise BadRequest("title", "it takes what the draft is called from now on")
    return _version(given), _title(given["title"])


def _version(given: Mapping[str, object]) -> int:
    version = given.get("version")
    if isinstance(version, bool) or not isinstance(version, int) or not 0 < version < 2**31:
        raise BadRequest("version", "it takes the version of the draft that you saw, a whole number from 1")
    return version


def _object(body: object, known: set[str]) -> Mapping[str, object]:
    if not isinstance(body, Mapping):
        raise BadRequest("body", "it takes a JSON object")
    refuse_unknown(body, known)
    return body


def parse_draft_step(body: object) -> tuple[int, str]:
    """The body of POST /api/drafts/{id}/submit and the like: the version that was seen, and what is said with it."""
    given = _object(body, {"version", "comment"})
    return _version(given), comment_of(given.get("comment", ""))


def _content(given: Mapping[str, object], limits: Limits) -> DraftContent:
    if given.get("reverts") is not None:
        return _undoing(given)
    if given.get("accepts") is not None:
        return _of_findings(given)
    raw, _ = operations_of(given.get("operations"), limits)
    seen = seen_of(given.get("seen", {}))
    accepted = accept_of(given.get("accept", []))
    admitted = admits_of(given.get("admits"))
    steps = DraftSteps(
        title=_title(given.get("title", "")),
        comment=comment_of(given.get("comment", "")),
        record_id=record_of(given.get("record_id")),
        seen=_compact(seen),
        operations=_compact(raw),
        notes=_compact(_notes(given.get("notes", []), len(raw))),
        count=len(raw),
        nature=nature_of(given.get("nature", "correction")),
        accept=_compact([{"rule": a.rule, "parcels": list(a.parcels), "reason": a.reason} for a in accepted]),
        admits_import=admitted.batch if admitted else None,
        admits_row=admitted.row if admitted else None,
    )
    return DraftContent(steps, places_of(seen, raw))


def _undoing(given: Mapping[str, object]) -> DraftContent:
    """Its one operation is the one that the edit will have; which parcels it is about is known from the edit."""
    edit_id = given["reverts"]
    if isinstance(edit_id, bool) or not isinstance(edit_id, int) or not 0 < edit_id < 2**63:
        raise BadRequest("reverts", "it takes the number of an edit, a whole number from 1")
    _leave_out(given, (*OF_STEPS, "nature", "accepts"), "what undoes an edit is made of that edit")
    steps = DraftSteps(
        title=_title(given.get("title", "")),
        comment=comment_of(given.get("comment", "")),
        record_id=record_of(given.get("record_id")),
        seen="{}",
        operations=_compact([{"op": "revert", "edit_id": edit_id}]),
        notes="[]",
        count=1,
        reverts=edit_id,
    )
    return DraftContent(steps, Places([], [], []))


def _of_findings(given: Mapping[str, object]) -> DraftContent:
    """Accepts them, or with the nature `known_gap` declares their land open. `comment` is the reason that stands at
    each finding, `record_id` what they are accepted by.
    """
    nature = given.get("nature", ACCEPTANCE)
    if nature not in (ACCEPTANCE, KNOWN_GAP):
        raise BadRequest("nature", f"of findings it takes {ACCEPTANCE} (or nothing) or {KNOWN_GAP}")
    _leave_out(given, OF_STEPS, "who accepts findings edits nothing")
    accepts = given["accepts"]
    if not isinstance(accepts, Mapping) or not set(accepts) <= {"ids", "seen", "until"}:
        raise BadRequest("accepts", "it takes an object of ids, seen and until")
    chosen = chosen_of(accepts)
    until, record_id = until_of(accepts.get("until")), record_of(given.get("record_id"))
    if nature == KNOWN_GAP and (until is not None or record_id is not None):
        raise BadRequest(
            "until" if until else "record_id", "leave it out: land is declared open for a reason, for good"
        )
    seen = {str(number): chosen.seen[number].isoformat() for number in sorted(chosen.seen)}
    ids = sorted(set(chosen.ids))
    steps = DraftSteps(
        title=_title(given.get("title", "")),
        comment=reason_of(given, "comment"),
        record_id=record_id,
        seen="{}",
        operations="[]",
        notes="[]",
        count=len(ids),
        nature=str(nature),
        findings=ids,
        accepts=_compact({"seen": seen, "until": until.isoformat() if until else None}),
    )
    return DraftContent(steps, Places([], [], []))


def _leave_out(given: Mapping[str, object], names: tuple[str, ...], why: str) -> None:
    for name in names:
        if name in given:
            raise BadRequest(name, f"leave it out: {why}")


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def _title(value: object) -> str:
    return " ".join(_text("title", value, LONGEST_TITLE).split())


def _notes(value: object, count: int) -> list[str]:
    if not isinstance(value, list) or len(value) > count:
        raise BadRequest("notes", "it takes a list of texts, one for each operation at most")
    return [_text(f"notes.{index}", note, LONGEST_NOTE) for index, note in enumerate(value)]


def _text(where: str, value: object, longest: int) -> str:
    if not isinstance(value, str) or any(0xD800 <= ord(character) <= 0xDFFF for character in value) or "\x00" in value:
        raise BadRequest(where, "it takes text")
    if len(value) > longest:
        raise LimitExceeded(f"characters of {where.partition('.')[0]}", longest, len(value))
    return value
