-- What tiles need of the database: a feed that says where something changed, and counts of parcels by square of the
-- Web Mercator grid for the zooms at which a parcel is smaller than a pixel. Both are kept by trigger, so psql and QGIS
-- keep them too. An edit only ever inserts here: a row that edits share would make them wait, and a read of a table that
-- they all insert into would make unrelated ones abort (docs/guards.md).

-- The base cell of a shape: the square of level 19 (at zoom 13 a tile has 64 by 64 of them) that holds the middle of its
-- envelope, as the interleaved bits of column and row (Morton): what a tile of any zoom covers is one range of numbers.
-- From the box that is stored with a geometry, so a road of 19,208 points is not read.
CREATE FUNCTION tile_cell(shape geometry) RETURNS bigint LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS
$body$
DECLARE
  envelope box2d := box2d(shape);
  place geometry;
  lon float8 := (ST_XMin(envelope) + ST_XMax(envelope)) / 2;
  lat float8 := (ST_YMin(envelope) + ST_YMax(envelope)) / 2;
  sine float8;
  x bigint;
  y bigint;
BEGIN
  IF envelope IS NULL THEN RETURN NULL; END IF;
  IF @srid@ <> 4326 THEN
    place := ST_Transform(ST_SetSRID(ST_MakePoint(lon, lat), @srid@), 4326);
    lon := ST_X(place);
    lat := ST_Y(place);
  END IF;
  sine := sin(radians(greatest(-85.05112877980659, least(85.05112877980659, lat))));
  x := greatest(0, least(524287, floor((lon + 180) / 360 * 524288)::bigint));
  y := greatest(0, least(524287, floor((0.5 - ln((1 + sine) / (1 - sine)) / (4 * pi())) * 524288)::bigint));
  x := (x | (x << 16)) & 281470681808895;
  x := (x | (x << 8)) & 71777214294589695;
  x := (x | (x << 4)) & 1085102592571150095;
  x := (x | (x << 2)) & 3689348814741910323;
  x := (x | (x << 1)) & 6148914691236517205;
  y := (y | (y << 16)) & 281470681808895;
  y := (y | (y << 8)) & 71777214294589695;
  y := (y | (y << 4)) & 1085102592571150095;
  y := (y | (y << 2)) & 3689348814741910323;
  y := (y | (y << 1)) & 6148914691236517205;
  RETURN x | (y << 1);   -- operators of one rank, from left to right: hence the parentheses
END
$body$;

-- Parcels that a statement wrote: where they were and where they are, for z >= 14; and what that changes in the counts.
-- A box for each parcel of an edit; of a statement that writes many (an import) one for each 64 by 64 base cells.
-- As the owner, because whoever may write a parcel need not have a right to these tables.
CREATE FUNCTION note_inserted_parcels() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET jit = off AS
$body$
BEGIN
  WITH written AS MATERIALIZED (
    SELECT id, box2d(geom) AS box, tile_cell(geom) AS cell, end_lifespan_version IS NULL AS is_current, count(*) OVER () AS rows
    FROM now_there),
  counted AS (
    INSERT INTO parcel_cell_delta (code, parcels, findings)
    SELECT cell, count(*), 0 FROM written WHERE is_current GROUP BY cell)
  INSERT INTO tile_change (west, south, east, north, from_zoom)
  SELECT min(ST_XMin(box)), min(ST_YMin(box)), max(ST_XMax(box)), max(ST_YMax(box)), CASE WHEN bool_or(is_current) THEN 0 ELSE 14 END
  FROM written GROUP BY CASE WHEN rows <= 16 THEN id ELSE cell >> 12 END;
  RETURN NULL;
END
$body$;
CREATE FUNCTION note_updated_parcels() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET jit = off AS
$body$
DECLARE
  written record;
  old_box box2d;
  new_box box2d;
  old_cell bigint;
  new_cell bigint;
  from_zoom int;
