"""GET /api/positions: degrees, coordinates of any CRS and storage coordinates."""

from __future__ import annotations

from typing import Final

from spatial_admin.services.shared.transform_positions import MOST
from spatial_admin.settings import Limits
from spatial_admin.web.openapi.description import Answer, Example, Json, Parameter, Route, Section
from spatial_admin.web.openapi.schema import list_of, members, number, ref, text, whole

SCHEMAS: Final[dict[str, Json]] = {
    "FoundPosition": members(
        {
            "lon": number("degrees, WGS 84"),
            "lat": number("degrees, WGS 84"),
            "x": number("storage coordinate: east, or longitude"),
            "y": number("storage coordinate: north, or latitude"),
        },
        "One place, both ways. What was given comes back as it was.",
    )
}
FOUND: Final = members(
    {
        "srid": whole("EPSG code of the storage coordinates", 1),
        "positions": list_of(ref("FoundPosition"), "in the order given"),
    }
)
ROUTES: Final = (
    Route(
        "get", "/api/positions", "Degrees or coordinates of a CRS to storage coordinates, or back",
        "By the same PostGIS that transforms the positions of edits; nothing is snapped. Exactly one of "
        f"`lonlat`, `stored` and `given`, with 1 to {MOST} pairs.",
        [Answer(200, "The positions.", FOUND)],
        (
            Parameter("lonlat", text(), "pairs in degrees: `lon,lat;lon,lat`"),
            Parameter("stored", text(), "pairs in storage coordinates, inside the extent: `x,y;x,y`"),
            Parameter(
                "given", text(),
                "pairs in the CRS of `crs`, in its area of use: `x,y;x,y`; east or longitude first",
            ),
            Parameter("crs", text(), "EPSG code of what is `given`: `EPSG:32618`"),
        ),
        problems=["bad_request"],
        examples=[
            Example("where_is_it_stored", "From degrees", "/api/positions?lonlat=2.3101,48.6902;2.311,48.6911", 200),
            Example("where_is_it", "From storage coordinates", "/api/positions?stored=2.3101,48.6902", 200),
            Example("from_utm", "From another CRS", "/api/positions?crs=EPSG:32631&given=449260.5,5392905.25", 200),
            Example("unknown_crs", "From a CRS that there is not", "/api/positions?crs=EPSG:99999&given=1,2", 400),
            Example("outside", "Outside of what is stored", "/api/positions?stored=649780.38,6842403.04", 400),
        ],
    ),
)  # fmt: skip


def describe(_limits: Limits) -> Section:
    """Positions in both systems."""
    return Section(
        "Positions", "The same place in degrees, in the coordinates that are stored, and in any CRS.", ROUTES, SCHEMAS
    )
