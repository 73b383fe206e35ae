"""Reading the body of POST /api/edits: every field known, every refusal naming the field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from spatial_admin.cadastre.operations import Operation, parse_operations
from spatial_admin.errors import BadRequest, Json, LimitExceeded
from spatial_admin.settings import Limits

FIELDS = {"key", "comment", "nature", "seen", "operations", "if_stale"}
NATURES = ("legal_event", "correction", "improvement")
LONGEST_COMMENT = 2_000
LONGEST_PARCEL_ID = 100


@dataclass(frozen=True, slots=True)
class EditRequest:
    """One edit as its author asks for it; `seen` holds the version of each parcel as the author saw it."""

    key: UUID
    comment: str
    seen: Mapping[str, int]
    operations: tuple[Operation, ...]
    raw_operations: list[Json]
    if_stale: str = "reject"
    nature: str = "correction"


def parse_edit_request(body: object, limits: Limits) -> EditRequest:
    """Read a JSON body; raises BadRequest (which field and why), InvalidOperation or LimitExceeded."""
    if not isinstance(body, Mapping):
        raise BadRequest("body", "it takes a JSON object")
    unknown = sorted(set(body) - FIELDS)
    if unknown:
        raise BadRequest(unknown[0][:60], f"no such field; known are {', '.join(sorted(FIELDS))}")
    operations = body.get("operations")
    if not isinstance(operations, list) or not operations:
        raise BadRequest("operations", "it takes a list of at least one operation")
    if len(operations) > limits.operations_per_edit:
        raise LimitExceeded("operations in one edit", limits.operations_per_edit, len(operations))
    return EditRequest(
        key=_key(body.get("key")),
        comment=_comment(body.get("comment", "")),
        seen=_seen(body.get("seen", {})),
        operations=parse_operations(operations),
        raw_operations=operations,
        if_stale=_choice("if_stale", body.get("if_stale", "reject"), ("reject", "rebase")),
        nature=_choice("nature", body.get("nature", "correction"), NATURES),
    )


def _key(value: object) -> UUID:
    try:
        return UUID(value) if isinstance(value, str) else UUID("")
    except ValueError as error:
        raise BadRequest(
            "key", "it takes a UUID that you make for this edit and send again when you repeat it"
        ) from error


def _comment(value: object) -> str:
    if not isinstance(value, str) or "\x00" in value:
        raise BadRequest("comment", "it takes text")
    if len(value) > LONGEST_COMMENT:
        raise LimitExceeded("characters of comment", LONGEST_COMMENT, len(value))
    if any(0xD800 <= ord(character) <= 0xDFFF for character in value):
        raise BadRequest("comment", "it holds half a character")
    return value.strip()


def _seen(value: object) -> dict[str, int]:
    if not isinstance(value, Mapping):
        raise BadRequest("seen", "it takes an object of parcel_id: version")
    for name, version in value.items():
        if isinstance(version, bool) or not isinstance(version, int) or not 0 < version < 2**31:
            raise BadRequest(f"seen.{str(name)[:100]}", "a version is a whole number from 1")
        if "\x00" in name or any(0xD800 <= ord(character) <= 0xDFFF for character in name):
            raise BadRequest("seen", "a parcel_id holds no such character")
        if not 0 < len(name) <= LONGEST_PARCEL_ID:
            raise BadRequest(f"seen.{name[:60]}", f"a parcel_id has 1 to {LONGEST_PARCEL_ID} characters")
    return dict(value)


def _choice(field: str, value: object, choices: tuple[str, ...]) -> str:
    if value not in choices:
        raise BadRequest(field, f"it is one of: {', '.join(choices)}")
    return str(value)
