"""/api/exports: files that a worker makes while nobody waits, kept for whoever asked."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, Response, current_app, jsonify, request, send_file, url_for
from werkzeug.datastructures import MultiDict

from spatial_admin.errors import BadRequest
from spatial_admin.services.exporting.export_formats import FORMATS
from spatial_admin.services.exporting.queue_export import ExportRequest, kept_export, queue_export
from spatial_admin.services.shared.authorize import current_account
from spatial_admin.settings import Settings
from spatial_admin.transaction import snapshot
from spatial_admin.web.as_of import AS_OF, as_of
from spatial_admin.web.export import bound_sending
from spatial_admin.web.json_body import read_json
from spatial_admin.web.parameters import only

blueprint = Blueprint("api_exports", __name__)
MEMBERS: Final = ("format", "bbox", "crs", "level", *AS_OF)
NUMBER: Final = "<int(max=9223372036854775807):job_id>"


@blueprint.post("/api/exports")
def post_export() -> tuple[Response, int]:
    """Have a file made by a job: 202; the same again while it is being made is the same job."""
    only(request.args)
    asked = _texts(read_json(request, _settings().limits))
    times = as_of(MultiDict(asked))
    export = ExportRequest(asked["format"], asked.get("bbox"), asked.get("crs"), asked.get("level"), times)
    job_id, state = queue_export(export, current_account().id)
    href = url_for("api_jobs.get_job", job_id=job_id)
    response = jsonify(job_id=job_id, state=state, href=href)
    response.headers["Location"] = href
    return response, 202


@blueprint.get(f"/api/exports/{NUMBER}/file")
def get_file(job_id: int) -> Response:
    """The file, to whoever asked for it: whole, or a part of it (Range), so that a fetch that broke off goes on."""
    only(request.args)
    account = current_account()
    with snapshot() as session:
        kept = kept_export(session, job_id, account.id)
    bound_sending(_settings().limits.export_timeout_ms / 1000)
    answer = send_file(
        kept.path,
        mimetype=FORMATS[kept.suffix].media_type,
        as_attachment=True,
        download_name=kept.name,
        conditional=True,
        etag=f"{job_id}-{kept.path.stat().st_mtime_ns}",
    )
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


def _texts(body: Any) -> dict[str, str]:
    if not isinstance(body, dict):
        raise BadRequest("body", 'it takes an object, such as {"format": "gpkg"}')
    for name, value in body.items():
        if name not in MEMBERS:
            raise BadRequest(name, f"it is not known here; there are {', '.join(MEMBERS)}")
        if not isinstance(value, str):
            raise BadRequest(name, "it takes a text")
    if "format" not in body:
        raise BadRequest("format", f"it is missing; there are {', '.join(FORMATS)}")
    return body


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
