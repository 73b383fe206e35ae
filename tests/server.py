"""One server for all tests of a process: behind one address, the application of the test that runs.

A page of the editor is some 250 files. Under one address a browser keeps them from test to test, and asks for none again;
who asks for the first time gets them from memory. Everything else is answered by the test's own application.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from flask import Flask
from werkzeug import Response
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.waiting import PATIENCE_S

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

STATIC = "/static/"
CONDITIONS = ("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE")


class TestServer:
    """Real threads on a free port of the loopback."""

    __test__ = False

    def __init__(self) -> None:
        self._app: Flask | None = None
        self._files: dict[str, Response] = {}
        self._tags: set[tuple[str, str]] = set()
        self._ended = threading.Condition()
        self._under_way = 0
        counted = self._counted

        class Handler(_Handler):
            def run_wsgi(self) -> None:
                with counted():
                    super().run_wsgi()

        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True, request_handler=Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def is_idle(self) -> bool:
        """Is no request being answered?"""
        return self._under_way == 0

    @property
    def url(self) -> str:
        """Scheme, host and port."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @contextmanager
    def serving(self, app: Flask) -> Iterator[str]:
        """Answer with this application meanwhile; the URL."""
        self._app, self._tags = app, set()
        try:
            yield self.url
        finally:
            self._app = None
            with self._ended:  # what is still being answered belongs to this test
                self._ended.wait_for(lambda: self.is_idle, PATIENCE_S)

    def close(self) -> None:
        """Answer nothing any more."""
        self._server.shutdown()
        self._thread.join(10)
        self._server.server_close()

    def _answer(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path in self._files:
            return self._files[path](environ, start)
        app, tags = self._app, self._tags
        if app is None:  # a page of the test before said its last word
            return Response("no test runs", 503)(environ, start)
        if path.startswith(STATIC):
            return self._keep(app, path, environ)(environ, start)
        # A browser may have an answer of an earlier test's application: of other data under the same tag.
        url = f"{path}?{environ.get('QUERY_STRING', '')}"
        if (url, environ.get("HTTP_IF_NONE_MATCH", "")) not in tags:
            for name in CONDITIONS:
                environ.pop(name, None)

        def start_and_remember(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            tags.update((url, value) for name, value in headers if name.lower() == "etag")
            return start(status, headers, *rest)

        return app(environ, start_and_remember)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        """One more request that is being answered. Not until its answer is closed: where a browser has gone meanwhile
        werkzeug may close none.
        """
        with self._ended:
            self._under_way += 1
        try:
            yield
        finally:
            with self._ended:
                self._under_way -= 1
                self._ended.notify_all()

    def _keep(self, app: Flask, path: str, environ: WSGIEnvironment) -> Response:
        """The whole file, which a browser may keep as well."""
        whole = {name: value for name, value in environ.items() if name not in {*CONDITIONS, "HTTP_RANGE"}}
        response = Response.from_app(app, whole, buffered=True)
        if response.status_code == 200:
            del response.headers["Vary"]
            response.headers["Cache-Control"] = "max-age=86400"
            self._files[path] = response
        return response


class _Handler(WSGIRequestHandler):
    """Without a line of log for each file."""

    def log_request(self, *args: Any) -> None:
        if not self.path.startswith(STATIC):
            super().log_request(*args)
