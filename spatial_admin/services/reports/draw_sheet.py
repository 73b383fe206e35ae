"""A drawing of parcels for paper: true to a round scale, black on white, numbers in parcels, places of findings marked.

PostGIS clips, scales to millimetres of paper and writes the paths; one statement for parcels, one for findings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup, escape
from sqlalchemy.orm import Session

from spatial_admin.cadastre.precision import Box
from spatial_admin.errors import Json
from spatial_admin.services.shared.read_deployment import deployment_ground
from spatial_admin.services.shared.run_sql import run_sql

WIDTH_MM, HEIGHT_MM = 170.0, 130.0  # of the drawing
FOOT_MM: Final = 7.0  # below it, for the scale bar, which would lie upon parcels
MOST_PARCELS: Final = 3_000
MOST_PLACES: Final = 1_000
MOST_POINTS: Final = 200_000
SCALES: Final = tuple(step * 10**power for power in range(2, 8) for step in (1, 2, 2.5, 5))
LETTER_MM: Final = 1.3  # mean width of a figure of the smallest print that is read with ease
LINE_MM: Final = 2.2
# Clipped to the sheet first: a road of a town is longer than the drawing of a lot.
PARCELS: Final = """
WITH drawn AS MATERIALIZED (
  SELECT coalesce(p.number, p.parcel_id) AS name, p.parcel_id = ANY (%(chosen)s::text[]) AS is_chosen,
         ST_Affine(ST_ClipByBox2D(p.geom, box.sheet), %(east)s, 0, 0, %(north)s,
                   -%(west)s * %(east)s, -%(south)s * %(north)s) AS shape
  FROM (SELECT ST_MakeEnvelope(%(west)s, %(south)s, %(right)s, %(top)s, %(srid)s) AS sheet) AS box, parcel AS p
  WHERE p.geom && box.sheet AND p.end_lifespan_version IS NULL ORDER BY p.id LIMIT %(most)s)
SELECT name, is_chosen, ST_AsSVG(shape, 0, 2) AS path, ST_NPoints(shape) AS points,
       ST_XMax(shape) - ST_XMin(shape) AS width, ST_YMax(shape) - ST_YMin(shape) AS height, ST_X(at) AS x, ST_Y(at) AS y
FROM drawn, LATERAL (SELECT ST_PointOnSurface(shape) AS at) AS label WHERE NOT ST_IsEmpty(shape)
"""
PLACES: Final = """
SELECT ST_X(at) AS x, ST_Y(at) AS y, CASE WHEN ST_Dimension(shape) > 0 THEN ST_AsSVG(shape, 0, 2) END AS path
FROM finding AS f,
     LATERAL (SELECT ST_Affine(f.place, %(east)s, 0, 0, %(north)s, -%(west)s * %(east)s, -%(south)s * %(north)s)
                       AS shape) AS s,
     LATERAL (SELECT ST_PointOnSurface(shape) AS at) AS m
