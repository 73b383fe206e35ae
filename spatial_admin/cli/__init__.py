"""Commands of the operator: `flask users`, `flask database`, `flask parcels`, `flask zoning`, `flask demo`,
`flask tiles`, `flask validity`, `flask jobs`, `flask worker`.
"""

from __future__ import annotations

from flask import Flask

from spatial_admin.cli import database, demo, jobs, parcels, tiles, users, validity, worker, zoning
from spatial_admin.cli.worker import RunWorker


def init_app(app: Flask, run_worker: RunWorker) -> None:
    """Add the commands to `flask`; `run_worker` runs jobs (cli and jobs do not know each other)."""
    groups = (
        users.group, database.group, parcels.group, zoning.group, demo.group, tiles.group, validity.group, jobs.group,
    )  # fmt: skip
    for group in groups:
        app.cli.add_command(group)
    app.cli.add_command(worker.command_for(run_worker))
