"""What somebody sends to admit a refused row: operations, an outline, or nothing but another id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from spatial_admin.errors import BadRequest, Json
from spatial_admin.models import Account
from spatial_admin.services.drafts.submit_new_draft import submit_new_draft
from spatial_admin.services.editing.parse_edit import FIELDS, EditRequest, parse_edit_request, refuse_unknown
from spatial_admin.services.importing.propose_row import propose_row
from spatial_admin.services.shared.run_sql import run_sql
from spatial_admin.settings import Limits, Settings
from spatial_admin.transaction import snapshot

NAMING: Final = ("parcel_id", "number")
OF_ADMISSION: Final = (FIELDS - {"admits"}) | {"geometry", *NAMING}
RECORD: Final = """
SELECT e.record_id FROM import_batch AS b JOIN edit AS e ON e.id = b.edit_id WHERE b.id = %(batch)s
"""
POLYGONAL: Final = {"Polygon", "MultiPolygon"}


def parse_admission(body: object, batch: int, row: int, limits: Limits) -> EditRequest:
    """The edit that makes the row a parcel; raises BadRequest, InvalidOperation, LimitExceeded or NotFound.

    `operations` are taken as they are. Else the parcel is drawn with `geometry` (Polygon or MultiPolygon in storage
    coordinates) or with the row's own outline, the row's properties, and `parcel_id` and `number` where they are given.
    """
    if not isinstance(body, Mapping):
        raise BadRequest("body", "it takes a JSON object")
    refuse_unknown(body, set(OF_ADMISSION))
    sent: Json = {name: value for name, value in body.items() if name in FIELDS}
    sent["admits"] = {"import": batch, "row": row}
    if "operations" in body:
        also = [name for name in ("geometry", *NAMING) if name in body]
        if also:
            raise BadRequest(also[0], "beside `operations` it says nothing: the operation `draw` has it")
        return parse_edit_request(sent, limits)
    sent["operations"] = [_drawn(body, batch, row)]
    if sent.get("record_id") is None:
        sent["record_id"] = _record_of(batch)
    if "geometry" not in body:
        # The row's own outline was bounded when the file was read.
        limits = replace(limits, vertices=max(limits.vertices, limits.import_vertices))
    return parse_edit_request(sent, limits)


def propose_admission(body: object, batch: int, row: int, owner: Account, settings: Settings) -> int:
    """The number of the draft that admits the row and waits for a second person; `body` as parse_admission takes it.

    Raises as that, create_draft and submit_draft do. The row stays in quarantine until somebody approves.
    """
    edit = parse_admission(body, batch, row, settings.limits)
    for name, is_given in (("dry_run", edit.dry_run), ("if_stale", edit.if_stale != "reject")):
        if is_given:
            raise BadRequest(name, "leave it out: what was read is what is approved")
    draft = {
        "key": str(edit.key),
        "title": f"Admit row {row} of import {batch}",
        "comment": edit.comment,
        "record_id": edit.record_id,
        "nature": edit.nature,
        "seen": dict(edit.seen),
        "operations": edit.raw_operations,
        "accept": [{"rule": a.rule, "parcels": list(a.parcels), "reason": a.reason} for a in edit.accept],
        "admits": {"import": batch, "row": row},
    }
    limits = settings.limits
    # Bounded when `body` was parsed, as strictly as it has to be.
    limits = replace(limits, vertices=max(limits.vertices, limits.import_vertices))
    return submit_new_draft(draft, owner, settings, limits)


def _drawn(body: Mapping[str, Any], batch: int, row: int) -> Json:
    proposal = propose_row(batch, row)
    draw: Json | None = proposal["draw"]
    if "geometry" in body:
        draw = {**(draw or {"op": "draw", "kind": "lot"}), "rings": _rings(body["geometry"])}
        draw.setdefault("parcel_id", proposal["parcel_ids"][0])
    if draw is None:
        raise BadRequest("operations", str(proposal["why_no_draw"]))
    for name in NAMING:
        if name in body:
            if not isinstance(body[name], str) or not body[name].strip():
                raise BadRequest(name, "it takes a text")
            draw[name] = body[name].strip()
    return draw


def _record_of(batch: int) -> int | None:
    """What the import rests on: its rows do too, unless somebody names another record."""
    with snapshot() as session:
        rows = run_sql(session, RECORD, {"batch": batch})
    return rows[0].record_id if rows else None


def _rings(geometry: object) -> list[Any]:
    if not isinstance(geometry, Mapping) or geometry.get("type") not in POLYGONAL:
        raise BadRequest(
            "geometry", "it takes a Polygon or MultiPolygon in storage coordinates, as GeoJSON writes them"
        )
    given = geometry.get("coordinates")
    parts = [given] if geometry["type"] == "Polygon" else given
    if not isinstance(parts, list) or not parts:
        raise BadRequest("geometry.coordinates", "it takes rings of positions")
    return [[_opened(ring) for ring in part] if isinstance(part, list) else part for part in parts]


def _opened(ring: object) -> object:
    if not isinstance(ring, Sequence) or isinstance(ring, str) or len(ring) < 2 or ring[0] != ring[-1]:
        return ring
    return list(ring[:-1])