BEGIN
  IF (SELECT count(*) FROM now_there) <= 16 THEN
    -- An edit. Row by row: one plan for all of it takes twice as long to start as this does to run.
    FOR written IN
      SELECT o.geom AS was, n.geom AS becomes, o.end_lifespan_version IS NULL AS was_current, n.end_lifespan_version IS NULL AS is_current
      FROM was_there AS o JOIN now_there AS n USING (id)
    LOOP
      old_box := box2d(written.was);
      new_box := box2d(written.becomes);
      from_zoom := 14;
      IF written.was_current <> written.is_current OR NOT old_box ~= new_box THEN
        old_cell := CASE WHEN written.was_current THEN tile_cell(written.was) END;
        new_cell := CASE WHEN written.is_current THEN tile_cell(written.becomes) END;
        IF old_cell IS DISTINCT FROM new_cell THEN
          from_zoom := 0;
          INSERT INTO parcel_cell_delta (code, parcels, findings)
          SELECT cell, change, 0 FROM (VALUES (old_cell, -1), (new_cell, 1)) AS cells (cell, change) WHERE cell IS NOT NULL;
        END IF;
      END IF;
      INSERT INTO tile_change (west, south, east, north, from_zoom)
      VALUES (least(ST_XMin(old_box), ST_XMin(new_box)), least(ST_YMin(old_box), ST_YMin(new_box)),
              greatest(ST_XMax(old_box), ST_XMax(new_box)), greatest(ST_YMax(old_box), ST_YMax(new_box)), from_zoom);
    END LOOP;
    RETURN NULL;
  END IF;
  WITH rows AS MATERIALIZED (
    SELECT box2d(geom) AS box, tile_cell(geom) AS cell, CASE WHEN end_lifespan_version IS NULL THEN 1 ELSE 0 END AS change
    FROM now_there
    UNION ALL
    SELECT box2d(geom), tile_cell(geom), CASE WHEN end_lifespan_version IS NULL THEN -1 ELSE 0 END FROM was_there),
  noted AS (
    INSERT INTO parcel_cell_delta (code, parcels, findings)
    SELECT cell, sum(change), 0 FROM rows GROUP BY cell HAVING sum(change) <> 0)
  INSERT INTO tile_change (west, south, east, north, from_zoom)
  SELECT min(ST_XMin(box)), min(ST_YMin(box)), max(ST_XMax(box)), max(ST_YMax(box)), 0 FROM rows GROUP BY cell >> 12;
  RETURN NULL;
END
$body$;
CREATE TRIGGER parcel_tiles_insert AFTER INSERT ON parcel REFERENCING NEW TABLE AS now_there
  FOR EACH STATEMENT EXECUTE FUNCTION note_inserted_parcels();
CREATE TRIGGER parcel_tiles_update AFTER UPDATE ON parcel REFERENCING OLD TABLE AS was_there NEW TABLE AS now_there
  FOR EACH STATEMENT EXECUTE FUNCTION note_updated_parcels();

-- A finding shows as a point at its place and as a number on its parcels. Where those are is looked up by whoever reads the
-- feed: to read a parcel by its id here would make editors of near ids abort each other.
CREATE FUNCTION note_finding() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET jit = off AS
$body$
DECLARE
  was geometry;
  becomes geometry;
  box box2d;
  concerned bigint[];
BEGIN
  IF TG_OP <> 'INSERT' AND OLD.status = 'open' THEN
    was := OLD.place;
    concerned := OLD.parcels;
  END IF;
  IF TG_OP <> 'DELETE' AND NEW.status = 'open' THEN
    becomes := NEW.place;
    concerned := concerned || NEW.parcels;
  END IF;
  IF concerned IS NULL THEN RETURN NULL; END IF;   -- it was not shown and it is not
  IF TG_OP = 'UPDATE' THEN
    IF (NEW.status, NEW.rule, NEW.severity, NEW.parcels) = (OLD.status, OLD.rule, OLD.severity, OLD.parcels)
       AND ST_AsBinary(NEW.place) IS NOT DISTINCT FROM ST_AsBinary(OLD.place) THEN
      RETURN NULL;
    END IF;
  END IF;
  box := box2d(ST_Collect(ST_Envelope(was), ST_Envelope(becomes)));
  INSERT INTO tile_change (west, south, east, north, from_zoom, parcels)
  VALUES (ST_XMin(box), ST_YMin(box), ST_XMax(box), ST_YMax(box), 0, concerned);
  INSERT INTO parcel_cell_delta (code, parcels, findings)
  SELECT cell, 0, sum(change) FROM (VALUES (tile_cell(was), -1), (tile_cell(becomes), 1)) AS cells (cell, change)
  WHERE cell IS NOT NULL GROUP BY cell HAVING sum(change) <> 0;
  RETURN NULL;
