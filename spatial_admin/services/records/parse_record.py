"""Reading what is said of a record: every field known, every refusal naming the field."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from spatial_admin.errors import BadRequest, Json
from spatial_admin.models import RECORD_STATES, RECORD_TYPES

LONGEST_NUMBER: Final = 100
LONGEST_TITLE: Final = 500
LONGEST_COMMENT: Final = 2_000
LONGEST_EMAIL: Final = 320
ISO_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class NewRecord:
    """A record as it is entered; `assignee` is the email of whoever works on it."""

    type: str
    received: date
    number: str | None = None
    title: str = ""
    recorded: date | None = None
    effective_from: date | None = None
    assignee: str | None = None
    comment: str = ""


@dataclass(frozen=True, slots=True)
class RecordChanges:
    """Fields to change, of a record that was seen at `version`."""

    version: int
    fields: Json
    comment: str = ""


@dataclass(frozen=True, slots=True)
class StateChange:
    """A step to another state, by somebody who saw the record in `expected_state` (and, where given, at `version`)."""

    state: str
    expected_state: str
    version: int | None = None
    comment: str = ""


def parse_new_record(body: object) -> NewRecord:
    """The body of POST /api/records; raises BadRequest."""
    given = _object(body, {*FIELDS, "comment"})
    for name in ("type", "received"):
        if name not in given:
            raise BadRequest(name, "it is needed")
    return NewRecord(**_fields(given), comment=comment_of(given.get("comment", "")))


def parse_record_changes(body: object) -> RecordChanges:
    """The body of PATCH /api/records/{id}: the version that was seen, and at least one field; raises BadRequest."""
    given = _object(body, {*FIELDS, "comment", "version"})
    fields = _fields(given)
    if not fields:
        raise BadRequest("body", f"it names no field to change; there are {', '.join(FIELDS)}")
    return RecordChanges(_version(given.get("version")), fields, comment_of(given.get("comment", "")))


def parse_state_change(body: object) -> StateChange:
    """The body of POST /api/records/{id}/state; raises BadRequest."""
    given = _object(body, {"state", "expected_state", "version", "comment"})
    return StateChange(
        state=choice("state", given.get("state"), RECORD_STATES),
        expected_state=choice("expected_state", given.get("expected_state"), RECORD_STATES),
        version=None if given.get("version") is None else _version(given["version"]),
        comment=comment_of(given.get("comment", "")),
    )


def comment_of(value: object) -> str:
    """A comment: any text of at most 2,000 characters."""
    if not isinstance(value, str) or "\x00" in value or _has_half(value):
        raise BadRequest("comment", "it takes text")
    if len(value) > LONGEST_COMMENT:
        raise BadRequest("comment", f"it takes at most {LONGEST_COMMENT:,} characters")
    return value.strip()


def choice(field: str, value: object, choices: tuple[str, ...]) -> str:
    """One of a few words."""
    if value not in choices:
        raise BadRequest(field, f"it is one of: {', '.join(choices)}")
    return str(value)


def _object(body: object, known: set[str]) -> Mapping[str, Any]:
    if not isinstance(body, Mapping):
        raise BadRequest("body", "it takes a JSON object")
    unknown = sorted(set(body) - known)
    if unknown:
        raise BadRequest(unknown[0][:60], f"no such field; known are {', '.join(sorted(known))}")
    return body


def _fields(given: Mapping[str, Any]) -> Json:
    return {name: read(name, given[name]) for name, read in FIELDS.items() if name in given}


def _type(field: str, value: object) -> str:
    return choice(field, value, RECORD_TYPES)


def _number(field: str, value: object) -> str | None:
    return _line(field, value, LONGEST_NUMBER) or None


def _title(field: str, value: object) -> str:
    return _line(field, value, LONGEST_TITLE)


def _email(field: str, value: object) -> str | None:
    return _line(field, value, LONGEST_EMAIL).lower() or None


def _line(field: str, value: object, longest: int) -> str:
    """Text on one line, without blanks around it; null and blank text are the same."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadRequest(field, "it takes text")
    if CONTROL.search(value) or _has_half(value):
        raise BadRequest(field, "it takes one line of printable text")
    if len(value) > longest:
        raise BadRequest(field, f"it takes at most {longest:,} characters")
    return value.strip()


def _day(field: str, value: object) -> date:
    if isinstance(value, str) and ISO_DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError as error:
            raise BadRequest(field, f"{value} is no day of the calendar") from error
    raise BadRequest(field, "it takes a date as YYYY-MM-DD")


def _day_or_none(field: str, value: object) -> date | None:
    return None if value is None else _day(field, value)


def _version(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**31:
        raise BadRequest("version", "it takes the version that you saw, a whole number from 1")
    return value


def _has_half(text: str) -> bool:
    return any(0xD800 <= ord(character) <= 0xDFFF for character in text)


FIELDS: Final[Mapping[str, Callable[[str, object], Any]]] = {
    "type": _type,
    "number": _number,
    "title": _title,
    "received": _day,
    "recorded": _day_or_none,
    "effective_from": _day_or_none,
    "assignee": _email,
}
