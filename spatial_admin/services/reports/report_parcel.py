"""The report of one parcel: its drawing, areas, points with sides, zoning, records, versions, lineage, findings."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from spatial_admin.services.parcels.show_parcel import parcel_feature, parcel_versions
from spatial_admin.services.parcels.trace_lineage import trace_lineage
from spatial_admin.services.reports.compose_report import (
    Report,
    Table,
    day,
    figure,
    findings_by_number,
    lineage_table,
    records_table,
)
from spatial_admin.services.reports.draw_sheet import draw_sheet
from spatial_admin.services.shared.read_deployment import deployment_ground
from spatial_admin.services.shared.run_sql import run_sql

DEPTH: Final = 10
MOST_POINTS: Final = 500
MOST_VERSIONS: Final = 200
AROUND_M: Final = 15.0  # of what lies around it on the drawing
EXTENT: Final = """
SELECT id, ST_XMin(geom) AS west, ST_YMin(geom) AS south, ST_XMax(geom) AS east, ST_YMax(geom) AS north,
       ST_NPoints(geom) AS points
FROM parcel WHERE parcel_id = %(name)s
"""
# Each point of each ring with the side that leads on from it: on the ellipsoid, else in the plane of the CRS.
SIDES: Final = """
SELECT part, ring, n, x, y, ground_length AS metres, degrees(azimuth) AS bearing FROM (
  SELECT (d).path[1] AS part, (d).path[2] AS ring, (d).path[3] AS n, ST_X((d).geom) AS x, ST_Y((d).geom) AS y,
         CASE WHEN %(is_geographic)s THEN ST_Distance((d).geom::geography, (lead((d).geom) OVER w)::geography)
              ELSE ST_Distance((d).geom, lead((d).geom) OVER w) * %(unit)s END AS ground_length,
         CASE WHEN %(is_geographic)s THEN ST_Azimuth((d).geom::geography, (lead((d).geom) OVER w)::geography)
              ELSE ST_Azimuth((d).geom, lead((d).geom) OVER w) END AS azimuth
  FROM (SELECT ST_DumpPoints(geom) AS d FROM parcel WHERE id = %(id)s) AS points
  WINDOW w AS (PARTITION BY (d).path[1], (d).path[2] ORDER BY (d).path[3])) AS sides
WHERE ground_length IS NOT NULL ORDER BY part, ring, n LIMIT %(most)s
"""
FINDINGS: Final = "SELECT id FROM finding WHERE parcels @> ARRAY[%(id)s::bigint] ORDER BY id DESC LIMIT %(most)s"


def report_parcel(session: Session, name: str) -> Report:
    """Raises NotFound."""
    feature = parcel_feature(session, name)
    told = feature["properties"]
    place = run_sql(session, EXTENT, {"name": name})[0]
    ground = deployment_ground()
    findings = [row.id for row in run_sql(session, FINDINGS, {"id": place.id, "most": 200})]
    box = ground.widened((place.west, place.south, place.east, place.north), AROUND_M)
    versions = parcel_versions(session, name, MOST_VERSIONS)
    lineage = trace_lineage(session, name, "both", DEPTH)
    edits = sorted({version["edit_id"] for version in versions} | {step["edit_id"] for step in lineage["steps"]})
    legal = told["legal_area_m2"]
    facts = [
        ("Parcel", told["parcel_id"]),
        ("Number", told["number"]),
        ("Kind", told["kind"]),
        ("Level", told["level"]),
        ("Address", told["address"]),
        ("Land use", told["land_use"]),
        (f"Area computed ({told['area_method']})", f"{figure(told['area_m2'], 2)} m²"),
        ("Area by document", told["legal_area_text"] or (None if legal is None else f"{figure(legal, 2)} m²")),
        ("Difference", None if legal is None else f"{told['area_m2'] - legal:+,.2f} m²".replace(",", "\u202f")),
        ("Perimeter", f"{figure(told['perimeter_m'], 2)} m"),
        ("Zoning", ", ".join(f"{zone['code']} {100 * zone['share']:.0f} %" for zone in told["zoning"]) or None),
        ("Version", f"{told['version']}, since {day(told['begin_lifespan_version'])}"),
        ("Retired", day(told["retired_at"])),
    ]
    tables = [
        _sides(session, place.id, place.points),
        records_table(session, edits),
        Table(
            "Versions",
            ("Version", "Day", "Change", "Area m²", "Edit", "Author", "Reason"),
            [
                (one["version"], day(one["begun_at"]), one["change"], figure(one["area_m2"], 2), one["edit_id"],
                 one["author"], one["comment"])
                for one in versions
            ],
            note=f"Only the last {MOST_VERSIONS} are listed." if len(versions) == MOST_VERSIONS else "",
        ),
        lineage_table(lineage["steps"], is_more=lineage["truncated"]),
        findings_by_number(session, findings),
    ]  # fmt: skip
    return Report(
        f"Parcel {told['number'] or name}", facts, tables, draw_sheet(session, box, chosen=[name], findings=findings)
    )


def _sides(session: Session, parcel: int, points: int) -> Table:
    ground = deployment_ground()
    values = {"id": parcel, "is_geographic": ground.is_geographic, "unit": ground.metres_per_unit, "most": MOST_POINTS}
    rows = run_sql(session, SIDES, values)
    digits = 9 if ground.is_geographic else 4
    first, second = ("Longitude", "Latitude") if ground.is_geographic else ("E", "N")
    return Table(
        f"Points and sides (EPSG:{ground.srid})",
        ("Part", "Ring", "Point", first, second, "To the next m", "Bearing"),
        [
            (row.part, row.ring, row.n, f"{row.x:.{digits}f}", f"{row.y:.{digits}f}", f"{row.metres:.3f}",
             bearing(row.bearing))
            for row in rows
        ],
        note=f"Only the first {MOST_POINTS} of {figure(points)} points are listed." if len(rows) == MOST_POINTS else "",
    )  # fmt: skip


def bearing(degrees: float | None) -> str | None:
    """`231°21′00″`, clockwise from north."""
    if degrees is None:
        return None
    seconds = round(degrees * 3600) % 1_296_000
    return f"{seconds // 3600}°{seconds // 60 % 60:02}′{seconds % 60:02}″"
