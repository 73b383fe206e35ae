"""A small application in the place of ours: what the launcher does is tested apart from what the product does."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import click
import psycopg2
from flask import Flask

from spatial_admin.settings import value_of

app = Flask(__name__)


def _connect(setting: str) -> psycopg2.extensions.connection:
    url = value_of(os.environ, setting) or ""
    return psycopg2.connect(url.replace("+psycopg2", ""))


@app.cli.group()
def database() -> None:
    """Stand-in of the product's group."""


@database.command()
def prepare() -> None:
    if os.environ.get("STANDIN_FAILS"):
        click.echo("No migration could be run.", err=True)
        sys.exit(1)
    with _connect("DATABASE_OWNER_URL") as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS start (n int); INSERT INTO start VALUES (1)")
        cursor.execute("GRANT SELECT ON start TO spatial_admin_app; SELECT count(*) FROM start")
        row = cursor.fetchone()
    assert row is not None
    click.echo(f"prepared {row[0]}")


@app.cli.command()
@click.argument("code", type=int)
def leave(code: int) -> None:
    click.echo(f"cwd {Path.cwd()}")
    sys.exit(code)


@app.cli.command()
def worker() -> None:
    if os.environ.get("STANDIN_WORKER_FAILS"):
        sys.exit(7)
    (Path(os.environ["SPATIAL_ADMIN_HOME"]) / "worker.pid").write_text(str(os.getpid()))
    time.sleep(600)


@app.get("/readyz")
def ready() -> str:
    with _connect("DATABASE_URL") as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM start")
        return str(cursor.fetchone())


@app.get("/replica")
def replica() -> str:
    with _connect("DATABASE_REPLICA_URL") as connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_is_in_recovery(), count(*) FROM start")
        return str(cursor.fetchone())


@app.get("/secret")
def secret() -> str:
    return value_of(os.environ, "SECRET_KEY") or ""


@app.get("/slow")
def slow() -> str:
    (Path(os.environ["SPATIAL_ADMIN_HOME"]) / "slow.begun").touch()
    time.sleep(1)
    return "done"
