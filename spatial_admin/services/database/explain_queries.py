"""The plans of the named queries on the database at hand, and which of them read a table that grows whole."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask import current_app
from sqlalchemy.orm import Session

from spatial_admin.errors import Json
from spatial_admin.services.database.named_queries import GROWING, NamedQuery, queries_of
from spatial_admin.services.database.named_queries.sample import draw_sample, values_of
from spatial_admin.services.shared.estimate_rows import Explained, rows_of_table
from spatial_admin.transaction import INDEX_PLANS_ONLY

# Below, a table is read whole because that is the fastest way.
SMALL_TABLE: Final = 10_000
# A node that is expected to read more of a table than this part of it reads it whole, by whatever index.
WHOLE: Final = 0.1
BY_INDEX: Final = frozenset({"Index Scan", "Index Only Scan", "Bitmap Index Scan"})
# Nodes that hand on rows as they come: below them a LIMIT ends the reading.
STREAMS: Final = frozenset(
    {"Limit", "Nested Loop", "Subquery Scan", "Index Scan", "Index Only Scan", "LockRows", "Result", "Append",
     "Merge Append", "Memoize", "Incremental Sort", "CTE Scan", "WindowAgg", "ModifyTable"}
)  # fmt: skip
# Partitions of tables, and indexes of both, with their rows and entries as last seen.
PART_SIZES: Final = """
WITH named AS (SELECT to_regclass('public.' || name) AS oid FROM unnest(%(tables)s::text[]) AS name),
parts AS (SELECT inhrelid AS oid FROM pg_inherits JOIN named ON inhparent = named.oid)
SELECT relname AS name, greatest(reltuples, 0) AS entries FROM pg_class
WHERE oid IN (SELECT oid FROM parts)
   OR oid IN (SELECT indexrelid FROM pg_index WHERE indrelid IN (SELECT oid FROM named UNION SELECT oid FROM parts))
"""
# What a read-only transaction refuses to run; `share` is a column, too.
WRITES: Final = re.compile(r"\b(INSERT|UPDATE|DELETE|SETVAL|(FOR|KEY)\s+SHARE)\b", re.IGNORECASE)
PLANNER_AS_USUAL: Final = (
    "SET LOCAL enable_seqscan = on; SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on"
)


@dataclass(frozen=True, slots=True)
class Step:
    """One node of a plan that reads a table: its type, table and index, the rows expected; analyzed, those it gave and
    those it read for nothing.
    """

    node: str
    table: str
    index: str
    rows: int
    actual_rows: int | None
    removed: int
    is_cut_short: bool
    has_condition: bool
    is_first_rows: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """A named query's plan; `wrong` says what is wrong with it, nothing where all is well."""

    query: NamedQuery
    steps: Sequence[Step]
    wrong: Sequence[str]
    time_ms: float | None = None


def explain_queries(session: Session, *, is_analyzed: bool = False) -> Iterator[Explanation]:
    """Explain every named query. Analyzed, those that only read are run, too, but for those that read a table whole on
    purpose; nothing is written.
    """
    sample = draw_sample(session)
    sizes = sizes_of(session)
    for query in queries_of(current_app):
        yield explain(session, query, sample, sizes, is_analyzed=is_analyzed)


def sizes_of(session: Session) -> dict[str, int]:
    """Rows of the tables that grow and of their partitions, and entries of their indexes, about, by name."""
    rows = session.connection().exec_driver_sql(PART_SIZES, {"tables": list(GROWING)})
    parts = {row.name: int(row.entries) for row in rows}
    return parts | {table: rows_of_table(session, table) or 0 for table in GROWING}


def explain(
    session: Session, query: NamedQuery, sample: Json, sizes: dict[str, int], *, is_analyzed: bool = False
) -> Explanation:
    """Explain one query under the planner settings that it runs with."""
    connection = session.connection()
    connection.exec_driver_sql(INDEX_PLANS_ONLY if query.is_edit else PLANNER_AS_USUAL)
    statement = query.statement(session, sample)
    is_analyzed = is_analyzed and not query.whole and not WRITES.search(str(statement))
    if isinstance(statement, str):
        options = "EXPLAIN (FORMAT JSON, ANALYZE)" if is_analyzed else "EXPLAIN (FORMAT JSON)"
        values = values_of(statement, query.given(sample), sample)
        found: Any = connection.exec_driver_sql(f"{options} {statement}", values).scalar_one()
    else:
        found = connection.execute(Explained(statement, is_analyzed=is_analyzed)).scalar_one()
    plan = found[0]
    steps = list(steps_of(plan["Plan"]))
    small = max(SMALL_TABLE, query.small)
    wrong = [] if query.whole else [why for step in steps if (why := what_is_wrong(step, sizes, small))]
    return Explanation(query, steps, wrong, plan.get("Execution Time"))


def steps_of(node: Json, above: str = "", heap: str = "", *, is_cut_short: bool = False) -> Iterator[Step]:
    """The nodes that read a table. `is_cut_short`: a LIMIT above ends the reading before the table does.

    `above` is the type of the node that the rows go to, `heap` the table that a bitmap is of.
    """
    kind = node["Node Type"]
    if "Relation Name" in node or kind == "Bitmap Index Scan":
        condition = node.get("Index Cond") or node.get("Order By") or node.get("TID Cond") or node.get("Recheck Cond")
        index, table = node.get("Index Name", ""), node.get("Relation Name", heap)
        loops = node.get("Actual Loops", 1)
        actual_rows = int(node["Actual Rows"] * loops) if "Actual Rows" in node else None
        removed = int(loops * (node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)))
        yield Step(
            kind,
            table,
            index,
            int(node["Plan Rows"]),
            actual_rows,
            removed,
            is_cut_short,
            bool(condition),
            above == "Limit" and "Filter" not in node,
        )
    below = kind == "Limit" or (is_cut_short and kind in STREAMS)
    for child in node.get("Plans", ()):
        is_subplan = child.get("Parent Relationship") in ("InitPlan", "SubPlan")
        table = node.get("Relation Name", heap)
        yield from steps_of(child, kind, table, is_cut_short=below and not is_subplan)


def what_is_wrong(step: Step, sizes: dict[str, int], small: int = SMALL_TABLE) -> str:
    """Why a node is wrong, or nothing: it reads a growing table whole, openly or by an index in disguise."""
    size = sizes.get(step.table, 0)
    if step.table not in sizes or step.node == "ModifyTable" or size < small:
        return ""
    is_whole_index = step.node in BY_INDEX and not step.has_condition and sizes.get(step.index, 0) >= SMALL_TABLE
    if step.node == "Seq Scan" and step.is_first_rows:
        why = ""  # as many rows as the LIMIT says
    elif step.node in ("Seq Scan", "Sample Scan"):
        why = f"Seq Scan of {step.table} ({size:,} rows)"
    elif step.removed > size * WHOLE:
        why = f"{step.node} of {step.table} read {step.removed:,} of {size:,} rows for nothing"
    elif is_whole_index and not step.is_cut_short:
        why = f"{step.node} of all of {step.index}"
    elif step.rows > size * WHOLE and not step.is_cut_short:
        why = f"{step.node} of {step.table} expects {step.rows:,} of {size:,} rows"
    else:
        why = ""
    return why
