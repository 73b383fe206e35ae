"""`at` and `legal_at`: the two times that a question about the past may name."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from typing import Final

from spatial_admin.errors import BadRequest
from spatial_admin.services.parcels.recall_parcels import AsOf
from spatial_admin.web.parameters import Arguments

AS_OF: Final = ("at", "legal_at")
DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
# RFC 3339. A plus that was not percent-encoded arrives as a space.
MOMENT: Final = re.compile(r"(\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d+)?)([Zz]|[ +-]\d{2}:\d{2})", re.ASCII)


def as_of(arguments: Arguments) -> AsOf | None:
    """The times that are asked for; None where neither is."""
    at = _moment(arguments["at"]) if "at" in arguments else None
    legal_at = _day("legal_at", arguments["legal_at"]) if "legal_at" in arguments else None
    return AsOf(at, legal_at) if at or legal_at else None


def _moment(text: str) -> datetime:
    """A moment, in UTC. A date alone is the end of that day in UTC: all that was stored on it is seen."""
    if DAY.fullmatch(text):
        return datetime.combine(_day("at", text), time.max, UTC)
    parts = MOMENT.fullmatch(text)
    why = "it takes a moment with its offset, such as 2026-03-01T12:00:00Z, or a date: the end of that day in UTC"
    if parts is None:
        raise BadRequest("at", why)
    offset = parts[2].replace(" ", "+").upper()
    try:
        return datetime.fromisoformat(parts[1].upper() + offset).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadRequest("at", why) from error


def _day(name: str, text: str) -> date:
    try:
        if DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError as error:
        raise BadRequest(name, f"{text} is no day of the calendar") from error
    raise BadRequest(name, "it takes a date such as 2026-03-01")
