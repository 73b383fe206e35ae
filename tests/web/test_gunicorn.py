"""What only the real web server shows: it would hand a chunked body on cut, and say nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from spatial_admin.settings import Settings
from tests.accounts import People
from tests.gunicorn_server import ask, gunicorn_over


@pytest.fixture
def gunicorn(settings: Settings, accounts: People, tmp_path: Path) -> Iterator[int]:
    """The port of a gunicorn over the test's database."""
    with gunicorn_over(settings, tmp_path / "gunicorn.log") as (port, _):
        yield port


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
