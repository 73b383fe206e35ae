"""GET /export/…: parcels as a file of many formats, findings as CSV and GeoJSON, findings by month."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import IO, Final

from flask import Blueprint, Response, current_app, request, send_file

from spatial_admin.errors import NotFound
from spatial_admin.services.exporting.export_findings import FORMATS as FINDING_FORMATS
from spatial_admin.services.exporting.export_findings import export_findings
from spatial_admin.services.exporting.export_formats import FORMATS
from spatial_admin.services.exporting.export_parcels import ExportFile, open_export
from spatial_admin.services.exporting.plan_export import plan_export
from spatial_admin.services.findings.count_months import count_months
from spatial_admin.transaction import snapshot
from spatial_admin.web.as_of import AS_OF, as_of
from spatial_admin.web.finding_arguments import NARROWING, narrowing_of
from spatial_admin.web.parameters import only

blueprint = Blueprint("export", __name__)
# Without chunks (RFC 9112) the end of a body is the end of the connection: one that broke off would look whole.
WITHOUT_CHUNKS: Final = frozenset({"HTTP/1.0", "HTTP/0.9"})


@blueprint.get("/export/parcels.<suffix>")
def get_parcels(suffix: str) -> Response:
    """The parcels that are current, or were at a time; of a level, in a box, in the coordinates of a CRS."""
    only(request.args, "bbox", "crs", "level", *AS_OF)
    if suffix not in FORMATS:
        raise NotFound("format", f"{suffix}; there are {', '.join(FORMATS)}")
    arguments = request.args
    export = plan_export(
        suffix,
        bbox=arguments.get("bbox"),
        crs=arguments.get("crs"),
        level=arguments.get("level"),
        as_of=as_of(arguments),
    )
    response = Response(content_type=export.format.media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{export.file_name()}"'
    response.headers["Cache-Control"] = "no-store"
    if request.method == "HEAD":
        return response
    timeout_ms: int = current_app.config["SETTINGS"].limits.export_timeout_ms
    bound_sending(timeout_ms / 1000)
    is_whole = request.environ.get("SERVER_PROTOCOL") in WITHOUT_CHUNKS
    blocks = open_export(export, timeout_ms, whole=is_whole)
    if isinstance(blocks, ExportFile):
        response.content_length = blocks.size
    response.response = blocks
    return response


@blueprint.get("/export/findings.<suffix>")
def get_findings(suffix: str) -> Response:
    """Findings, narrowed as GET /api/findings is."""
    only(request.args, *NARROWING)
    if suffix not in FINDING_FORMATS:
        raise NotFound("format", f"{suffix}; there are {', '.join(FINDING_FORMATS)}")
    with snapshot() as session:
        file = export_findings(session, narrowing_of(request.args), suffix)
    return _attached(file, f"findings_{datetime.now(UTC).date()}.{suffix}", FINDING_FORMATS[suffix][0])


@blueprint.get("/export/finding-months.csv")
def get_months() -> Response:
    """Findings by month and rule."""
    only(request.args)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("month", "rule", "opened", "fixed", "accepted", "open_at_end"))
    with snapshot() as session:
        for row in count_months(session):
            writer.writerow((f"{row.month:%Y-%m}", row.rule, row.opened, row.fixed, row.accepted, row.open))
    file = io.BytesIO(text.getvalue().encode())
    return _attached(file, f"finding-months_{datetime.now(UTC).date()}.csv", "text/csv")


def _attached(file: IO[bytes], name: str, media_type: str) -> Response:
    response = send_file(file, media_type, as_attachment=True, download_name=name, max_age=0)
    response.headers["Cache-Control"] = "no-store"
    return response


def bound_sending(seconds: float) -> None:
    """Whoever stops reading holds a thread no longer than that: by itself a socket waits for them until it breaks.

    gunicorn makes it wait without end again for the next request of the connection. Other servers bound it themselves.
    """
    connection = request.environ.get("gunicorn.socket")
    if connection is not None:
        connection.settimeout(seconds)
