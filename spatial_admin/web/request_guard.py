"""What every request must bring before any view runs: a length, an own origin, somebody signed in, a CSRF token."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from flask import Flask, Request, current_app, redirect, url_for
from flask.globals import request_ctx
from flask_login import current_user
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import Forbidden, LengthRequired, RequestEntityTooLarge, Unauthorized
from werkzeug.wrappers import Response

from spatial_admin.errors import BadRequest
from spatial_admin.services.shared.read_deployment import fixed
from spatial_admin.settings import Limits
from spatial_admin.web.authentication import CHALLENGE, brings_own_credentials
from spatial_admin.web.problems import wants_json
from spatial_admin.web.respond_async import prefers_respond_async

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
PUBLIC: Final = frozenset({"security.login", "health.healthz", "health.readyz", "static"})
# Endpoints that take a file; every other body is bounded by SPATIAL_ADMIN_LIMIT_BODY_BYTES.
UPLOADS: Final = frozenset({"api_imports.create_import"})
# One file of a record (SPATIAL_ADMIN_LIMIT_RECORD_FILE_BYTES), with room for what multipart puts around it.
RECORD_UPLOADS: Final = frozenset({"api_records.post_file", "record.attach_view"})
# A file to look at (SPATIAL_ADMIN_LIMIT_REFERENCE_BYTES), likewise.
REFERENCE_UPLOADS: Final = frozenset({"api_references.post_reference"})
MULTIPART_BYTES: Final = 64 * 1024

# Endpoints that make a job of what is asked when the client prefers it; a job may be larger.
QUEUEABLE: Final = frozenset({"api_edits.post_edit"})


def init_app(app: Flask) -> None:
    """Install the guards; they run before every view of the application."""
    app.before_request(guard)


def guard() -> Response | None:
    """All guards, in order, in one hook and with one look for the request: every tile passes here."""
    asked = request_ctx.request
    know_deployment(asked)
    refuse_null_character(asked)
    if asked.method in SAFE:
        return require_sign_in(asked)
    require_length(asked)
    refuse_foreign_origin(asked)
    answer = require_sign_in(asked)
    if answer is None:
        require_csrf_token(asked)
    return answer


def know_deployment(asked: Request) -> None:
    """Read the constants of the database while the request holds no connection yet: asked for within a snapshot, many
    first requests at once would each wait for a second connection, and the pool for all of them.
    """
    if asked.endpoint is not None and asked.endpoint not in PUBLIC:
        fixed()


def refuse_null_character(asked: Request) -> None:
    """No name of ours holds one, and PostgreSQL takes none in a text."""
    if "\x00" in asked.path:
        raise BadRequest("path", "it holds a null character")


def require_length(asked: Request) -> None:
    """An unsafe request has a body whose length is known and within the limit; else 411 or 413."""
    # Behind gunicorn a chunked body over the limit is cut silently and would be read as if it were whole.
    is_chunked = "chunked" in asked.headers.get("Transfer-Encoding", "").lower()
    if is_chunked or (asked.content_length is None and asked.method != "DELETE"):
        raise LengthRequired("Send the body with a Content-Length.")
    limits: Limits = current_app.config["SETTINGS"].limits
    limit = _bytes_allowed(asked, limits)
    asked.max_content_length = asked.max_form_memory_size = limit
    given = asked.content_length or 0
    if given > limit:
        raise RequestEntityTooLarge(f"The body may have {limit:,} bytes; this one has {given:,}.")


def _bytes_allowed(asked: Request, limits: Limits) -> int:
    if asked.endpoint in UPLOADS:
        return limits.upload_bytes + MULTIPART_BYTES
    if asked.endpoint in RECORD_UPLOADS:
        return limits.record_file_bytes + MULTIPART_BYTES
    if asked.endpoint in REFERENCE_UPLOADS:
        return limits.reference_bytes + MULTIPART_BYTES
    is_for_later = asked.endpoint in QUEUEABLE and prefers_respond_async(asked)
    return limits.job_body_bytes if is_for_later else limits.body_bytes


def refuse_foreign_origin(asked: Request) -> None:
    """A browser names the site that a form or script came from; only our own may change anything."""
    origin = asked.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != asked.host:
        raise Forbidden("Requests from other sites are not taken here.")


def require_sign_in(asked: Request) -> Response | None:
    """Everything but PUBLIC is for people who are signed in; others see the sign-in page, or 401 as a client."""
    if asked.endpoint in PUBLIC or asked.endpoint is None or current_user.is_authenticated:
        return None
    if wants_json() or asked.method not in SAFE:
        raise Unauthorized("Sign in, or send a token.", www_authenticate=CHALLENGE)
    return redirect(url_for("security.login", next=asked.full_path.rstrip("?")))


def require_csrf_token(asked: Request) -> None:
    """Every unsafe request of a browser's session; a client's own header is proof enough that it meant to."""
    if asked.endpoint is not None and not brings_own_credentials():
        csrf: CSRFProtect = current_app.extensions["spatial_admin.csrf"]
        csrf.protect()
