-- What an edit of a corner still spent in the database besides writing: geometries that were fetched from their TOAST table
-- several times to be asked one thing each, exact predicates where a distance tells, statements that could be one. What these
-- functions answer and refuse stays the same.
--
-- Whether a boundary is large is told by the bytes in which it is stored: to count its points it is fetched as a whole, and by a
-- road of 19,208 points lies every lot of a town. A point takes 16 bytes, so what has less than 8,000 has less than 500 points.

-- As in migration 0001. A check constraint is prepared by every statement that writes, and calls this: a function in SQL takes
-- ten times as long to start as one in plpgsql. The names of its body are qualified: pg_restore empties search_path.
CREATE OR REPLACE FUNCTION deployment_extent() RETURNS geometry LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS
$body$ BEGIN RETURN '@extent@'::@postgis@.geometry; END $body$;

-- As in migration 0028. Which sides come to a place is told by their distance, without converting each for GEOS, and only what
-- comes there itself is taken apart.
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
          WHERE q.geom && place AND q.end_lifespan_version IS NULL AND pg_column_size(q.geom) < 8000
            AND ST_DWithin(q.geom, place, 0) OFFSET 0) AS near,
      ST_DumpSegments(near.geom) AS side
    WHERE side.geom && place AND ST_DWithin(side.geom, place, 0);
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

-- As in migration 0008. One point of a single ring moved is by far the most frequent: it is told from the bytes alone, where both
-- rings begin with a point that stays. (WKB: 22 bytes until the first point of a multipolygon of one ring.)
CREATE OR REPLACE FUNCTION changed_region(old_geom geometry, new_geom geometry) RETURNS box2d
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS
$body$
DECLARE
  a bytea;
  b bytea;
  low int := 0;   -- points that are equal from the beginning
  high int;
  middle int;
  old_rings geometry[];
  new_rings geometry[];
  parts record;
BEGIN
  IF old_geom IS NULL OR new_geom IS NULL THEN RETURN box2d(coalesce(old_geom, new_geom)); END IF;
  a := ST_AsBinary(old_geom, 'NDR');
  b := ST_AsBinary(new_geom, 'NDR');
  IF a = b THEN RETURN NULL; END IF;
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
      parts := (ST_ExteriorRing(ST_GeometryN(old_geom, 1)), ST_ExteriorRing(ST_GeometryN(new_geom, 1)));
      RETURN box2d(ST_MakeLine(ARRAY[ST_PointN(parts.f1, low), ST_PointN(parts.f1, low + 1), ST_PointN(parts.f1, low + 2),
                                     ST_PointN(parts.f2, low + 1)]));
    END IF;
  END IF;
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

-- As in migration 0026. Mostly no side of a district comes as near to the middle of the region as its corners lie: then the
-- middle tells. The district is fetched once.
CREATE OR REPLACE FUNCTION holds_region(shape geometry, region geometry) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS
$body$
DECLARE
  whole geometry := ST_Force2D(shape);
  part geometry;
  ring geometry;
  middle geometry;
BEGIN
  IF ST_NRings(whole) = 1 AND ST_XMax(region) > ST_XMin(region) AND ST_YMax(region) > ST_YMin(region) THEN
    part := ST_GeometryN(whole, 1);
    middle := ST_SetSRID(ST_MakePoint((ST_XMin(region) + ST_XMax(region)) / 2, (ST_YMin(region) + ST_YMax(region)) / 2), ST_SRID(region));
    ring := ST_ExteriorRing(part);
    -- A little more than half of its diagonal, whatever was rounded.
    IF NOT ST_DWithin(ring, middle, 0.51 * sqrt((ST_XMax(region) - ST_XMin(region)) ^ 2 + (ST_YMax(region) - ST_YMin(region)) ^ 2))
       OR NOT ST_Intersects(ring, region)
    THEN
      RETURN CASE WHEN ST_Intersects(part, middle) THEN true END;
    END IF;
    RETURN ST_Covers(whole, region);
  END IF;
  RETURN CASE WHEN ST_Intersects(whole, region) THEN ST_Covers(whole, region) END;
END
$body$;

-- As in migration 0026, but a district that does not come as near to the middle of the region as its corners lie is not asked.
CREATE OR REPLACE FUNCTION refresh_zoning(parcels bigint[], rows tid[] DEFAULT NULL, region geometry DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS
$body$
DECLARE
  met bigint[];
  is_held boolean;
  middle geometry;
  reach float8;
BEGIN
  IF region IS NOT NULL THEN
    middle := ST_SetSRID(ST_MakePoint((ST_XMin(region) + ST_XMax(region)) / 2, (ST_YMin(region) + ST_YMax(region)) / 2), ST_SRID(region));
    reach := 0.51 * sqrt((ST_XMax(region) - ST_XMin(region)) ^ 2 + (ST_YMax(region) - ST_YMin(region)) ^ 2);   -- to its corners
    SELECT array_agg(near.id), bool_and(near.holds) INTO met, is_held FROM (
      SELECT id, holds_region(geom, region) AS holds FROM zoning_district
      WHERE geom && region AND ST_DWithin(geom, middle, reach) OFFSET 0) AS near
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
