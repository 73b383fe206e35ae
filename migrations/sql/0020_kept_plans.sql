-- What is left of an edit's planning, and of work that it did twice. A statement that a client sends is parsed and planned
-- each time; one in a plpgsql function once a connection, behind a pooler too, where nothing can be prepared. Reading the
-- surroundings and writing boundaries were planned for longer than they ran.

-- Current parcels whose envelope meets one of the boxes (west, south, east, north as four arrays), without those known; each
-- once. Of a road that meets all of the boxes 300 kB are read, and not 300 kB for each: the second look is by address. Index
-- plans only, and no bitmaps: who scans a table under SERIALIZABLE has read all of it.
CREATE FUNCTION parcels_in_boxes(wests float8[], souths float8[], easts float8[], norths float8[], known bigint[])
RETURNS TABLE (id bigint, parcel_id text, version int, number text, level text, kind text, part_of text, legal_area_m2 float8,
               legal_area_text text, land_use text, address text, attributes jsonb, area_m2 float8,
               begin_lifespan_version timestamptz, wkb bytea, "row" text)
LANGUAGE plpgsql STABLE SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS
$body$
#variable_conflict use_column
BEGIN
  IF cardinality(wests) = 1 THEN
    RETURN QUERY
    SELECT p.id, p.parcel_id, p.version, p.number, p.level, p.kind, p.part_of, p.legal_area_m2, p.legal_area_text, p.land_use,
           p.address, p.attributes, p.area_m2, p.begin_lifespan_version, ST_AsBinary(p.geom, 'NDR'), p.ctid::text
    FROM parcel AS p
    WHERE p.geom && ST_MakeEnvelope(wests[1], souths[1], easts[1], norths[1], @srid@)
      AND p.end_lifespan_version IS NULL AND p.id <> ALL (known);
    RETURN;
  END IF;
  RETURN QUERY
  SELECT p.id, p.parcel_id, p.version, p.number, p.level, p.kind, p.part_of, p.legal_area_m2, p.legal_area_text, p.land_use,
         p.address, p.attributes, p.area_m2, p.begin_lifespan_version, ST_AsBinary(p.geom, 'NDR'), p.ctid::text
  FROM (SELECT DISTINCT q.ctid AS place
        FROM unnest(wests, souths, easts, norths) AS b (west, south, east, north)
        JOIN parcel AS q ON q.geom && ST_MakeEnvelope(b.west, b.south, b.east, b.north, @srid@)
        WHERE q.end_lifespan_version IS NULL AND q.id <> ALL (known)) AS met
  JOIN parcel AS p ON p.ctid = met.place;
END
$body$;

-- Write boundaries and attributes of parcels that were read: by the address of each row, not by an index (under SERIALIZABLE
-- a look into an index is a read of that page, every update writes there too, and editors of near ids would abort each other).
-- A row that moved on since is not at its address any more; id and version are checked besides. A retired parcel becomes
-- current by it. Answers what was written.
CREATE FUNCTION update_boundaries(rows tid[], ids bigint[], versions int[], numbers text[], levels text[], kinds text[],
  parts_of text[], legal_areas_m2 float8[], legal_areas_text text[], land_uses text[], addresses text[], attribute_sets jsonb[],
  wkbs bytea[], areas_m2 float8[], begun timestamptz)
RETURNS TABLE (id bigint, parcel_id text, version int, "row" text)
LANGUAGE plpgsql SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS
$body$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  UPDATE parcel SET geom = ST_GeomFromWKB(v.wkb, @srid@), area_m2 = v.area_m2, end_lifespan_version = NULL,
    number = v.number, level = v.level, kind = v.kind, part_of = v.part_of, legal_area_m2 = v.legal_area_m2,
    legal_area_text = v.legal_area_text, land_use = v.land_use, address = v.address, attributes = v.attributes,
    begin_lifespan_version = begun
  FROM unnest(rows, ids, versions, numbers, levels, kinds, parts_of, legal_areas_m2, legal_areas_text, land_uses, addresses,
              attribute_sets, wkbs, areas_m2)
    AS v (place, id, version, number, level, kind, part_of, legal_area_m2, legal_area_text, land_use, address, attributes, wkb,
          area_m2)
  WHERE parcel.ctid = v.place AND parcel.id + 0 = v.id AND parcel.version = v.version
  RETURNING parcel.id, parcel.parcel_id, parcel.version, parcel.ctid::text;
END
$body$;

-- The part of a parcel that a check has to look at; small parcels are taken whole, which is faster than cutting them. Cut by
-- rectangle, which is five times faster than an overlay, but may make something invalid of a ring that touches itself.
CREATE OR REPLACE FUNCTION within_region(shape geometry, region box2d) RETURNS geometry LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS
$body$
DECLARE
  place box2d;
  cut geometry;
BEGIN
  IF ST_NPoints(shape) < 500 THEN RETURN shape; END IF;
  place := ST_Expand(region, @cell_size@ / 100);
  cut := ST_ClipByBox2D(shape, place);
  IF cut IS NULL OR NOT ST_IsValid(cut) THEN
    cut := ST_Intersection(shape, ST_SetSRID(place::geometry, ST_SRID(shape)));
  END IF;
  RETURN ST_CollectionExtract(cut, 3);
END
$body$;

-- As in migration 0008; but what is near is cut once, where it was cut once to be compared and once more to be measured.
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
  mine := within_region(now_stored.geom, region);
  FOR other IN
    SELECT near.id, near.parcel_id, near.geom FROM (
      SELECT p.id, p.parcel_id, within_region(p.geom, region) AS geom FROM parcel AS p
      WHERE p.geom && place AND p.end_lifespan_version IS NULL AND p.level = now_stored.level AND p.id <> now_stored.id
      OFFSET 0) AS near
    WHERE ST_Relate(near.geom, mine, 'T********')
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

-- As in migration 0008, with the region that an edit changed (null: not known, or a parcel was born, ended or came back). Where
-- one district covers all of that region, no other meets it, and every parcel lay wholly in that district, every parcel still
-- does: of most edits nothing is to be overlaid and nothing written.
DROP FUNCTION refresh_zoning(bigint[], tid[]);
CREATE FUNCTION refresh_zoning(parcels bigint[], rows tid[] DEFAULT NULL, region geometry DEFAULT NULL) RETURNS void LANGUAGE plpgsql
SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS
$body$
DECLARE
  met bigint[];
BEGIN
  IF region IS NOT NULL THEN
    met := ARRAY(SELECT id FROM zoning_district WHERE geom && region AND ST_Intersects(geom, region));
    IF cardinality(met) = 0 AND NOT EXISTS (SELECT FROM parcel_zoning WHERE parcel = ANY (parcels)) THEN RETURN; END IF;
    IF cardinality(met) = 1
       AND (SELECT count(*) = cardinality(parcels) AND bool_and(district = met[1] AND share = 1) FROM parcel_zoning
            WHERE parcel = ANY (parcels))
       AND (SELECT ST_Covers(geom, region) FROM zoning_district WHERE id = met[1])
    THEN RETURN; END IF;
  END IF;
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
