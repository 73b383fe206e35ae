"""A gate in the database at which whoever works comes to wait, so that a test ends it in the midst of its work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Connection, Engine

Moment = tuple[str, str]  # a trigger, and what must be so for work to wait there
WHILE_ADMITTING: Final = ("AFTER INSERT ON parcel", "count(*) > 250 FROM parcel")
GATE = """
CREATE FUNCTION gate() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE is_there boolean;
BEGIN
  EXECUTE 'SELECT ' || TG_ARGV[0] INTO is_there;
  IF is_there THEN PERFORM pg_advisory_xact_lock_shared(7, 7); END IF;
  RETURN NULL;
END $$
"""
WAITING_THERE = """
SELECT pid FROM pg_locks JOIN pg_database AS d ON d.oid = database
WHERE locktype = 'advisory' AND classid = 7 AND objid = 7 AND NOT granted AND datname = current_database()
"""


@contextmanager
def gate(owner_engine: Engine, engine: Engine, moment: Moment) -> Iterator[Connection]:
    """Work waits at a moment of it until this ends."""
    trigger, condition = moment
    quoted = condition.replace("'", "''")
    with owner_engine.begin() as connection:
        connection.exec_driver_sql(GATE)
        connection.exec_driver_sql(f"CREATE TRIGGER gate {trigger} EXECUTE FUNCTION gate('{quoted}')")
    with engine.connect() as connection:
        connection.exec_driver_sql("SELECT pg_advisory_lock(7, 7)")
        yield connection
        connection.exec_driver_sql("SELECT pg_advisory_unlock(7, 7)")


def is_there(gate: Connection) -> bool:
    """Does somebody wait at the gate?"""
    return bool(gate.exec_driver_sql(WAITING_THERE).all())


def end_who_is_there(gate: Connection) -> None:
    """Have PostgreSQL notice that nobody hears the session at the gate any more."""
    gate.exec_driver_sql(f"SELECT pg_terminate_backend(pid, 60000) FROM ({WAITING_THERE}) AS left_behind")
