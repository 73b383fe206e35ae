"""Small drawings of many shapes in one query, for lists: simplified before anything else, bounded in size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from markupsafe import Markup
from sqlalchemy.orm import Session

from spatial_admin.errors import Json
from spatial_admin.services.shared.read_deployment import deployment_ground

Table = Literal["parcel", "zoning_district", "parcel_version"]
SIDE_PX: Final = 30
MARGIN_PX: Final = 2  # around the drawing, for its line
WHOLE_PX: Final = SIDE_PX + 2 * MARGIN_PX
SVG: Final = (
    f'<svg class="thumbnail" width="{WHOLE_PX}" height="{WHOLE_PX}" viewBox="0 0 {WHOLE_PX} {WHOLE_PX}" '
    'aria-hidden="true"><path d="'
)

# With degrees of longitude as short as they are there; simplified to a fortieth of the longer side, then moved into
# the middle of the drawing and scaled to its side. A shape that is still large (a town's roads) is simplified to a
# tenth, and drawn as its box where even that is large: the path of a row is at most some 3 kB. `shown` are expressions
# that come along, of `columns` and of the shape's `box`. OFFSET 0 keeps what is computed once from being computed for
# every use; as a chain of WITH the same was planned for as long as it ran.
SHORT: Final = (
    "CASE WHEN %(is_geographic)s THEN greatest(cos(radians(ST_YMin(box) + ST_YMax(box)) / 2), 0.01) ELSE 1 END"
)
DRAWINGS: Final = f"""
SELECT id, ST_AsSVG(ST_Affine(
         CASE WHEN ST_NPoints(fine) <= 200 THEN fine
              WHEN ST_NPoints(ST_Simplify(fine, side / 10, true)) <= 200 THEN ST_Simplify(fine, side / 10, true)
              ELSE ST_Envelope(fine) END,
         short * scale, 0, 0, scale, %(middle)s - (ST_XMin(box) + ST_XMax(box)) / 2 * short * scale,
         -%(middle)s - (ST_YMin(box) + ST_YMax(box)) / 2 * scale), 0, 1) AS drawing {{shown}}
FROM (SELECT *, ST_Simplify(geom, side / 40, true) AS fine, %(size)s / side AS scale
      FROM (SELECT *, {SHORT} AS short,
                   greatest((ST_XMax(box) - ST_XMin(box)) * {SHORT}, ST_YMax(box) - ST_YMin(box), 1e-9) AS side
            FROM (SELECT id, geom, Box3D(geom) AS box {{columns}}
                  FROM {{table}} WHERE id = ANY (%(ids)s::bigint[]) OFFSET 0) AS stored
            OFFSET 0) AS measured
      OFFSET 0) AS simple
"""


def draw_thumbnails(session: Session, table: Table, ids: Sequence[int]) -> dict[int, Markup]:
    """An SVG element for each row of `table` that exists, by its internal id; one statement however many rows."""
    if not ids:
        return {}
    rows = session.connection().exec_driver_sql(drawings_of(table), drawing_values(ids))
    return {row.id: thumbnail(row.drawing) for row in rows}


def drawings_of(table: Table) -> str:
    """The statement of `draw_thumbnails`."""
    return DRAWINGS.format(table=table, columns="", shown="")


def drawing_values(ids: Sequence[int]) -> Json:
    """The parameters of DRAWINGS."""
    return {
        "ids": list(ids),
        "size": SIDE_PX,
        "middle": WHOLE_PX / 2,
        "is_geographic": deployment_ground().is_geographic,
    }


def thumbnail(path: str) -> Markup:
    """The SVG element around a path that PostGIS has written."""
    # Markup() would look for markup in the text, fifty times a page.
    return str.__new__(Markup, f'{SVG}{path}"/></svg>')
