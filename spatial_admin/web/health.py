"""Is it alive, is it ready, and a few numbers for Prometheus."""

from __future__ import annotations

import functools
from typing import Final

from alembic.script import ScriptDirectory
from flask import Blueprint, Response, current_app, jsonify
from sqlalchemy.exc import SQLAlchemyError

from spatial_admin.services.database.render_connections import render_connections
from spatial_admin.services.drafts.count_work import count_work
from spatial_admin.transaction import read_alone
from spatial_admin.web.request_metrics import render_requests

STORED: Final = "SELECT version_num FROM alembic_version"
blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> Response:
    """The process answers; nothing else is looked at."""
    return jsonify(status="alive")


@blueprint.get("/readyz")
def readyz() -> tuple[Response, int]:
    """The database is reachable and its tables are those of this version."""
    try:
        row = read_alone(STORED, {})  # by the primary, or a replica while that is lost: reads go on
    except SQLAlchemyError as error:
        current_app.logger.warning("Not ready: %s", error)
        return jsonify(status="not ready", reason="the database is out of reach, or was never migrated"), 503
    stored, head = row[0] if row else None, head_revision()
    if stored != head:
        reason = f"the database is at migration {stored}, this version needs {head}: run flask database prepare"
        return jsonify(status="not ready", reason=reason), 503
    return jsonify(status="ready", migration=head), 200


@blueprint.get("/metrics")
def metrics() -> Response:
    """Prometheus text: requests and connections of this worker, and the state of work in the database."""
    return Response(render_requests() + render_connections() + count_work(), mimetype="text/plain; version=0.0.4")


def head_revision() -> str | None:
    """The newest migration in the checkout."""
    return _head_of(current_app.extensions["migrate"].directory)


@functools.lru_cache(maxsize=4)
def _head_of(directory: str) -> str | None:
    return ScriptDirectory(directory).get_current_head()
