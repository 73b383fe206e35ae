"""The three roles of the private cluster and the SQL that makes them, the database and its extensions."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

SUPERUSER = "postgres"
OWNER_ROLE = "spatial_admin_owner"
APP_ROLE = "spatial_admin_app"
DATABASE = "spatial_admin"
REPLICATION_ROLE = "spatial_admin_replica"
EXTENSIONS = ("postgis", "pg_trgm", "btree_gist")
WELCOME = ("pgstattuple",)  # where PostgreSQL was installed with it


def new_passwords() -> dict[str, str]:
    """Role -> password."""
    return {role: new_password() for role in (SUPERUSER, OWNER_ROLE, APP_ROLE)}


def new_password() -> str:
    """Drawn from letters, digits, - and _ only: safe in a URL, in SQL and in a pgpass file."""
    return secrets.token_urlsafe(32)


def database_script(passwords: Mapping[str, str]) -> list[tuple[str, str]]:
    """(SQL, database to run it in), in order; every statement may run again.

    The owner's role migrates; the app's role can only what migrations grant it, so that history stays out of its reach.
    """
    roles = "".join(_role(role, passwords[role]) for role in (OWNER_ROLE, APP_ROLE))
    database = f"""
        SELECT 'CREATE DATABASE {DATABASE} OWNER {OWNER_ROLE} TEMPLATE template0 ENCODING ''UTF8'''
        WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{DATABASE}') \\gexec
        REVOKE ALL ON DATABASE {DATABASE} FROM PUBLIC;
        GRANT CONNECT, TEMPORARY ON DATABASE {DATABASE} TO {APP_ROLE};
    """  # noqa: S608 (constants of this module)
    # What the page Database shows and does, and what maintenance measures indexes by; none of it reads or writes a row.
    roles += f"""
        GRANT pg_read_all_stats, pg_signal_backend TO {APP_ROLE};
        GRANT pg_stat_scan_tables TO {OWNER_ROLE};
    """
    inside = "".join(f"CREATE EXTENSION IF NOT EXISTS {name};\n" for name in EXTENSIONS)
    inside += "".join(map(_if_available, WELCOME))
    inside += f"""
        REVOKE CREATE ON SCHEMA public FROM PUBLIC;  -- PostgreSQL 13 and 14 grant it
        GRANT USAGE, CREATE ON SCHEMA public TO {OWNER_ROLE};
    """
    return [(roles + database, "postgres"), (inside, DATABASE)]


def replication_script(password: str) -> str:
    """SQL that makes the role by which a replica copies the cluster, which can do nothing else."""
    return _role(REPLICATION_ROLE, password) + f"ALTER ROLE {REPLICATION_ROLE} REPLICATION CONNECTION LIMIT 8;\n"


def _if_available(name: str) -> str:
    made = f"CREATE EXTENSION IF NOT EXISTS {name}"
    return f"SELECT '{made}' FROM pg_available_extensions WHERE name = '{name}' \\gexec\n"  # noqa: S608 (constants)


def _role(role: str, password: str) -> str:
    """CREATE ROLE has no IF NOT EXISTS; the password is set again, so that file and server agree after a crash."""
    return f"""
        SELECT 'CREATE ROLE {role}' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') \\gexec
        ALTER ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD '{password}';
    """  # noqa: S608 (constants, and a password of ours without quotes)
