"""A connection that has made small edits writes the history of a large one in time that grows with it, not its square."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, text

from tests.concurrency.fabric import Grid, store_block

FEW, MANY = 200, 2_000
UPDATE = (
    "UPDATE parcel SET address = coalesce(address, '') || 'x' WHERE id IN (SELECT id FROM parcel ORDER BY id LIMIT {})"
)
UNTIL_KEPT = 12  # after five executions PostgreSQL keeps a plan that is no worse


def processor_ns(connection: Connection, count: int) -> int:
    """What three such updates cost the server's process: unlike the clock, it does not know what else the machine does."""
    spent = Path(f"/proc/{connection.execute(text('SELECT pg_backend_pid()')).scalar_one()}/schedstat")
    before = int(spent.read_text().split()[0])
    for _ in range(3):
        connection.execute(text(UPDATE.format(count)))
        connection.commit()
    return int(spent.read_text().split()[0]) - before


def test_a_plan_that_is_kept_from_small_edits_serves_a_large_one(engine: Engine) -> None:
    store_block(engine, Grid(step=0.00002, digits=8), 50, 40)
    with engine.connect() as connection:
        connection.execute(text("SET enable_hashjoin = off"))  # as in edits
        connection.execute(text("SET enable_mergejoin = off"))
        connection.commit()
        for _ in range(UNTIL_KEPT):
            connection.execute(text(UPDATE.format(1)))
            connection.commit()
        few = processor_ns(connection, FEW)
        many = processor_ns(connection, MANY)
        connection.invalidate()
    # Ten times as many: ten times as much work, where it was fifty times by a nested loop.
    assert many < 20 * few, (few, many)
