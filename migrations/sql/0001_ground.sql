-- Functions that tables and indexes need before they exist. @names@ are the deployment's constants, baked in because
-- they never change and an immutable constant costs nothing in a plan.

-- The box that every stored coordinate lies in. Its body is no text but bound to PostGIS when it is made: pg_restore
-- empties search_path, and a check constraint that looks up names by it would refuse every row of a backup.
CREATE FUNCTION deployment_extent() RETURNS geometry LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ST_MakeEnvelope(@west@::float8, @south@::float8, @east@::float8, @north@::float8, @srid@);

-- Text that a search by id, number or address looks in.
CREATE FUNCTION search_text(parcel_id text, number text, address text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$body$ SELECT lower(parcel_id || ' ' || coalesce(number, '') || ' ' || coalesce(address, '')) $body$;

-- Metres per storage unit east and north at a place (radii of curvature of the ellipsoid; Snyder 1987, eq. 4-18, 4-20).
CREATE FUNCTION ground_scale(latitude float8, OUT east float8, OUT north float8) LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$body$
  SELECT CASE WHEN @is_geographic@ THEN radians(1) * @semi_major_m@ * cos(radians(latitude)) / sqrt(w2) ELSE @metres_per_unit@ END,
         CASE WHEN @is_geographic@ THEN radians(1) * @semi_major_m@ * (1 - @eccentricity2@) / (w2 * sqrt(w2)) ELSE @metres_per_unit@ END
  FROM (SELECT 1 - @eccentricity2@ * sin(radians(latitude)) ^ 2 AS w2) AS curvature
$body$;

-- A geometry in a local plane, metres, so that slivers are measured (by geography their area is noise: 4e-4 for 7e-9 m2).
CREATE FUNCTION in_local_metres(shape geometry) RETURNS geometry LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$body$
  SELECT ST_Scale(ST_Translate(shape, -ST_XMin(shape), -ST_YMin(shape)), scale.east, scale.north)
  FROM ground_scale((ST_YMin(shape) + ST_YMax(shape)) / 2) AS scale
$body$;

-- Area and perimeter by the deployment's one method: on the grid when projected, on the ellipsoid when geographic.
CREATE FUNCTION ground_area_m2(shape geometry) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$body$
  SELECT CASE WHEN @is_geographic@ THEN ST_Area(ST_SetSRID(shape, 4326)::geography)
              ELSE ST_Area(shape) * @metres_per_unit@::float8 ^ 2 END
$body$;
CREATE FUNCTION ground_perimeter_m(shape geometry) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$body$
  SELECT CASE WHEN @is_geographic@ THEN ST_Perimeter(ST_SetSRID(shape, 4326)::geography)
              ELSE ST_Perimeter(shape) * @metres_per_unit@::float8 END
$body$;

-- Numbers of the conflict cells that a box meets: column and row packed into one bigint, ascending.
CREATE FUNCTION cells_of(region box2d) RETURNS bigint[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$body$
  SELECT array_agg(((cell_column + 1073741824) << 31) + (cell_row + 1073741824) ORDER BY cell_column, cell_row)
  FROM generate_series(floor(ST_XMin(region) / @cell_size@)::bigint, floor(ST_XMax(region) / @cell_size@)::bigint) AS cell_column,
       generate_series(floor(ST_YMin(region) / @cell_size@)::bigint, floor(ST_YMax(region) / @cell_size@)::bigint) AS cell_row
$body$;

-- Rings of a multipolygon as lines, shells and holes alike, in their order. By number, because ST_Dump and ST_DumpRings
-- take 3.5 ms for a road of 19,208 points and this 0.8 ms.
CREATE FUNCTION rings_of(shape geometry) RETURNS SETOF geometry LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$body$
  SELECT CASE k WHEN 0 THEN ST_ExteriorRing(part) ELSE ST_InteriorRingN(part, k) END
  FROM (SELECT p, ST_GeometryN(shape, p) AS part FROM generate_series(1, ST_NumGeometries(shape)) AS p OFFSET 0) AS parts,
       generate_series(0, ST_NumInteriorRings(part)) AS k
  ORDER BY p, k
$body$;

-- Undirected segments of a line, as the coordinates of their ends.
CREATE FUNCTION segments_of(line geometry, OUT x1 float8, OUT y1 float8, OUT x2 float8, OUT y2 float8) RETURNS SETOF record
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$body$
  SELECT least(ax, bx), CASE WHEN (ax, ay) <= (bx, by) THEN ay ELSE by END,
         greatest(ax, bx), CASE WHEN (ax, ay) <= (bx, by) THEN by ELSE ay END
  FROM (SELECT ST_X(geom) AS ax, ST_Y(geom) AS ay,
               lead(ST_X(geom)) OVER (ORDER BY path) AS bx, lead(ST_Y(geom)) OVER (ORDER BY path) AS by
        FROM ST_DumpPoints(line)) AS ends
  WHERE bx IS NOT NULL
$body$;

-- The part of two rings in which they differ, with one common point on either side. Found by comparing halves of their
-- bytes: a road of 19,208 points costs a few milliseconds instead of the 60 of comparing every segment. Where the first
-- point differs, both rings are read from a point in the middle.
CREATE FUNCTION differing_parts(INOUT a geometry, INOUT b geometry) LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS
$body$
DECLARE
  line_a geometry := a;
  line_b geometry := b;
  open_a int := ST_NPoints(a) - 1;   -- points without the closing one
  open_b int := ST_NPoints(b) - 1;
  bytes_a bytea := substring(ST_AsBinary(a, 'NDR') FROM 10 FOR 16 * (ST_NPoints(a) - 1));
  bytes_b bytea := substring(ST_AsBinary(b, 'NDR') FROM 10 FOR 16 * (ST_NPoints(b) - 1));
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
  a := (SELECT ST_MakeLine(ST_PointN(line_a, (n - 1 + shift_a) % open_a + 1) ORDER BY n) FROM generate_series(head, open_a - tail + 1) AS n);
  b := (SELECT ST_MakeLine(ST_PointN(line_b, (n - 1 + shift_b) % open_b + 1) ORDER BY n) FROM generate_series(head, open_b - tail + 1) AS n);
END
$body$;

-- The envelope of the undirected segments that are in one set of lines more often than in the other; null when none is.
CREATE FUNCTION differing_segments(a geometry[], b geometry[]) RETURNS box2d LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$body$
  WITH before AS (SELECT segment.* FROM unnest(a) AS line, segments_of(line) AS segment),
       after AS (SELECT segment.* FROM unnest(b) AS line, segments_of(line) AS segment),
       changed AS ((SELECT * FROM before EXCEPT ALL SELECT * FROM after)
                   UNION ALL (SELECT * FROM after EXCEPT ALL SELECT * FROM before))
  SELECT ST_MakeBox2D(ST_MakePoint(min(least(x1, x2)), min(least(y1, y2))), ST_MakePoint(max(greatest(x1, x2)), max(greatest(y1, y2))))
  FROM changed HAVING count(*) > 0
$body$;

-- Where a boundary changes: the envelope of the segments that are in exactly one of OLD and NEW; null when none is.
-- A whole envelope when there is no OLD or no NEW. Service, guard trigger and overlap check all mean this region.
-- One ring that differs, and in one point only, is by far the most frequent: it is answered without comparing segments.
CREATE FUNCTION changed_region(old_geom geometry, new_geom geometry) RETURNS box2d LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS
$body$
DECLARE
  old_rings geometry[];
  new_rings geometry[];
  old_part geometry;
  new_part geometry;
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
      SELECT array_agg(parts.a), array_agg(parts.b) INTO old_rings, new_rings
      FROM unnest(old_rings, new_rings) AS pairs (o, n), differing_parts(o, n) AS parts;
    END IF;
  ELSE
    old_rings := ARRAY(SELECT ring FROM (SELECT ST_AsBinary(o) AS ring FROM rings_of(old_geom) AS o
                       EXCEPT ALL SELECT ST_AsBinary(n) FROM rings_of(new_geom) AS n) AS only_old);
    new_rings := ARRAY(SELECT ring FROM (SELECT ST_AsBinary(n) AS ring FROM rings_of(new_geom) AS n
                       EXCEPT ALL SELECT ST_AsBinary(o) FROM rings_of(old_geom) AS o) AS only_new);
  END IF;
  IF cardinality(old_rings) = 1 AND cardinality(new_rings) = 1 THEN
    SELECT parts.a, parts.b INTO old_part, new_part FROM differing_parts(old_rings[1], new_rings[1]) AS parts;
    -- A point moved, inserted or removed between two that stay: every segment here has changed.
    IF ST_NPoints(old_part) <= 3 AND ST_NPoints(new_part) <= 3 THEN RETURN box2d(ST_Collect(old_part, new_part)); END IF;
    RETURN differing_segments(ARRAY[old_part], ARRAY[new_part]);
  END IF;
  RETURN differing_segments(old_rings, new_rings);
END
$body$;