END
$body$;
CREATE TRIGGER finding_tiles AFTER INSERT OR UPDATE OR DELETE ON finding FOR EACH ROW EXECUTE FUNCTION note_finding();

-- Zoning is drawn at every zoom; below 14 from outlines in Web Mercator that were simplified beforehand, to a quarter of a
-- pixel (tile / 1024) of zoom 5, 9, 11 and 13, without what is smaller than two pixels by two. The shares of parcels in
-- districts (parcel_zoning) are not drawn, so they are not noted.
CREATE FUNCTION outline_district(district bigint, shape geometry) RETURNS void LANGUAGE sql SECURITY DEFINER
SET search_path = public, pg_temp AS
$body$
  INSERT INTO zoning_outline (district, zoom, geom)
  SELECT district, zoom, ST_Multi(simple)
  FROM (SELECT ST_Transform(ST_CollectionExtract(ST_ClipByBox2D(ST_Transform(shape, 4326), ST_MakeEnvelope(-180, -85, 180, 85, 4326)), 3), 3857)
          AS whole) AS drawn,
       unnest(ARRAY[5, 9, 11, 13]) AS zoom, ST_SimplifyPreserveTopology(whole, 40075016.6856 / 2 ^ zoom / 1024) AS simple
  WHERE NOT ST_IsEmpty(simple) AND ST_Area(box2d(simple)) > (40075016.6856 / 2 ^ zoom / 128) ^ 2
  ON CONFLICT (district, zoom) DO UPDATE SET geom = excluded.geom
$body$;
CREATE FUNCTION note_zoning() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET jit = off AS
$body$
DECLARE
  box box2d;
BEGIN
  IF TG_OP = 'INSERT' THEN box := box2d(NEW.geom);
  ELSIF TG_OP = 'DELETE' THEN box := box2d(OLD.geom);
  ELSE box := box2d(ST_Collect(ST_Envelope(OLD.geom), ST_Envelope(NEW.geom)));
  END IF;
  IF TG_OP <> 'INSERT' THEN DELETE FROM zoning_outline WHERE district = OLD.id; END IF;
  IF TG_OP <> 'DELETE' THEN PERFORM outline_district(NEW.id, NEW.geom); END IF;
  INSERT INTO tile_change (west, south, east, north, from_zoom)
  VALUES (ST_XMin(box), ST_YMin(box), ST_XMax(box), ST_YMax(box), 0);
  RETURN NULL;
END
$body$;
CREATE TRIGGER zoning_district_tiles AFTER INSERT OR UPDATE OR DELETE ON zoning_district
  FOR EACH ROW EXECUTE FUNCTION note_zoning();
SELECT count(outline_district(id, geom)) FROM zoning_district;

-- Everything changed: after a bulk load that passed the triggers by, or when a table was emptied.
CREATE FUNCTION note_everything() RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS
$body$
  INSERT INTO tile_change (west, south, east, north, from_zoom)
  SELECT ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e), 0 FROM deployment_extent() AS e
$body$;

-- Add what edits and imports noted to the totals of every level, oldest first and at most so many rows at a time; returns
-- how many it took. Readers add totals and what is still noted, in one snapshot, so it changes nothing that they see.
-- Only one at a time does it; nobody who edits waits for it.
CREATE FUNCTION fold_parcel_cells(most int DEFAULT 50000) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET jit = off AS
$body$
DECLARE
  taken bigint;
