-- What an edit asks of its neighbours, told by cheaper questions. What these functions answer and refuse stays the same, but for
-- what rounding may say of a district (holds_region).

-- Of two states of one ring in which one point was moved, inserted or removed: the segments that are in exactly one of them, as
-- lines; null where more differs, or nothing. Such is nearly every edit. (WKB: 22 bytes until the first point of a multipolygon of one ring.)
CREATE FUNCTION changed_sides(old_geom geometry, new_geom geometry) RETURNS geometry LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS
$body$
DECLARE
  a bytea := ST_AsBinary(old_geom, 'NDR');
  b bytea := ST_AsBinary(new_geom, 'NDR');
  low int := 0;   -- points that are equal from the beginning
  high int;
  middle int;
  ring geometry;
  parts record;
BEGIN
  IF a = b THEN RETURN NULL; END IF;
  -- Told from the bytes alone, where both rings begin with a point that stays.
  IF length(a) = length(b) AND substring(a FROM 1 FOR 38) = substring(b FROM 1 FOR 38)
     AND substring(a FROM 1 FOR 18) = '\x010600000001000000010300000001000000'
  THEN
    high := (length(a) - 22) / 16 - 1;   -- the last point is the first
    WHILE low + 1 < high LOOP   -- the point that differs lies behind `low` equal ones, and not behind `high`
      middle := (low + high) / 2;
      IF substring(a FROM 23 + 16 * low FOR 16 * (middle - low)) = substring(b FROM 23 + 16 * low FOR 16 * (middle - low))
      THEN low := middle; ELSE high := middle; END IF;
    END LOOP;
    IF substring(a FROM 39 + 16 * low) = substring(b FROM 39 + 16 * low) THEN
      ring := ST_ExteriorRing(ST_GeometryN(old_geom, 1));
      RETURN ST_MakeLine(ARRAY[ST_PointN(ring, low), ST_PointN(ring, low + 1), ST_PointN(ring, low + 2),
                               ST_PointN(ST_ExteriorRing(ST_GeometryN(new_geom, 1)), low + 1), ST_PointN(ring, low)]);
    END IF;
  END IF;
  IF ST_NumGeometries(old_geom) = 1 AND ST_NumGeometries(new_geom) = 1 AND ST_NRings(old_geom) = 1 AND ST_NRings(new_geom) = 1 THEN
    parts := differing_parts(ST_ExteriorRing(ST_GeometryN(old_geom, 1)), ST_ExteriorRing(ST_GeometryN(new_geom, 1)));
    IF ST_NPoints(parts.a) <= 3 AND ST_NPoints(parts.b) <= 3 THEN RETURN ST_Collect(parts.a, parts.b); END IF;
  END IF;
  RETURN NULL;
END
$body$;

-- As in migration 0031, of `changed_sides` where these tell.
CREATE OR REPLACE FUNCTION changed_region(old_geom geometry, new_geom geometry) RETURNS box2d
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS
$body$
DECLARE
  sides geometry;
  old_rings geometry[];
  new_rings geometry[];
  parts record;
BEGIN
  IF old_geom IS NULL OR new_geom IS NULL THEN RETURN box2d(coalesce(old_geom, new_geom)); END IF;
  IF ST_AsBinary(old_geom, 'NDR') = ST_AsBinary(new_geom, 'NDR') THEN RETURN NULL; END IF;
  sides := changed_sides(old_geom, new_geom);
  IF sides IS NOT NULL THEN RETURN box2d(sides); END IF;
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
    IF ST_NPoints(parts.a) <= 3 AND ST_NPoints(parts.b) <= 3 THEN RETURN box2d(ST_Collect(parts.a, parts.b)); END IF;
    RETURN differing_segments(ARRAY[parts.a], ARRAY[parts.b]);
  END IF;
  RETURN differing_segments(old_rings, new_rings);
END
$body$;

-- As in migration 0031. A side that ends at the place comes to it; only of one that goes by is its distance asked.
CREATE OR REPLACE FUNCTION parcels_around(wests float8[], souths float8[], easts float8[], norths float8[], wider float8, higher float8)
RETURNS TABLE (id bigint, parcel_id text, version int, number text, level text, kind text, part_of text, legal_area_m2 float8,
               legal_area_text text, land_use text, address text, attributes jsonb, area_m2 float8,
               begin_lifespan_version timestamptz, wkb bytea, "row" text,
               read_west float8, read_south float8, read_east float8, read_north float8)
LANGUAGE plpgsql STABLE SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS
$body$
#variable_conflict use_column
DECLARE
  place geometry;
  sides box2d;
