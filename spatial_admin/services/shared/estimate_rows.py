"""How many rows there are, as PostgreSQL's planner expects it: a list never counts its table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Executable, FromClause, Select, literal_column, text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.expression import ClauseElement

from spatial_admin.services.shared.kept_statements import rows_of

# Rows of a whole table, as its last VACUUM or ANALYZE saw them, with those of its partitions; -1 where there was none.
ROWS_OF_TABLE = """
SELECT coalesce(sum(c.reltuples) FILTER (WHERE c.reltuples >= 0), -1)::bigint
FROM pg_class AS c
WHERE c.oid IN (SELECT relid FROM pg_partition_tree(to_regclass(:name)) UNION SELECT to_regclass(:name))
"""


class Explained(Executable, ClauseElement):
    """A statement as its plan."""

    inherit_cache = False

    def __init__(self, statement: Executable, *, is_analyzed: bool = False) -> None:
        self.statement = statement
        self.how = "FORMAT JSON, ANALYZE" if is_analyzed else "FORMAT JSON"


@compiles(Explained)
def _explained(element: Explained, compiler: Any, **arguments: Any) -> str:
    return f"EXPLAIN ({element.how}) " + str(compiler.process(element.statement, **arguments))


class PlanOf(Select[Any]):
    """A SELECT that is explained; unlike `Explained` it is compiled once for all its values, as any SELECT is."""

    inherit_cache = True


@compiles(PlanOf)
def _plan_of(element: PlanOf, compiler: Any, **arguments: Any) -> str:
    return "EXPLAIN (FORMAT JSON) " + str(compiler.visit_select(element, **arguments))


def estimated_rows(session: Session, table: FromClause, conditions: Sequence[ColumnElement[bool]]) -> int:
    """How many rows of a table the planner expects these very conditions to leave."""
    build = lambda: PlanOf(literal_column("1")).select_from(table).where(*conditions)  # noqa: E731 (asked for once)
    ((plan,),) = rows_of(session, ("estimate", table), conditions, build)
    return int(plan[0]["Plan"]["Plan Rows"])


def rows_of_table(session: Session, table: str) -> int | None:
    """How many rows a table has about; None where it was never looked at."""
    rows = int(session.execute(text(ROWS_OF_TABLE), {"name": table}).scalar_one())
    return None if rows < 0 else rows