BEGIN
  IF NOT pg_try_advisory_xact_lock(7263544609) THEN RETURN 0; END IF;
  WITH gone AS (
    DELETE FROM parcel_cell_delta WHERE ctid = ANY (ARRAY(SELECT ctid FROM parcel_cell_delta LIMIT most))
    RETURNING code, parcels, findings),
  base AS (SELECT code, sum(parcels) AS parcels, sum(findings) AS findings FROM gone GROUP BY code),
  folded AS (
    INSERT INTO parcel_cell AS total (level, code, parcels, findings)
    SELECT step, code >> (2 * (19 - step)) AS ancestor, sum(parcels), sum(findings)
    FROM base, generate_series(6, 19) AS step GROUP BY step, ancestor HAVING sum(parcels) <> 0 OR sum(findings) <> 0
    ORDER BY step, ancestor
    ON CONFLICT (level, code) DO UPDATE
    SET parcels = total.parcels + excluded.parcels, findings = total.findings + excluded.findings)
  SELECT count(*) INTO taken FROM gone;
  RETURN taken;
END
$body$;

-- All counts anew from what is stored; for loaders that pass the triggers by, and for the first time. Writers wait.
CREATE FUNCTION rebuild_parcel_cells() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET jit = off AS
$body$
BEGIN
  PERFORM pg_advisory_xact_lock(7263544609);
  LOCK TABLE parcel, finding IN SHARE MODE;
  DELETE FROM parcel_cell;   -- not TRUNCATE, which empties it for snapshots of before as well
  DELETE FROM parcel_cell_delta;
  INSERT INTO parcel_cell (level, code, parcels, findings)
  SELECT 19, cell, sum(parcels), sum(findings) FROM (
    SELECT tile_cell(geom) AS cell, 1 AS parcels, 0 AS findings FROM parcel WHERE end_lifespan_version IS NULL
    UNION ALL
    SELECT tile_cell(place), 0, 1 FROM finding WHERE status = 'open' AND place IS NOT NULL) AS things
  GROUP BY cell ORDER BY cell;
  FOR step IN REVERSE 18 .. 6 LOOP
    INSERT INTO parcel_cell (level, code, parcels, findings)
    SELECT step, code >> 2, sum(parcels), sum(findings) FROM parcel_cell WHERE level = step + 1 GROUP BY code >> 2 ORDER BY 2;
  END LOOP;
  PERFORM note_everything();
END
$body$;
SELECT rebuild_parcel_cells();

-- Bodies of tiles that stay in the database (flask tiles warm) are true as of the snapshot in which each was drawn, or of
-- the last sweep if that is newer. A sweep takes away the bodies of places that changed since the sweep before; so what has
-- to be looked through when a body is read is only what changed since the last one. It takes the row of tile_sweep first:
-- who stores bodies shares that row and checks its generation, so none is stored from a snapshot of before unseen.
-- `system` tells a database that was restored elsewhere, where other numbers of transactions are counted.
INSERT INTO tile_sweep (id, generation, mark, kept_from, system)
SELECT 1, 1, pg_snapshot_xmin(pg_current_snapshot())::text || ':' || pg_snapshot_xmin(pg_current_snapshot())::text || ':',
       pg_snapshot_xmin(pg_current_snapshot()), system_identifier::text FROM pg_control_system();

-- The places of changes that a mark did not see, in storage coordinates, at most so many.
CREATE FUNCTION tile_changes_after(mark pg_snapshot, most int)
RETURNS TABLE (xid xid8, west float8, south float8, east float8, north float8, from_zoom smallint)
LANGUAGE sql STABLE AS
$body$
  WITH fresh AS MATERIALIZED (
    SELECT c.xid, c.west, c.south, c.east, c.north, c.from_zoom, c.parcels FROM tile_change AS c
    WHERE c.xid >= pg_snapshot_xmin(mark) AND NOT pg_visible_in_snapshot(c.xid, mark) LIMIT most)
  SELECT f.xid, f.west, f.south, f.east, f.north, f.from_zoom FROM fresh AS f WHERE f.west IS NOT NULL
  UNION ALL
  SELECT f.xid, ST_XMin(b), ST_YMin(b), ST_XMax(b), ST_YMax(b), 14::smallint
  FROM fresh AS f, unnest(f.parcels) AS named JOIN parcel AS p ON p.id = named, box2d(p.geom) AS b
$body$;
