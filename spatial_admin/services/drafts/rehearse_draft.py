"""What a draft that waits would do if it were approved now: the dry run of its edit, drawn and in figures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from spatial_admin.cadastre.coverage import is_same_json
from spatial_admin.cadastre.difference import ParcelChange
from spatial_admin.cadastre.fixes.shift import changed_lines
from spatial_admin.cadastre.validity import as_geojson
from spatial_admin.errors import Json, NotFound, SpatialAdminError
from spatial_admin.models import Account, Draft
from spatial_admin.services.drafts.request_of_draft import request_of_draft
from spatial_admin.services.drafts.review_by_draft import rehearse_review
from spatial_admin.services.drafts.step_draft import author_of
from spatial_admin.services.editing.compute_edit import Computed
from spatial_admin.services.editing.rehearse_edit import rehearse_edit
from spatial_admin.services.parcels.draw_places import places_in_lonlat
from spatial_admin.services.shared.run_sql import run_sql
from spatial_admin.settings import Limits
from spatial_admin.transaction import snapshot

NO_LINES: Final[Json] = {"type": "MultiLineString", "coordinates": []}
OUTLINES: Final = """
SELECT ST_AsGeoJSON(ST_Multi(ST_Collect(one.outline)), 9)::json AS outlines
FROM finding AS f CROSS JOIN LATERAL
  (SELECT (ST_Dump(ST_Boundary(ST_Transform(f.place, 4326)))).geom AS outline) AS one
WHERE f.id = ANY (%(ids)s::bigint[]) AND ST_Dimension(f.place) = 2 AND ST_Dimension(one.outline) = 1
"""
NO_FINDINGS: Final[Json] = {"found": [], "gone": []}
NOTHING: Final[Json] = {"parcels": [], "findings": NO_FINDINGS, "disputed": [], "preview": None, "problem": None}


def rehearse_draft(draft_id: int, limits: Limits, describe: Callable[[Exception], Json]) -> Json:
    """`parcels` with area before, after and as a document states it, and the attributes that become others; `findings`
    that would open (`found`) and close (`gone`); `disputed` boundaries that it would move; `preview`, boundaries that
    come and go in degrees; and `problem` where it could not be saved now. What is about findings changes no parcel: of
    it the preview is their outlines, and the `problem` tells.
    """
    with snapshot() as session:
        held = session.get(Draft, draft_id)
        if held is None:
            raise NotFound("draft", draft_id)
        owner, findings = session.get_one(Account, held.owner_id), held.findings
        author = author_of(owner)
    try:
        if findings is not None:
            rehearse_review(draft_id, owner)
            return {**NOTHING, "preview": _places(findings)}
        request, _ = request_of_draft(draft_id, limits)
        shown = rehearse_edit(request, author, limits, _figures)
    except NotFound:
        raise
    except SpatialAdminError as error:
        return {**NOTHING, "problem": describe(error)}
    come, gone = places_in_lonlat([shown["come"], shown["gone"]])
    return {
        "parcels": shown["parcels"],
        "findings": shown["findings"],
        "disputed": shown["receipt"].get("disputed", []),
        "preview": {"come": come, "gone": gone},
        "problem": None,
    }


def _places(findings: list[int]) -> Json:
    """Outlines of findings, where they have land; of a point the map of its finding says more."""
    with snapshot() as session:
        rows = run_sql(session, OUTLINES, {"ids": findings})
    return {"come": rows[0].outlines or NO_LINES, "gone": NO_LINES}


def _attributes(change: ParcelChange) -> list[Json]:
    """Properties that become others; of a parcel that comes to be, those it has."""
    was = change.before.properties if change.before else {}
    return [
        {"name": name, "before": was.get(name), "after": value}
        for name, value in change.properties.items()
        if not is_same_json(was.get(name), value) and (change.before or value)
    ]


def _figures(computed: Computed) -> Json:
    come, gone = changed_lines(computed.changes)
    parcels = [
        {
            "parcel_id": change.parcel_id,
            "number": change.properties["number"],
            "change": change.change,
            "area_m2_before": change.area_before_m2,
            "area_m2_after": None if change.change == "retired" else change.area_m2,
            "legal_area_m2": change.properties["legal_area_m2"],
            "attributes": _attributes(change),
        }
        for change in computed.changes
    ]
    return {"parcels": parcels, "come": as_geojson(come), "gone": as_geojson(gone)}
