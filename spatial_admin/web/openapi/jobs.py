"""/api/jobs: long work, how far it is and what came of it."""

from __future__ import annotations

from typing import Final

from spatial_admin.models import JOB_STATES
from spatial_admin.settings import Limits
from spatial_admin.web.api_jobs import BIGGEST, MOST, NUMBER
from spatial_admin.web.openapi.description import Answer, Example, Json, Parameter, Route, Section
from spatial_admin.web.openapi.schema import (
    list_of,
    members,
    moment,
    number,
    one_of,
    or_null,
    ref,
    text,
    whole,
)

STATE: Final = one_of(JOB_STATES)
QUEUED: Final = members(
    {
        "job_id": whole("", 1),
        "key": text("key of the edit", format="uuid"),
        "state": STATE,
        "href": text("where to ask how far it is"),
    },
    "An edit that a job makes.",
)
PROGRESS: Final = members(
    {
        "done": whole("units of work done", 0),
        "total": or_null(whole("in all; null while unknown", 0)),
        "unit": or_null(text("what a unit is")),
        "per_second": or_null(number("over the last minute; once it has ended, over all of it", minimum=0)),
        "seconds_left": or_null(number("at that pace; null while nobody can know", minimum=0)),
    }
)
PROBLEM: Final[Json] = {
    **members(
        {"type": text(), "title": text(), "status": whole(), "detail": text()},
        "only of a failed job: the problem that the request would have been answered with",
    ),
    "additionalProperties": True,
}
SUMMARY: Final[dict[str, Json]] = {
    "job_id": whole("", 1),
    "kind": text("which work"),
    "state": STATE,
    "href": text("the job itself"),
    "key": or_null(text("key of the edit it makes", format="uuid")),
    "progress": PROGRESS,
    "message": text("what it is doing"),
    "attempts": whole("times it was begun", 0),
    "asked_by": or_null(text("email; null from the command line")),
    "asked_at": moment("when it was asked for"),
    "started_at": or_null(moment("when the newest attempt began")),
    "ended_at": or_null(moment("when it ended")),
    "cancel_asked_at": or_null(moment("when somebody asked it to stop")),
}
ENDED: Final[dict[str, Json]] = {
    "receipt": {"type": "object", "description": "only of a job that is done: what came of it"},
    "problem": PROBLEM,
}
PAGE: Final = members(
    {"jobs": list_of(members(SUMMARY)), "next_cursor": or_null(whole("send it as `cursor`; null on the last page", 1))}
)
FILTERS: Final = (
    Parameter("state", STATE, "only jobs in this state"),
    Parameter("limit", {**whole("", 1, MOST), "default": 50}, "how many at most"),
    Parameter("cursor", whole("", 1), "`next_cursor` of the page before"),
)
JOB_ID: Final = Parameter("job_id", whole("", 0, BIGGEST), "its number", "path")
ROUTES: Final = (
    Route(
        "get", "/api/jobs", "Jobs", "One's own, newest first; an administrator sees everybody's.",
        [Answer(200, "A page of jobs.", PAGE)],
        FILTERS,
        problems=["bad_request"],
        examples=[Example("jobs", "Those that wait", "/api/jobs?state=waiting", 200, after="as_a_job")],
    ),
    Route(
        "get", f"/api/jobs/{NUMBER}", "One job", "Progress, then its receipt or its problem.",
        [Answer(200, "The job.", ref("Job"))],
        [JOB_ID],
        problems=["bad_request", "not_found"],
        examples=[
            Example("job", "A job", "/api/jobs/1", 200, after="as_a_job"),
            Example("no_such_job", "One that there is not, or of somebody else", "/api/jobs/999999", 404),
        ],
    ),
    Route(
        "post", f"/api/jobs/{NUMBER}/cancel", "Stop a job",
        "One that waits never begins; one that runs ends at its next step, with nothing changed; one that has ended "
        "stays as it is.",
        [Answer(200, "The job, as it is then.", ref("Job"))],
        [JOB_ID],
        problems=["bad_request", "not_found"],
        examples=[Example("cancel", "Stop a job that waits", "/api/jobs/1/cancel", 200, after="as_a_job")],
    ),
)  # fmt: skip


def describe(_limits: Limits) -> Section:
    """Jobs, and the answer to an edit that one makes."""
    schemas = {
        "Job": members({**SUMMARY, **ENDED}, "Long work.", ENDED),
        "JobSummary": members(SUMMARY, "Long work, without what came of it."),
        "QueuedEdit": QUEUED,
    }
    return Section("Jobs", "Long work: how far it is, and what came of it.", ROUTES, schemas)
