"""The report of an area: what parcels there are, what is wrong with them, what was accepted, records and lineage."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from spatial_admin.cadastre.precision import Box
from spatial_admin.services.findings.list_findings import Narrowing
from spatial_admin.services.parcels.describe_coverage import storage_box
from spatial_admin.services.reports.compose_report import (
    MOST_STEPS,
    Report,
    Table,
    figure,
    finding_tables,
    lineage_table,
    records_table,
)
from spatial_admin.services.reports.draw_sheet import draw_sheet
from spatial_admin.services.shared.read_deployment import deployment_ground
from spatial_admin.services.shared.run_sql import run_sql

MOST_EDITS: Final = 2_000
# Parcels whose envelope meets the box, by level and kind.
KINDS: Final = """
SELECT level, kind, count(*) AS parcels, sum(area_m2) AS area_m2, sum(legal_area_m2) AS legal_m2
FROM parcel WHERE geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, %(srid)s)
  AND end_lifespan_version IS NULL
GROUP BY level, kind ORDER BY level, kind
"""
EDITS: Final = """
SELECT DISTINCT edit_id FROM parcel
WHERE geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, %(srid)s) AND end_lifespan_version IS NULL
ORDER BY edit_id DESC LIMIT %(most)s
"""
STEPS: Final = """
SELECT s.parent, s.child, s.kind, s.edit_id, e.made_at AS at, e.comment
FROM parcel AS p JOIN lineage AS s ON s.child = p.parcel_id JOIN edit AS e ON e.id = s.edit_id
WHERE p.geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, %(srid)s) AND p.end_lifespan_version IS NULL
ORDER BY e.made_at DESC, s.id DESC LIMIT %(most)s
"""


def report_area(session: Session, lonlat: Box) -> Report:
    """The area is a box in degrees."""
    box = storage_box(session, lonlat)
    sides = dict(zip(("west", "south", "east", "north"), box, strict=True)) | {"srid": deployment_ground().srid}
    kinds = run_sql(session, KINDS, sides)
    edits = [row.edit_id for row in run_sql(session, EDITS, {**sides, "most": MOST_EDITS}) if row.edit_id]
    steps = [dict(row._mapping) for row in run_sql(session, STEPS, {**sides, "most": MOST_STEPS + 1})]
    findings, marked = finding_tables(session, Narrowing(bbox=lonlat))
    facts = [
        ("West, south, east, north", ", ".join(f"{side:.6f}" for side in lonlat)),
        ("Parcels", figure(sum(row.parcels for row in kinds))),
        ("Area of the parcels", f"{figure(sum(row.area_m2 for row in kinds), 1)} m²"),
    ]
    rows = [
        (
            row.level,
            row.kind,
            figure(row.parcels),
            figure(row.area_m2, 1),
            None if row.legal_m2 is None else figure(row.legal_m2, 1),
        )
        for row in kinds
    ]
    tables = [
        Table(
            "Parcels by level and kind",
            ("Level", "Kind", "Parcels", "Area m²", "Stated m²"),
            rows,
            empty="No parcel lies here.",
        ),
        *findings,
        records_table(session, edits),
        lineage_table(steps[:MOST_STEPS], is_more=len(steps) > MOST_STEPS),
    ]
    return Report("Area", facts, tables, draw_sheet(session, box, findings=marked), marked)
