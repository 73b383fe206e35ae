"""The work of an edit's job: the very edit that was asked for, by its author, under the bounds of jobs."""

from __future__ import annotations

import json

from flask import current_app

from spatial_admin.errors import Json, NotAllowed, NotFound
from spatial_admin.models import Account, JobRun
from spatial_admin.services.editing.edit_boundaries import Author, edit_boundaries
from spatial_admin.services.editing.parse_edit import parse_edit_request
from spatial_admin.services.shared.authorize import EDITOR, REVIEWER, has_role
from spatial_admin.services.shared.watch_edit import Watch
from spatial_admin.settings import Limits
from spatial_admin.transaction import snapshot


def run_edit_job(job_id: int, watch: Watch) -> Json:
    """Make the edit and answer its receipt; made already under its key, it is the receipt it got then.

    Raises what edit_boundaries raises, and NotAllowed where its author may not edit any more.
    """
    settings_limits: Limits = current_app.config["SETTINGS"].limits
    limits = settings_limits.for_job()
    body, author = _asked(job_id)
    return edit_boundaries(parse_edit_request(body, limits), author, limits, watch).receipt


def _asked(job_id: int) -> tuple[object, Author]:
    with snapshot() as session:
        job = session.get(JobRun, job_id)
        if job is None or job.request is None:
            raise NotFound("waiting job", job_id)
        account = session.get(Account, job.asked_by) if job.asked_by is not None else None
        if account is None or not account.active or not has_role(account, EDITOR):
            raise NotAllowed("Who asked for this edit may not edit any more.")
        author = Author(account.id, account.email, is_reviewer=has_role(account, REVIEWER))
        return json.loads(job.request), author
