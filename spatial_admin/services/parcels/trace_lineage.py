"""Lineage: what a parcel came out of and what came out of it, step by step and version by version.

A step leads from a parent's version to a child's. By ids alone lineage can go round in circles (a lot is split off and
merged back); by versions it cannot: backwards a walk goes on only to steps that made the version at hand or one before
it, forwards only to steps that came out of it or of one after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy.orm import Session

from spatial_admin.errors import Json, NotFound

MOST_STEPS: Final = 1_000
# A step may be reached in several generations; each time it is a row of the walk.
MOST_ROWS: Final = 4 * MOST_STEPS
MOST_KIN: Final = 100
MOST_SUCCESSORS: Final = 50

# Steps by which a parcel came to be, the nearest first. The limit ends the walk: a recursive query is read as it grows.
BACK: Final = """
WITH RECURSIVE walk AS (
  SELECT s.id, s.parent, s.parent_version, 1 AS generation FROM lineage AS s WHERE s.child = %(name)s
  UNION
  SELECT s.id, s.parent, s.parent_version, w.generation + 1 FROM walk AS w
  JOIN lineage AS s ON s.child = w.parent AND s.child_version <= w.parent_version WHERE w.generation <= %(depth)s)
SELECT id, generation FROM walk LIMIT %(rows)s
"""
# Steps that came out of a parcel, the nearest first.
FORWARD: Final = """
WITH RECURSIVE walk AS (
  SELECT s.id, s.child, s.child_version, 1 AS generation FROM lineage AS s WHERE s.parent = %(name)s
  UNION
  SELECT s.id, s.child, s.child_version, w.generation + 1 FROM walk AS w
  JOIN lineage AS s ON s.parent = w.child AND s.parent_version >= w.child_version WHERE w.generation <= %(depth)s)
SELECT id, generation FROM walk LIMIT %(rows)s
"""
# By direction.
WALKS: Final = {"back": (BACK,), "forward": (FORWARD,), "both": (BACK, FORWARD)}
# Steps by their ids, oldest first.
STEPS: Final = """
SELECT s.parent, s.parent_version, s.child, s.child_version, s.kind, s.edit_id, e.made_at AS at, e.comment
FROM lineage AS s JOIN edit AS e ON e.id = s.edit_id WHERE s.id = ANY (%(ids)s::bigint[]) ORDER BY e.made_at, s.id
"""
# Parcels as they are now, retired ones too.
NODES: Final = """
SELECT parcel_id, number, version, end_lifespan_version FROM parcel
WHERE parcel_id = ANY (%(names)s::text[]) ORDER BY parcel_id
"""
# One step either way: the steps first, then what they name, which is planned once for both sides.
KIN: Final = """
SELECT s.side, p.parcel_id, p.number, s.version, s.kind, s.edit_id, e.made_at AS at,
       p.end_lifespan_version IS NULL AS is_current
FROM ((SELECT 'parents' AS side, id, parent AS other, parent_version AS version, kind, edit_id
       FROM lineage WHERE child = %(name)s ORDER BY id LIMIT %(limit)s)
      UNION ALL
      (SELECT 'children', id, child, child_version, kind, edit_id
       FROM lineage WHERE parent = %(name)s ORDER BY id LIMIT %(limit)s)) AS s
JOIN parcel AS p ON p.parcel_id = s.other JOIN edit AS e ON e.id = s.edit_id ORDER BY s.id
"""
# The current parcels among all that came out of the given ones, however many steps away.
SUCCESSORS: Final = """
WITH RECURSIVE walk AS (
  SELECT s.parent AS root, s.child, s.child_version FROM lineage AS s WHERE s.parent = ANY (%(names)s::text[])
  UNION
  SELECT w.root, s.child, s.child_version FROM walk AS w
  JOIN lineage AS s ON s.parent = w.child AND s.parent_version >= w.child_version)
SELECT DISTINCT found.root, p.parcel_id, p.number
FROM (SELECT root, child FROM walk LIMIT %(rows)s) AS found JOIN parcel AS p ON p.parcel_id = found.child
WHERE p.end_lifespan_version IS NULL AND p.parcel_id <> found.root ORDER BY found.root, p.parcel_id
"""


def trace_lineage(session: Session, name: str, direction: str, depth: int) -> Json:
    """The steps at most `depth` away, oldest first, and the parcels they join; `truncated` where there are more.

    `direction` is one of WALKS; raises NotFound.
    """
    found: dict[int, None] = {}
    is_truncated = False
    for statement in WALKS[direction]:
        values = {"name": name, "depth": depth, "rows": MOST_ROWS}
        rows = session.connection().exec_driver_sql(statement, values).all()
        found.update((row.id, None) for row in rows if row.generation <= depth)
        is_truncated |= len(rows) == MOST_ROWS or any(row.generation > depth for row in rows)
    is_truncated |= len(found) > MOST_STEPS
    ids = list(found)[:MOST_STEPS]
    steps = session.connection().exec_driver_sql(STEPS, {"ids": ids}).all()
    return {
        "parcel_id": name,
        "direction": direction,
        "depth": depth,
        "nodes": _nodes(session, name, steps),
        "steps": [{**step._mapping, "at": step.at.isoformat()} for step in steps],
        "truncated": is_truncated,
    }


def _nodes(session: Session, name: str, steps: Sequence[Any]) -> list[Json]:
    names = {name, *(step.parent for step in steps), *(step.child for step in steps)}
    rows = session.connection().exec_driver_sql(NODES, {"names": sorted(names)}).all()
    if name not in {row.parcel_id for row in rows}:
        raise NotFound("parcel", name)
    return [
        {
            "parcel_id": row.parcel_id,
            "number": row.number,
            "version": row.version,
            "is_current": row.end_lifespan_version is None,
            "retired_at": row.end_lifespan_version.isoformat() if row.end_lifespan_version else None,
        }
        for row in rows
    ]


def next_of_kin(session: Session, name: str) -> Json:
    """`{parents, children}` of a parcel, one step either way, oldest first, at most a hundred each."""
    rows = session.connection().exec_driver_sql(KIN, {"name": name, "limit": MOST_KIN}).all()
    kin: dict[str, list[Json]] = {"parents": [], "children": []}
    for row in rows:
        entry = {**row._mapping, "at": row.at.isoformat()}
        kin[entry.pop("side")].append(entry)
    return kin


def successors_of(session: Session, names: Iterable[str]) -> dict[str, list[Json]]:
    """By parcel, the current parcels that came out of it, `{parcel_id, number}`; at most fifty each."""
    found: dict[str, list[Json]] = {name: [] for name in names}
    if not found:
        return found
    values = {"names": list(found), "rows": MOST_ROWS}
    for row in session.connection().exec_driver_sql(SUCCESSORS, values).all():
        if len(found[row.root]) < MOST_SUCCESSORS:
            found[row.root].append({"parcel_id": row.parcel_id, "number": row.number})
    return found
