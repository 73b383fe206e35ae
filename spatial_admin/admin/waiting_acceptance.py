"""What the page of a draft shows of findings that it accepts, or whose land it declares open: as they are now,
and what would be submitted again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from spatial_admin.admin import presentation as show
from spatial_admin.admin.base_view import Section
from spatial_admin.errors import BadRequest, Json
from spatial_admin.models import Account
from spatial_admin.models.draft import KNOWN_GAP
from spatial_admin.services.drafts.change_draft import change_draft
from spatial_admin.services.drafts.parse_draft import parse_draft_change
from spatial_admin.services.drafts.show_draft import draft_summary, show_draft
from spatial_admin.services.findings.list_findings import findings_of
from spatial_admin.settings import Settings
from spatial_admin.transaction import snapshot

HEADINGS: Final = ("Finding", "Rule", "Parcels", "Measure", "Status", "Since it was chosen")
SHOWN_PARCELS: Final = 4
LONGEST: Final = 100_000  # of what the form sends back: 500 findings with their moments


def accepted_findings(session: Session, draft: Json) -> list[Json]:
    """The findings of the draft as lists have them; those that there are no more are left out."""
    return findings_of(session, draft["accepts"]["ids"]) if draft["accepts"] else []


def section_of_findings(draft: Json, found: Sequence[Json]) -> Section:
    """One row a finding, with whether it is still as its owner saw it."""
    seen = draft["accepts"]["seen"]
    rows = [
        (
            show.row_link("finding.details_view", str(one["id"])),
            one["title"],
            " / ".join(one["numbers"][:SHOWN_PARCELS]) or show.NONE,
            show.figure(one["measure_text"]) if one["measure_text"] else show.NONE,
            show.chip_of(one["status"]),
            "changed" if _has_changed(seen.get(str(one["id"])), one) else "as it was",
        )
        for one in found
    ]
    until = draft["accepts"]["until"]
    if draft["nature"] == KNOWN_GAP:
        title, note = "Whose land it declares open", "They are fixed by it, and scans find no gap there any more."
    else:
        title = "What it accepts"
        note = "Accepted for good."
        if until:
            note = f"Accepted to {show.last_day_of(datetime.fromisoformat(until))} (UTC), then open again."
    return Section(title, HEADINGS, rows, empty="None of its findings is known any more.", note=note)


def to_submit(draft: Json, found: Sequence[Json]) -> str | None:
    """What the form sends back where it is submitted (again): what is not fixed, as it is shown. None: nothing is."""
    left = [one for one in found if one["status"] != "fixed"]
    if not left:
        return None
    seen = {str(one["id"]): one["changed_at"] for one in left}
    return json.dumps({"ids": [one["id"] for one in left], "seen": seen, "until": draft["accepts"]["until"]})


def keep_as_shown(draft_id: int, version: int, accepts: str, account: Account, settings: Settings) -> int:
    """Keep what is about findings as its owner was shown it; the version it has then. Raises as change_draft does."""
    try:
        given = json.loads(accepts) if len(accepts) <= LONGEST else None
    except (json.JSONDecodeError, RecursionError) as error:
        raise BadRequest("accepts", "it takes what the page showed") from error
    with snapshot() as session:
        draft = show_draft(session, draft_id, account)
    content: dict[str, Any] = {name: draft[name] for name in ("title", "comment", "record_id", "nature")}
    change = parse_draft_change({"version": version, **content, "accepts": given}, settings.limits)
    change_draft(draft_id, *change, account.id, settings)
    with snapshot() as session:
        return int(draft_summary(session, draft_id, account.id)["version"])


def _has_changed(seen: str | None, one: Json) -> bool:
    return seen is not None and datetime.fromisoformat(seen) != datetime.fromisoformat(one["changed_at"])