BEGIN
  FOR k IN 1 .. cardinality(wests) LOOP
    place := ST_MakeEnvelope(wests[k], souths[k], easts[k], norths[k], @srid@);
    SELECT ST_Extent(side.geom) INTO sides
    FROM (SELECT q.geom FROM parcel AS q
          WHERE q.geom && place AND q.end_lifespan_version IS NULL AND pg_column_size(q.geom) < 1600 OFFSET 0) AS near,
      ST_DumpSegments(near.geom) AS side
    WHERE CASE WHEN NOT side.geom && place THEN false
               WHEN ST_StartPoint(side.geom) && place OR ST_EndPoint(side.geom) && place THEN true
               ELSE ST_DWithin(side.geom, place, 0) END;
    read_west := least(read_west, wests[k], ST_XMin(sides) - wider);
    read_south := least(read_south, souths[k], ST_YMin(sides) - higher);
    read_east := greatest(read_east, easts[k], ST_XMax(sides) + wider);
    read_north := greatest(read_north, norths[k], ST_YMax(sides) + higher);
  END LOOP;
  place := ST_MakeEnvelope(read_west, read_south, read_east, read_north, @srid@);
  RETURN QUERY
  SELECT p.id, p.parcel_id, p.version, p.number, p.level, p.kind, p.part_of, p.legal_area_m2, p.legal_area_text, p.land_use,
         p.address, p.attributes, p.area_m2, p.begin_lifespan_version, ST_AsBinary(p.geom, 'NDR'), p.ctid::text,
         read_west, read_south, read_east, read_north
  FROM parcel AS p WHERE p.geom && place AND p.end_lifespan_version IS NULL;
END
$body$;

-- As in migration 0031, but the district is cut by the region, which is a box: GEOS does that many times faster than it compares
-- two shapes. Less than a thousand-millionth of the region is rounding.
CREATE OR REPLACE FUNCTION holds_region(shape geometry, region geometry) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS
$body$
DECLARE
  whole geometry;
  share float8 := ST_Area(ST_ClipByBox2D(shape, region::box2d)) / nullif(ST_Area(region), 0);
BEGIN
  IF share IS NOT NULL THEN RETURN CASE WHEN share > 1e-9 THEN share >= 1 - 1e-9 END; END IF;
  whole := ST_Force2D(shape);   -- a region that is a line
  RETURN CASE WHEN ST_Intersects(whole, region) THEN ST_Covers(whole, region) END;
END
$body$;

