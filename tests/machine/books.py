"""The books: what the tables hold, what they kept of the past, and whether all of it is of one piece."""

from __future__ import annotations

import graphlib
import itertools
from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import Connection, text

from spatial_admin.cadastre.coverage import PROPERTIES
from tests.concurrency.audit import overlaps
from tests.machine.memory import Image

TABLES: Final = (
    "parcel", "parcel_version", "edit", "finding", "finding_event", "lineage", "parcel_zoning", "conflict_cell",
)  # fmt: skip
COLUMNS: Final = "number, level, kind, part_of, legal_area_m2, legal_area_text, land_use, address, attributes"
# Every row of every table that edits write, as far as anything changed in it: who wrote last, and how many there are.
MARKS: Final = " UNION ALL ".join(
    f"SELECT '{table}', count(*), max(xmin::text::bigint) FROM {table}" for table in TABLES
)
ROWS: Final = f"""
SELECT id, parcel_id, version, end_lifespan_version IS NULL AS is_current, begin_lifespan_version AS begin,
  ST_AsBinary(geom, 'NDR') AS wkb, area_m2, {COLUMNS} FROM parcel ORDER BY id
"""
# History from empty: the versions in the order of time, each over the one before.
HISTORY: Final = f"""
SELECT parcel AS id, parcel_id, version, change, lower(period) AS begun, upper(period) AS ended, edit_id,
  ST_AsEWKB(geom) AS geom, area_m2, {COLUMNS} FROM parcel_version ORDER BY lower(period), edit_id, parcel, version
"""
TABLE: Final = f"""
SELECT id, parcel_id, version, end_lifespan_version AS ended, begin_lifespan_version AS begun, edit_id,
  ST_AsEWKB(geom) AS geom, area_m2, {COLUMNS} FROM parcel ORDER BY id
"""
LINEAGE: Final = "SELECT parent, parent_version, child, child_version FROM lineage"
OPEN_FINDINGS: Final = """
SELECT f.rule, array_agg(p.parcel_id ORDER BY p.parcel_id) AS parcels
FROM finding AS f JOIN parcel AS p ON p.id = ANY (f.parcels)
WHERE f.status <> 'fixed' AND f.rule IN ('overlap', 'stack') GROUP BY f.id, f.rule
"""
SHARES: Final = "SELECT parcel, district, share FROM parcel_zoning ORDER BY parcel, district"
REFRESH: Final = "SELECT refresh_zoning((SELECT array_agg(id) FROM parcel))"


def marks(connection: Connection) -> dict[str, tuple[int, int]]:
    """What changes with anything that is written."""
    return {row[0]: (row[1], row[2]) for row in connection.execute(text(MARKS))}


def images(connection: Connection) -> dict[str, tuple[Image, int, Any]]:
    """Each row as memory has it, its internal id, and when its version began."""
    return {
        row.parcel_id: (
            (row.version, row.is_current, bytes(row.wkb), row.area_m2, tuple(getattr(row, p) for p in PROPERTIES)),
            row.id,
            row.begin,
        )
        for row in connection.execute(text(ROWS))
    }


def wrong_in_books(connection: Connection) -> list[str]:
    """What is not of one piece, in words."""
    return [
        *_wrong_in_history(connection), *_wrong_in_lineage(connection), *_wrong_in_findings(connection),
        *_wrong_in_zoning(connection),
    ]  # fmt: skip


def _wrong_in_history(connection: Connection) -> Iterator[str]:
    """Versions 1..n whose periods meet; played from the beginning they come to the table, every bit and column of it."""
    played: dict[int, Any] = {}
    for row in connection.execute(text(HISTORY)):
        before = played.get(row.id)
        if row.version != (before.version + 1 if before else 1):
            yield f"{row.parcel_id}: version {row.version} follows {before.version if before else 'nothing'}"
        if before is not None and before.ended != row.begun:
            yield f"{row.parcel_id}: version {before.version} ends at {before.ended}, the next begins at {row.begun}"
        if (row.change == "created") != (before is None) or (row.change == "restored") != (
            before is not None and before.change == "retired"
        ):
            yield f"{row.parcel_id}: version {row.version} is {row.change} after {before.change if before else 'nothing'}"
        played[row.id] = row
    for row in connection.execute(text(TABLE)):
        last = played.pop(row.id, None)
        if last is None:
            yield f"{row.parcel_id} has no history"
            continue
        if last.ended is not None or (row.ended is None) != (last.change != "retired"):
            yield f"{row.parcel_id}: its newest version ({last.change}) ends at {last.ended}, its row at {row.ended}"
        then, now = (
            (one.parcel_id, one.version, one.begun, one.edit_id, bytes(one.geom), *one[-10:]) for one in (last, row)
        )
        if then != now:
            yield f"{row.parcel_id}: history comes to {then}, the table has {now}"
    yield from (f"{row.parcel_id} has history and no row" for row in played.values())


def _wrong_in_lineage(connection: Connection) -> Iterator[str]:
    """No cycle: neither among the steps, nor with the time that flows from each version of a parcel to its next."""
    known = {(row[0], row[1]) for row in connection.execute(text("SELECT parcel_id, version FROM parcel_version"))}
    graph: dict[tuple[str, int], set[tuple[str, int]]] = {
        (name, version): {(name, version - 1)} if version > 1 else set() for name, version in known
    }
    for parent, parent_version, child, child_version in connection.execute(text(LINEAGE)):
        for end in ((parent, parent_version), (child, child_version)):
            if end not in known:
                yield f"lineage names {end}, which never was"
        graph.setdefault((child, child_version), set()).add((parent, parent_version))
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        yield f"lineage goes round: {error.args[1]}"


def _wrong_in_findings(connection: Connection) -> Iterator[str]:
    """Overlaps that are recorded are those that there are."""
    recorded = {
        pair for row in connection.execute(text(OPEN_FINDINGS)) for pair in itertools.combinations(row.parcels, 2)
    }
    there = {(min(a, b), max(a, b)) for a, b, _ in overlaps(connection)}
    for pair in sorted(recorded ^ there):
        yield f"{pair} " + ("overlap and no finding says so" if pair in there else "do not overlap, a finding says so")


def _wrong_in_zoning(connection: Connection) -> Iterator[str]:
    kept = connection.execute(text(SHARES)).all()
    connection.execute(text(REFRESH))
    for row in sorted(set(kept) ^ set(connection.execute(text(SHARES)).all())):
        yield f"zoning share {tuple(row)} is not what it is when computed anew"
    connection.rollback()
