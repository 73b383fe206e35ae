"""The fixes of a finding on its page: what each would do, and the way to the map, where one is used."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from flask_login import current_user

from spatial_admin.admin import presentation as show
from spatial_admin.admin.base_view import Section
from spatial_admin.errors import SpatialAdminError
from spatial_admin.models import Finding
from spatial_admin.services.approval.load_four_eyes import natures_for
from spatial_admin.services.editing.edit_boundaries import Author
from spatial_admin.services.editing.offer_fixes import offer_fixes
from spatial_admin.services.shared.authorize import EDITOR, current_account, has_role, roles_of

HEADINGS: Final = ("What it does", "Parcel", "Before m²", "After m²", "Farthest move m", "Needs")
NEEDS: Final = {"nothing": "one click", "reason": "a reason or a record", "record": "a record"}


def fixes_of(finding: Finding) -> list[Section]:
    """A table of the fixes, each a row for every parcel that it changes; none for who may not edit, or when fixed."""
    if finding.status == "fixed" or not has_role(current_user, EDITOR):
        return []
    account = current_account()
    try:
        offered = offer_fixes(finding.id, Author(account.id, account.email))
    except (
        SpatialAdminError
    ) as error:  # too large an area, or too busy a moment: the page is there to be read all the same
        return [Section("Fixes", HEADINGS, [], empty=f"Fixes could not be tried: {error}")]
    rows = [row for fix in offered["fixes"] for row in _rows(fix)]
    is_submitted = "correction" in natures_for(roles_of(account))
    said = "See and use them on the map" + (": another person approves them" if is_submitted else "")
    note = show.link(_on_the_map(finding, offered), said) if rows else ""
    return [Section("Fixes", HEADINGS, rows, empty=offered["why_none"] or "", note=note)]


def _rows(fix: dict[str, Any]) -> list[Sequence[Any]]:
    rows: list[Sequence[Any]] = []
    for parcel in fix["parcels"]:
        if parcel["change"] == "noded":
            continue  # it only gets a point on its boundary
        what = (
            (fix["title"], show.figure(f"{fix['farthest_m']:.4f}"), NEEDS[fix["needs"]]) if not rows else ("", "", "")
        )
        areas = (show.area_of(parcel["area_m2_before"]), show.area_of(parcel["area_m2_after"]))
        rows.append(
            (what[0], show.parcel_link(parcel["parcel_id"], fix["numbers"][parcel["parcel_id"]]), *areas, *what[1:])
        )
    return rows


def _on_the_map(finding: Finding, offered: dict[str, Any]) -> str:
    return show.page_url("pages.show_map", parcel=offered["finding"]["parcels"][0], finding=finding.id)
