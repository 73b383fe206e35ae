"""Statements that look after the database: maintenance, verification, backups, another SRID, a county at once."""

from __future__ import annotations

import re
from typing import Final

from sqlalchemy import Executable, text
from sqlalchemy.orm import Session

from spatial_admin.errors import Json
from spatial_admin.services.database import check_database, digest_tables, load_county, prune_rows, transfer_rows
from spatial_admin.services.database.named_queries import Build, NamedQuery
from spatial_admin.services.database.transfer_rows import MEASURED
from spatial_admin.services.parcels import analyse_coverage, find_departures

VERIFIED: Final = "a command that verifies every row"
STRETCH_OF_ALL: Final = (
    "a command that verifies every row: the edits of a stretch may be any, so few are read as a whole"
)
MADE_BY_STRETCH: Final = "a command that verifies every row: an import among a stretch's edits made most versions"
COPIED: Final = "a command that copies the whole database into one of another SRID or geometry type"
MAINTAINED: Final = "maintenance looks through all jobs, once a night"
OF_DRAFTS: Final = "maintenance looks through all drafts, once a night"
OF_IMPORT: Final = "maintenance counts the staged rows of every import that has ended, once a night"
ANALYSED: Final = "bounded by its sample, two seconds and five minutes for which a process keeps it"
# Stands for the temporary table that a county comes in by, which is there only while one is loaded.
STAGE: Final = f"(SELECT {load_county.NAMES} FROM parcel WHERE false)"
# What was stored before the town that is being stored: those after are few.
LAST_TOWN: Final = {"after": 2**62, "begun": "2026-01-01Z"}
STRETCH: Final = 5_000


def _extents(session: Session, _sample: Json) -> Executable:
    rows = float(session.execute(text(analyse_coverage.ESTIMATE)).scalar_one())
    percent = min(100.0, 100.0 * analyse_coverage.MOST_PARCELS / max(rows, 1.0))
    return text(analyse_coverage.EXTENTS).bindparams(percent=percent)


def _clusters(_session: Session, sample: Json) -> Executable:
    return text(analyse_coverage.CLUSTERS).bindparams(
        most=analyse_coverage.MOST_FINDINGS, within=analyse_coverage.WITHIN_M, least=analyse_coverage.LEAST,
        is_geographic=sample["srid"] == 4326, metres=sample["metres_per_unit"],
    )  # fmt: skip


def _box(sample: Json) -> Json:
    return {side: [sample[side]] for side in ("west", "south", "east", "north")}


def _of(statement: str) -> Build:
    """A statement that is asked of every table in turn, of the table of parcels."""
    return lambda _session, _sample: statement.format(table=MEASURED[0], column="id")


def _text(statement: str) -> Build:
    """A statement without parameters, as its function puts it together."""
    return lambda _session, _sample: statement


def _read(statement: str) -> Build:
    """How a statement of the owner finds its rows: the application's role, which explains it, may not write them."""
    reading = re.sub(r"\A\s*INSERT INTO .*?(?=SELECT)|\bRETURNING row$", "", statement.strip(), flags=re.DOTALL)
    reading = reading.replace("DELETE FROM", "SELECT * FROM", 1)
    reading = reading.replace("FROM county_stage", f"FROM {STAGE} AS county_stage")
    return lambda _session, _sample: reading


def _parcels(sample: Json) -> Json:
    return {"first": sample["parcel"], "after": sample["parcel"] + STRETCH, "shown": 20}


