"""Small drawings of many shapes in one query, for lists: simplified before anything else, bounded in size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal

from markupsafe import Markup
from sqlalchemy.orm import Session

from spatial_admin.errors import Json
from spatial_admin.services.read_deployment import deployment_ground

Table = Literal["parcel", "zoning_district", "parcel_version"]
SIDE_PX: Final = 30

# With degrees of longitude as short as they are there; simplified to a fortieth of the longer side, then moved to its
# own corner and scaled to the side of the drawing. A shape that is still large (a town's roads) is simplified to a
# tenth, and drawn as its box where even that is large: the path of a row is at most some 3 kB. `columns` come along.
DRAWINGS: Final = """
WITH stored AS MATERIALIZED (
  SELECT id, geom, ST_XMin(geom) AS west, ST_YMin(geom) AS south, ST_XMax(geom) AS east, ST_YMax(geom) AS north
         {columns}
  FROM {table} WHERE id = ANY (%(ids)s::bigint[])
), shortened AS (
  SELECT *, CASE WHEN %(is_geographic)s THEN greatest(cos(radians((south + north) / 2)), 0.01) ELSE 1 END AS short
  FROM stored
), measured AS (
  SELECT *, greatest((east - west) * short, north - south, 1e-9) AS side FROM shortened
), simple AS MATERIALIZED (
  SELECT *, ST_Simplify(geom, side / 40, true) AS fine, %(size)s / side AS scale FROM measured
), small AS (
  SELECT *, CASE WHEN ST_NPoints(fine) <= 200 THEN fine
                 WHEN ST_NPoints(ST_Simplify(fine, side / 10, true)) <= 200 THEN ST_Simplify(fine, side / 10, true)
                 ELSE ST_Envelope(fine) END AS drawn
  FROM simple
), drawing AS (
  SELECT *, (east - west) * short * scale AS path_width, (north - south) * scale AS path_height,
         ST_AsSVG(ST_Affine(drawn, short * scale, 0, 0, scale, -west * short * scale, -south * scale), 0, 1) AS path
  FROM small
)
"""
DRAW: Final = DRAWINGS + "SELECT id, path, path_width, path_height FROM drawing"


def draw_thumbnails(session: Session, table: Table, ids: Sequence[int]) -> dict[int, Markup]:
    """An SVG element for each row of `table` that exists, by its internal id; one statement however many rows."""
    if not ids:
        return {}
    rows = session.connection().exec_driver_sql(DRAW.format(table=table, columns=""), drawing_values(ids))
    return {row.id: thumbnail(row) for row in rows}


def drawing_values(ids: Sequence[int]) -> Json:
    """The parameters of DRAWINGS."""
    return {"ids": list(ids), "size": SIDE_PX, "is_geographic": deployment_ground().is_geographic}


def thumbnail(row: Any) -> Markup:
    """The SVG element of a row with what `drawing` has."""
    # SVG's y runs down and ST_AsSVG turns it: the drawing's top is at -height. Two pixels around for the line.
    x = (row.path_width - SIDE_PX) / 2 - 2
    y = -row.path_height - (SIDE_PX - row.path_height) / 2 - 2
    size = SIDE_PX + 4
    # Numbers, and a path that PostGIS writes. (Markup() would look for markup in the text, fifty times a page.)
    return str.__new__(
        Markup,
        f'<svg class="thumbnail" width="{size}" height="{size}" viewBox="{x:.1f} {y:.1f} {size} {size}" '
        f'aria-hidden="true"><path d="{row.path}"/></svg>',
    )
