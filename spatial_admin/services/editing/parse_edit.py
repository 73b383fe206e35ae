"""Reading the body of POST /api/edits: every field known, every refusal naming the field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from spatial_admin.cadastre.operations import Operation, parse_operations
from spatial_admin.cadastre.rules import FOUND
from spatial_admin.errors import BadRequest, Json, LimitExceeded
from spatial_admin.services.editing.check_operations import check_limits
from spatial_admin.settings import NATURES, Limits

FIELDS = {"key", "comment", "record_id", "nature", "seen", "operations", "if_stale", "accept", "admits", "dry_run"}
REVERT_FIELDS = {"key", "comment", "record_id", "if_stale", "dry_run"}
ACCEPTANCE_FIELDS = {"rule", "parcels", "reason"}
LONGEST_REASON = 1_000
MOST_ACCEPTANCES = 200
LONGEST_COMMENT = 2_000
LONGEST_PARCEL_ID = 100


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A finding that a reviewer accepts together with the edit that opens it; parcel ids ascending."""

    rule: str
    parcels: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class StagedRow:
    """A row of an imported file; `parcel_id` is what a reverted edit had admitted it as."""

    batch: int
    row: int
    parcel_id: str | None = None


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
    record_id: int | None = None
    accept: tuple[Acceptance, ...] = ()
    dry_run: bool = False
    admits: StagedRow | None = None  # the refused row of an import that it makes a parcel of
    returns: StagedRow | None = None  # of a revert: the row that goes back to quarantine
    readmits: StagedRow | None = None  # of the revert of such a revert
    may_return: Mapping[tuple[str, tuple[str, ...]], float] = field(
        default_factory=dict
    )  # of a revert: what it may undo
    undone_nature: str | None = None  # of a revert: of the edit that it undoes

    @property
    def natures(self) -> frozenset[str]:
        """What a second person may be needed for: its own nature, and that of the edit it undoes (undoing a legal event
        is not less than one); `acceptance` where it accepts findings.
        """
        accepting = {"acceptance"} if self.accept else set()
        return frozenset({self.nature, self.undone_nature or self.nature, *accepting})

    def accepted(self) -> dict[tuple[str, tuple[str, ...]], str]:
        """What is accepted, as the rules ask for it."""
        return {(acceptance.rule, acceptance.parcels): acceptance.reason for acceptance in self.accept}


@dataclass(frozen=True, slots=True)
class RevertRequest:
    """What a client says of a revert; the rest is known from the edit."""

    key: UUID
    comment: str
    if_stale: str = "reject"
    dry_run: bool = False
    record_id: int | None = None


def parse_revert_request(body: object) -> RevertRequest:
    """Read the body of POST /api/edits/{id}/revert; raises BadRequest or LimitExceeded."""
    if not isinstance(body, Mapping):
        raise BadRequest("body", "it takes a JSON object")
    refuse_unknown(body, REVERT_FIELDS)
    return RevertRequest(
        key=key_of(body.get("key")),
        comment=comment_of(body.get("comment", "")),
        if_stale=_choice("if_stale", body.get("if_stale", "reject"), ("reject", "rebase")),
        dry_run=_is_true("dry_run", body.get("dry_run", False)),
        record_id=record_of(body.get("record_id")),
    )


def parse_edit_request(body: object, limits: Limits) -> EditRequest:
    """Read a JSON body; raises BadRequest (which field and why), InvalidOperation or LimitExceeded."""
    if not isinstance(body, Mapping):
        raise BadRequest("body", "it takes a JSON object")
    refuse_unknown(body, FIELDS)
    operations, parsed = operations_of(body.get("operations"), limits)
    return EditRequest(
        key=key_of(body.get("key")),
        comment=comment_of(body.get("comment", "")),
        seen=seen_of(body.get("seen", {})),
        operations=parsed,
        raw_operations=operations,
        if_stale=_choice("if_stale", body.get("if_stale", "reject"), ("reject", "rebase")),
        nature=nature_of(body.get("nature", "correction")),
        record_id=record_of(body.get("record_id")),
        accept=accept_of(body.get("accept", [])),
        dry_run=_is_true("dry_run", body.get("dry_run", False)),
        admits=admits_of(body.get("admits")),
    )


