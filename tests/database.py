"""Databases for tests: one template per state of the migrations, cloned for every test."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

from flask_migrate import upgrade
from sqlalchemy import URL, Connection, create_engine, make_url, text
from sqlalchemy.pool import NullPool

from spatial_admin.factory import create_app
from spatial_admin.settings import Settings, storage_srid

ROOT = Path(__file__).resolve().parent.parent
OWNER, APP_ROLE, PASSWORD = "spatial_admin_owner_test", "spatial_admin_app_test", "only-for-tests"
PREFIX = "spatial_admin_test"
LOCK = 7_263_544_601  # any constant, the same for every pytest process


class TestCluster:
    """A PostgreSQL server on which this process may create databases."""

    __test__ = False

    def __init__(self, admin_url: str) -> None:
        self._url = make_url(admin_url).set(drivername="postgresql+psycopg2")
        self._engine = create_engine(self._url, isolation_level="AUTOCOMMIT")  # kept: two uses in every test
        self._numbers = itertools.count(1)
        self._templates: dict[str, str] = {}

    def clone(self) -> str:
        """A new database like the migrated template; returns its name."""
        return self.copy(self._template("migrated"))

    def copy(self, template: str) -> str:
        """A new database like another, to which nobody is connected; returns its name."""
        name = f"{PREFIX}_{os.getpid()}_{next(self._numbers)}"
        with self._engine.connect() as connection:
            how = strategy(connection)
            connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
            connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{template}" OWNER {OWNER}{how}'))
        return name

    def filled(self, label: str, fill: Callable[[str], None], *sources: Path) -> str:
        """A new database like a clone that `fill`, given its name, has filled; returns its name.

        It is filled once for all processes, and again after a change of migrations or of the `sources` that say with what.
        """
        digest = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:8]
        template = f"{self._template('migrated')}_{label}_{digest}"
        with self._engine.connect() as connection, _alone(connection, template):
            if not _is_ready(connection, template):
                name = self.clone()
                fill(name)
                connection.exec_driver_sql(f'DROP DATABASE IF EXISTS "{template}" WITH (FORCE)')
                connection.exec_driver_sql(f'ALTER DATABASE "{name}" RENAME TO "{template}"')
                _make_template(connection, template)
        return self.copy(template)

    def create_empty(self) -> str:
        """A new database with the extensions only; returns its name."""
        return self.copy(self._template("empty"))

    def drop(self, name: str) -> None:
        """Drop a database, also when somebody is still connected to it."""
        with self._engine.connect() as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))

    def app_url(self, name: str) -> str:
        """URL of a database for the application's role, which cannot change history."""
        return self._as(APP_ROLE, name)

    def owner_url(self, name: str) -> str:
        """URL of a database for the role that owns its tables and runs migrations."""
        return self._as(OWNER, name)

    def admin_url(self, name: str) -> str:
        """URL of a database for the superuser."""
        return self._url.set(database=name).render_as_string(hide_password=False)

    def close(self) -> None:
        """Let go of the server; templates stay for the next run."""
        self._engine.dispose()

    def _as(self, role: str, name: str) -> str:
        url: URL = self._url.set(username=role, password=PASSWORD, database=name)
        return url.render_as_string(hide_password=False)

    def _template(self, state: str) -> str:
        if state not in self._templates:
            self._templates[state] = self._find_or_make_template(state)
        return self._templates[state]

    def _find_or_make_template(self, state: str) -> str:
        name = f"{PREFIX}_{state}_{storage_srid()}_{digest_of_migrations()}"
        with self._engine.connect() as connection, _alone(connection):
            _make_roles(connection)
            if not _is_ready(connection, name):
                _drop_old(connection)
                self._make(connection, name, is_migrated=state == "migrated")
        return name

    def _make(self, connection: Connection, name: str, *, is_migrated: bool) -> None:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        connection.execute(text(f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8' OWNER {OWNER}"))
        inside = create_engine(self.admin_url(name), isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with inside.connect() as admin:
            admin.execute(text("CREATE EXTENSION postgis"))
            admin.execute(text("CREATE EXTENSION pg_trgm"))
        if is_migrated:
            migrate(self.app_url(name), self.owner_url(name))
        _make_template(connection, name)


def strategy(connection: Connection) -> str:
    """How to copy: as files, half the work of going through buffers and log. PostgreSQL 13 and 14 know no other way."""
    version_num: int = connection.connection.dbapi_connection.server_version  # type: ignore[union-attr]  # psycopg2's
    return " STRATEGY FILE_COPY" if version_num >= 150_000 else ""


def name_of(url: str) -> str:
    """The database that a URL names."""
    return make_url(url).database or ""


def migrate(app_url: str, owner_url: str) -> None:
    """Run the product's own migrations, as the product does."""
    app = create_app(
        Settings(app_url, owner_url, "only-for-tests-0123456789", srid=storage_srid(), production=False, demo=False)
    )
    with app.app_context():
        upgrade()


def digest_of_migrations() -> str:
    """Eight characters that change when a migration, or a constant that it bakes in, changes."""
    digest = hashlib.sha256()
    sources = [*(ROOT / "migrations").rglob("*.py"), *(ROOT / "migrations").rglob("*.sql")]
    sources += [ROOT / "spatial_admin" / "cadastre" / name for name in ("reference_system.py", "precision.py")]
    for path in sorted(sources):
        digest.update(path.read_bytes())
    digest.update(version("procrastinate").encode())  # 0005 loads the schema of the package that is installed
    return digest.hexdigest()[:8]


@contextmanager
def _alone(connection: Connection, what: str = "roles and templates") -> Iterator[None]:
    """Let one pytest process at a time make something."""
    which = {"what": what, "seed": LOCK}
    connection.execute(text("SELECT pg_advisory_lock(hashtextextended(:what, :seed))"), which)
    try:
        yield
    finally:
        connection.execute(text("SELECT pg_advisory_unlock(hashtextextended(:what, :seed))"), which)


def _is_ready(connection: Connection, name: str) -> bool:
    question = text("SELECT datistemplate FROM pg_database WHERE datname = :name")
    return bool(connection.execute(question, {"name": name}).scalar())


def _make_template(connection: Connection, name: str) -> None:
    made = datetime.now(UTC).isoformat()
    connection.execute(text(f"COMMENT ON DATABASE \"{name}\" IS 'made {made}'"))
    connection.execute(text(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS false IS_TEMPLATE true'))


def _make_roles(connection: Connection) -> None:
    for role in (OWNER, APP_ROLE):
        known = connection.execute(text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role}).scalar()
        if not known:
            connection.exec_driver_sql(f"CREATE ROLE {role} LOGIN PASSWORD '{quick_verifier(PASSWORD)}'")


def quick_verifier(password: str) -> str:
    """What PostgreSQL keeps of a password (RFC 5802), of one round: its own 4,096 are 3 ms at each of 10,000 connections."""
    salt = b"only-for-tests"
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, 1)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    salt64, stored64, server64 = (base64.b64encode(part).decode() for part in (salt, stored, server))
    return f"SCRAM-SHA-256$1:{salt64}${stored64}:{server64}"


def _drop_old(connection: Connection) -> None:
    """Templates of earlier migrations; a day's grace, because another run may still be cloning them."""
    limit = datetime.now(UTC) - timedelta(days=1)
    rows = connection.execute(
        text(
            "SELECT datname, shobj_description(oid, 'pg_database') FROM pg_database "
            "WHERE datname LIKE :prefix AND datistemplate"
        ),
        {"prefix": f"{PREFIX}%"},
    ).all()
    for name, comment in rows:
        if comment and datetime.fromisoformat(comment.removeprefix("made ")) < limit:
            connection.execute(text(f'ALTER DATABASE "{name}" WITH IS_TEMPLATE false'))
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
