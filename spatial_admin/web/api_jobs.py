"""GET /api/jobs…: how far long work is and what came of it; POST …/cancel stops it."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from spatial_admin.errors import BadRequest
from spatial_admin.models import JOB_STATES
from spatial_admin.services.jobs.cancel_job import cancel_job
from spatial_admin.services.jobs.list_jobs import list_jobs
from spatial_admin.services.jobs.show_job import show_job
from spatial_admin.services.shared.authorize import current_account
from spatial_admin.transaction import snapshot
from spatial_admin.web.parameters import only, whole

blueprint = Blueprint("api_jobs", __name__)
BIGGEST = 2**63 - 1
MOST = 200
NUMBER = f"<int(max={BIGGEST}):job_id>"


@blueprint.get("/api/jobs")
def get_jobs() -> Response:
    """One's own jobs, newest first; an administrator's list holds everybody's."""
    only(request.args, "state", "limit", "cursor")
    state = request.args.get("state")
    if state is not None and state not in JOB_STATES:
        raise BadRequest("state", f"it is one of: {', '.join(JOB_STATES)}")
    limit = whole(request.args, "limit", 50, MOST)
    before = whole(request.args, "cursor", BIGGEST, 10**18 - 1) if "cursor" in request.args else None
    account = current_account()
    with snapshot() as session:
        return jsonify(list_jobs(session, account, state=state, limit=limit, before=before))


@blueprint.get(f"/api/jobs/{NUMBER}")
def get_job(job_id: int) -> Response:
    """One job: progress, then its receipt or its problem."""
    only(request.args)
    account = current_account()
    with snapshot() as session:
        return jsonify(show_job(session, job_id, account))


@blueprint.post(f"/api/jobs/{NUMBER}/cancel")
def post_cancel(job_id: int) -> Response:
    """Ask a job to stop; the answer is the job as it is then."""
    only(request.args)
    account = current_account()
    cancel_job(job_id, account)
    with snapshot() as session:
        return jsonify(show_job(session, job_id, account))