def operations_of(value: object, limits: Limits) -> tuple[list[Json], tuple[Operation, ...]]:
    """Operations as they were sent, and as they are understood; BadRequest, InvalidOperation or LimitExceeded."""
    if not isinstance(value, list) or not value:
        raise BadRequest("operations", "it takes a list of at least one operation")
    if len(value) > limits.operations_per_edit:
        advice = limits.advice_on_larger_edits()
        raise LimitExceeded("operations in one edit", limits.operations_per_edit, len(value), advice)
    parsed = parse_operations(value)
    check_limits(parsed, limits)
    return value, parsed


def refuse_unknown(body: Mapping[str, object], known: set[str]) -> None:
    """Refuse a field that the body does not have, by its name."""
    unknown = sorted(set(body) - known)
    if unknown:
        raise BadRequest(unknown[0][:60], f"no such field; known are {', '.join(sorted(known))}")


def key_of(value: object) -> UUID:
    """The key that a client made."""
    try:
        return UUID(value) if isinstance(value, str) else UUID("")
    except ValueError as error:
        raise BadRequest("key", "it takes a UUID that you make for this and send again when you repeat it") from error


def comment_of(value: object) -> str:
    """The reason of an edit, without blanks around it."""
    if not isinstance(value, str) or "\x00" in value:
        raise BadRequest("comment", "it takes text")
    if len(value) > LONGEST_COMMENT:
        raise LimitExceeded("characters of comment", LONGEST_COMMENT, len(value))
    if any(0xD800 <= ord(character) <= 0xDFFF for character in value):
        raise BadRequest("comment", "it holds half a character")
    return value.strip()


def seen_of(value: object) -> dict[str, int]:
    """The versions that its author saw, by parcel_id."""
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


def nature_of(value: object) -> str:
    """What kind of change it is."""
    return _choice("nature", value, NATURES)


def record_of(value: object) -> int | None:
    """The id of a record, or None."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**63:
        raise BadRequest("record_id", "it takes the id of a record, a whole number from 1, or null")
    return value


def admits_of(value: object) -> StagedRow | None:
    """The refused row that an edit admits, `{import, row}`, or None."""
    if value is None:
        return None
    if not isinstance(value, Mapping) or set(value) != {"import", "row"}:
        raise BadRequest("admits", "it takes an object with exactly import and row")
    for name, most in (("import", 2**63), ("row", 2**31)):
        number = value[name]
        if isinstance(number, bool) or not isinstance(number, int) or not 0 < number < most:
            raise BadRequest(f"admits.{name}", "it takes a whole number from 1")
    return StagedRow(value["import"], value["row"])


def accept_of(value: object) -> tuple[Acceptance, ...]:
    """What a reviewer accepts with an edit, a list of `{rule, parcels, reason}`."""
    if not isinstance(value, list):
        raise BadRequest("accept", "it takes a list of {rule, parcels, reason}")
    if len(value) > MOST_ACCEPTANCES:
        raise LimitExceeded("acceptances in one edit", MOST_ACCEPTANCES, len(value))
    return tuple(_acceptance(f"accept[{index}]", one) for index, one in enumerate(value))


def _acceptance(where: str, value: object) -> Acceptance:
    if not isinstance(value, Mapping) or set(value) != ACCEPTANCE_FIELDS:
        raise BadRequest(where, "it takes an object with exactly rule, parcels and reason")
    rule, parcels, reason = value["rule"], value["parcels"], value["reason"]
    if rule not in FOUND:
        raise BadRequest(f"{where}.rule", f"it is one of: {', '.join(sorted(FOUND))}")
    if not isinstance(parcels, list) or not parcels or not all(_is_text(name) and len(name) <= 100 for name in parcels):
        raise BadRequest(f"{where}.parcels", "it takes the parcel ids that the finding is of")
    if not _is_text(reason) or not reason.strip() or len(reason) > LONGEST_REASON:
        raise BadRequest(f"{where}.reason", f"it takes the reason, 1 to {LONGEST_REASON:,} characters")
    return Acceptance(rule, tuple(sorted(parcels)), reason.strip())


def _is_text(value: object) -> bool:
    return isinstance(value, str) and "\x00" not in value and not any(0xD800 <= ord(c) <= 0xDFFF for c in value)


def _is_true(field: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise BadRequest(field, "it is true or false")
    return value


def _choice(field: str, value: object, choices: tuple[str, ...]) -> str:
    if value not in choices:
        raise BadRequest(field, f"it is one of: {', '.join(choices)}")
    return str(value)
