"""Who is connected to the database and who waits for whom, as PostgreSQL tells it at this moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection

LONGEST_STATEMENT: Final = 400
MOST_SHOWN: Final = 50

# Connections of the whole server by state, for they share one limit; what this role may not see has none.
BY_STATE: Final = """
SELECT coalesce(state, CASE WHEN backend_type = 'client backend' THEN 'not shown' ELSE backend_type END) AS state,
  count(*) AS count, count(*) FILTER (WHERE datname = current_database()) AS here
FROM pg_stat_activity WHERE backend_type IN ('client backend', 'walsender') GROUP BY 1 ORDER BY 2 DESC, 1
"""
MOST: Final = """
SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
"""
# Sessions of this database that hold a transaction open and have done nothing for a second, the oldest first.
IDLE: Final = f"""
SELECT pid, extract(epoch FROM backend_start)::numeric::text AS started, usename AS role,
  coalesce(nullif(application_name, ''), 'no name') AS application, state,
  extract(epoch FROM clock_timestamp() - xact_start)::float8 AS open_s,
  extract(epoch FROM clock_timestamp() - state_change)::float8 AS since_s,
  left(query, {LONGEST_STATEMENT}) AS statement,
  backend_xmin IS NOT NULL OR backend_xid IS NOT NULL AS holds_back_vacuum
FROM pg_stat_activity
WHERE datname = current_database() AND state LIKE 'idle in transaction%%'
  AND state_change < clock_timestamp() - interval '1 second' ORDER BY xact_start LIMIT {MOST_SHOWN}
"""
# Sessions that wait for a lock, with those that hold it or stand before them in its queue.
BLOCKED: Final = f"""
SELECT w.pid, extract(epoch FROM w.backend_start)::numeric::text AS started, w.usename AS role,
  extract(epoch FROM w.query_start)::numeric::text AS asked, left(w.query, {LONGEST_STATEMENT}) AS statement,
  extract(epoch FROM clock_timestamp() - coalesce(l.waitstart, w.state_change))::float8 AS waits_s,
  coalesce(l.locktype || coalesce(' ' || l.relation::regclass::text, '') || ', ' || l.mode, 'not shown') AS lock,
  pg_blocking_pids(w.pid) AS by
FROM pg_stat_activity AS w
LEFT JOIN LATERAL (SELECT * FROM pg_locks WHERE pid = w.pid AND NOT granted LIMIT 1) AS l ON true
WHERE w.datname = current_database() AND cardinality(pg_blocking_pids(w.pid)) > 0
ORDER BY waits_s DESC LIMIT {MOST_SHOWN}
"""
# Those who block, whatever they do.
BLOCKERS: Final = f"""
SELECT pid, extract(epoch FROM backend_start)::numeric::text AS started, usename AS role,
  coalesce(nullif(application_name, ''), 'no name') AS application, coalesce(state, 'not shown') AS state,
  extract(epoch FROM query_start)::numeric::text AS asked, left(query, {LONGEST_STATEMENT}) AS statement,
  extract(epoch FROM clock_timestamp() - xact_start)::float8 AS open_s,
  coalesce(wait_event = 'SyncRep', false) AS awaits_standby
FROM pg_stat_activity WHERE pid = ANY (%(pids)s)
"""
# Statements that have been running for a while.
RUNNING: Final = f"""
SELECT pid, extract(epoch FROM backend_start)::numeric::text AS started, usename AS role,
  coalesce(nullif(application_name, ''), 'no name') AS application,
  extract(epoch FROM query_start)::numeric::text AS asked, left(query, {LONGEST_STATEMENT}) AS statement,
  extract(epoch FROM clock_timestamp() - query_start)::float8 AS runs_s
FROM pg_stat_activity
WHERE datname = current_database() AND state = 'active' AND backend_type = 'client backend' AND pid <> pg_backend_pid()
  AND query_start < clock_timestamp() - interval '5 seconds' ORDER BY query_start LIMIT {MOST_SHOWN}
"""
MAY: Final = """
SELECT current_user AS role, pg_has_role('pg_read_all_stats', 'USAGE') AS may_see,
  pg_has_role('pg_signal_backend', 'USAGE') AS may_signal,
  EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'client backend' AND query = '<insufficient privilege>')
    AS hidden
"""


@dataclass(frozen=True, slots=True)
class Sessions:
    """Rows of the statements above, `blockers` by process id; times in seconds."""

    by_state: list[Any]
    connected: int
    most: int
    idle: list[Any]
    blocked: list[Any]
    blockers: dict[int, Any]
    running: list[Any]
    role: str
    may_see: bool
    may_signal: bool
    is_hidden: bool

    def root_of(self, pid: int) -> Any | None:
        """Who is at the beginning of the queue that a session waits in: the one whose end helps; None where unknown."""
        waiting = {row.pid: row for row in self.blocked}
        seen: set[int] = set()
        while pid in waiting and pid not in seen:
            seen.add(pid)
            pid = min(waiting[pid].by, key=lambda other: (other in waiting, other))
        return self.blockers.get(pid)


def describe_sessions(connection: Connection) -> Sessions:
    """As it is now; reads nothing of our tables."""

    def rows(statement: str, values: dict[str, Any] | None = None) -> list[Any]:
        return list(connection.exec_driver_sql(statement, values or {}).all())

    by_state, blocked = rows(BY_STATE), rows(blocked_statement(connection))
    may = rows(MAY)[0]
    pids = sorted({pid for row in blocked for pid in row.by})
    return Sessions(
        by_state=by_state,
        connected=sum(row.count for row in by_state),
        most=int(rows(MOST)[0][0]),
        idle=rows(IDLE),
        blocked=blocked,
        blockers={row.pid: row for row in (rows(BLOCKERS, {"pids": pids}) if pids else [])},
        running=rows(RUNNING),
        role=may.role,
        may_see=may.may_see,
        may_signal=may.may_signal,
        is_hidden=bool(may.hidden),
    )


def blocked_statement(connection: Connection) -> str:
    """BLOCKED as the server takes it: since when a lock is waited for is known from PostgreSQL 14 on."""
    is_told = (connection.dialect.server_version_info or (0,)) >= (14,)
    return BLOCKED if is_told else BLOCKED.replace("coalesce(l.waitstart, w.state_change)", "w.state_change")
