"""Is the database what the application relies on? Settings of the server, and references that have no foreign key."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from spatial_admin.services.database.check_upkeep import check_upkeep
from spatial_admin.transaction import snapshot

MIN_PRED_LOCKS: Final = 1024


@dataclass(frozen=True, slots=True)
class Check:
    """One question, and whether its answer is good; `message` says what was found and what to do."""

    name: str
    is_good: bool
    message: str


# Tables that edits write have no foreign key to edit (it would abort unrelated edits): the references are checked here.
REFERENCES: Final = {
    "parcels without their edit": (
        "SELECT count(*) FROM parcel p WHERE NOT EXISTS (SELECT FROM edit e WHERE e.id = p.edit_id)"
    ),
    "versions without their edit": (
        "SELECT count(*) FROM parcel_version v WHERE NOT EXISTS (SELECT FROM edit e WHERE e.id = v.edit_id)"
    ),
    "edits without their record": (
        "SELECT count(*) FROM edit e WHERE record_id IS NOT NULL "
        "AND NOT EXISTS (SELECT FROM record r WHERE r.id = e.record_id)"
    ),
    "findings opened by an unknown edit": (
        "SELECT count(*) FROM finding f WHERE opened_by IS NOT NULL "
        "AND NOT EXISTS (SELECT FROM edit e WHERE e.id = f.opened_by)"
    ),
    "findings of unknown parcels": (
        "SELECT count(*) FROM finding f, unnest(f.parcels) AS named "
        "WHERE NOT EXISTS (SELECT FROM parcel p WHERE p.id = named)"
    ),
    "parcels whose newest version is not their image": (
        "SELECT count(*) FROM parcel p LEFT JOIN parcel_version v ON v.parcel = p.id AND v.version = p.version "
        "WHERE v.id IS NULL OR NOT upper_inf(v.period) OR ST_AsBinary(v.geom) <> ST_AsBinary(p.geom)"
    ),
    "gaps in the history of a parcel": (
        "SELECT count(*) FROM (SELECT upper(period) AS ended, "
        "lead(lower(period)) OVER (PARTITION BY parcel ORDER BY version) AS begun FROM parcel_version) AS steps "
        "WHERE begun IS NOT NULL AND ended IS DISTINCT FROM begun"
    ),
}

# Tables of history that are not attached; rows that found no year of their own; whether the next year has one.
HISTORY: Final = """
SELECT array(SELECT c.oid::regclass::text FROM pg_class AS c WHERE c.relnamespace = 'parcel_history'::regnamespace
             AND c.relkind = 'r' AND NOT c.relispartition ORDER BY 1) AS detached,
       (SELECT count(*) FROM parcel_version WHERE begun >= history_is_made_until()) AS rest,
       history_is_made_until() > date_trunc('year', clock_timestamp()) + interval '1 year' AS is_ahead
"""
# Partitions without one of the two guards, or with it off.
UNGUARDED: Final = """
SELECT c.oid::regclass::text FROM pg_class AS c
WHERE (c.oid = 'parcel_version'::regclass OR c.relnamespace = 'parcel_history'::regnamespace AND c.relispartition)
  AND c.relkind IN ('r', 'p')
  AND (SELECT count(*) FROM pg_trigger AS t WHERE t.tgrelid = c.oid AND t.tgenabled IN ('O', 'A')
       AND t.tgname IN ('parcel_version_guard', 'parcel_version_guard_truncate')) < 2
"""


def check_database() -> list[Check]:
    """Ask every question in one snapshot; reads whole tables, so it is a command and not a page."""
    with snapshot() as session:
        # Reading a million parcels takes longer than a page may.
        session.execute(text("SET LOCAL statement_timeout = 0"))
        return [*_server(session), *_history(session), *_references(session)]


def _server(session: Session) -> Iterator[Check]:
    locks = int(session.execute(text("SHOW max_pred_locks_per_transaction")).scalar_one())
    advice = f"it is {locks}; below {MIN_PRED_LOCKS} a read of some hundred parcels locks their whole table"
    yield Check("max_pred_locks_per_transaction", locks >= MIN_PRED_LOCKS, advice)
    postgis = str(session.execute(text("SELECT postgis_lib_version()")).scalar_one())
    yield Check("PostGIS", int(postgis.split(".", maxsplit=1)[0]) >= 3, f"version {postgis}; 3 or newer is needed")
    yield from (Check(*found) for found in check_upkeep(session.connection()))
    yield _queue(session)
    free = session.execute(text("SELECT has_table_privilege('parcel_version', 'UPDATE, DELETE')")).scalar()
    found = "may change history; give DATABASE_OWNER_URL a role of its own" if free else "cannot change history"
    yield Check("application role", not free, f"it {found}")


def _queue(session: Session) -> Check:
    made = session.execute(text("SELECT obj_description('procrastinate_jobs'::regclass, 'pg_class')")).scalar()
    installed = f"procrastinate {version('procrastinate')}"
    advice = "" if made == installed else f"; {installed} is installed: see docs/jobs.md, Another release of the queue"
    return Check("job queue", made == installed, f"made by {made}{advice}")


def _history(session: Session) -> Iterator[Check]:
    row = session.execute(text(HISTORY)).one()
    found = [f"{name} is no part of it: ATTACH it again (docs/history.md)" for name in row.detached]
    if row.rest:
        found.append(f"{row.rest:,} versions have no year of their own: run flask database maintain")
    if not row.is_ahead:
        found.append("the next year has no partition: run flask database maintain")
    yield Check("history by year", not found, "; ".join(found) or "every year has its partition")
    unguarded = session.execute(text(UNGUARDED)).scalars().all()
    message = f"missing or off on {', '.join(unguarded)}" if unguarded else "on in every partition"
    yield Check("guards of history", not unguarded, message)


def _references(session: Session) -> Iterator[Check]:
    for name, question in REFERENCES.items():
        count = int(session.execute(text(question)).scalar_one())
        yield Check(name, count == 0, f"{count:,}")
