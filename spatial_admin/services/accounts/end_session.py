"""Ending what others wait for: a statement that runs, or a session that keeps a transaction open and does nothing."""

from __future__ import annotations

from typing import Any, Final

from psycopg2.errors import InsufficientPrivilege
from sqlalchemy.exc import ProgrammingError

from spatial_admin.errors import NotAllowed, NotFound
from spatial_admin.services.shared.authorize import ADMINISTRATOR, require_role
from spatial_admin.transaction import short

# Only the very statement that was seen: the process may have gone on to another, or its number to another process.
CANCEL: Final = """
SELECT pg_cancel_backend(pid) FROM pg_stat_activity
WHERE pid = %(pid)s AND extract(epoch FROM backend_start)::numeric::text = %(started)s
  AND extract(epoch FROM query_start)::numeric::text = %(asked)s AND state = 'active' AND datname = current_database()
  AND backend_type = 'client backend' AND pid <> pg_backend_pid()
"""
# Only while it is still idle in a transaction; that transaction is rolled back.
END_IDLE: Final = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE pid = %(pid)s AND extract(epoch FROM backend_start)::numeric::text = %(started)s
  AND state LIKE 'idle in transaction%%' AND datname = current_database() AND backend_type = 'client backend'
"""


def cancel_statement(pid: int, started: str, asked: str) -> None:
    """Cancel a statement of another session; its transaction fails and its application is told.

    `started` and `asked` are the begin of the session and of the statement, as describe_sessions tells them. Raises
    NotAllowed, and NotFound where it has ended by itself.
    """
    _signal(CANCEL, {"pid": pid, "started": started, "asked": asked}, "statement of process")


def end_idle_session(pid: int, started: str) -> None:
    """End a session that is idle in a transaction. Raises NotAllowed, and NotFound where it is so no more."""
    _signal(END_IDLE, {"pid": pid, "started": started}, "session that is idle in a transaction, of process")


def _signal(statement: str, values: dict[str, Any], what: str) -> None:
    require_role(ADMINISTRATOR)
    try:
        with short() as session:
            was_signalled = session.connection().exec_driver_sql(statement, values).scalar_one_or_none()
    except ProgrammingError as error:
        if isinstance(error.orig, InsufficientPrivilege):
            raise NotAllowed(_advice(str(error.orig))) from error
        raise
    if not was_signalled:
        raise NotFound(what, values["pid"])


def _advice(refusal: str) -> str:
    if "superuser" in refusal.lower() and "only" in refusal.lower():
        return "It is a session of a superuser, which only a superuser may end."
    return "PostgreSQL does not let the application's role end sessions of others: GRANT pg_signal_backend TO it."
