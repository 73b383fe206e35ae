"""VACUUM and ANALYZE of the tables that need them, beside what autovacuum does by itself."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from spatial_admin.owner_connection import OwnerConnection
from spatial_admin.services.jobs.chore import OURS, Chore, Look, Step
from spatial_admin.settings import Upkeep

# Below so many rows nobody feels it; above, a share counts.
FEW_ROWS: Final = 500
DEAD_SHARE: Final = 0.05
NEW_SHARE: Final = 0.10
CHANGED_SHARE: Final = 0.05
OLD_SHARE: Final = 0.5  # of the age at which PostgreSQL would freeze by itself, in the middle of a day

# Tables with what has happened to them since they were looked after, as PostgreSQL counts it.
TABLES: Final = f"""
SELECT s.relid::regclass::text AS name, greatest(c.reltuples, s.n_live_tup, 0)::bigint AS rows, s.n_dead_tup AS dead,
  s.n_ins_since_vacuum AS inserted, s.n_mod_since_analyze AS changed,
  greatest(s.last_analyze, s.last_autoanalyze) AS analyzed_at,
  age(c.relfrozenxid)::float8 / current_setting('autovacuum_freeze_max_age')::float8 AS age_share
FROM pg_stat_user_tables AS s JOIN pg_class AS c ON c.oid = s.relid
WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND {OURS}
ORDER BY pg_table_size(c.oid)
"""
# Partitioned tables, whose statistics over all partitions autovacuum never makes.
PARENTS: Final = f"""
SELECT c.oid::regclass::text AS name FROM pg_class AS c LEFT JOIN pg_stat_user_tables AS s ON s.relid = c.oid
WHERE c.relkind = 'p' AND {OURS} AND coalesce(s.last_analyze < clock_timestamp() - interval '7 days', true)
"""
DEAD: Final = "SELECT n_dead_tup FROM pg_stat_user_tables WHERE relid = %(name)s::regclass"
# What was skipped is not counted.
TIMES: Final = "SELECT vacuum_count, analyze_count FROM pg_stat_user_tables WHERE relid = %(name)s::regclass"
# TRUNCATE false: giving the empty end of a file back takes the one lock that stops readers, and cancels queries on a
# replica; the room is used again anyway. SKIP_LOCKED: where autovacuum is at it, it need not be waited for.
VACUUM_ONE: Final = "VACUUM (ANALYZE, SKIP_LOCKED, TRUNCATE false{freeze}) {name}"
ANALYZE_ONE: Final = "ANALYZE (SKIP_LOCKED) {name}"
DONE: Final = "done"
HELD: Final = "left out: something else holds the table; autovacuum, mostly"


def reason_to_vacuum(table: Any) -> str:
    """Why a table wants VACUUM, in words; "" where it does not."""
    if table.age_share > OLD_SHARE:
        return f"its oldest transaction is at {table.age_share:.0%} of the age that forces a VACUUM"
    if table.dead > FEW_ROWS and table.dead > DEAD_SHARE * table.rows:
        return f"{table.dead:,} dead rows beside {table.rows:,}"
    if table.inserted > FEW_ROWS and table.inserted > NEW_SHARE * table.rows:
        return f"{table.inserted:,} new rows not marked visible to all, of {table.rows:,}"
    return ""


def reason_to_analyze(table: Any) -> str:
    """Why a table wants ANALYZE, in words; "" where it does not."""
    if table.changed > FEW_ROWS and table.changed > CHANGED_SHARE * table.rows:
        return f"{table.changed:,} of {table.rows:,} rows changed since the last"
    if table.analyzed_at is None and table.rows:
        return "never analyzed so far"
    return ""


def _to_vacuum(owner: OwnerConnection, _upkeep: Upkeep) -> Iterator[Step]:
    for table in owner.read(TABLES):
        if why := reason_to_vacuum(table):
            freeze = ", FREEZE" if table.age_share > OLD_SHARE else ""
            statement = VACUUM_ONE.format(name=table.name, freeze=freeze)
            yield Step(f"{table.name}: {why}", partial(_vacuum, owner, table.name, statement))


def _to_analyze(owner: OwnerConnection, _upkeep: Upkeep) -> Iterator[Step]:
    for table in owner.read(TABLES):
        why = reason_to_analyze(table)
        if why and not reason_to_vacuum(table):
            statement = ANALYZE_ONE.format(name=table.name)
            yield Step(f"{table.name}: {why}", partial(_run, owner, table.name, statement))

    for table in owner.read(PARENTS):
        statement = ANALYZE_ONE.format(name=table.name)
        about = f"{table.name}: not analyzed over all its partitions within a week"
        yield Step(about, partial(_run, owner, table.name, statement))


def _vacuum(owner: OwnerConnection, name: str, statement: str, look: Look) -> str:
    outcome = _run(owner, name, statement, look)
    dead = owner.read(DEAD, {"name": name})[0][0]
    if outcome == DONE and dead > FEW_ROWS:
        return f"done, but {dead:,} dead rows stay: a transaction that runs may still see them"
    return outcome


def _run(owner: OwnerConnection, name: str, statement: str, look: Look) -> str:
    before = owner.read(TIMES, {"name": name})
    owner.run(statement, look)
    return HELD if before and owner.read(TIMES, {"name": name}) == before else DONE


VACUUM_TABLES: Final = Chore("vacuum", "Tables with many dead rows are vacuumed and analyzed.", _to_vacuum)
ANALYZE_TABLES: Final = Chore(
    "analyze", "Tables that changed are analyzed, so that queries are planned well.", _to_analyze
)
