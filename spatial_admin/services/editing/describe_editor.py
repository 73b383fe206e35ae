"""What the map editor is told before it asks for anything: who, what they may do, which CRS, where to begin."""

from __future__ import annotations

import json
import time
from typing import Any, Final

from flask import current_app
from sqlalchemy.orm import Session

from spatial_admin.models import Account, db
from spatial_admin.services.approval.load_four_eyes import natures_for
from spatial_admin.services.findings.load_rules import judging, rules_at_once
from spatial_admin.services.shared.authorize import EDITOR, has_role, roles_of
from spatial_admin.settings import Settings

Json = dict[str, Any]
SNAP_PX = 12
HOME_KEPT_S: Final = 60.0
_HOME: Final = "spatial_admin.home_bbox"
# Routes of the contract (design: HTTP); the same for the map page and for the form's widget.
URLS = {
    "coverage": "/api/coverage",
    "edits": "/api/edits",
    "parcels": "/api/parcels",
    "login": "/login",
    "parcel_admin": "/admin/parcel/edit/",
    "records": "/api/records",
    "findings": "/api/findings",
    "zoning": "/api/zoning",
    "edit_admin": "/admin/edit/details/?id=",
    "record_admin": "/admin/record/details/?id=",
    "positions": "/api/positions",
    "drafts": "/api/drafts",
    "waiting_admin": "/admin/waiting/",
    "references": "/api/references",
    "tiles": "/tiles/parcels",
    "tile_changes": "/tiles/changes",
}

# Lon/lat. Of the parcels the planner's estimate: ST_Extent would read every one, this reads the root of the index.
# Whether there are any is asked by the key: EXISTS reads the table from its begin, past what VACUUM has yet to clear.
HOME = """
SELECT ST_XMin(b), ST_YMin(b), ST_XMax(b), ST_YMax(b), (SELECT min(id) FROM parcel) IS NOT NULL
FROM (SELECT ST_Transform(ST_SetSRID(coalesce(
        CASE WHEN (SELECT min(id) FROM parcel) IS NOT NULL THEN ST_EstimatedExtent('public', 'parcel', 'geom') END,
        box2d(deployment_extent()))::geometry, %(srid)s), 4326) AS b OFFSET 0) AS lonlat
"""


def describe_editor(mode: str, account: Account, *, parcel: str | None = None) -> Json:
    """The editor's configuration; `mode` is "map" or "form"; `grid` is in storage units."""
    settings: Settings = current_app.config["SETTINGS"]
    constants = judging()  # first: it may take a connection of its own
    ground = constants.ground
    return {
        "mode": mode,
        "user": {"email": account.email, "roles": sorted(roles_of(account))},
        "can_edit": has_role(account, EDITOR),
        "srid": ground.srid,
        "srid_name": constants.crs_name,
        "is_geographic": ground.is_geographic,
        "metres_per_unit": ground.metres_per_unit,
        "grid": 1 / ground.steps_per_unit,
        "node_within_m": ground.node_within_m,
        "gap_width_m": ground.gap_width_m,
        "rules": rules_at_once(constants.book),
        "extent": ground.extent,
        "exclusive_levels": sorted(constants.exclusive_levels),
        "home_bbox": home_bbox(ground.srid),
        "basemaps": json.loads(settings.basemaps),
        "parcel": parcel,
        "record_required": settings.record_required,
        "needs_approval": natures_for(roles_of(account)),
        "urls": URLS,
        "snap_px": SNAP_PX,
        "limits": {"parcels": settings.limits.coverage_parcels, "points": settings.limits.coverage_points},
    }


def home_bbox(srid: int, session: Session | None = None) -> list[float]:
    """Where a new map begins, [west, south, east, north] in degrees: the parcels, else the whole extent.

    Where there are parcels it is asked once a minute: every list has such a map, and a county does not move.
    """
    kept: tuple[float, list[float]] | None = current_app.extensions.get(_HOME)
    if kept is not None and time.monotonic() < kept[0]:
        return kept[1]
    *sides, is_settled = (session or db.session()).connection().exec_driver_sql(HOME, {"srid": srid}).one()
    home = [float(side) for side in sides]
    if is_settled:
        current_app.extensions[_HOME] = (time.monotonic() + HOME_KEPT_S, home)
    return home
