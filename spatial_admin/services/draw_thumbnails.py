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

# From its own corner, with degrees of longitude as short as they are there; simplified to a fortieth of the longer
# side, then scaled to the side of the drawing. A shape that is still large (a town's roads) is simplified to a tenth,
# and drawn as its box where even that is large: the path of a row is at most some 3 kB.
DRAWINGS: Final = """
WITH local AS MATERIALIZED (
  SELECT id, ST_Scale(ST_Translate(geom, -ST_XMin(geom), -ST_YMin(geom)), CASE WHEN %(is_geographic)s
    THEN greatest(cos(radians((ST_YMin(geom) + ST_YMax(geom)) / 2)), 0.01) ELSE 1 END, 1) AS shape
  FROM {table} WHERE id = ANY (%(ids)s::bigint[])
), measured AS (
  SELECT id, shape, greatest(ST_XMax(shape) - ST_XMin(shape), ST_YMax(shape) - ST_YMin(shape), 1e-9) AS side FROM local
), simple AS MATERIALIZED (
  SELECT id, side, shape, ST_Simplify(shape, side / 40, true) AS drawn FROM measured
), small AS (
  SELECT id, side, CASE WHEN ST_NPoints(drawn) <= 200 THEN drawn
                        WHEN ST_NPoints(ST_Simplify(drawn, side / 10, true)) <= 200
                        THEN ST_Simplify(drawn, side / 10, true)
                        ELSE ST_Envelope(drawn) END AS drawn FROM simple
), drawing AS (
  SELECT id, ST_AsSVG(ST_Scale(drawn, %(size)s / side, %(size)s / side), 0, 1) AS path,
         (ST_XMax(drawn) - ST_XMin(drawn)) * %(size)s / side AS path_width,
         (ST_YMax(drawn) - ST_YMin(drawn)) * %(size)s / side AS path_height,
         ST_XMin(drawn) * %(size)s / side AS path_west, ST_YMax(drawn) * %(size)s / side AS path_north
  FROM small
)
"""
DRAW: Final = DRAWINGS + "SELECT id, path, path_width, path_height, path_west, path_north FROM drawing"


def draw_thumbnails(session: Session, table: Table, ids: Sequence[int]) -> dict[int, Markup]:
    """An SVG element for each row of `table` that exists, by its internal id; one statement however many rows."""
    if not ids:
        return {}
    rows = session.connection().exec_driver_sql(DRAW.format(table=table), drawing_values(ids))
    return {row.id: thumbnail(row) for row in rows}


def drawing_values(ids: Sequence[int]) -> Json:
    """The parameters of DRAWINGS."""
    return {"ids": list(ids), "size": SIDE_PX, "is_geographic": deployment_ground().is_geographic}


def thumbnail(row: Any) -> Markup:
    """The SVG element of a row with what `drawing` has."""
    # SVG's y runs down and ST_AsSVG turns it: the drawing's top is at -north. Two pixels around for the line.
    x = row.path_west - (SIDE_PX - row.path_width) / 2 - 2
    y = -row.path_north - (SIDE_PX - row.path_height) / 2 - 2
    size = SIDE_PX + 4
    return Markup(  # noqa: S704 (numbers, and a path that PostGIS writes)
        f'<svg class="thumbnail" width="{size}" height="{size}" viewBox="{x:.1f} {y:.1f} {size} {size}" '
        f'aria-hidden="true"><path d="{row.path}"/></svg>'
    )
