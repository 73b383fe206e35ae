"""/export: parcels and findings as files."""

from __future__ import annotations

from typing import Final

from spatial_admin.models import JOB_STATES
from spatial_admin.services.exporting.export_findings import FORMATS as FINDING_FORMATS
from spatial_admin.services.exporting.export_formats import COLUMNS, FORMATS
from spatial_admin.services.exporting.queue_export import MOST_UNENDED
from spatial_admin.settings import Limits
from spatial_admin.web.api_exports import NUMBER
from spatial_admin.web.finding_arguments import NARROWING
from spatial_admin.web.openapi.description import Answer, Example, Parameter, Route, Section
from spatial_admin.web.openapi.schema import fields, members, one_of, text, whole
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
LATER: Final = (
    "For what is too large to wait for: a worker makes the file, `GET` at `href` says how far it is, and the `receipt` "
    "of the job has the address of the file, its size and until when it is kept (SPATIAL_ADMIN_KEEP_EXPORTS_DAYS). "
    "`POST …/cancel` of the job stops it. The same asked for again while it is being made is the same job; an account "
    f"may have {MOST_UNENDED} that have not ended."
)
ASKED: Final = fields(
    {
        "format": text(f"one of {', '.join(FORMATS)}"),
        "bbox": text("west,south,east,north in degrees"),
        "crs": text("of the coordinates, as a code of EPSG"),
        "level": text("only parcels of this level"),
        "at": text("as stored at this moment"),
        "legal_at": text("as in force on this day"),
    },
    "What shall be exported.",
    optional=("bbox", "crs", "level", "at", "legal_at"),
)
JOB: Final = members(
    {"job_id": whole("", 1), "state": one_of(JOB_STATES), "href": text("where to ask how far it is")},
    "The job that makes the file.",
)
ROUTES: Final = (
    Route(
        "post", "/api/exports", "Have a file made", LATER,
        [Answer(202, "The job.", JOB, headers={"Location": "the job"})],
        body=ASKED,
        problems=("bad_request", "export_refused", "too_many_exports"),
        examples=[
            Example("export_job", "All parcels", "/api/exports", 202, {"format": "gpkg"}),
            Example("export_job_refused", "A format that there is not", "/api/exports", 422, {"format": "dwg"}),
        ],
    ),
    Route(
        "get", f"/api/exports/{NUMBER}/file", "The file of a job",
        "Only for the account that asked for it; `Range` and `If-Range` go on where a fetch broke off.",
        [Answer(200, "The file.", {}, "*/*", HEADERS), Answer(206, "A part of it.", {}, "*/*", HEADERS)],
        (Parameter("job_id", whole("", 0, 2**63 - 1), "the number of the job", "path"),),
        problems=("bad_request", "not_found", "export_gone"),
        examples=[Example("export_file", "Of one that has not ended", "/api/exports/1/file", 404, after="export_job")],
    ),
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
