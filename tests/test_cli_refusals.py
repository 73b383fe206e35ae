"""What the database or a setting refuses is told to an operator in a sentence: what, where, what to do; no traceback."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
from flask import Flask
from procrastinate.exceptions import ConnectorException

from spatial_admin.cli.command_group import words_of
from spatial_admin.factory import create_app
from spatial_admin.jobs.worker import WithoutTraceback
from spatial_admin.local.environment import CHECKOUT, without_our_settings
from tests.conftest import dispose, settings_over
from tests.database import TestCluster, name_of


@pytest.fixture
def empty_app(cluster: TestCluster, empty_database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """An application over a database that holds nothing but the extensions."""
    app = create_app(settings_over(cluster.app_url(name_of(empty_database_url)), cluster, tmp_path))
    yield app
    dispose(app)


@pytest.mark.parametrize(
    "arguments",
    [("database", "check"), ("database", "verify"), ("database", "maintain"), ("jobs", "list"), ("validity", "rules"),
     ("users", "token", "a@example.org"), ("tiles", "warm")],
    ids=" ".join,
)  # fmt: skip
def test_a_database_that_was_never_prepared_is_said_in_a_sentence(empty_app: Flask, arguments: tuple[str, ...]) -> None:
    result = empty_app.test_cli_runner().invoke(args=list(arguments))
    assert result.exit_code == 1
    assert result.output.startswith("Error: The database is not prepared for this version"), result.output
    assert "Run flask database prepare." in result.output


@pytest.mark.parametrize(
    ("code", "said", "told"),
    [
        ("25006", "cannot execute INSERT in a read-only transaction", "name the primary"),
        ("0A000", "cannot set transaction read-write mode during recovery", "name the primary"),
        ("55000", "recovery is in progress", "name the primary"),
        ("42501", "permission denied for table parcel", "has to name the owner of the tables"),
        ("08P01", "unsupported startup parameter: jit", "Name PostgreSQL itself in DATABASE_URL"),
        ("57P01", "terminating connection due to administrator command", "cannot be reached"),
    ],
)
def test_what_a_database_refuses_is_said_with_what_to_do(code: str, said: str, told: str) -> None:
    class Spoken(psycopg2.Error):
        pgcode = code

    words = words_of(Spoken(said))
    assert words is not None
    assert said in words
    assert told in words


def test_a_fault_of_ours_is_none_of_the_operators() -> None:
    class Spoken(psycopg2.Error):
        pgcode = "42601"

    assert words_of(Spoken("syntax error")) is None


@pytest.mark.parametrize("program", ["app", "wsgi"])
def test_a_setting_that_is_missing_is_said_in_a_sentence(program: str) -> None:
    """Also by `flask` without script/flask, which looks for wsgi.py first."""
    env = {**without_our_settings(os.environ), "FLASK_APP": f"{program}:app"}
    done = subprocess.run(
        [sys.executable, "-m", "flask", "database", "check"], cwd=CHECKOUT, env=env, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 3
    assert done.stderr.startswith("A setting cannot be used. DATABASE_URL: it is not set")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("error", "has_traceback"), [(ConnectorException, False), (ZeroDivisionError, True)])
def test_a_worker_says_of_a_lost_database_why_and_of_a_fault_where(
    error: type[Exception], *, has_traceback: bool
) -> None:
    raised = error("Database error.")
    raised.__cause__ = psycopg2.OperationalError("connection refused\nIs it running?")
    record = logging.LogRecord(
        "procrastinate", logging.ERROR, "", 0, "Task failed: %s, stopping", (raised,), (error, raised, None)
    )
    said = WithoutTraceback().format(record)
    assert ("The above exception was the direct cause" in said) is has_traceback
    assert "connection refused" in said
    assert has_traceback or said == "Task failed: connection refused, stopping"
