"""Reading what is sent of a draft: the fields of an edit, by the parser of edits, so that what is kept can be saved."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from spatial_admin.errors import BadRequest
from spatial_admin.services.parse_edit import comment_of, key_of, operations_of, record_of, refuse_unknown, seen_of
from spatial_admin.settings import Limits

STEPS_FIELDS: Final = {"comment", "record_id", "seen", "operations"}


@dataclass(frozen=True, slots=True)
class DraftSteps:
    """What a draft holds; `seen` and `operations` as the JSON that is stored."""

    comment: str
    record_id: int | None
    seen: str
    operations: str
    count: int


def parse_new_draft(body: object, limits: Limits) -> tuple[UUID, DraftSteps]:
    """The body of POST /api/drafts: its key, and what it holds; raises as parse_edit_request does."""
    given = _object(body, {*STEPS_FIELDS, "key"})
    return key_of(given.get("key")), _steps(given, limits)


def parse_draft_change(body: object, limits: Limits) -> tuple[int, DraftSteps]:
    """The body of PUT /api/drafts/{id}: the version that it rests on, and what the draft holds from now on."""
    given = _object(body, {*STEPS_FIELDS, "version"})
    version = given.get("version")
    if isinstance(version, bool) or not isinstance(version, int) or not 0 < version < 2**31:
        raise BadRequest("version", "it takes the version of the draft that you saw, a whole number from 1")
    return version, _steps(given, limits)


def _object(body: object, known: set[str]) -> Mapping[str, object]:
    if not isinstance(body, Mapping):
        raise BadRequest("body", "it takes a JSON object")
    refuse_unknown(body, known)
    return body


def _steps(given: Mapping[str, object], limits: Limits) -> DraftSteps:
    raw, _ = operations_of(given.get("operations"), limits)
    return DraftSteps(
        comment=comment_of(given.get("comment", "")),
        record_id=record_of(given.get("record_id")),
        seen=json.dumps(seen_of(given.get("seen", {})), separators=(",", ":")),
        operations=json.dumps(raw, separators=(",", ":")),
        count=len(raw),
    )
