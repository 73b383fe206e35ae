"""Is the server set so that it stays healthy and loses nothing? Judgements that hold at any time of day."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sqlalchemy import Connection

from spatial_admin.services.jobs.chore import OURS

Finding = tuple[str, bool, str]
"""Name of the question, whether its answer is good, what was found and what to do."""

# What each must be, and what happens where it is not.
MUST_BE_ON: Final = {
    "autovacuum": "dead rows pile up, and one day no transaction number is left",
    "track_counts": "autovacuum does not know where to work",
    "fsync": "a power cut may destroy the database",
    "full_page_writes": "a power cut may destroy pages",
    "data_checksums": "what a disk returns wrong is taken for data; pg_checksums --enable while the server is stopped",
}
SETTING: Final = "SELECT current_setting(%(name)s)"
AGE: Final = """
SELECT age(datfrozenxid)::bigint AS age, current_setting('autovacuum_freeze_max_age')::bigint AS forced_at
FROM pg_database WHERE datname = current_database()
"""
INVALID: Final = f"""
SELECT i.indexrelid::regclass::text FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
WHERE NOT i.indisvalid AND c.relkind = 'i' AND {OURS} ORDER BY 1
"""
SWITCHED_OFF: Final = f"""
SELECT c.oid::regclass::text FROM pg_class AS c WHERE {OURS}
AND ('autovacuum_enabled=off' = ANY (c.reloptions) OR 'autovacuum_enabled=false' = ANY (c.reloptions)) ORDER BY 1
"""
PREPARED: Final = """
SELECT gid FROM pg_prepared_xacts
WHERE database = current_database() AND prepared < clock_timestamp() - interval '10 minutes' ORDER BY prepared
"""
SLOTS: Final = "SELECT slot_name FROM pg_replication_slots WHERE NOT active ORDER BY 1"


def check_upkeep(connection: Connection) -> Iterator[Finding]:
    """Every question; no table of ours is read."""
    for name, otherwise in MUST_BE_ON.items():
        value = connection.exec_driver_sql(SETTING, {"name": name}).scalar_one()
        yield name, value == "on", "it is on" if value == "on" else f"it is {value}: {otherwise}"
    row = connection.exec_driver_sql(AGE).one()
    found = (
        f"the oldest transaction that is not frozen is {row.age:,} old; autovacuum freezes from {row.forced_at:,} on"
    )
    yield "transaction age", row.age < 2 * row.forced_at, found
    yield _none(connection, "invalid indexes", INVALID, "flask database maintain drops what a rebuild left")
    yield _none(connection, "tables without autovacuum", SWITCHED_OFF, "ALTER TABLE … RESET (autovacuum_enabled)")
    yield _none(connection, "forgotten prepared transactions", PREPARED, "COMMIT PREPARED or ROLLBACK PREPARED them")
    yield _none(connection, "replication slots not in use", SLOTS, "start what reads them or pg_drop_replication_slot")


def _none(connection: Connection, name: str, question: str, advice: str) -> Finding:
    found = list(connection.exec_driver_sql(question).scalars())
    return name, not found, f"{', '.join(found)}: {advice}" if found else "none"
