"""A wire between psycopg2 and PostgreSQL that can be cut at a chosen message, once or for as long as one likes.

It reads the frontend's messages (protocol 3.0: a type byte, a length, the rest), so that a cut comes before or after
a COMMIT and never somewhere at random.
"""

from __future__ import annotations

import enum
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from sqlalchemy import URL, make_url

from tests.waiting import PATIENCE_S

QUERY, READY = b"Q", b"Z"


class Cut(enum.Enum):
    """Where the wire is cut."""

    NEVER = "not at all"
    BEFORE = "before the statement reaches the server"
    AT_ONCE = "when the statement is on its way, not waiting for what becomes of it"
    AFTER = "when the server has answered, before the client gets to know"


class Wire:
    """A proxy on the loopback; `url` leads through it to the database of another URL."""

    def __init__(self, url: str) -> None:
        self._target = make_url(url)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._lock = threading.Lock()
        self.cut, self.statement, self.times = Cut.NEVER, b"COMMIT", 0
        self.is_down = False
        self.made_cuts = 0
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        """The same database, through this wire."""
        port = self._listener.getsockname()[1]
        plain = URL.create("postgresql+psycopg2", self._target.username, self._target.password, "127.0.0.1", port)
        plain = plain.set(database=self._target.database).update_query_dict(
            {"sslmode": "disable", "gssencmode": "disable"}
        )
        return plain.render_as_string(hide_password=False)

    def cut_at(self, cut: Cut, statement: str = "COMMIT", times: int = 1) -> None:
        """Cut the wire at the next `times` statements that begin with the given words."""
        self.cut, self.statement, self.times = cut, statement.encode(), times

    def go_down(self) -> None:
        """Cut everything; new connections are closed at once."""
        self.is_down = True
        self._hang_up()

    def come_up(self) -> None:
        """Let new connections through again."""
        self.is_down = False

    def close(self) -> None:
        """End for good."""
        self._listener.close()
        self._hang_up()

    def _hang_up(self) -> None:
        with self._lock:
            for end in self._open:
                _cut(end)
            self._open.clear()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return  # closed
            if self.is_down:
                client.close()
                continue
            server = self._connect()
            with self._lock:
                self._open += [client, server]
            threading.Thread(target=self._serve, args=(client, server), daemon=True).start()

    def _connect(self) -> socket.socket:
        host = str(self._target.query.get("host") or self._target.host or "127.0.0.1")
        if not host.startswith("/"):
            return socket.create_connection((host, self._target.port or 5432))
        server = socket.socket(socket.AF_UNIX)
        server.connect(f"{host}/.s.PGSQL.{self._target.query.get('port') or self._target.port or 5432}")
        return server

    def _serve(self, client: socket.socket, server: socket.socket) -> None:
        answers = _Answers(server, client)
        threading.Thread(target=answers.run, daemon=True).start()
        try:
            for message in _messages(client):
                cut = self._due(message)
                if cut is Cut.AFTER:
                    answers.swallow()
                if cut is not Cut.BEFORE:
                    server.sendall(message)
                if cut is Cut.AFTER:
                    answers.ready.wait(PATIENCE_S)
                if cut is not Cut.NEVER:
                    break
        except OSError:
            pass  # one of the two hung up
        finally:
            # The server reads on to the end of what it got, and finds out about the client only when it answers.
            _cut(client)
            _cut(server)

    def _due(self, message: bytes) -> Cut:
        if message[:1] != QUERY or self.times == 0 or not self._says(message[5:].lstrip()):
            return Cut.NEVER
        self.times -= 1
        self.made_cuts += 1
        return self.cut

    def _says(self, statements: bytes) -> bool:
        """Does a message begin with the words, or, of COMMIT, have it behind other statements?"""
        return statements.startswith(self.statement) or (self.statement == b"COMMIT" and b"; COMMIT;" in statements)


class _Answers:
    """The way back; `swallow` keeps everything from the client until the server is ready for the next statement."""

    def __init__(self, server: socket.socket, client: socket.socket) -> None:
        self._server, self._client = server, client
        self._swallows = False
        self.ready = threading.Event()

    def swallow(self) -> None:
        self._swallows = True

    def run(self) -> None:
        with suppress(OSError):  # one of the two hung up
            while data := self._server.recv(65536):
                if self._swallows:
                    if READY + struct.pack(">I", 5) in data:
                        self.ready.set()
                else:
                    self._client.sendall(data)
        self.ready.set()
        _cut(self._client)


def _messages(client: socket.socket) -> Iterator[bytes]:
    length = _exactly(client, 4)  # the first message has no type
    yield length + _exactly(client, struct.unpack(">I", length)[0] - 4)
    while True:
        head = _exactly(client, 5)
        yield head + _exactly(client, struct.unpack(">I", head[1:])[0] - 4)


def _exactly(client: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = client.recv(count - len(data))
        if not more:
            raise ConnectionResetError("the client hung up")
        data += more
    return data


def _cut(end: socket.socket) -> None:
    with suppress(OSError):  # cut already
        end.shutdown(socket.SHUT_RDWR)
    end.close()


def facts_of(wire: Wire) -> dict[str, Any]:
    """For a failing test: what the wire was told and did."""
    return {"cut": wire.cut, "left": wire.times, "made": wire.made_cuts, "down": wire.is_down}
