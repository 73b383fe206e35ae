"""Which findings are asked for: the same arguments for lists, numbers and files."""

from __future__ import annotations

from typing import Final

from spatial_admin.cadastre.rules import FOUND
from spatial_admin.errors import BadRequest
from spatial_admin.models.finding import SEVERITIES, STATUSES
from spatial_admin.services.findings.list_findings import AGES, AREAS, Narrowing
from spatial_admin.services.shared.authorize import current_account
from spatial_admin.web.parameters import Arguments, box, whole

NARROWING: Final = ("status", "rule", "severity", "assignee", "batch", "age", "area", "disputed", "bbox")
BIGGEST: Final = 2**63 - 1
LONGEST_ASSIGNEE: Final = 320
LONGEST_AREA: Final = 200


def narrowing_of(arguments: Arguments) -> Narrowing:
    """The arguments NARROWING; BadRequest names the one that is wrong and what it takes."""
    return Narrowing(
        status=one_of(arguments, "status", STATUSES),
        rules=_rules(arguments),
        severity=one_of(arguments, "severity", SEVERITIES),
        assignee=_assignee(arguments),
        batch=whole(arguments, "batch", 0, BIGGEST) or None,
        age=one_of(arguments, "age", tuple(AGES)),
        area=_area(arguments),
        is_disputed=one_of(arguments, "disputed", ("1",)) is not None,
        bbox=box(arguments),
    )


def one_of(arguments: Arguments, name: str, known: list[str] | tuple[str, ...]) -> str | None:
    """One of some words; None where it is not given."""
    value = arguments.get(name)
    if value is not None and value not in known:
        raise BadRequest(name, f"it takes one of {', '.join(known)}")
    return value


def _rules(arguments: Arguments) -> tuple[str, ...]:
    names = tuple(arguments["rule"].split(",")) if "rule" in arguments else ()
    if any(name not in FOUND for name in names):
        raise BadRequest("rule", f"it takes rules, separated by commas, of {', '.join(sorted(FOUND))}")
    return names


def _area(arguments: Arguments) -> tuple[str, str] | None:
    given = arguments.get("area")
    if given is None:
        return None
    kind, _, code = given.partition(":")
    if kind not in AREAS or not code or len(given) > LONGEST_AREA or "\x00" in code:
        raise BadRequest("area", "it takes district:CODE of a zoning district, or level:CODE for parcels in none")
    return kind, code


def _assignee(arguments: Arguments) -> str | None:
    given = arguments.get("assignee")
    if given == "me":
        return current_account().email
    if given is not None and not 0 < len(given.strip()) <= LONGEST_ASSIGNEE:
        raise BadRequest("assignee", "it takes me, none or an email")
    return given
