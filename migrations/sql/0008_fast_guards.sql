-- The functions that every edit runs through, with plans that are kept. A function in SQL that is not inlined is planned
-- anew by every statement that calls it, and plpgsql plans a query with PostGIS in it anew as well, because the planner
-- believes that a plan for these very values must be cheaper. Of an edit of four lots that was 60 % of the time that the
-- database spent on it. What they answer is the same to the bit.

-- Numbers of the conflict cells that a box meets: column and row packed into one bigint, ascending.
CREATE OR REPLACE FUNCTION cells_of(region box2d) RETURNS bigint[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS
$body$
DECLARE
  cell_column bigint := floor(ST_XMin(region) / @cell_size@)::bigint + 1073741824;
  east bigint := floor(ST_XMax(region) / @cell_size@)::bigint + 1073741824;
  south bigint := floor(ST_YMin(region) / @cell_size@)::bigint + 1073741824;
  north bigint := floor(ST_YMax(region) / @cell_size@)::bigint + 1073741824;
  cell_row bigint;
  cells bigint[];
BEGIN
  WHILE cell_column <= east LOOP   -- not FOR, which counts in integer
    cell_row := south;
    WHILE cell_row <= north LOOP
      cells := array_append(cells, (cell_column << 31) + cell_row);
      cell_row := cell_row + 1;
    END LOOP;
    cell_column := cell_column + 1;
  END LOOP;
  RETURN cells;
END
$body$;

-- The stretch of a ring (a closed line of `total` points without the closing one) from the n-th to the m-th point, the
-- first being the one after `shift`.
CREATE FUNCTION stretch_of(line geometry, total int, shift int, n int, m int) RETURNS geometry
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS
$body$
DECLARE
  points geometry[];
BEGIN
  IF m - n > 20 THEN
    RETURN (SELECT ST_MakeLine(ST_PointN(line, (k - 1 + shift) % total + 1) ORDER BY k) FROM generate_series(n, m) AS k);
  END IF;
  FOR k IN n .. m LOOP points := array_append(points, ST_PointN(line, (k - 1 + shift) % total + 1)); END LOOP;
  RETURN ST_MakeLine(points);
END
$body$;

-- The part of two rings in which they differ, with one common point on either side. Found by comparing halves of their
-- bytes: a road of 19,208 points costs a few milliseconds instead of the 60 of comparing every segment. Where the first
-- point differs, both rings are read from a point in the middle.
CREATE OR REPLACE FUNCTION differing_parts(INOUT a geometry, INOUT b geometry) LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS
$body$
DECLARE
  line_a geometry := a;
  line_b geometry := b;
  open_a int := ST_NPoints(a) - 1;   -- points without the closing one
  open_b int := ST_NPoints(b) - 1;
  bytes_a bytea := substring(ST_AsBinary(a, 'NDR') FROM 10 FOR 16 * open_a);
  bytes_b bytea := substring(ST_AsBinary(b, 'NDR') FROM 10 FOR 16 * open_b);
  shift_a int := 0;   -- the point at which each ring is begun
  shift_b int := 0;
  head int := 0;   -- points that are equal from the beginning
  tail int := 0;   -- points that are equal from the end
  high int;
  middle int;
BEGIN
  IF substring(bytes_a FROM 1 FOR 16) <> substring(bytes_b FROM 1 FOR 16) THEN
    middle := position(substring(bytes_a FROM 16 * (open_a / 2) + 1 FOR 16) IN bytes_b) - 1;
    IF middle < 0 OR middle % 16 <> 0 THEN RETURN; END IF;
    shift_a := open_a / 2;
    shift_b := middle / 16;
    bytes_a := substring(bytes_a FROM 16 * shift_a + 1) || substring(bytes_a FROM 1 FOR 16 * shift_a);
    bytes_b := substring(bytes_b FROM 16 * shift_b + 1) || substring(bytes_b FROM 1 FOR 16 * shift_b);
  END IF;
  high := least(open_a, open_b);
  WHILE head < high LOOP
    middle := (head + high + 1) / 2;
    IF substring(bytes_a FROM 1 + 16 * head FOR 16 * (middle - head)) = substring(bytes_b FROM 1 + 16 * head FOR 16 * (middle - head))
    THEN head := middle; ELSE high := middle - 1; END IF;
  END LOOP;
  IF head = open_a AND head = open_b THEN   -- the same ring, begun elsewhere
    a := NULL;
    b := NULL;
    RETURN;
  END IF;
  high := least(open_a, open_b) - head;
  WHILE tail < high LOOP
    middle := (tail + high + 1) / 2;
    IF substring(bytes_a FROM 1 + 16 * (open_a - middle) FOR 16 * (middle - tail))
     = substring(bytes_b FROM 1 + 16 * (open_b - middle) FOR 16 * (middle - tail))
    THEN tail := middle; ELSE high := middle - 1; END IF;
  END LOOP;
  -- From the last common point (head is at least 1) to the next one, which may be the first again.
  a := stretch_of(line_a, open_a, shift_a, head, open_a - tail + 1);
  b := stretch_of(line_b, open_b, shift_b, head, open_b - tail + 1);
END
$body$;

-- Where a boundary changes: the envelope of the segments that are in exactly one of OLD and NEW; null when none is.
-- A whole envelope when there is no OLD or no NEW. Service, guard trigger and overlap check all mean this region.
-- One ring that differs, and in one point only, is by far the most frequent: it is answered without comparing segments.
CREATE OR REPLACE FUNCTION changed_region(old_geom geometry, new_geom geometry) RETURNS box2d
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS
$body$
DECLARE
  old_rings geometry[];
  new_rings geometry[];
  parts record;
BEGIN
  IF old_geom IS NULL OR new_geom IS NULL THEN RETURN box2d(coalesce(old_geom, new_geom)); END IF;
  IF ST_AsBinary(old_geom) = ST_AsBinary(new_geom) THEN RETURN NULL; END IF;
  IF ST_NumGeometries(old_geom) = 1 AND ST_NumGeometries(new_geom) = 1 AND ST_NRings(old_geom) = 1 AND ST_NRings(new_geom) = 1 THEN
    old_rings := ARRAY[ST_ExteriorRing(ST_GeometryN(old_geom, 1))];
    new_rings := ARRAY[ST_ExteriorRing(ST_GeometryN(new_geom, 1))];
  ELSIF ST_NRings(old_geom) = ST_NRings(new_geom) THEN
    -- Ring by ring in their order; what is equal in both may be left out whatever it is paired with.
    SELECT array_agg(o), array_agg(n) INTO old_rings, new_rings
    FROM ROWS FROM (rings_of(old_geom), rings_of(new_geom)) AS rings (o, n) WHERE ST_AsBinary(o) <> ST_AsBinary(n);
    IF cardinality(old_rings) > 1 THEN
      SELECT array_agg(pair.a), array_agg(pair.b) INTO old_rings, new_rings
      FROM unnest(old_rings, new_rings) AS pairs (o, n), differing_parts(o, n) AS pair;
    END IF;
  ELSE
    old_rings := ARRAY(SELECT ring FROM (SELECT ST_AsBinary(o) AS ring FROM rings_of(old_geom) AS o
                       EXCEPT ALL SELECT ST_AsBinary(n) FROM rings_of(new_geom) AS n) AS only_old);
    new_rings := ARRAY(SELECT ring FROM (SELECT ST_AsBinary(n) AS ring FROM rings_of(new_geom) AS n
                       EXCEPT ALL SELECT ST_AsBinary(o) FROM rings_of(old_geom) AS o) AS only_new);
  END IF;
  IF cardinality(old_rings) = 1 AND cardinality(new_rings) = 1 THEN
    parts := differing_parts(old_rings[1], new_rings[1]);
    -- A point moved, inserted or removed between two that stay: every segment here has changed.
    IF ST_NPoints(parts.a) <= 3 AND ST_NPoints(parts.b) <= 3 THEN RETURN box2d(ST_Collect(parts.a, parts.b)); END IF;
    RETURN differing_segments(ARRAY[parts.a], ARRAY[parts.b]);
  END IF;
  RETURN differing_segments(old_rings, new_rings);
END
$body$;

-- Deferred: no new overlap in an exclusive level, whoever wrote. An overlap that a finding records (any status but
-- fixed) is lawful up to its measure; findings are read only when an overlap was found, for a read of a small table
-- that everybody inserts into aborts unrelated edits. A kept plan must not be one that reads the whole table because it
-- was made while that was empty: hence no sequential scans.
CREATE OR REPLACE FUNCTION check_overlap() RETURNS trigger LANGUAGE plpgsql
SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS
$body$
DECLARE
  now_stored parcel%ROWTYPE := NEW;
  region box2d;
  place geometry;
  mine geometry;
  other record;
  common float8;
BEGIN
  -- Imports compare their rows by themselves, holding the cells, and record what they find in the same transaction.
  IF coalesce(current_setting('spatial_admin.import', true), '') <> '' THEN RETURN NULL; END IF;
  IF coalesce(current_setting('spatial_admin.edit', true), '') = '' THEN
    SELECT * INTO now_stored FROM parcel WHERE id = NEW.id;   -- direct SQL may write a row twice; the last state counts
  END IF;
  IF now_stored.end_lifespan_version IS NOT NULL THEN RETURN NULL; END IF;
  IF NOT (SELECT exclusive FROM level WHERE code = now_stored.level) THEN RETURN NULL; END IF;
  IF TG_OP = 'INSERT' OR OLD.level <> now_stored.level OR OLD.end_lifespan_version IS NOT NULL THEN
    region := box2d(now_stored.geom);
  ELSE
    region := changed_region(OLD.geom, now_stored.geom);
  END IF;
  IF region IS NULL THEN RETURN NULL; END IF;
  place := ST_SetSRID(region::geometry, @srid@);
  mine := now_stored.geom;
  IF ST_NPoints(mine) >= 500 THEN mine := within_region(mine, region); END IF;
  FOR other IN
    SELECT p.id, p.parcel_id, within_region(p.geom, region) AS geom FROM parcel AS p
    WHERE p.geom && place AND p.end_lifespan_version IS NULL
      AND p.level = now_stored.level AND p.id <> now_stored.id
      AND ST_Relate(within_region(p.geom, region), mine, 'T********')
  LOOP
    common := common_area_m2(other.geom, mine);
    IF common > 0.01 AND NOT EXISTS (
      SELECT FROM finding WHERE parcels @> ARRAY[least(other.id, now_stored.id), greatest(other.id, now_stored.id)]
        AND rule IN ('overlap', 'stack') AND status <> 'fixed' AND measure + 0.01 >= common)
    THEN
      RAISE EXCEPTION 'Parcels % and % would overlap by % m2', now_stored.parcel_id, other.parcel_id, round(common::numeric, 3)
        USING ERRCODE = 'SA010', DETAIL = json_build_object('rule', 'overlap', 'parcels',
          json_build_array(now_stored.parcel_id, other.parcel_id), 'measure', common, 'place', ST_AsGeoJSON(
            ST_CollectionExtract(ST_Intersection(other.geom, mine), 3), 17)::json)::text;
    END IF;
  END LOOP;
  RETURN NULL;
END
$body$;

-- Shares of parcels in zoning districts, computed anew: of the area in storage units, for a share is a ratio. Only what
-- differs is written. An edit gives the addresses of the rows that it has just written (`rows`), others only their ids:
-- looking for a parcel by its index reads a page into which unrelated edits write.
CREATE OR REPLACE FUNCTION refresh_zoning(parcels bigint[], rows tid[] DEFAULT NULL) RETURNS void LANGUAGE plpgsql
SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS
$body$
BEGIN
  WITH touched AS MATERIALIZED (   -- else `is current` is pushed down, and without statistics the whole partial index read
    SELECT p.id, p.geom, p.end_lifespan_version FROM unnest(parcels) AS named JOIN parcel AS p ON p.id = named WHERE rows IS NULL
    UNION ALL SELECT p.id, p.geom, p.end_lifespan_version FROM unnest(rows) AS written JOIN parcel AS p ON p.ctid = written),
  shares AS (
    SELECT p.id, z.id AS district,
           CASE WHEN ST_Covers(z.geom, p.geom) THEN 1 ELSE ST_Area(ST_Intersection(p.geom, z.geom)) / ST_Area(p.geom) END AS share
    FROM touched AS p JOIN zoning_district AS z ON z.geom && p.geom WHERE p.end_lifespan_version IS NULL),
  gone AS (
    DELETE FROM parcel_zoning AS old WHERE old.parcel = ANY (parcels)
      AND NOT EXISTS (SELECT FROM shares WHERE id = old.parcel AND district = old.district AND share > 1e-6))
  INSERT INTO parcel_zoning AS old (parcel, district, share)
  SELECT id, district, least(share, 1) FROM shares WHERE share > 1e-6
  ON CONFLICT (parcel, district) DO UPDATE SET share = excluded.share WHERE old.share <> excluded.share;
END
$body$;
