"""A read that a server broke off is answered again, from the beginning, by another; whoever asked never sees it.

A replica cancels a query whose rows it must forget (40001, a conflict with recovery), and servers stop while they
answer. What changes nothing can simply be asked again: the whole request, with a session and a snapshot of its own.
Only the beginning of an answer can be replaced; a file that is already being sent breaks off.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, Protocol

from flask import Flask, Response, request
from sqlalchemy.exc import DBAPIError, TimeoutError  # noqa: A004 (SQLAlchemy's name for a pool that is used up)

from spatial_admin.connections.measurements import count
from spatial_admin.connections.replicas import EXTENSION
from spatial_admin.database_errors import is_connection_loss, is_retryable
from spatial_admin.web.problems import answer, problem_of
from spatial_admin.web.request_guard import SAFE

AGAIN: Final = "spatial_admin.again"
LAST_TRY: Final = "spatial_admin.last_try"
MOST_TRIES: Final = 3  # by a replica, by a replica once more, by the primary
Environ = dict[str, Any]


class Wsgi(Protocol):
    """An application as a WSGI server calls it."""

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """The body of the answer to a request."""
        ...


class ReadAgain:
    """WSGI middleware: repeats a request that the application marked as broken off."""

    def __init__(self, application: Wsgi) -> None:
        self._application = application

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Answer, at most three times; each but the last is held back until it is known to be whole."""
        if environ.get("REQUEST_METHOD") not in SAFE:
            return self._application(environ, start_response)
        for tries in range(1, MOST_TRIES):
            again = {**environ, AGAIN: False}
            begun: list[Any] = []
            body = self._application(again, lambda *given, begun=begun: begun.append(given))
            if not again[AGAIN]:
                start_response(*begun[-1])
                return body
            close = getattr(body, "close", None)
            if close is not None:
                close()
            count("reads_answered_again")
            environ = {**environ, LAST_TRY: tries == MOST_TRIES - 1}
        return self._application(environ, start_response)


def init_app(app: Flask) -> None:
    """Mark broken reads, and repeat them; without replicas there is nobody else to ask."""
    if EXTENSION not in app.extensions:
        return

    @app.errorhandler(DBAPIError)
    def broken_off(error: DBAPIError) -> Response:
        return _mark(error, is_worth_it=is_retryable(error) or is_connection_loss(error))

    @app.errorhandler(TimeoutError)
    def used_up(error: TimeoutError) -> Response:
        return _mark(error, is_worth_it=True)

    app.wsgi_app = ReadAgain(app.wsgi_app)  # type: ignore[method-assign]  # how Flask documents it


def _mark(error: Exception, *, is_worth_it: bool) -> Response:
    if is_worth_it and AGAIN in request.environ:
        request.environ[AGAIN] = True
        return Response(status=503)  # never sent
    return answer(problem_of(error))
