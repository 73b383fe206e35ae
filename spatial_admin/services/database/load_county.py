"""Towns of the demo without defects, a million parcels of them, in minutes: COPY by the owner with triggers off.

What the guards would have checked holds by construction (the towns are a noded coverage, in places where none was), and
what the triggers would have written is written here by one statement for all rows. The result is what the import would
have made of the same towns; tests hold the two against each other.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any, Final

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from spatial_admin.database_errors import sqlstate
from spatial_admin.demo.model import District, Town
from spatial_admin.errors import BadRequest
from spatial_admin.owner_transaction import owner_transaction
from spatial_admin.services.importing.admit_parcels import close_edit, open_edit
from spatial_admin.services.importing.plan_import import CLOSE_BATCH, ImportOptions, Progress, Report, note, open_batch
from spatial_admin.services.parcels.encode_parcels import COLUMNS, encode_parcels, ewkb_of
from spatial_admin.services.records.create_record import create_import_record
from spatial_admin.services.shared.copy_rows import copy_rows
from spatial_admin.services.shared.run_sql import run_sql
from spatial_admin.transaction import raw_connection

NAMES: Final = ", ".join(COLUMNS)
UNIQUE_VIOLATION: Final = "23505"
TABLES: Final = ("parcel", "parcel_version", "parcel_zoning")

# Nobody writes meanwhile: the lock that switches triggers off lets readers pass and makes writers wait.
TRIGGERS_OFF: Final = "ALTER TABLE parcel DISABLE TRIGGER USER; ALTER TABLE parcel_version DISABLE TRIGGER USER"
TRIGGERS_ON: Final = "ALTER TABLE parcel ENABLE TRIGGER USER; ALTER TABLE parcel_version ENABLE TRIGGER USER"
# The tables grow while statistics say that they are empty: a plan by them reads all districts anew for every town.
PLANS: Final = "SET LOCAL maintenance_work_mem = '512MB'; SET LOCAL work_mem = '64MB'; SET LOCAL enable_seqscan = off"
# Indexes that guard nothing are made anew at the end, which takes a tenth of the time; only where that is most of them.
HAS_MANY: Final = "SELECT count(*) >= %(many)s FROM (SELECT FROM parcel LIMIT %(many)s) AS seen"
PLAIN_INDEXES: Final = """
SELECT i.indexrelid::regclass::text AS name, replace(pg_get_indexdef(i.indexrelid), ' ON ONLY ', ' ON ') AS definition
FROM pg_index AS i WHERE i.indrelid = ANY (%(tables)s::regclass[]) AND NOT i.indisunique ORDER BY i.indexrelid
"""
STAGE: Final = """
CREATE TEMPORARY TABLE county_stage ON COMMIT DROP AS
SELECT {names} FROM parcel WITH NO DATA
"""
BEGUN: Final = "SELECT clock_timestamp() AS at, coalesce(max(id), 0) AS last FROM parcel"
INSERT_PARCELS: Final = f"""
INSERT INTO parcel ({NAMES}, area_m2, version, begin_lifespan_version, edit_id)
SELECT {NAMES}, ground_area_m2(geom), 1, %(begun)s, %(edit)s FROM county_stage
"""
INSERT_VERSIONS: Final = f"""
INSERT INTO parcel_version ({NAMES}, parcel, version, period, change, edit_id, area_m2, begun)
SELECT {NAMES}, id, 1, tstzrange(begin_lifespan_version, NULL), 'created', edit_id, area_m2, begin_lifespan_version
FROM parcel WHERE id > %(after)s ORDER BY id
"""
INSERT_DISTRICTS: Final = """
INSERT INTO zoning_district (code, name, geom)
SELECT code, name, shape::geometry
FROM unnest(%(codes)s::text[], %(names)s::text[], %(shapes)s::bytea[]) AS d (code, name, shape)
"""
# What refresh_zoning computes, district by district: PostGIS prepares a district once for all the parcels in it.
# (OFFSET 0 keeps the parcels inside; the planner would rather take each parcel and read all districts for it.)
INSERT_SHARES: Final = """
INSERT INTO parcel_zoning (parcel, district, share)
SELECT id, district, least(share, 1)
FROM (SELECT z.id AS district, z.geom FROM zoning_district AS z
      WHERE z.geom && (SELECT ST_SetSRID(ST_Extent(geom)::geometry, %(srid)s) FROM county_stage) OFFSET 0) AS near,
     LATERAL (SELECT p.id, CASE WHEN ST_Covers(near.geom, p.geom) THEN 1
                                ELSE ST_Area(ST_Intersection(p.geom, near.geom)) / ST_Area(p.geom) END AS share
              FROM parcel AS p WHERE p.id > %(after)s AND ST_Intersects(near.geom, p.geom) OFFSET 0) AS shares
