"""The database server itself: replicas, log and checkpoints, cache, the statements that cost most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection

MOST_SHOWN: Final = 15
NAMELESS: Final = 120  # characters of a statement

# Replicas that this server feeds, with what they still lack. Without pg_read_all_stats only their number is told.
REPLICAS: Final = """
SELECT coalesce(nullif(application_name, ''), pid::text) AS name, state, sync_state,
  pg_wal_lsn_diff(pg_current_wal_lsn(), sent_lsn)::bigint AS unsent,
  pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::bigint AS behind,
  extract(epoch FROM replay_lag)::float8 AS lag_s
FROM pg_stat_replication ORDER BY 1
"""
# Which standbys a commit waits for, if any. On a standby, if ever asked there: how old what it shows is.
STANDBY: Final = """
SELECT pg_is_in_recovery() AS is_standby, current_setting('synchronous_standby_names') AS waited_for,
  CASE WHEN pg_is_in_recovery() THEN extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())::float8
  END AS replayed_ago_s
"""
SLOTS: Final = """
SELECT slot_name AS name, slot_type AS kind, active, wal_status, CASE WHEN pg_is_in_recovery() THEN NULL ELSE
  pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::bigint END AS kept
FROM pg_replication_slots ORDER BY 4 DESC NULLS LAST
"""
# Reads of this database since its statistics began, and how many of them the server's own memory answered.
CACHE: Final = """
SELECT blks_hit::float8 / nullif(blks_hit + blks_read, 0) AS hit_share, blks_read AS read, deadlocks, temp_bytes,
  conflicts, checksum_failures, stats_reset
FROM pg_stat_database WHERE datname = current_database()
"""
CHECKPOINTS: Final = """
SELECT checkpoints_timed AS timed, checkpoints_req AS asked, buffers_checkpoint AS written,
  checkpoint_write_time / 1000.0 AS write_s, stats_reset FROM pg_stat_bgwriter
"""
# As PostgreSQL 17 tells it.
CHECKPOINTS_17: Final = """
SELECT num_timed AS timed, num_requested AS asked, buffers_written AS written,
  write_time / 1000.0 AS write_s, stats_reset FROM pg_stat_checkpointer
"""
LOG: Final = "SELECT wal_bytes::float8 AS bytes, wal_fpi AS full_pages, stats_reset FROM pg_stat_wal"
# The library is loaded when its setting is there; which libraries are is not for everybody to read.
HAS_STATEMENTS: Final = """
SELECT current_setting('pg_stat_statements.max', true) IS NOT NULL
  AND EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_stat_statements')
"""
# What cost this database most in all, as PostgreSQL counts it (all processes, since the counters began).
STATEMENTS: Final = f"""
SELECT left(regexp_replace(query, '\\s+', ' ', 'g'), {NAMELESS}) AS statement, calls, mean_exec_time AS mean_ms,
  max_exec_time AS max_ms, total_exec_time / 1000 AS total_s
FROM pg_stat_statements WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
ORDER BY total_exec_time DESC LIMIT {MOST_SHOWN}
"""


@dataclass(frozen=True, slots=True)
class Server:
    """Rows of the statements above; `statements` is None where pg_stat_statements is not loaded."""

    replicas: list[Any]
    standby: Any
    slots: list[Any]
    cache: Any
    checkpoints: Any
    log: Any | None
    statements: list[Any] | None


def describe_server(connection: Connection) -> Server:
    """As its statistics say."""
    version = connection.dialect.server_version_info or (0,)

    def rows(statement: str) -> list[Any]:
        return list(connection.exec_driver_sql(statement).all())

    standby = rows(STANDBY)[0]
    return Server(
        replicas=[] if standby.is_standby else rows(REPLICAS),
        standby=standby,
        slots=rows(SLOTS),
        cache=rows(CACHE)[0],
        checkpoints=rows(CHECKPOINTS_17 if version >= (17,) else CHECKPOINTS)[0],
        log=rows(LOG)[0] if version >= (14,) else None,
        statements=rows(STATEMENTS) if rows(HAS_STATEMENTS)[0][0] else None,
    )
