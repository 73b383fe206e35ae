"""Fixes of real overlaps: asked for, saved one after the other, and held to what they say."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from typing import Any

import shapely
from sqlalchemy import text

from spatial_admin.cadastre.precision import Ground
from spatial_admin.errors import Json
from spatial_admin.services.editing.edit_boundaries import Author, edit_boundaries
from spatial_admin.services.editing.offer_fixes import MOST_OFFERED, offer_fixes
from spatial_admin.services.editing.parse_edit import parse_edit_request
from spatial_admin.settings import Limits
from spatial_admin.transaction import snapshot

EDITOR = Author(None, "editor@example.org")
OPEN = text("SELECT id FROM finding WHERE rule = 'overlap' AND status = 'open' ORDER BY id")
VERSIONS = text("SELECT parcel_id, version FROM parcel")
SHAPES = text(
    "SELECT ST_AsBinary(v.geom) FROM parcel_version AS v JOIN parcel AS p ON p.id = v.parcel "
    "WHERE p.parcel_id = :name AND v.version IN (:version, :version - 1) ORDER BY v.version"
)
HAUSDORFF_STEP = 0.02  # of each side: it is measured at its points only


def open_overlaps() -> list[int]:
    """Numbers of the findings."""
    return [row.id for row in _rows(OPEN)]


def save_fixes(ground: Ground, findings: Sequence[int]) -> Counter[str]:
    """Save one fix of each that has any, another of them each time; how many had some, none, or were closed before."""
    outcomes: Counter[str] = Counter()
    for number, finding in enumerate(findings):
        answer = offer_fixes(finding, EDITOR)
        fixes = answer["fixes"]
        assert len(fixes) <= MOST_OFFERED
        if fixes:
            _save(ground, fixes[number % len(fixes)], finding)
        outcomes["closed before" if answer["finding"]["status"] == "fixed" else "fixed" if fixes else "none"] += 1
    return outcomes


def _save(ground: Ground, fix: Json, finding: int) -> None:
    """As POST /api/edits would: the finding closes, none opens, and nobody else has a new version."""
    before = {row.parcel_id: row.version for row in _rows(VERSIONS)}
    body = {name: fix[name] for name in ("comment", "nature", "seen", "operations")}
    receipt = edit_boundaries(parse_edit_request({**body, "key": str(uuid.uuid4())}, Limits()), EDITOR).receipt
    assert receipt["findings"] == {"opened": [], "closed": fix["closes"]}
    assert finding in fix["closes"]
    assert receipt["parcels"] == fix["parcels"]
    changed = {row.parcel_id for row in _rows(VERSIONS) if row.version != before[row.parcel_id]}
    assert changed == {parcel["parcel_id"] for parcel in fix["parcels"]}
    for parcel in fix["parcels"]:
        _hold_to_its_distance(ground, parcel, fix["farthest_m"])


def _hold_to_its_distance(ground: Ground, parcel: Json, farthest_m: float) -> None:
    values = {"name": parcel["parcel_id"], "version": parcel["version"]}
    old, new = (shapely.from_wkb(bytes(row[0])) for row in _rows(SHAPES, values))
    frame = ground.frame_of(tuple(shapely.bounds(old).tolist()))
    was, now = (shapely.boundary(shapely.transform(shape, frame.to_metres)) for shape in (old, new))
    moved = shapely.hausdorff_distance(was, now, densify=HAUSDORFF_STEP)
    # The scale is that of another latitude here: a thousandth on a parcel of kilometres.
    assert moved <= farthest_m * 1.01 + 0.001, parcel["parcel_id"]


def _rows(statement: Any, values: Json | None = None) -> list[Any]:
    with snapshot() as session:
        return list(session.execute(statement, values or {}).all())
