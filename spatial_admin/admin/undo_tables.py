"""What undoing an edit would do, or why it would not, as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from markupsafe import Markup

from spatial_admin.admin import presentation as show
from spatial_admin.admin.base_view import Section
from spatial_admin.cadastre.operations.revert import Revert, Undo
from spatial_admin.errors import EditRejected, StaleParcel, VersionConflict, Violation
from spatial_admin.services.editing.describe_conflict import describe_conflict
from spatial_admin.services.editing.parse_edit import EditRequest
from spatial_admin.services.parcels.name_parcels import numbers_of

Json = dict[str, Any]
SHOWN_PARCELS: Final = 500
SHOWN_CONFLICTS: Final = 50
PARCEL_HEADINGS: Final = ("Parcel", "Number", "Comes back to", "As version", "Change", "Area m² now", "Area m² then")


def effects(request: EditRequest, rehearsed: Json) -> list[Section]:
    """Of a rehearsal: which parcel comes back to what, and which findings would open and close."""
    undos = {undo.parcel_id: undo for each in request.operations if isinstance(each, Revert) for undo in each.undos}
    parcels = rehearsed["receipt"]["parcels"]
    numbers = numbers_of(parcel["parcel_id"] for parcel in parcels[:SHOWN_PARCELS])
    rows = [_parcel_row(one, numbers, undos.get(one["parcel_id"])) for one in parcels[:SHOWN_PARCELS]]
    note = f"The first {SHOWN_PARCELS} of {len(parcels)} are shown." if len(parcels) > SHOWN_PARCELS else ""
    tables = [Section("Parcels", PARCEL_HEADINGS, rows, empty="Nothing would change.", note=note)]
    findings = rehearsed["findings"]
    told = [("opens", found) for found in findings["found"]] + [("closes", gone) for gone in findings["gone"]]
    if told:
        rows = [(what, show.chip_of(one["rule"]), _names(one["parcels"])) for what, one in told]
        tables.append(Section("Findings", ("", "Rule", "Parcels"), rows))
    return tables


def refusals(error: Exception) -> list[Section]:
    """Of a refusal: the parcels that were changed since, or the rules that would be broken."""
    if isinstance(error, VersionConflict):
        return [_conflicts(error.stale)]
    if isinstance(error, EditRejected):
        return [_violations(error.violations)]
    return []


def _parcel_row(parcel: Json, numbers: Mapping[str, str], undo: Undo | None) -> tuple[Any, ...]:
    return (
        show.parcel_link(parcel["parcel_id"]),
        numbers.get(parcel["parcel_id"], show.NONE),
        _state_before(undo, parcel["version"]),
        show.figure(str(parcel["version"])),
        show.chip_of(parcel["change"]),
        show.area_of(parcel["area_m2_before"]),
        show.area_of(parcel["area_m2_after"]),
    )


def _state_before(undo: Undo | None, version: int) -> str | Markup:
    """What a parcel comes back to; one that is only noded comes back to nothing."""
    if undo is None:
        return show.NONE
    if undo.before is None:
        return "not being there"
    partly = "" if undo.after.version == version - 1 else ", where nobody touched it since"
    return f"version {undo.before.version}{partly}"


def _conflicts(stale: Sequence[StaleParcel]) -> Section:
    rows = [
        (
            show.parcel_link(one["parcel_id"]),
            show.figure(str(one["seen"])),
            show.figure(str(one["current_version"])),
            show.edit_link_of(one["edit_id"]),
            one["changed_by"],
            show.moment_of(datetime.fromisoformat(one["changed_at"])),
            "in part" if one["can_rebase"] else "no",
        )
        for one in describe_conflict(stale[:SHOWN_CONFLICTS])
    ]
    headings = (
        "Parcel",
        "Version then",
        "Now",
        "By edit",
        "Of",
        "When (UTC)",
        "Can be undone",
    )
    note = f"The first {SHOWN_CONFLICTS} of {len(stale)} are shown." if len(stale) > SHOWN_CONFLICTS else ""
    return Section("Changed since", headings, rows, note=note)


def _violations(violations: Sequence[Violation]) -> Section:
    rows = [(show.chip_of(one.rule), _names(one.parcels), one.message) for one in violations]
    return Section("What it would break", ("Rule", "Parcels", "Why"), rows)


def _names(parcels: Sequence[str]) -> Markup:
    return Markup(", ").join(show.parcel_link(name) for name in parcels)
