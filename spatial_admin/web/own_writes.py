"""Who wrote reads their own write, whichever server answers: its position is in the session, or sent by the client.

`g.wrote` is the position (`0/16B3748`) behind the newest write that whoever asks knows of, or None. A browser keeps it
in its session under `wrote`; a client gets it in the header `Spatial-Admin-Position` and sends it back in the same.
"""

from __future__ import annotations

import time
from typing import Final

from flask import Flask, Request, Response, g, session
from flask.globals import app_ctx, request_ctx
from flask.sessions import SessionMixin

from spatial_admin.connections.demands import Bounds, has_written
from spatial_admin.connections.position import is_position, later
from spatial_admin.errors import BadRequest
from spatial_admin.settings import Settings
from spatial_admin.web.problems import is_page
from spatial_admin.web.read_again import LAST_TRY
from spatial_admin.web.request_guard import SAFE

HEADER: Final = "Spatial-Admin-Position"
MARK: Final = "wrote"
MARKED_AT: Final = "wrote_at"  # seconds of the epoch
# A replica that is used is at most so much older (and the setting of its lag) that a mark of before says nothing new.
KEPT_S: Final = 60.0
# These tell of the primary: its sessions, its readiness.
OF_THE_PRIMARY: Final = frozenset({"health"})


def init_app(app: Flask) -> None:
    """Know, before anything is read, what it must show; tell, after a write, its position."""
    settings: Settings = app.config["SETTINGS"]
    of_request = Bounds(
        settings.limits.web_timeout_ms,
        settings.connections.lock_timeout_ms,
        settings.connections.idle_timeout_ms,
        settings.connections.work_mem,
    )

    kept_s = KEPT_S + settings.connections.replica_max_lag_s

    @app.before_request
    def begin() -> None:
        asked, known = request_ctx.request, app_ctx.g
        known.bounds = of_request
        known.only_reads = asked.method in SAFE
        known.wrote = later(_sent(asked), _remembered(request_ctx.session, kept_s))

    app.after_request(tell)


def may_read_replica() -> None:
    """The last guard: who asks is known (credentials are read where they are newest), and nothing is changed."""
    asked, known = request_ctx.request, app_ctx.g
    is_answered_again = asked.environ.get(LAST_TRY, False)
    known.may_lag = known.only_reads and not is_answered_again and asked.blueprint not in OF_THE_PRIMARY


def tell(response: Response) -> Response:
    """Answer the position of what this request wrote, and remember it for a browser."""
    if has_written() and g.wrote is not None:
        response.headers[HEADER] = g.wrote
        session[MARK], session[MARKED_AT] = g.wrote, int(time.time())
    return response


def _sent(asked: Request) -> str | None:
    text = asked.headers.get(HEADER)
    if text is not None and not is_position(text):
        raise BadRequest(HEADER, "it takes what an answer of a write said there, such as 0/16B3748")
    return text


def _remembered(session: SessionMixin, keep_s: float) -> str | None:
    """The mark of a browser's session, until every replica that is used is certainly past it."""
    text = session.get(MARK)
    if not isinstance(text, str) or not is_position(text):
        return None
    is_old = time.time() - session.get(MARKED_AT, float("inf")) > keep_s
    if is_old and is_page():
        del session[MARK], session[MARKED_AT]
    return None if is_old else text
