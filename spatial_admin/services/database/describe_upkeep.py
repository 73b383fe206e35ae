"""How well tables and indexes are looked after: dead rows, statistics, sizes, and what keeps VACUUM from its work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection

from spatial_admin.services.database.maintain_database import KIND
from spatial_admin.services.jobs.chore import OURS

MOST_SHOWN: Final = 40
# Tables of ours, those without autovacuum and then the largest first. Counters and times end with a crash or a
# promotion, what ANALYZE found (pg_stats, of what this role may read) does not.
TABLES: Final = f"""
SELECT s.relid::regclass::text AS name, pg_total_relation_size(s.relid) AS bytes, pg_table_size(s.relid) AS table_bytes,
  greatest(c.reltuples, s.n_live_tup, 0)::bigint AS rows, s.n_dead_tup AS dead,
  s.n_dead_tup::float8 / nullif(s.n_live_tup + s.n_dead_tup, 0) AS dead_share,
  s.n_tup_hot_upd::float8 / nullif(s.n_tup_upd, 0) AS hot_share, s.n_mod_since_analyze AS changed,
  greatest(s.last_vacuum, s.last_autovacuum) AS vacuumed_at,
  greatest(s.last_analyze, s.last_autoanalyze) AS analyzed_at,
  NOT has_table_privilege(s.relid, 'SELECT') OR EXISTS (SELECT FROM pg_stats AS known
    WHERE known.schemaname = s.schemaname AND known.tablename = s.relname) AS has_statistics,
  age(c.relfrozenxid)::bigint AS age, coalesce('autovacuum_enabled=off' = ANY (c.reloptions)
    OR 'autovacuum_enabled=false' = ANY (c.reloptions), false) AS is_off
FROM pg_stat_user_tables AS s JOIN pg_class AS c ON c.oid = s.relid
WHERE c.relkind = 'r' AND {OURS} AND pg_total_relation_size(s.relid) > 0 ORDER BY is_off DESC, 2 DESC LIMIT {MOST_SHOWN}
"""
# Indexes of ours, invalid ones and then the largest first, with what they took for as many rows when they were last
# rebuilt.
INDEXES: Final = f"""
SELECT i.indexrelid::regclass::text AS name, i.indrelid::regclass::text AS table_name, a.amname AS method,
  pg_relation_size(i.indexrelid) AS bytes, s.idx_scan AS scans, i.indisvalid AS is_valid,
  i.indisunique OR i.indisexclusion AS is_rule,
  1 - n.bytes::float8 * c.reltuples / nullif(n.rows, 0) / nullif(pg_relation_size(i.indexrelid), 0) AS waste,
  n.noted_at
FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_am AS a ON a.oid = c.relam
JOIN pg_stat_user_indexes AS s ON s.indexrelid = i.indexrelid
LEFT JOIN index_size AS n ON n.name = i.indexrelid::regclass::text
WHERE c.relkind = 'i' AND {OURS} ORDER BY i.indisvalid, 4 DESC LIMIT {MOST_SHOWN}
"""
# What no VACUUM may go beyond: snapshots of sessions, of prepared transactions, of replicas and their slots.
HOLDERS: Final = """
SELECT * FROM (
SELECT 'session' AS kind, pid::text AS name, coalesce(nullif(application_name, ''), 'no name') AS who,
  greatest(age(backend_xmin), age(backend_xid))::bigint AS age,
  extract(epoch FROM clock_timestamp() - xact_start)::float8 AS open_s
FROM pg_stat_activity WHERE (backend_xmin IS NOT NULL OR backend_xid IS NOT NULL) AND pid <> pg_backend_pid()
  AND backend_type <> 'walsender'
UNION ALL SELECT 'prepared transaction', gid, owner, age(transaction)::bigint,
  extract(epoch FROM clock_timestamp() - prepared)::float8 FROM pg_prepared_xacts
UNION ALL SELECT 'replication slot', slot_name, CASE WHEN active THEN 'in use' ELSE 'not in use' END,
  greatest(age(xmin), age(catalog_xmin))::bigint, NULL
FROM pg_replication_slots WHERE xmin IS NOT NULL OR catalog_xmin IS NOT NULL
UNION ALL SELECT 'replica', coalesce(nullif(application_name, ''), pid::text), coalesce(client_addr::text, 'by socket'),
  age(backend_xmin)::bigint, NULL FROM pg_stat_replication WHERE backend_xmin IS NOT NULL
) AS holders ORDER BY age DESC NULLS LAST LIMIT 10
"""
AGE: Final = """
SELECT age(datfrozenxid)::bigint AS age, current_setting('autovacuum_freeze_max_age')::bigint AS forced_at,
  pg_database_size(current_database()) AS bytes, current_setting('autovacuum')::bool AS autovacuum,
  current_setting('track_counts')::bool AS counts, to_regprocedure('database_is_closed()') IS NOT NULL AS is_closed
FROM pg_database WHERE datname = current_database()
"""
# The last maintenance that ended, and one that waits or runs.
LAST: Final = f"""
SELECT id, state, ended_at, problem ->> 'detail' AS problem,
  jsonb_path_query_first(result, '$.chores[*].left_out ? (@ <> "")') #>> '{{}}' AS left_out,
  extract(epoch FROM clock_timestamp() - ended_at)::float8 AS ago_s FROM job_run
WHERE kind = '{KIND}' AND ended_at IS NOT NULL ORDER BY id DESC LIMIT 1
"""
NOW: Final = f"SELECT id, state FROM job_run WHERE kind = '{KIND}' AND ended_at IS NULL"
WORKERS: Final = """
SELECT count(*) FILTER (WHERE last_heartbeat > clock_timestamp() - interval '90 seconds') FROM procrastinate_workers
"""


@dataclass(frozen=True, slots=True)
class Upkeep:
    """Rows of the statements above; sizes in bytes, ages in transactions, times in seconds."""

    tables: list[Any]
    indexes: list[Any]
    holders: list[Any]
    database: Any
    last: Any | None
    now: Any | None
    workers: int


def describe_upkeep(connection: Connection) -> Upkeep:
    """As the statistics say; no table is read."""

    def rows(statement: str) -> list[Any]:
        return list(connection.exec_driver_sql(statement).all())

    return Upkeep(
        tables=rows(TABLES),
        indexes=rows(INDEXES),
        holders=rows(HOLDERS),
        database=rows(AGE)[0],
        last=next(iter(rows(LAST)), None),
        now=next(iter(rows(NOW)), None),
        workers=int(rows(WORKERS)[0][0]),
    )
