"""Tables of the page of one finding, made of what the API tells of it (services/findings/show_finding.py)."""

from __future__ import annotations

from datetime import datetime

from markupsafe import Markup

from spatial_admin.admin import presentation as show
from spatial_admin.admin.base_view import Section
from spatial_admin.errors import Json


def parcels_section(shown: Json) -> Section:
    """Its parcels, with their areas and the records that they rest on."""
    rows = [
        (
            show.parcel_link(one["parcel_id"], one["number"] or one["parcel_id"]),
            one["kind"] + (", retired" if one["is_retired"] else ""),
            show.area_of(one["area_m2"]),
            one["legal_area_text"] or show.area_of(one["legal_area_m2"]),
            Markup(", ").join(
                show.row_link("record.details_view", cited["id"], f"{cited['type']} {cited['number'] or cited['id']}")
                for cited in one["records"]
            )
            or show.NONE,
        )
        for one in shown["parcels_detail"]
    ]
    headings = ("Parcel", "Kind", "Area m²", "Stated area", "Rests on")
    return Section("Parcels", headings, rows, empty="None of its parcels is known any more.")


def history_section(shown: Json) -> Section:
    """What happened to it, in order."""
    rows = [
        (
            show.moment_of(datetime.fromisoformat(event["at"])),
            event["words"],
            show.edit_link_of(event["edit_id"]),
            event["who"] or show.NONE,
            event["reason"] or show.NONE,
            show.row_link("record.details_view", event["record"]["id"]) if event["record"] else show.NONE,
        )
        for event in shown["history"]
    ]
    again = shown["seen_again"]["scans"]
    note = f"Seen again by {again} {'scan' if again == 1 else 'scans'} since it was opened." if again else ""
    headings = ("When (UTC)", "What", "Edit", "Who", "Reason", "Record")
    return Section("History of this finding", headings, rows, note=note)