-- As in migration 0031, but every district whose envelope meets the region is asked, and fetched once.
CREATE OR REPLACE FUNCTION refresh_zoning(parcels bigint[], rows tid[] DEFAULT NULL, region geometry DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS
$body$
DECLARE
  met bigint[];
  is_held boolean;
BEGIN
  IF region IS NOT NULL THEN
    SELECT array_agg(near.id), bool_and(near.holds) INTO met, is_held FROM (
      SELECT id, holds_region(geom, region) AS holds FROM zoning_district WHERE geom && region OFFSET 0) AS near
    WHERE near.holds IS NOT NULL;
    IF met IS NULL THEN
      IF NOT EXISTS (SELECT FROM parcel_zoning WHERE parcel = ANY (parcels)) THEN RETURN; END IF;
    ELSIF cardinality(met) = 1 AND is_held THEN
      IF (SELECT count(*) = cardinality(parcels) AND bool_and(district = met[1] AND share = 1) FROM parcel_zoning
          WHERE parcel = ANY (parcels)) THEN RETURN; END IF;
    END IF;
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

-- As in migration 0020, of shapes with a hundred points already.
CREATE OR REPLACE FUNCTION within_region(shape geometry, region box2d) RETURNS geometry LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS
$body$
DECLARE
  place box2d;
  cut geometry;
BEGIN
  IF ST_NPoints(shape) < 100 THEN RETURN shape; END IF;
  place := ST_Expand(region, @cell_size@ / 100);
  cut := ST_ClipByBox2D(shape, place);
  IF cut IS NULL OR NOT ST_IsValid(cut) THEN
    cut := ST_Intersection(shape, ST_SetSRID(place::geometry, ST_SRID(shape)));
  END IF;
  RETURN ST_CollectionExtract(cut, 3);
END
$body$;

-- As in migration 0031, but of a neighbour is asked first whether the sides that changed run through it. Land that is new to a
-- parcel has no other boundary: who has part of it is crossed by one of them, or lies in it as a whole, or has several parts of
-- which one may.
CREATE OR REPLACE FUNCTION check_overlap() RETURNS trigger LANGUAGE plpgsql
SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS
$body$
DECLARE
  now_stored parcel%ROWTYPE := NEW;
  sides geometry;
  region box2d;
  place geometry;
  mine geometry;
  own_piece geometry;   -- of it, about the region
  other record;
  common float8;
BEGIN
  -- Imports compare their rows by themselves, holding the cells, and record what they find in the same transaction.
  IF coalesce(current_setting('spatial_admin.import', true), '') <> '' THEN RETURN NULL; END IF;
  IF coalesce(current_setting('spatial_admin.edit', true), '') = '' THEN
    SELECT * INTO now_stored FROM parcel WHERE id = NEW.id;   -- direct SQL may write a row twice; the last state counts
  END IF;
  IF now_stored.end_lifespan_version IS NOT NULL THEN RETURN NULL; END IF;
  IF TG_OP = 'INSERT' OR OLD.level <> now_stored.level OR OLD.end_lifespan_version IS NOT NULL THEN
    region := box2d(now_stored.geom);
  ELSE
    sides := changed_sides(OLD.geom, now_stored.geom);
    region := CASE WHEN sides IS NULL THEN changed_region(OLD.geom, now_stored.geom) ELSE box2d(sides) END;
  END IF;
  IF region IS NULL THEN RETURN NULL; END IF;
  place := ST_SetSRID(region::geometry, @srid@);
  -- Told apart by what lies about the region, but measured whole, like the findings, unless thousands of points lay in it.
  own_piece := CASE WHEN pg_column_size(now_stored.geom) < 1600 THEN now_stored.geom ELSE within_region(now_stored.geom, region) END;
  mine := CASE WHEN pg_column_size(now_stored.geom) < 8000 THEN now_stored.geom ELSE own_piece END;
  FOR other IN
    SELECT near.id, near.parcel_id, CASE WHEN pg_column_size(near.geom) < 8000 THEN near.geom ELSE near.piece END AS geom FROM (
      SELECT p.id, p.parcel_id, p.geom,
             CASE WHEN pg_column_size(p.geom) < 1600 THEN p.geom ELSE within_region(p.geom, region) END AS piece
      FROM parcel AS p
      WHERE p.geom && place AND p.end_lifespan_version IS NULL AND p.level = now_stored.level AND p.id <> now_stored.id
      OFFSET 0) AS near
    WHERE CASE WHEN sides IS NOT NULL AND ST_NumGeometries(near.piece) = 1 AND NOT near.piece @ place
                    AND NOT (ST_DWithin(near.piece, sides, 0) AND ST_Relate(sides, near.piece, 'T********'))
               THEN false ELSE ST_Relate(near.piece, own_piece, 'T********') END
  LOOP
    IF NOT (SELECT exclusive FROM level WHERE code = now_stored.level) THEN RETURN NULL; END IF;
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

-- As in migration 0026, and with it by what the edit is judged, in its own snapshot: the rules and whose edits need a second
-- person as administrators have set them (each as text: what is the same to the letter was read before), and whether anybody
-- disputes a boundary. No edit writes to these tables.
DROP FUNCTION begin_edit(uuid, bigint, bigint, text, text, jsonb, bytea, bigint);
CREATE FUNCTION begin_edit(key uuid, author bigint, record bigint, why text, kind text, asked jsonb, hash bytea,
                           approver bigint)
RETURNS TABLE (edit_id bigint, edit_row text, rules text, four_eyes text, has_disputes boolean)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS
$body$
#variable_conflict use_column
DECLARE
  named text;
BEGIN
  INSERT INTO edit (key, author_id, record_id, comment, nature, operations, request_hash, approved_by, approved_at)
  VALUES ($1, author, record, why, kind, asked, hash, approver, CASE WHEN approver IS NOT NULL THEN clock_timestamp() END)
  ON CONFLICT (key) DO NOTHING RETURNING id, ctid::text INTO begin_edit.edit_id, begin_edit.edit_row;
  IF NOT FOUND THEN RETURN; END IF;
  named := set_config('spatial_admin.edit', begin_edit.edit_id::text, true);
  SELECT (SELECT coalesce(json_agg(stored)::text, '[]') FROM validity_rule AS stored),
         (SELECT coalesce(json_agg(stored)::text, '[]') FROM four_eyes AS stored),
         EXISTS (SELECT FROM disputed_boundary WHERE ended_at IS NULL)
  INTO begin_edit.rules, begin_edit.four_eyes, begin_edit.has_disputes;
  RETURN NEXT;
END
$body$;
