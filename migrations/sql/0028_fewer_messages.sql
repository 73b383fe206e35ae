-- What an edit of a corner still asked for by itself, one message after the other: what lies around the neighbouring points,
-- the time of the edit, the shares in zoning districts. Each message is parsed and planned anew and waited for.

-- Current parcels whose envelope meets the box that holds some places (west, south, east, north as four arrays) and the sides that
-- come to them: where a point is moved between them these sides change, and what is near is looked at. The box is told with each
-- row (`read_*`); it is as much wider as is given. Large parcels are not taken apart for it; what only they reach is read when it
-- is asked for. Index plans only, as in migration 0020.
CREATE FUNCTION parcels_around(wests float8[], souths float8[], easts float8[], norths float8[], wider float8, higher float8)
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
          WHERE q.geom && place AND q.end_lifespan_version IS NULL AND ST_NPoints(q.geom) < 500 OFFSET 0) AS near,
      ST_DumpSegments(near.geom) AS side
    WHERE side.geom && place AND ST_Intersects(side.geom, place);
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

-- Write new boundaries of current parcels, of which nothing else changes, at a time that is told with each row: later than that
-- of every version that they replace. Whoever needs cells has taken them. By the address of each row, as in migration 0020; a row
-- that moved on since is not written and not answered. Then the shares in zoning districts follow (`west` to `north`: where
-- boundaries changed). `noded` are the ids of parcels that only got points of their neighbours.
CREATE FUNCTION reshape_parcels(rows tid[], ids bigint[], versions int[], wkbs bytea[], areas_m2 float8[], noded bigint[],
  latest timestamptz, west float8, south float8, east float8, north float8)
RETURNS TABLE (id bigint, parcel_id text, version int, "row" text, made_at timestamptz)
LANGUAGE plpgsql SET jit = off SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS
$body$
#variable_conflict use_column
DECLARE
  written record;
  reshaped bigint[];
  places tid[];
  named text;
BEGIN
  made_at := greatest(clock_timestamp(), latest + interval '1 microsecond');
  IF cardinality(noded) > 0 THEN named := set_config('spatial_admin.noded', array_to_string(noded, ','), true); END IF;
  FOR written IN
    UPDATE parcel SET geom = ST_GeomFromWKB(v.wkb, @srid@), area_m2 = v.area_m2, begin_lifespan_version = made_at
    FROM unnest(rows, ids, versions, wkbs, areas_m2) AS v (place, id, version, wkb, area_m2)
    WHERE parcel.ctid = v.place AND parcel.id + 0 = v.id AND parcel.version = v.version
    RETURNING parcel.id, parcel.parcel_id, parcel.version, parcel.ctid AS place
  LOOP
    id := written.id;
    parcel_id := written.parcel_id;
    version := written.version;
    "row" := written.place::text;
    reshaped := reshaped || written.id;
    places := places || written.place;
    RETURN NEXT;
  END LOOP;
  IF reshaped IS NOT NULL THEN
    PERFORM refresh_zoning(reshaped, places, ST_MakeEnvelope(west, south, east, north, @srid@));
  END IF;
END
$body$;
