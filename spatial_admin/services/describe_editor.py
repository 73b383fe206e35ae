"""What the map editor is told before it asks for anything: who, what they may do, which CRS, where to begin."""

from __future__ import annotations

import json
from typing import Any

from flask import current_app
from sqlalchemy import text
from sqlalchemy.orm import Session

from spatial_admin.models import Account, db
from spatial_admin.services.authorize import EDITOR, has_role, roles_of
from spatial_admin.services.read_deployment import fixed
from spatial_admin.settings import Settings

Json = dict[str, Any]
SNAP_PX = 12
# Routes of the contract (design: HTTP); the same for the map page and for the form's widget.
URLS = {
    "coverage": "/api/coverage",
    "edits": "/api/edits",
    "parcels": "/api/parcels",
    "login": "/login",
    "parcel_admin": "/admin/parcel/edit/",
    "records": "/api/records",
    "tiles": "/tiles/parcels",
    "tile_changes": "/tiles/changes",
}

# The planner's estimate of the extent, lon/lat: ST_Extent would read every parcel, this reads the root of the index.
HOME = """
SELECT ST_XMin(b), ST_YMin(b), ST_XMax(b), ST_YMax(b)
FROM (SELECT ST_Transform(ST_SetSRID(box::geometry, :srid), 4326) AS b FROM (SELECT {box} AS box) AS stored) AS lonlat
WHERE b IS NOT NULL
"""


def describe_editor(mode: str, account: Account, *, parcel: str | None = None) -> Json:
    """The editor's configuration; `mode` is "map" or "form"; `grid` is in storage units."""
    settings: Settings = current_app.config["SETTINGS"]
    constants = fixed()
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
        "home_bbox": home_bbox(ground.srid),
        "basemaps": json.loads(settings.basemaps),
        "parcel": parcel,
        "record_required": settings.record_required,
        "urls": URLS,
        "snap_px": SNAP_PX,
        "limits": {"parcels": settings.limits.coverage_parcels, "points": settings.limits.coverage_points},
    }


# By the key: EXISTS reads the table from its begin, past whatever VACUUM has not cleared away yet.
HAS_PARCELS = "SELECT min(id) IS NOT NULL FROM parcel"


def home_bbox(srid: int, session: Session | None = None) -> list[float]:
    """Where a new map begins, [west, south, east, north] in degrees: the parcels, else the whole extent."""
    estimate = HOME.format(box="ST_EstimatedExtent('public', 'parcel', 'geom')")
    extent = HOME.format(box="box2d(deployment_extent())")
    session = session or db.session()
    has_rows = session.execute(text(HAS_PARCELS)).scalar()
    for statement in (estimate, extent) if has_rows else (extent,):
        row = session.execute(text(statement), {"srid": srid}).first()
        if row is not None:
            return [float(value) for value in row]
    raise LookupError("the deployment has no extent")
