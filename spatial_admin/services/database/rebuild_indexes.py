"""REINDEX CONCURRENTLY of indexes that take much more room than their rows need, and what a killed one left behind.

How much an index needs is measured where it can be: by pgstattuple, else by what it took for each row when it was
last rebuilt or first seen (index_size). A guess from the width of columns is wrong for GiST and GIN, and an index that
is guessed bloated for ever would be rebuilt every night.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from sqlalchemy.exc import DBAPIError

from spatial_admin.database_errors import LOCK_TIMEOUT, is_connection_loss, sqlstate
from spatial_admin.owner_connection import LOCK_S, OwnerConnection
from spatial_admin.services.jobs.chore import OURS, Chore, Look, Step
from spatial_admin.settings import Upkeep

logger = logging.getLogger(__name__)

SMALLEST_BYTES: Final = 4 * 1024 * 1024
WORTH_SHARE: Final = 0.40  # of the index that would be saved
FULL_SHARE: Final = 0.9  # to which a B-tree's leaves are filled when it is built
GIST_SHARE: Final = 0.66  # of boxes of lots: 0.66 after a rebuild, 0.52 inserted row by row (docs/maintenance.md)

# Indexes that can be rebuilt beside their use, with size, rows, and what was noted of them. An index of an exclusion
# constraint cannot; partitioned ones are their partitions.
INDEXES: Final = f"""
SELECT i.indexrelid::regclass::text AS name, a.amname AS method, pg_relation_size(i.indexrelid) AS bytes,
  greatest(c.reltuples, 0)::bigint AS rows, n.bytes AS noted_bytes, n.rows AS noted_rows
FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_am AS a ON a.oid = c.relam
LEFT JOIN index_size AS n ON n.name = i.indexrelid::regclass::text
WHERE c.relkind = 'i' AND i.indisvalid AND NOT i.indisexclusion AND c.relpersistence = 'p'
  AND c.relnamespace NOT IN ('pg_catalog'::regnamespace, 'pg_toast'::regnamespace)
  AND {OURS} AND pg_relation_size(i.indexrelid) >= {SMALLEST_BYTES}
ORDER BY pg_relation_size(i.indexrelid)
"""
# Invalid ones that REINDEX CONCURRENTLY made (_ccnew) or was about to drop (_ccold), of tables on which none runs now.
LEFT_BEHIND: Final = f"""
SELECT i.indexrelid::regclass::text AS name, i.indrelid::regclass::text AS table_name
FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
WHERE NOT i.indisvalid AND c.relname ~ '_cc(new|old)[0-9]*$' AND c.relkind = 'i' AND {OURS}
  AND NOT EXISTS (SELECT FROM pg_locks AS l WHERE l.relation = i.indrelid AND l.mode = 'ShareUpdateExclusiveLock'
                  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()))
