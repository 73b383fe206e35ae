"""A county for tests of plans and pages: a grid of lots with history, findings, lineage and zoning in proportion.

Written with triggers off, as one statement a table: what matters here is how many rows there are and how values repeat.
"""

from __future__ import annotations

import math
from typing import Final

from sqlalchemy import create_engine, text

from spatial_admin.settings import storage_srid
from tests.database import TestCluster

WEST, SOUTH, STEP = 2.0, 48.0, 0.0008
COLUMNS: Final = 500
# Names of streets by lot: `street` is in half of all addresses, `zinnia` in one of a thousand.
FILL: Final = f"""
SET session_replication_role = replica; SET synchronous_commit = off; SET maintenance_work_mem = '256MB';
INSERT INTO account (email, password, fs_uniquifier)
  SELECT 'person' || n || '@example.org', 'x', 'county' || n FROM generate_series(1, 300) AS n;
INSERT INTO edit (key, author_id, record_id, comment, nature, operations, request_hash, receipt, made_at)
  SELECT gen_random_uuid(), 1 + n % 300, CASE WHEN n % 5 = 0 THEN 1 + n % @records@ END,
         CASE WHEN n % 1000 = 0 THEN 'survey of the quay' ELSE 'correction no ' || n END, 'correction', '[]', '\\x', '{{}}',
         timestamptz '2026-01-02Z' + n * interval '1 minute' FROM generate_series(1, @edits@) AS n;
INSERT INTO record (type, number, title, received)
  SELECT (ARRAY['plat', 'deed', 'survey'])[1 + n % 3], '2026/' || n, 'Document ' || n, date '2026-01-01' + n % 300
  FROM generate_series(1, @records@) AS n;
INSERT INTO parcel (parcel_id, number, level, kind, geom, area_m2, version, begin_lifespan_version, end_lifespan_version,
                    edit_id, address, attributes, part_of)
  SELECT 'P-' || lpad(n::text, 7, '0'), n / 40 + 1 || '/' || n % 40,
         CASE WHEN n % 200 = 0 THEN 'units' ELSE 'parcels' END,
         CASE WHEN n % 200 = 0 THEN 'unit' WHEN n % 20 = 0 THEN 'road' WHEN n % 5000 = 7 THEN 'water' ELSE 'lot' END,
         ST_Multi(ST_MakeEnvelope(x, y, x + @step@, y + @step@, @srid@)), 5000 + n * 37 % 9000, 1 + (n % 20 = 3)::int,
         '2026-01-01Z', CASE WHEN n % 500 = 3 THEN timestamptz '2026-02-01Z' END, 1 + n % @edits@,
         CASE WHEN n % 3 > 0 THEN n % 90 + 1 || ' ' || CASE WHEN n % 1000 = 1 THEN 'Zinnia Row' WHEN n % 4 < 2
           THEN 'High Street' ELSE 'Mill Lane' END END, '{{}}',
         CASE WHEN n % 200 = 0 THEN 'P-' || lpad((n - 1)::text, 7, '0') END
  FROM generate_series(1, @parcels@) AS n,
       LATERAL (SELECT @west@ + n % {COLUMNS} * @step@::float8 AS x, @south@ + n / {COLUMNS} * @step@::float8 AS y) AS place;
INSERT INTO parcel_version (parcel, parcel_id, version, period, change, edit_id, number, level, kind, geom, area_m2, attributes, begun)
  SELECT id, parcel_id, v, CASE WHEN v < version THEN tstzrange('2026-01-01Z', '2026-02-01Z') ELSE
           tstzrange('2026-01-01Z'::timestamptz + (v - 1) * interval '31 days', NULL) END,
         CASE WHEN v = 1 THEN 'created' WHEN end_lifespan_version IS NOT NULL THEN 'retired' ELSE 'geometry' END,
         CASE v WHEN 1 THEN 1 + id % @edits@ ELSE edit_id END, number, level, kind, geom, area_m2, attributes,
         CASE WHEN v < version THEN '2026-01-01Z' ELSE '2026-01-01Z'::timestamptz + (v - 1) * interval '31 days' END
  FROM parcel, generate_series(1, version) AS v;
INSERT INTO lineage (parent, parent_version, child, child_version, edit_id, kind)
  SELECT parcel_id, 2, 'P-' || lpad((id + 1)::text, 7, '0'), 1, edit_id, 'split' FROM parcel WHERE id % 100 = 3;
INSERT INTO finding (rule, fingerprint, parcels, place, measure, severity, status, opened_by)
  SELECT (ARRAY['overlap', 'gap', 'missing_point', 'legal_area', 'spike'])[1 + id % 5], 'f:' || id, ARRAY[id, id + 1],
         ST_PointOnSurface(geom), id % 97 / 10.0, (ARRAY['error', 'warning', 'notice'])[1 + id % 3],
         CASE WHEN id % 7 = 0 THEN 'fixed' WHEN id % 300 = 1 THEN 'accepted' ELSE 'open' END, edit_id
  FROM parcel WHERE id % 10 = 1;
INSERT INTO finding_event (finding, what, edit_id) SELECT id, 'opened', opened_by FROM finding;
INSERT INTO zoning_district (code, name, geom)
  SELECT 'Z' || n, 'Zone ' || n, ST_Multi(ST_MakeEnvelope(@west@ + n % 10 * 50 * @step@::float8, @south@ + n / 10 * 40 * @step@::float8,
    @west@ + (n % 10 + 1) * 50 * @step@::float8, @south@ + (n / 10 + 1) * 40 * @step@::float8, @srid@)) FROM generate_series(0, 99) AS n;
INSERT INTO parcel_zoning (parcel, district, share) SELECT id, 1 + id % 100, 1 FROM parcel;
INSERT INTO import_batch (file_name, sha256, options, source_crs, state, features, admitted, quarantined)
  SELECT 'file' || n || '.gpkg', 'x', '{{}}', 'EPSG:4326', 'done', 0, 0, 0 FROM generate_series(1, 50) AS n;
INSERT INTO staged_parcel (batch, row, parcel_id, number, decision, rule, reason, properties)
  SELECT 1 + n / 5000, n % 5000 + 1, 'P-' || lpad(n::text, 7, '0'), n::text, CASE WHEN n % 100 = 0 THEN 'quarantined' ELSE 'admitted' END,
         CASE WHEN n % 100 = 0 THEN 'valid_geom' END, CASE WHEN n % 100 = 0 THEN 'self-intersection at ' || n END, '{{}}'
  FROM generate_series(1, @parcels@ / 4) AS n;
INSERT INTO job_run (kind, state, asked_by, ended_at, message, problem)
  SELECT 'edit', CASE WHEN n % 50 = 0 THEN 'failed' ELSE 'done' END, 1 + n % 300, now(), '',
         CASE WHEN n % 50 = 0 THEN '{{}}'::jsonb END FROM generate_series(1, @edits@ / 4) AS n;
INSERT INTO draft (key, owner_id, seen, operations, operation_count, expires_at, footprint)
  SELECT gen_random_uuid(), 1 + n % 300, '{{}}', '[]', 1, now(), ST_Expand(ST_SetSRID(ST_MakePoint(n % 100, n / 100 % 80), 4326), 1e-3)
  FROM generate_series(1, @edits@ / 4) AS n;
INSERT INTO conflict_cell (cell, holder) SELECT n, 1 FROM generate_series(1, @edits@) AS n;
INSERT INTO tile_change (xid, at, west, south, east, north, from_zoom)
  SELECT (3 + n * 700 / @edits@)::text::xid8, timestamptz '2026-01-02Z' + n * interval '1 minute', x, y, x + @step@, y + @step@, 14
  FROM generate_series(1, @edits@) AS n, LATERAL (SELECT @west@ + n % {COLUMNS} * @step@::float8 AS x, @south@ AS y) AS place;
INSERT INTO tile_body (z, x, y, body, mark) SELECT 16, n % 200, n / 200, '', '1:1:' FROM generate_series(1, @edits@) AS n;
INSERT INTO parcel_cell (level, code, parcels, findings)
  SELECT level, code >> 2 * (19 - level), count(*), 0 FROM (SELECT tile_cell(geom) AS code FROM parcel WHERE id % 8 = 0) AS base,
         generate_series(6, 19) AS level GROUP BY 1, 2;
INSERT INTO parcel_cell_delta (code, parcels, findings) SELECT tile_cell(geom), 1, 0 FROM parcel WHERE id % 10 = 0;
"""
# Indexes of the large tables that are no constraint's.
INDEXES: Final = text(
    "SELECT indexrelid::regclass::text AS name, replace(pg_get_indexdef(indexrelid), ' ON ONLY ', ' ON ') AS definition FROM pg_index "
    "WHERE indrelid IN ('parcel'::regclass, 'parcel_version'::regclass) AND NOT indisunique"
)
GROWN: Final = (
    "account, edit, record, parcel, parcel_version, lineage, finding, finding_event, parcel_zoning, zoning_district, "
    "staged_parcel, import_batch, job_run, draft, conflict_cell, tile_change, tile_body, parcel_cell, parcel_cell_delta"
)


