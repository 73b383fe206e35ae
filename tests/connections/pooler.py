"""A real PgBouncer in transaction mode before the tests' cluster."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url

from tests.waiting import PATIENCE_S, until

PROGRAM = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
CONFIGURATION = """
[databases]
* = host={host} port={port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {listen}
unix_socket_dir =
auth_type = plain
auth_file = {folder}/users
pool_mode = transaction
default_pool_size = {size}
max_client_conn = 200
logfile = {folder}/log
"""


@contextmanager
def pooled(url: str, *, size: int = 3) -> Iterator[str]:
    """The URL of a database as a PgBouncer with `size` connections to it offers it."""
    assert PROGRAM is not None
    direct = make_url(url)
    folder = Path(tempfile.mkdtemp(prefix="sa-pooler-"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        listen = probe.getsockname()[1]
    host, port = direct.query.get("host", direct.host), direct.query.get("port", direct.port or 5432)
    (folder / "ini").write_text(
        CONFIGURATION.format(host=host, port=port, listen=listen, folder=folder, size=size), encoding="utf-8"
    )
    (folder / "users").write_text(f'"{direct.username}" "{direct.password}"\n', encoding="utf-8")
    for path in (folder, *folder.iterdir()):
        shutil.chown(path, "postgres") if os.geteuid() == 0 else None
    as_postgres = {"user": "postgres"} if os.geteuid() == 0 else {}
    server = subprocess.Popen([PROGRAM, "-q", str(folder / "ini")], **as_postgres)  # type: ignore[call-overload]
    try:
        _wait(listen)
        through = direct.set(host="127.0.0.1", port=listen, query={})
        yield through.render_as_string(hide_password=False)
    finally:
        server.terminate()
        server.wait(PATIENCE_S)
        shutil.rmtree(folder)


def _wait(port: int) -> None:
    def has_started() -> bool:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except (ConnectionRefusedError, TimeoutError):
            return False
        return True

    until(has_started)
