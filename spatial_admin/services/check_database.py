"""Is the database what the application relies on? Settings of the server, and references that have no foreign key."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from spatial_admin.services.check_upkeep import check_upkeep
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


def check_database() -> list[Check]:
    """Ask every question in one snapshot; reads whole tables, so it is a command and not a page."""
    with snapshot() as session:
        # Reading a million parcels takes longer than a page may.
        session.execute(text("SET LOCAL statement_timeout = 0"))
        return [*_server(session), *_references(session)]


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


def _references(session: Session) -> Iterator[Check]:
    for name, question in REFERENCES.items():
        count = int(session.execute(text(question)).scalar_one())
        yield Check(name, count == 0, f"{count:,}")