def _edits(sample: Json) -> Json:
    return {"first": sample["edit"] - STRETCH // 10, "after": sample["edit"] + 1, "shown": 20}


QUERIES: Final = (
    NamedQuery("analyse_coverage.EXTENTS", "How far levels reach, of a sample.", _extents, whole=ANALYSED),
    NamedQuery("analyse_coverage.AREAS", "Open findings by district.",
               lambda _session, _sample: text(analyse_coverage.AREAS).bindparams(
                   most=analyse_coverage.MOST_FINDINGS, shown=analyse_coverage.SHOWN), whole=ANALYSED),
    NamedQuery("analyse_coverage.CLUSTERS", "Where open findings cluster.", _clusters, whole=ANALYSED),
    NamedQuery("describe_upkeep.LAST", "The last maintenance that ended."),
    NamedQuery("describe_upkeep.NOW", "The maintenance that waits or runs."),
    NamedQuery("queue_job.queue_once", "The job of a kind that waits or runs.",
               _text("SELECT id FROM job_run WHERE kind = 'backup_database' AND ended_at IS NULL")),
    NamedQuery("queue_scan.IS_DUE", "Was anything imported since the last scan?"),
    NamedQuery("describe_backups.MADE", "The last backup that was made."),
    NamedQuery("describe_backups.ENDED", "The last backup that ended."),
    NamedQuery("describe_backups.NOW", "The backup that waits or runs."),
    NamedQuery("prune_rows.OLD_JOBS", "Jobs that ended long ago.", values={"days": 90}, whole=MAINTAINED),
    NamedQuery("prune_rows.DELETE_JOBS", "They go.", _read(prune_rows.DELETE_JOBS), {"days": 90}, whole=MAINTAINED),
    NamedQuery("prune_rows.OLD_DRAFTS", "Drafts that have expired.", whole=OF_DRAFTS),
    NamedQuery("prune_rows.DELETE_DRAFTS", "They go.", _read(prune_rows.DELETE_DRAFTS), whole=OF_DRAFTS),
    NamedQuery("prune_rows.OLD_BATCHES", "Staged rows that became parcels, by import.", values={"days": 30},
               whole=OF_IMPORT),
    NamedQuery("prune_rows.DELETE_STAGED", "They go.", _read(prune_rows.DELETE_STAGED)),
    NamedQuery("verify_history.BOUNDS", "First and last parcel and edit."),
    NamedQuery("load_demo.IS_STORED", "Is a parcel of the demo town stored?"),
    NamedQuery("verify_history.PARCELS", "A stretch of parcels against its versions.", values=_parcels,
               whole=STRETCH_OF_ALL),
    NamedQuery("verify_history.EDITS", "A stretch of edits against what they promised.", values=_edits,
               whole=MADE_BY_STRETCH),
    NamedQuery("verify_history.REFERENCES", "References that have no foreign key.", values={"shown": 20},
               whole=VERIFIED),
    NamedQuery("check_database.HISTORY", "Versions that have no year of their own.",
               _text(check_database.HISTORY)),
    NamedQuery("digest_tables.DIGEST", "A digest of every row of a table.", _of(digest_tables.DIGEST),
               whole="a backup and its restoration are compared row by row"),
    NamedQuery("change_srid.HOLDS", "Does the new database hold parcels?", whole="EXISTS ends at the first row"),
    NamedQuery("change_srid.UNENDED", "Jobs and imports that have not ended."),
    NamedQuery("change_srid._pass", "What the migrations seeded goes.", _of("SELECT * FROM {table}"), whole=COPIED),
    NamedQuery("transfer_rows.unfit_rows", "Rows that are not of the new geometry type.",
               _of("SELECT * FROM {table}"), whole=COPIED),
    NamedQuery("find_departures.OWN", "A stretch of parcels that have long lines.",
               values={"after": 0, "wide": 0.0003, "is_geographic": True, "chunk": find_departures.CHUNK},
               whole=COPIED),
    NamedQuery("find_departures.AROUND", "Parcels along long lines.", values=_box),
    NamedQuery("find_departures.LAST", "The last parcel."),
    NamedQuery("transfer_rows.transfer", "Rows that were written since a moment.",
               _of("SELECT * FROM {table}" + transfer_rows.SINCE.format(since="3")), whole=COPIED),
    NamedQuery("transfer_rows._pipe", "Rows on their way.", _of("SELECT * FROM {table}"), whole=COPIED),
    NamedQuery("transfer_rows.store_incoming", "Are there as many rows as in the old database?",
               _of("SELECT count(*) FROM {table}"), whole=COPIED),
    NamedQuery("transfer_rows.LAST", "The sequence of a table goes on from its last row.", _of(transfer_rows.LAST)),
    NamedQuery("load_county.HAS_MANY", "Are so many parcels there that indexes stay?", values={"many": 1_000_000}),
    NamedQuery("load_county.BEGUN", "The last parcel before a town."),
    NamedQuery("load_county.INSERT_PARCELS", "A town's parcels.", _read(load_county.INSERT_PARCELS), LAST_TOWN),
    NamedQuery("load_county.INSERT_VERSIONS", "Their first versions.", _read(load_county.INSERT_VERSIONS), LAST_TOWN),
    NamedQuery("load_county.INSERT_SHARES", "Their shares in districts.", _read(load_county.INSERT_SHARES),
               LAST_TOWN),
)  # fmt: skip
