"""GET /api/zoning: zoning districts in a box."""

from __future__ import annotations

from typing import Final

from spatial_admin.services.parcels.list_districts import MOST
from spatial_admin.settings import Limits
from spatial_admin.web.openapi.description import Answer, Example, Json, Parameter, Route, Section
from spatial_admin.web.openapi.schema import list_of, members, number, ref, text, whole

POSITION: Final = list_of(number("storage coordinate"), "x and y", least=2, most=2)
SCHEMAS: Final[dict[str, Json]] = {
    "District": members(
        {
            "code": text("as in the zoning plan"),
            "name": text("as people read it"),
            "parts": list_of(list_of(list_of(POSITION, "a ring, closed"), "exterior ring first"), "cut at the box"),
        },
        "An area under one set of land-use rules.",
    )
}
FOUND: Final = members(
    {"srid": whole("EPSG code of the storage coordinates", 1), "districts": list_of(ref("District"), "by code")}
)
ROUTES: Final = (
    Route(
        "get", "/api/zoning", "Zoning districts in a box",
        f"At most {MOST:,}, in storage coordinates; what lies outside the box is cut off.",
        [Answer(200, "The districts.", FOUND)],
        (Parameter("bbox", text(), "west,south,east,north in degrees; required"),),
        problems=["bad_request", "limit_exceeded"],
        examples=[
            Example("zoning_in_a_box", "In a box", "/api/zoning?bbox=2.305,48.685,2.315,48.695", 200),
            Example("zoning_nowhere", "Without a box", "/api/zoning", 400),
        ],
    ),
)  # fmt: skip


def describe(_limits: Limits) -> Section:
    """Zoning to draw."""
    return Section("Zoning", "What the land may be used for.", ROUTES, SCHEMAS)
