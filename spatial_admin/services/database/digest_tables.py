"""What a database holds, in a number of rows and a digest for each table: equal there and here, or not the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from spatial_admin.errors import Json

# Rows that mean something only in the server that wrote them: they hold its transaction numbers. Both are made anew by
# the next edits; a cell that named a number of another server could be taken for one that this transaction holds.
NOT_KEPT: Final = ("conflict_cell", "tile_change")
# Every table that no extension brought, its partitions within it.
TABLES: Final = """
SELECT n.nspname AS schema, c.relname AS name, greatest(c.reltuples, 0)::bigint AS about
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence = 'p'
  AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'edit_queue') AND n.nspname NOT LIKE 'pg\\_%%'
  AND NOT EXISTS (SELECT FROM pg_depend AS d
                  WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'e')
ORDER BY 1, 2
"""
# One way to write a value as text, whatever the server's defaults are.
PLAIN_TEXT: Final = (
    "SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL intervalstyle = 'postgres'; "
    "SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex'; SET LOCAL lc_monetary = 'C'"
)
# The sum of 64 bits of the MD5 of each row: the order of rows does not matter, no row is held, and neither the version
# of the server nor its processor changes it (hashtext would). Against errors, not against forgers.
DIGEST: Final = """
SELECT count(*) AS rows, coalesce(sum(('x' || left(md5(t::text), 16))::bit(64)::bigint::numeric), 0)::text AS digest
FROM {table} AS t
"""

Told = Callable[[str, int, int | None], None]
"""Told a stage, how much of it is done, and of how much, where this is known."""


@dataclass(frozen=True, slots=True)
class Contents:
    """Of one table."""

    rows: int
    digest: str


def digest_tables(session: Session, told: Told) -> dict[str, Contents]:
    """Contents by table, `schema.name`; reads everything, in the memory of one row."""
    connection = session.connection()
    connection.exec_driver_sql(PLAIN_TEXT)
    tables = [row for row in connection.exec_driver_sql(TABLES).all() if row.name not in NOT_KEPT]
    total = sum(row.about for row in tables)
    found: dict[str, Contents] = {}
    for row in tables:
        name = '"{}"."{}"'.format(*(part.replace('"', '""') for part in (row.schema, row.name)))
        contents = connection.exec_driver_sql(DIGEST.format(table=name.replace("%", "%%"))).one()
        found[f"{row.schema}.{row.name}"] = Contents(int(contents.rows), contents.digest)
        told("Digesting rows", sum(one.rows for one in found.values()), total or None)
    return found


def differences(kept: Json, found: dict[str, Contents]) -> list[str]:
    """How two contents differ, in a line for each table; `kept` as a manifest has it."""
    lines = []
    for name in sorted(kept.keys() | found.keys()):
        before, now = kept.get(name), found.get(name)
        if before is None or now is None:
            lines.append(f"{name}: {'is not in the backup' if before is None else 'is missing'}")
        elif before["rows"] != now.rows:
            lines.append(f"{name}: {now.rows:,} rows, {before['rows']:,} in the backup")
        elif before["digest"] != now.digest:
            lines.append(f"{name}: {now.rows:,} rows as in the backup, but not the same ones")
    return lines
