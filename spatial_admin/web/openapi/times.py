"""The two times of a question about the past, as parameters and as answers repeat them."""

from __future__ import annotations

from typing import Final

from spatial_admin.web.openapi.description import Json, Parameter
from spatial_admin.web.openapi.schema import members, moment, or_null, text

AT: Final = Parameter(
    "at",
    text(),
    "as stored at this moment, RFC 3339 with an offset and not in the future; a date alone is the end of that day in "
    "UTC",
)
LEGAL_AT: Final = Parameter(
    "legal_at", text("", format="date"), "as in force on this day; with `at`, as it was known at that moment"
)
TIMES: Final = (AT, LEGAL_AT)
AS_OF: Final[Json] = members(
    {"at": or_null(moment("as it was asked for")), "legal_at": or_null(text("as it was asked for", format="date"))},
    "The times that were asked for; the member is there only where one was.",
)