"""
MAY_MEASURE: Final = """
SELECT coalesce(bool_and(has_function_privilege(oid, 'EXECUTE')), false)
FROM pg_proc WHERE oid::regprocedure::text IN ('pgstatindex(text)', 'pgstattuple(regclass)')
"""
LEAVES: Final = "SELECT avg_leaf_density / 100 FROM pgstatindex(%(name)s)"
FREE: Final = "SELECT 1 - free_percent / 100 FROM pgstattuple(%(name)s::regclass)"
SIZE: Final = "SELECT pg_relation_size(%(name)s::regclass)"
NOTE: Final = """
INSERT INTO index_size (name, bytes, rows) VALUES (%(name)s, %(bytes)s, %(rows)s)
ON CONFLICT (name) DO UPDATE SET bytes = excluded.bytes, rows = excluded.rows, noted_at = clock_timestamp()
"""
FORGET: Final = "DELETE FROM index_size WHERE to_regclass(name) IS NULL"


@dataclass(frozen=True, slots=True)
class Waste:
    """The share of an index that a rebuild would save, 0 to 1, and by what it is known."""

    share: float
    known_by: str


def waste_of(index: Any, density: float | None = None) -> Waste | None:
    """What of an index is waste: by the measured density of its pages and by its size when it was noted, the smaller of
    both (what was just rebuilt is as good as it gets); None where neither is known.
    """
    found = []
    if density is not None:
        full = FULL_SHARE if index.method == "btree" else GIST_SHARE
        found.append(Waste(max(0.0, 1 - density / full), "as pgstattuple measures it"))
    if index.noted_bytes and index.noted_rows and index.rows:
        needed = index.noted_bytes * index.rows / index.noted_rows
        found.append(Waste(max(0.0, 1 - needed / index.bytes), "by what it took for each row when it was noted"))
    return min(found, key=lambda waste: waste.share, default=None)


def _to_rebuild(owner: OwnerConnection, _upkeep: Upkeep) -> Iterator[Step]:
    may_measure = owner.read(MAY_MEASURE)[0][0]
    for index in owner.read(INDEXES):
        waste = waste_of(index, _density(owner, index) if may_measure else None)
        if waste is None:
            yield Step(f"{index.name}: its size is noted for the first time", partial(_note, owner, index))
        elif waste.share > WORTH_SHARE:
            about = f"{index.name}: {waste.share:.0%} of {_mib(index.bytes)} is waste, {waste.known_by}"
            yield Step(about, partial(_rebuild, owner, index))


def _density(owner: OwnerConnection, index: Any) -> float | None:
    """How full the pages of an index are, 0 to 1; reads all of it. None for kinds that pgstattuple does not know."""
    statement = {"btree": LEAVES, "gist": FREE}.get(index.method)
    return None if statement is None else float(owner.read(statement, {"name": index.name})[0][0])


def _note(owner: OwnerConnection, index: Any, _look: Look) -> str:
    owner.connection.exec_driver_sql(NOTE, {"name": index.name, "bytes": index.bytes, "rows": index.rows})
    return f"{_mib(index.bytes)} for {index.rows:,} rows"


def _rebuild(owner: OwnerConnection, index: Any, look: Look) -> str:
    try:
        owner.run(f"REINDEX INDEX CONCURRENTLY {index.name}", look)
    except DBAPIError as error:
        if is_connection_loss(error):
            raise
        _drop_left_behind(owner)
        if sqlstate(error) == LOCK_TIMEOUT:
            return "left out: a transaction that began before it did not end within a minute"
        raise
    except BaseException:
        _drop_left_behind(owner)
        raise
    size = int(owner.read(SIZE, {"name": index.name})[0][0])
    owner.connection.exec_driver_sql(NOTE, {"name": index.name, "bytes": size, "rows": index.rows})
    owner.connection.exec_driver_sql(FORGET)
    return f"{_mib(index.bytes)} before, {_mib(size)} after"


def _drop_left_behind(owner: OwnerConnection) -> None:
    # The run may be about to stop, and somebody waits for that: what is not had at once, the next run finds.
    owner.connection.exec_driver_sql("SET lock_timeout = '500ms'")
    for left in owner.read(LEFT_BEHIND):
        try:
            owner.connection.exec_driver_sql(f"DROP INDEX CONCURRENTLY IF EXISTS {left.name}")
        except DBAPIError as error:
            logger.warning("Index %s is left for the next maintenance: %s", left.name, error.orig)
    owner.connection.exec_driver_sql(f"SET lock_timeout = '{LOCK_S}s'")


def _to_drop(owner: OwnerConnection, _upkeep: Upkeep) -> Iterator[Step]:
    for left in owner.read(LEFT_BEHIND):
        about = f"{left.name}: a rebuild that was cut short left it on {left.table_name}; every write keeps it up"
        yield Step(about, partial(_drop, owner, left.name))


def _drop(owner: OwnerConnection, name: str, look: Look) -> str:
    owner.run(f"DROP INDEX CONCURRENTLY IF EXISTS {name}", look)
    return "dropped"


def _mib(count: int) -> str:
    return f"{count / 1024 / 1024:,.1f} MiB"


DROP_LEFT_INDEXES: Final = Chore("left_indexes", "Invalid indexes that a rebuild left behind are dropped.", _to_drop)
REBUILD_INDEXES: Final = Chore("reindex", "Indexes that are mostly waste are rebuilt while they are used.", _to_rebuild)
