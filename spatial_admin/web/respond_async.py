"""`Prefer: respond-async` (RFC 7240): the client would rather be told where to look than wait."""

from __future__ import annotations

from flask import Request, Response, jsonify, url_for
from werkzeug.http import parse_list_header

from spatial_admin.services.editing.queue_edit import QueuedEdit

RESPOND_ASYNC = "respond-async"


def prefers_respond_async(request: Request) -> bool:
    """Does one of the preferences say so? They are told apart by commas, each may have a value and parameters."""
    preferences = parse_list_header(request.headers.get("Prefer", ""))
    return any(text.split(";")[0].split("=")[0].strip().lower() == RESPOND_ASYNC for text in preferences)


def answer_queued(queued: QueuedEdit) -> tuple[Response, int]:
    """202 with where the job is; 200 with the receipt where the edit is made already."""
    if queued.job_id is None:
        return jsonify(queued.receipt), 200
    href = url_for("api_jobs.get_job", job_id=queued.job_id)
    response = jsonify(job_id=queued.job_id, key=str(queued.key), state=queued.state, href=href)
    response.headers["Location"] = href
    response.headers["Preference-Applied"] = RESPOND_ASYNC
    return response, 202
