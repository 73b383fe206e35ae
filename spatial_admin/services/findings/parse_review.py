"""Reading what a reviewer sends: every field known, every refusal naming the field."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from spatial_admin.errors import BadRequest, LimitExceeded
from spatial_admin.services.findings.review_findings import MOST_AT_ONCE, Acceptance, Chosen
from spatial_admin.services.records.parse_record import LONGEST_EMAIL

LONGEST_REASON: Final = 1_000
BIGGEST: Final = 2**63 - 1
CHOICE: Final = frozenset({"ids", "seen"})


def parse_acceptance(body: object, finding_id: int | None = None) -> tuple[Chosen, Acceptance]:
    """`{reason, record_id?, until?, seen?}`, and `ids` where the address names no finding; raises BadRequest."""
    given = _object(body, {"reason", "record_id", "until"}, finding_id)
    acceptance = Acceptance(reason_of(given), record_id_of(given), until_of(given.get("until")))
    return chosen_of(given, finding_id), acceptance


def parse_assignment(body: object, finding_id: int | None = None) -> tuple[Chosen, str | None]:
    """`{assignee: email or null, seen?}`, and `ids` where the address names no finding; raises BadRequest."""
    given = _object(body, {"assignee"}, finding_id)
    if "assignee" not in given:
        raise BadRequest("assignee", "it takes the email of who shall have it, or null for nobody")
    assignee = given["assignee"]
    if assignee is not None and (
        not isinstance(assignee, str) or not assignee.strip() or len(assignee) > LONGEST_EMAIL or _is_odd(assignee)
    ):
        raise BadRequest("assignee", "it takes an email, or null for nobody")
    return chosen_of(given, finding_id), None if assignee is None else assignee.strip().lower()


def parse_reopening(body: object, finding_id: int | None = None) -> tuple[Chosen, str]:
    """`{reason, seen?}`, and `ids` where the address names no finding; raises BadRequest."""
    given = _object(body, {"reason"}, finding_id)
    return chosen_of(given, finding_id), reason_of(given)


def parse_declaration(body: object, finding_id: int | None = None) -> tuple[Chosen, str]:
    """`{reason, seen?}`, and `ids` where the address names no finding; raises BadRequest."""
    return parse_reopening(body, finding_id)


def reason_of(given: Mapping[str, Any], field: str = "reason") -> str:
    """Why, in 1 to 1,000 characters."""
    value = given.get(field)
    if not isinstance(value, str) or not value.strip() or len(value) > LONGEST_REASON or _is_odd(value):
        raise BadRequest(field, f"say why in 1 to {LONGEST_REASON:,} characters")
    return value.strip()


def record_id_of(given: Mapping[str, Any]) -> int | None:
    """The number of a record, or none."""
    value = given.get("record_id")
    if value is not None and not _is_number(value):
        raise BadRequest("record_id", "it takes the number of a record (/api/records lists them), or null")
    return value


def until_of(value: object) -> datetime | None:
    """A moment with its offset, or a date: to the end of that day in UTC; None for good."""
    if value is None or value == "":
        return None
    try:
        if isinstance(value, str) and len(value) == len("2026-01-01"):
            return datetime.combine(date.fromisoformat(value) + timedelta(days=1), time(), UTC)
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        if moment is not None and moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass  # told below, as everything that is no moment
    raise BadRequest("until", "it takes a date (2027-03-01) or a moment with its offset (2027-03-01T12:00:00+01:00)")


def _object(body: object, known: set[str], finding_id: int | None) -> Mapping[str, Any]:
    if not isinstance(body, Mapping):
        raise BadRequest("body", "it takes a JSON object")
    fields = known | (CHOICE if finding_id is None else CHOICE - {"ids"})
    unknown = sorted(set(body) - fields)
    if unknown:
        raise BadRequest(unknown[0][:60], f"no such field; known are {', '.join(sorted(fields))}")
    return body


def chosen_of(given: Mapping[str, Any], finding_id: int | None = None) -> Chosen:
    """The findings that `ids` (or the address) names, and `seen` of them."""
    ids = [finding_id] if finding_id is not None else given.get("ids")
    if not isinstance(ids, list) or not ids or not all(_is_number(one) for one in ids):
        raise BadRequest("ids", f"it takes a list of 1 to {MOST_AT_ONCE} numbers of findings")
    if len(ids) > MOST_AT_ONCE:
        raise LimitExceeded("findings at once", MOST_AT_ONCE, len(ids), "Send them in portions.")
    seen = given.get("seen", {})
    if finding_id is not None and isinstance(seen, str):
        seen = {str(finding_id): seen}
    if not isinstance(seen, Mapping):
        raise BadRequest("seen", "it takes an object: changed_at by the number of the finding")
    return Chosen(ids, {int(name): _moment(name, value) for name, value in seen.items() if _names_one(name, ids)})


def _names_one(name: str, ids: list[int]) -> bool:
    if not name.isascii() or not name.isdigit() or len(name) > 18 or int(name) not in ids:
        raise BadRequest(f"seen.{name[:40]}", "it is none of the findings that are named")
    return True


def _moment(name: str, value: object) -> datetime:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise BadRequest(f"seen.{name}", "it takes changed_at as the finding had it when you saw it")
    return moment


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= BIGGEST


def _is_odd(value: str) -> bool:
    return "\x00" in value or any("\ud800" <= letter <= "\udfff" for letter in value)
