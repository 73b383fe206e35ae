"""What only the real web server shows: it would hand a chunked body on cut, and say nothing."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from spatial_admin.settings import Settings
from tests.accounts import People

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def gunicorn(settings: Settings, accounts: People) -> Iterator[int]:
    """The port of a gunicorn of threads over the test's database."""
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
    server = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while b"200" not in ask(port, b"GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")[:16]:
        assert server.poll() is None, "gunicorn ended"
        assert time.monotonic() < deadline, "gunicorn did not become ready"
        time.sleep(0.2)
    yield port
    server.terminate()
    server.wait(30)


def ask(port: int, request: bytes) -> bytes:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
            connection.sendall(request)
            answer = b""
            while piece := connection.recv(65536):
                answer += piece
            return answer
    except ConnectionError:
        return b""


def test_chunked_body_is_refused_and_never_read_in_part(gunicorn: int, accounts: People) -> None:
    head = (
        "POST /api/edits HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
        f"Authorization: {accounts.editor.bearer['Authorization']}\r\n"
    )
    chunked = f"{head}Transfer-Encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n".encode()
    assert ask(gunicorn, chunked).startswith(b"HTTP/1.1 411 ")
    no_length = f"{head}\r\n".encode()
    assert ask(gunicorn, no_length).startswith(b"HTTP/1.1 411 ")
    whole = f"{head}Content-Length: 2\r\n\r\n{{}}".encode()
    assert ask(gunicorn, whole).startswith(b"HTTP/1.1 400 "), "it was read"
    both = f"{head}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n".encode()
    assert not ask(gunicorn, both).startswith(b"HTTP/1.1 2")