WHERE share > 1e-6
"""
EMPTY_STAGE: Final = "TRUNCATE county_stage"
# Counts by cell for the tiles of low zooms, and word to whoever keeps tiles that all of them changed.
COUNT_CELLS: Final = "SELECT rebuild_parcel_cells()"
REFRESH_STATISTICS: Final = "SELECT refresh_statistics()"


@dataclass(frozen=True, slots=True)
class Loaded:
    """How much came in."""

    parcels: int
    districts: int


def load_county(towns: Iterable[Town], parcels: int, *, owner_url: str, srid: int, report: Report) -> Loaded:
    """Store towns that are placed, in storage coordinates; `parcels` is about how many they hold, for the progress.

    All or nothing, in one transaction. Raises BadRequest where a parcel of theirs is stored already.
    """
    with owner_transaction(owner_url) as session:
        run_sql(session, PLANS)
        run_sql(session, TRIGGERS_OFF)
        indexes = _drop_indexes(session, parcels)
        batch, edit = _open(session, parcels)
        run_sql(session, STAGE.format(names=NAMES))
        loaded = _load(session, towns, edit, srid, Progress("loading", total=parcels), report)
        progress = Progress("indexing", total=len(indexes))
        for definition in indexes:
            run_sql(session, definition.replace("%", "%%"))
            progress.done += 1
            report(progress)
        _close(session, batch, edit, loaded, srid)
        run_sql(session, TRIGGERS_ON)
        run_sql(session, COUNT_CELLS)
        run_sql(session, REFRESH_STATISTICS)
    return loaded


def _drop_indexes(session: Session, parcels: int) -> list[str]:
    """Drop what can be made again; the statements that make it."""
    if run_sql(session, HAS_MANY, {"many": parcels})[0][0]:
        return []
    indexes = run_sql(session, PLAIN_INDEXES, {"tables": list(TABLES)})
    for index in indexes:
        run_sql(session, f"DROP INDEX {index.name}")
    return [index.definition for index in indexes]


def _open(session: Session, parcels: int) -> tuple[int, int]:
    """A batch and its one edit, as an import has them: who looks at the history sees where the parcels come from."""
    name = f"county of about {parcels:,} parcels"
    sha256 = hashlib.sha256(name.encode()).hexdigest()
    options = ImportOptions(id_field="parcel_id", number_field="number", kind_field="kind", comment=f"Demo: {name}")
    batch = open_batch(session, name, sha256, options, "the storage's own")
    record = create_import_record(session, batch, name, 0, sha256, None)
    return batch, open_edit(session, batch, None, options.comment, sha256, record)


def _load(session: Session, towns: Iterable[Town], edit: int, srid: int, progress: Progress, report: Report) -> Loaded:
    districts = 0
    connection = raw_connection(session)
    for town, rows in _one_ahead((town, list(encode_parcels(town.parcels, srid))) for town in towns):
        run_sql(session, EMPTY_STAGE)
        copy_rows(connection, "county_stage", COLUMNS, rows)
        districts += _store_districts(session, town.districts, srid)
        _store_parcels(session, edit, srid)
        progress.done += len(rows)
        report(progress)
    return Loaded(progress.done, districts)


def _one_ahead(towns: Iterator[tuple[Town, list[bytes]]]) -> Iterator[tuple[Town, list[bytes]]]:
    """Make the next town while this one is stored: PostgreSQL works at the one, Python at the other."""
    with ThreadPoolExecutor(1) as maker:
        coming = maker.submit(next, towns, None)
        while (town := coming.result()) is not None:
            coming = maker.submit(next, towns, None)
            yield town


def _store_parcels(session: Session, edit: int, srid: int) -> None:
    begun = run_sql(session, BEGUN)[0]
    try:
        run_sql(session, INSERT_PARCELS, {"begun": begun.at, "edit": edit})
    except IntegrityError as error:
        if sqlstate(error) != UNIQUE_VIOLATION:
            raise
        raise BadRequest("--parcels", "parcels of this county are stored already; a county is loaded once") from error
    run_sql(session, INSERT_VERSIONS, {"after": begun.last})
    run_sql(session, INSERT_SHARES, {"after": begun.last, "srid": srid})


def _store_districts(session: Session, districts: tuple[District, ...], srid: int) -> int:
    values: dict[str, Any] = {
        "codes": [district.code for district in districts],
        "names": [district.name for district in districts],
        "shapes": [ewkb_of(district.parts, srid) for district in districts],
    }
    run_sql(session, INSERT_DISTRICTS, values)
    return len(districts)


def _close(session: Session, batch: int, edit: int, loaded: Loaded, srid: int) -> None:
    counts = {"features": loaded.parcels, "admitted": loaded.parcels, "quarantined": 0, "rejected": 0, "findings": 0}
    close_edit(session, edit, {"import_id": batch, **counts}, srid)
    note(session, batch, "admitting", {"id_field": "parcel_id", "driver": "demo", **asdict(loaded)})
    run_sql(session, CLOSE_BATCH, {"batch": batch, "notes": json.dumps({}), **counts})
