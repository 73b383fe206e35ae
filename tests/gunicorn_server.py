"""The application behind gunicorn, in processes of its own: what only a real web server and a real socket show."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from spatial_admin.factory import create_app
from spatial_admin.settings import Settings
from tests.accounts import make_people
from tests.conftest import dispose, settings_over
from tests.database import TestCluster
from tests.waiting import PATIENCE_S, until

ROOT = Path(__file__).resolve().parents[1]


@contextmanager
def gunicorn_over(settings: Settings, log: Path) -> Iterator[tuple[int, int]]:
    """Port and process id of a gunicorn of one worker with threads over the database of `settings`; `log` gets what it says."""
    port = free_port()
    env = {
        **os.environ,
        "DATABASE_URL": settings.database_url,
        "DATABASE_OWNER_URL": settings.database_owner_url,
        "SECRET_KEY": settings.secret_key,
        "SPATIAL_ADMIN_DEMO": "0",
    }
    command = [
        sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread", "--threads", "4",
        "--config", "/dev/null", "--no-control-socket", "wsgi:app",
    ]  # fmt: skip
    with log.open("wb") as said:
        server = subprocess.Popen(command, cwd=ROOT, env=env, stdout=said, stderr=said)
    try:
        until(lambda: is_ready(port) or server.poll() is not None, lambda: time.sleep(0.2))
        assert server.poll() is None, "gunicorn ended"
        yield port, server.pid
    finally:
        server.terminate()
        server.wait(PATIENCE_S)


def is_ready(port: int) -> bool:
    """Does the server answer, and is its database reachable? A busy machine may let it wait; it is asked again."""
    try:
        return b"200" in ask(port, b"GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")[:16]
    except TimeoutError:
        return False


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ask(port: int, request: bytes) -> bytes:
    """Everything the server answers to these bytes until it closes; nothing when it does not take them."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as connection:
            connection.sendall(request)
            answer = b""
            while piece := connection.recv(65536):
                answer += piece
            return answer
    except ConnectionError:
        return b""


@dataclass(frozen=True, slots=True)
class RealServer:
    """A running gunicorn and somebody's token for it."""

    port: int
    authorization: str
    pid: int

    def processor_s(self) -> float:
        """Seconds of processor time that its worker has had: a machine that stands still or is slow adds none."""
        (worker,) = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text(encoding="utf-8").split()
        fields = Path(f"/proc/{worker}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def request(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
        """Status and body of an answer; `headers` with underscores for hyphens."""
        sent = {"Authorization": self.authorization, **{name.replace("_", "-"): text for name, text in headers.items()}}
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)) as connection:
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            return answer.status, answer.read()

    def post_edit(self, body: bytes) -> tuple[int, bytes]:
        """POST /api/edits with these bytes as JSON."""
        return self.request("POST", "/api/edits", body, Content_Type="application/json")


@contextmanager
def real_server(database_url: str, cluster: TestCluster, home: Path) -> Iterator[RealServer]:
    """A server over a database with an account of each role, for the editor's token."""
    settings = settings_over(database_url, cluster, home)
    app = create_app(settings)
    with app.app_context():
        editor = make_people().editor
    dispose(app)
    with gunicorn_over(settings, home / "gunicorn.log") as (port, pid):
        yield RealServer(port, editor.bearer["Authorization"], pid)
