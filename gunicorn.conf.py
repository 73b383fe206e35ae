"""The web server of script/server; HOST, PORT, WEB_WORKERS and WEB_THREADS come from the environment."""

from __future__ import annotations

import os
import sys
from typing import Any

from spatial_admin.local.environment import PREPARE_AT_START, read_place, whole_number

_place = read_place(os.environ)

bind = [f"[{_place.host}]:{_place.port}" if ":" in _place.host else f"{_place.host}:{_place.port}"]
workers = whole_number(os.environ, "WEB_WORKERS", 2, most=1000)
threads = whole_number(os.environ, "WEB_THREADS", 4, most=1000)
worker_class = "gthread"

# A request is bounded by its statement timeout (5 s) and the retry's 5 s; a silent worker is a hung one.
timeout = 60
graceful_timeout = 12
keepalive = 5

# By default gunicorn opens a control socket in the home directory of whoever starts it; nothing of ours needs it.
control_socket_disable = True
# Heartbeats are file times; a slow disk must not look like a dead worker.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 (gunicorn makes its own file there)
loglevel = "warning"

# Imported once and forked, not once a worker: the imports are most of a start.
preload_app = True


def on_starting(_server: Any) -> None:
    """Prepare the database with the application that is loaded anyway: a second Python would double the start."""
    if os.environ.get(PREPARE_AT_START) != "1":
        return
    import click
    from flask.cli import ScriptInfo

    from wsgi import app

    try:
        app.cli.main(
            ["database", "prepare"], prog_name="flask", standalone_mode=False,
            obj=ScriptInfo(create_app=lambda: app),
        )  # fmt: skip
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)


def pre_fork(_server: Any, _worker: Any) -> None:
    """Close what preparing has opened: a connection that two processes share mixes up their answers."""
    from flask_sqlalchemy import SQLAlchemy

    from wsgi import app

    database = app.extensions.get("sqlalchemy")
    if isinstance(database, SQLAlchemy):
        with app.app_context():
            for engine in database.engines.values():
                engine.dispose()


def worker_exit(_server: Any, _worker: Any) -> None:
    """Say goodbye to PostgreSQL: a connection that only breaks leaves a warning in its log, and a slot for a while.

    (After a fork nothing is to be done: spatial_admin/connections/pools.py lets go of the parent's by itself.)
    """
    pools = sys.modules.get("spatial_admin.connections.pools")
    if pools is not None:  # an application that never connected has nothing to close
        pools.dispose_all()
