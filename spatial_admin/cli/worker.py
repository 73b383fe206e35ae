"""`flask worker`: run the jobs that wait."""

from __future__ import annotations

from collections.abc import Callable

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from spatial_admin.cli.command_group import telling_refusals
from spatial_admin.settings import WorkerHabits

RunWorker = Callable[[Flask, WorkerHabits], None]
"""What runs jobs: `jobs.run_worker`."""
USUAL = WorkerHabits()


def command_for(run_worker: RunWorker) -> click.Command:
    """The command over what it runs."""

    @click.command("worker")
    @with_appcontext
    @click.option(
        "--concurrency", type=click.IntRange(1, 64), default=USUAL.concurrency, show_default=True,
        envvar="WORKER_CONCURRENCY", help="Jobs at a time.",
    )  # fmt: skip
    @click.option(
        "--dead-after", type=click.FloatRange(0.3), default=USUAL.silent_s, show_default=True, metavar="SECONDS",
        help="A worker that is silent for so long is dead, and its jobs are begun anew; the same for all workers.",
    )  # fmt: skip
    @click.option(
        "--grace", type=click.FloatRange(0), default=USUAL.grace_s, show_default=True, metavar="SECONDS",
        help="When told to stop, wait so long for the jobs that run before they go back into the queue.",
    )  # fmt: skip
    @click.option("--once", is_flag=True, help="End when no job is left and those taken have ended.")
    def worker(concurrency: int, dead_after: float, grace: float, *, once: bool) -> None:
        """Run jobs until SIGTERM or Ctrl-C; what runs then may end, or goes back into the queue."""
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 (documented way out of a proxy)
        click.echo(f"Jobs are run, up to {concurrency} at a time.", err=True)
        with telling_refusals():
            run_worker(app, WorkerHabits(concurrency, dead_after, grace, is_endless=not once))

    return worker