WHERE f.id = ANY (%(findings)s::bigint[]) AND f.place IS NOT NULL ORDER BY f.id LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A drawing and what is said below it: its scale 1 : `scale`, and what it leaves out."""

    svg: Markup
    scale: int
    note: str = ""


def draw_sheet(session: Session, box: Box, *, chosen: Sequence[str] = (), findings: Sequence[int] = ()) -> Sheet:
    """What lies in a box (storage coordinates), at the largest round scale at which it fits.

    `chosen`: ids of parcels that are shaded; `findings`: numbers of those whose places are marked.
    """
    frame = deployment_ground().frame_of(box)
    wide, high = (box[2] - box[0]) * frame.east, (box[3] - box[1]) * frame.north
    scale = next(
        (one for one in SCALES if wide * 1000 / one <= WIDTH_MM and high * 1000 / one <= HEIGHT_MM), SCALES[-1]
    )
    east, north = frame.east * 1000 / scale, frame.north * 1000 / scale
    height = min(HEIGHT_MM, max(high * 1000 / scale, 40.0))
    # The box in the middle of the sheet.
    west = (box[0] + box[2]) / 2 - WIDTH_MM / east / 2
    south = (box[1] + box[3]) / 2 - height / north / 2
    values: Json = {
        "west": west, "south": south, "right": west + WIDTH_MM / east, "top": south + height / north,
        "east": east, "north": north, "srid": deployment_ground().srid, "chosen": list(chosen),
    }  # fmt: skip
    rows = run_sql(session, PARCELS, {**values, "most": MOST_PARCELS + 1})
    is_legible = len(rows) <= MOST_PARCELS and sum(row.points for row in rows) <= MOST_POINTS
    places = run_sql(session, PLACES, {**values, "findings": list(findings), "most": MOST_PLACES}) if findings else []
    shown = rows if is_legible else [row for row in rows if row.is_chosen]
    body = [_parcel(row.path, is_chosen=row.is_chosen) for row in sorted(shown, key=lambda row: row.is_chosen)]
    body += _names(shown, height)
    body += [_place(row.x, row.y, row.path) for row in places]
    svg = Markup(
        '<svg class="report-sheet" viewBox="0 {top} {width} {whole}" width="{width}mm" height="{whole}mm" role="img"'
        ' aria-label="{label}">'
        '<rect class="paper" y="{top}" width="{width}" height="{height}"/>{body}'
        '<rect class="frame" y="{top}" width="{width}" height="{height}"/>{bar}</svg>'
    ).format(
        top=f"{-height:.2f}", width=f"{WIDTH_MM:.0f}", height=f"{height:.2f}", whole=f"{height + FOOT_MM:.2f}",
        label=f"Drawing 1 : {scale:,.0f}", body=Markup("").join(body), bar=_bar(scale),
    )  # fmt: skip
    note = "" if is_legible else f"More than {MOST_PARCELS:,} parcels, or too many points: only what is named is drawn."
    return Sheet(svg, round(scale), note)


def _parcel(path: str, *, is_chosen: bool) -> Markup:
    kind = "chosen" if is_chosen else "parcel"
    return Markup(f'<path class="{kind}" d="{path}"/>')  # noqa: S704 (a path that PostGIS writes)


def _names(rows: Sequence[Any], sheet_mm: float) -> list[Markup]:
    """The names that can be read: inside their parcel and the sheet, and upon no other; those that are chosen first."""
    names: list[Markup] = []
    taken: list[Box] = []
    for row in sorted(rows, key=lambda row: not row.is_chosen):
        half = len(row.name) * LETTER_MM / 2
        box = (row.x - half, row.y - LINE_MM / 2, row.x + half, row.y + LINE_MM / 2)
        is_inside = box[0] >= 0 and box[1] >= 0 and box[2] <= WIDTH_MM and box[3] <= sheet_mm
        if is_inside and _fits(row.name, row.width, row.height) and not any(_meet(box, other) for other in taken):
            names.append(_name(row.name, row.x, row.y))
            taken.append(box)
    return names


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _fits(name: str, width: float, height: float) -> bool:
    return width >= len(name) * LETTER_MM and height >= LINE_MM


def _name(name: str, x: float, y: float) -> Markup:
    return Markup('<text class="name" x="{}" y="{}">{}</text>').format(f"{x:.2f}", f"{-y:.2f}", escape(name))


def _place(x: float, y: float, path: str | None) -> Markup:
    shape = f'<path class="place" d="{path}"/>' if path else ""
    return Markup(f'{shape}<circle class="mark" cx="{x:.2f}" cy="{-y:.2f}" r="2"/>')  # noqa: S704 (numbers and a path)


def _bar(scale: float) -> Markup:
    """A scale bar of a round length, below the drawing at the left; places of findings may reach there, and end."""
    metres = next(one for one in reversed(SCALES) if one / 100 * 1000 / scale <= 40) / 100
    length = metres * 1000 / scale
    said = f"{metres:,g} m" if metres < 1000 else f"{metres / 1000:,g} km"
    return Markup(
        '<g class="bar"><rect width="{width}" height="{foot}" class="under"/>'
        '<path d="M1,4h{length}M1,3v2M{end},3v2"/><text x="{after}" y="4">{said}</text></g>'
    ).format(
        width=f"{WIDTH_MM:.0f}", foot=f"{FOOT_MM:.0f}", length=f"{length:.2f}", end=f"{1 + length:.2f}",
        after=f"{3 + length:.2f}", said=said,
    )  # fmt: skip
