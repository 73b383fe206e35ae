"""The product's own web server over a database of a benchmark."""

from __future__ import annotations

import hashlib
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import select

from benchmarks._editors import Server
from spatial_admin.factory import create_app
from spatial_admin.models import Account, ApiToken, db
from spatial_admin.settings import Settings, storage_srid
from tests.accounts import make_people
from tests.database import TestCluster

ROOT = Path(__file__).resolve().parent.parent
PATIENCE_S = 60.0


@contextmanager
def serving(cluster: TestCluster, name: str, *, workers: int, threads: int, **settings: str) -> Iterator[Server]:
    """Gunicorn as script/server starts it, and an editor's token."""
    headers = _editor(cluster, name)
    port = free_port()
    env = {
        **os.environ,
        "DATABASE_URL": cluster.app_url(name),
        "DATABASE_OWNER_URL": cluster.owner_url(name),
        "SECRET_KEY": "only-for-benchmarks-0123456789-0123456789",
        "SPATIAL_ADMIN_DEMO": "0",
        "PORT": str(port),
        "WEB_WORKERS": str(workers),
        "WEB_THREADS": str(threads),
        **settings,
    }
    env.pop("DATABASE_URL_FILE", None)
    env.pop("DATABASE_OWNER_URL_FILE", None)
    env.pop("SECRET_KEY_FILE", None)
    server = subprocess.Popen([sys.executable, "-m", "gunicorn", "wsgi:app"], cwd=ROOT, env=env)
    try:
        wait_for(server, port, "/readyz")
        yield Server(port, headers)
    finally:
        server.terminate()
        server.wait(30)


def _editor(cluster: TestCluster, name: str) -> dict[str, str]:
    settings = Settings(
        cluster.app_url(name),
        cluster.owner_url(name),
        "only-for-benchmarks-012345",
        srid=storage_srid(),
        production=False,
    )
    app = create_app(settings)
    with app.app_context():
        headers = _token_again() or make_people().editor.bearer
        db.session.remove()
        db.engine.dispose()
    return headers


def _token_again() -> dict[str, str] | None:
    """A new token of the editor whom a server before made."""
    account = db.session.scalars(select(Account).where(Account.email == "editor@example.org")).one_or_none()
    if account is None:
        return None
    token = secrets.token_urlsafe(32)
    db.session.add(ApiToken(account_id=account.id, sha256=hashlib.sha256(token.encode()).hexdigest(), name="benchmark"))
    db.session.commit()
    return {"Authorization": f"Bearer {token}"}


def wait_for(server: subprocess.Popen[bytes], port: int, path: str) -> None:
    """Until a server answers; SystemExit where it ends or takes longer than a minute."""
    deadline, said = time.monotonic() + PATIENCE_S, ""
    while True:
        if server.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"The web server did not become ready. {said}")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5):
                return
        except OSError as error:  # not there yet, or too busy to answer in time
            # A database that waits for a migration answers, and says so.
            said = error.read().decode() if isinstance(error, urllib.error.HTTPError) else str(error)
            time.sleep(0.2)


def free_port() -> int:
    """A port that nobody listens on."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
