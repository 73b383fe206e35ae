"""/export: parcels and findings as files."""

from __future__ import annotations

from typing import Final

from spatial_admin.services.export_findings import FORMATS as FINDING_FORMATS
from spatial_admin.services.export_formats import COLUMNS, FORMATS
from spatial_admin.settings import Limits
from spatial_admin.web.finding_arguments import NARROWING
from spatial_admin.web.openapi.description import Answer, Example, Parameter, Route, Section
from spatial_admin.web.openapi.schema import one_of, text
from spatial_admin.web.openapi.times import TIMES

HEADERS: Final = {"Content-Disposition": "a file name with day, place and CRS"}
ABOUT: Final = (
    "Parcels that are current, or were at a time, all of one moment, in no order, with the columns "
    + ", ".join(f"`{column.name}`" for column in COLUMNS)
    + ". Coordinates are never rounded: in the storage CRS they are the stored doubles. GeoJSON is lon/lat (RFC 7946) "
    "unless `crs` asks for another CRS, which the member `crs` of the collection then names; lines of GeoJSON are "
    "always lon/lat; the others are in the storage CRS unless `crs` is given. `attributes` is an object in GeoJSON, "
    "JSON text elsewhere. CSV (UTF-8, RFC 4180) has WKT in its last column `geometry`; a text that a spreadsheet would "
    "take for a formula has an apostrophe before it. The archive of a Shapefile has a README of what it cannot hold. "
    "FlatGeobuf, GeoPackage and Shapefile have a Content-Length. Texts are sent while they are read: one that "
    "breaks off lacks its last chunk, and a GeoJSON collection its end; take nothing of it."
)
FINDINGS: Final = (
    "Findings as GET /api/findings has them, those opened first come first. In CSV, texts that a spreadsheet would "
    "take for a formula have an apostrophe before them, and the middle of the place stands in `longitude` and "
    "`latitude`; a feature of GeoJSON has the place itself as its geometry."
)
MONTHS: Final = (
    "By month (UTC) and rule: findings opened (or opened again), fixed and accepted in it, and how many were open at "
    "its end."
)
ROUTES: Final = (
    Route(
        "get", "/export/parcels.<suffix>", "Parcels as a file", ABOUT,
        [Answer(200, "The file.", {}, "*/*", HEADERS)],
        (
            Parameter("suffix", one_of(list(FORMATS)), "the format", "path"),
            Parameter("bbox", text(""), "west,south,east,north in degrees: parcels whose envelope meets the box"),
            Parameter("crs", text(""), "of the coordinates, as a code of EPSG: `EPSG:2154`"),
            Parameter("level", text(""), "only parcels of this level"),
            *TIMES,
        ),
        problems=("bad_request", "not_found", "export_refused", "too_many_exports", "export_failed"),
        examples=[
            Example("export_geojson", "A street as GeoJSON", "/export/parcels.geojson?bbox=2.3,48.6,2.4,48.7", 200),
            Example("export_past", "CSV of a day", "/export/parcels.csv?at=2026-01-01&level=parcels", 200),
            Example("export_refused", "A CRS that there is not", "/export/parcels.gpkg?crs=EPSG:999999", 422),
        ],
    ),
    Route(
        "get", "/export/findings.<suffix>", "Findings as a file", FINDINGS,
        [Answer(200, "The file.", {}, "*/*", {"Content-Disposition": "a file name with the day"})],
        (
            Parameter("suffix", one_of(list(FINDING_FORMATS)), "the format", "path"),
            *(Parameter(name, text(""), "as GET /api/findings takes it") for name in NARROWING),
        ),
        problems=("bad_request", "not_found"),
        examples=[
            Example("export_exceptions", "Accepted exceptions", "/export/findings.csv?status=accepted", 200),
            Example("export_no_format", "A format that there is not", "/export/findings.xlsx", 404),
        ],
    ),
    Route(
        "get", "/export/finding-months.csv", "Findings by month", MONTHS,
        [Answer(200, "The file.", {}, "text/csv", {"Content-Disposition": "a file name with the day"})],
        problems=("bad_request",),
        examples=[Example("export_months", "Findings by month", "/export/finding-months.csv", 200)],
    ),
)  # fmt: skip


def describe(_limits: Limits) -> Section:
    """Files."""
    return Section("Exports", "Parcels and findings as files.", ROUTES)