def fill_county(cluster: TestCluster, name: str, parcels: int) -> None:
    """Store `parcels` lots, what belongs to them, and statistics; EPSG:4326 only."""
    values = {
        "parcels": parcels, "edits": max(parcels // 10, 20), "records": max(parcels // 100, 10), "west": WEST,
        "south": SOUTH, "step": STEP, "srid": storage_srid(),
    }  # fmt: skip
    script = FILL
    for word, value in values.items():
        script = script.replace(f"@{word}@", str(value))
    engine = create_engine(cluster.admin_url(name), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        indexes = connection.execute(INDEXES).all()
        for index in indexes:  # made at the end, of everything at once
            connection.exec_driver_sql(f"DROP INDEX {index.name}")
        for statement in filter(str.strip, script.split(";\n")):
            connection.exec_driver_sql(statement.replace("%", "%%"))
        for index in indexes:
            connection.exec_driver_sql(index.definition.replace("%", "%%"))
        connection.execute(text(f"VACUUM (ANALYZE) {GROWN}"))
    engine.dispose()


def place_of(number: int) -> tuple[float, float]:
    """The middle of lot `number`."""
    x, y = WEST + number % COLUMNS * STEP, SOUTH + number // COLUMNS * STEP
    return math.fsum((x, STEP / 2)), math.fsum((y, STEP / 2))
