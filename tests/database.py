"""Databases for tests: one template per state of the migrations, cloned for every test."""

from __future__ import annotations

import hashlib
import itertools
import os
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
LOCK = 7_263_544_601  # any constant: one pytest process at a time makes roles and templates


class TestCluster:
    """A PostgreSQL server on which this process may create databases."""

    __test__ = False

    def __init__(self, admin_url: str) -> None:
        self._url = make_url(admin_url).set(drivername="postgresql+psycopg2")
        self._engine = create_engine(self._url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        self._numbers = itertools.count(1)
        self._templates: dict[str, str] = {}

    def clone(self) -> str:
        """A new database like the migrated template; returns its name."""
        return self._create(self._template("migrated"))

    def create_empty(self) -> str:
        """A new database with the extensions only; returns its name."""
        return self._create(self._template("empty"))

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

    def _create(self, template: str) -> str:
        name = f"{PREFIX}_{os.getpid()}_{next(self._numbers)}"
        with self._engine.connect() as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
            connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{template}" OWNER {OWNER}'))
        return name

    def _template(self, state: str) -> str:
        if state not in self._templates:
            self._templates[state] = self._find_or_make_template(state)
        return self._templates[state]

    def _find_or_make_template(self, state: str) -> str:
        name = f"{PREFIX}_{state}_{storage_srid()}_{digest_of_migrations()}"
        with self._engine.connect() as connection:
            connection.execute(text(f"SELECT pg_advisory_lock({LOCK})"))
            _make_roles(connection)
            ready = connection.execute(
                text("SELECT datistemplate FROM pg_database WHERE datname = :name"), {"name": name}
            ).scalar()
            if not ready:
                _drop_old(connection)
                self._make_template(connection, name, is_migrated=state == "migrated")
        return name  # closing the connection gives the lock back

    def _make_template(self, connection: Connection, name: str, *, is_migrated: bool) -> None:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        connection.execute(text(f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8' OWNER {OWNER}"))
        made = datetime.now(UTC).isoformat()
        connection.execute(text(f"COMMENT ON DATABASE \"{name}\" IS 'made {made}'"))
        inside = create_engine(self.admin_url(name), isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with inside.connect() as admin:
            admin.execute(text("CREATE EXTENSION postgis"))
            admin.execute(text("CREATE EXTENSION pg_trgm"))
        if is_migrated:
            migrate(self.app_url(name), self.owner_url(name))
        connection.execute(text(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS false IS_TEMPLATE true'))


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


def _make_roles(connection: Connection) -> None:
    for role in (OWNER, APP_ROLE):
        known = connection.execute(text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role}).scalar()
        if not known:
            connection.execute(text(f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'"))


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
