"""`flask jobs`: long work, as who sits at the server's terminal sees it: all of it."""

from __future__ import annotations

import time
from typing import Any, Final

import click

from spatial_admin.cli.command_group import CommandGroup
from spatial_admin.cli.progress_line import ProgressLine
from spatial_admin.models import JOB_STATES
from spatial_admin.services.jobs.cancel_job import cancel_job
from spatial_admin.services.jobs.list_jobs import list_jobs
from spatial_admin.services.jobs.show_job import show_job
from spatial_admin.transaction import short

group = CommandGroup("jobs", help="Follow and stop long work.")
LOOK_S: Final = 1.0
ENDED: Final = frozenset({"done", "failed", "cancelled"})


@group.command("list")
@click.option("--state", type=click.Choice(JOB_STATES), help="Only those in this state.")
@click.option(
    "--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="At most so many, the newest."
)
def list_command(state: str | None, limit: int) -> None:
    """The newest jobs, one a line."""
    with short() as session:
        jobs = list_jobs(session, None, state=state, limit=limit)["jobs"]
    if not jobs:
        click.echo("There are no jobs." if state is None else f"There are no jobs that are {state}.")
    for job in jobs:
        by = job["asked_by"] or "-"
        asked = f"{job['asked_at'][:16].replace('T', ' ')}"
        click.echo(
            f"{job['job_id']:>7}  {job['state']:<9}  {job['kind']:<17}  {asked}  {by:<24}  {_progress(job)}".rstrip()
        )


@group.command("watch")
@click.argument("job_id", type=click.IntRange(1, 2**63 - 1))
def watch(job_id: int) -> None:
    """Follow a job to its end; ends with status 1 where it fails. Ctrl-C stops looking, not the job."""
    with ProgressLine() as line:
        while (job := _job(job_id))["state"] not in ENDED:
            told = job["progress"]
            stage = job["message"] or job["state"]
            line.show(stage, told["done"], told["total"], told["per_second"] or 0.0, told["seconds_left"])
            time.sleep(LOOK_S)
    click.echo(f"Job {job_id} is {job['state']}: {_progress(job)}")
    if job["state"] == "failed":
        raise click.ClickException(f"{job['problem']['title']}: {job['problem']['detail']}")


@group.command("cancel")
@click.argument("job_id", type=click.IntRange(1, 2**63 - 1))
def cancel(job_id: int) -> None:
    """Ask a job to stop: one that waits never begins, one that runs ends at its next step."""
    cancel_job(job_id, None)
    job = _job(job_id)
    if job["state"] in ENDED:
        click.echo(f"Job {job_id} is {job['state']}.")
    else:
        click.echo(f"Job {job_id} is asked to stop; `flask jobs watch {job_id}` shows when it has.")


def _job(job_id: int) -> dict[str, Any]:
    with short() as session:
        return show_job(session, job_id, None)


def _progress(job: dict[str, Any]) -> str:
    told = job["progress"]
    of = "" if told["total"] is None else f" of {told['total']:,}"
    pace = "" if told["per_second"] is None else f", {told['per_second']:,.1f} a second"
    return f"{told['done']:,}{of} {told['unit'] or ''}".strip() + pace
