-- What is left of the database's work for an edit, once its plans are kept: to start a statement takes longer than to run it
-- where it writes three rows, and an edit of a corner started 32. What these functions answer and refuse stays the same.

-- The cells that this transaction holds as far as it remembers: "transaction:{cells}", local to it. A savepoint that is rolled
-- back takes back the setting with the cells; one left by another transaction has another number. Whoever sets it by hand
-- deceives himself as with the settings of migration 0003.
CREATE FUNCTION holds_cells(cells bigint[]) RETURNS boolean LANGUAGE plpgsql AS
$body$
DECLARE
  held text := current_setting('spatial_admin.cells', true);
BEGIN
  IF held IS NULL OR split_part(held, ':', 1) <> pg_current_xact_id()::text THEN RETURN false; END IF;
  RETURN cells <@ split_part(held, ':', 2)::bigint[];
END
$body$;

-- As in migration 0003, and remembered, as long as they are few: the trigger asks for each row, when the edit has taken the
-- cells of all of them.
CREATE OR REPLACE FUNCTION take_cells(cells bigint[]) RETURNS void LANGUAGE plpgsql AS
$body$
DECLARE
  held text := current_setting('spatial_admin.cells', true);
  mine text := pg_current_xact_id()::text;
  known bigint[] := '{}';
BEGIN
  INSERT INTO conflict_cell AS held (cell, holder)
  SELECT wanted, pg_current_xact_id()::text::bigint FROM unnest(cells) AS wanted GROUP BY wanted ORDER BY wanted
  ON CONFLICT (cell) DO UPDATE SET holder = excluded.holder WHERE held.holder <> excluded.holder;
  IF held IS NOT NULL AND split_part(held, ':', 1) = mine THEN known := split_part(held, ':', 2)::bigint[]; END IF;
  IF cardinality(known) + cardinality(cells) <= 64 THEN
    held := set_config('spatial_admin.cells', mine || ':' || (known || cells)::text, true);
  END IF;
END
$body$;

-- As in migration 0003, but cells that are held are not taken again.
CREATE OR REPLACE FUNCTION guard_parcel() RETURNS trigger LANGUAGE plpgsql SET jit = off AS
$body$
DECLARE
  edit bigint := nullif(current_setting('spatial_admin.edit', true), '')::bigint;
  region box2d;
  cells bigint[];
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'Parcel % is not deleted: a parcel is never deleted, only retired', OLD.parcel_id
      USING ERRCODE = 'SA001', HINT = 'Set end_lifespan_version, or use the operation retire.';
  END IF;
  IF TG_OP = 'INSERT' THEN
    region := changed_region(NULL, NEW.geom);
    NEW.version := 1;
  ELSE
    IF NEW.parcel_id <> OLD.parcel_id OR NEW.id <> OLD.id THEN
      RAISE EXCEPTION 'The id of parcel % never changes', OLD.parcel_id USING ERRCODE = 'SA002', HINT = 'Change its number instead.';
    END IF;
    IF NEW.level <> OLD.level OR (NEW.end_lifespan_version IS NULL) <> (OLD.end_lifespan_version IS NULL) THEN
      region := box2d(ST_Collect(ST_Envelope(OLD.geom), ST_Envelope(NEW.geom)));
    ELSE
      region := changed_region(OLD.geom, NEW.geom);
    END IF;
    NEW.version := OLD.version + 1;
  END IF;
  IF region IS NOT NULL AND coalesce(current_setting('spatial_admin.dry_run', true), '') <> 'on' THEN
    IF NOT cell_count(region) <= 250000 THEN
      RAISE EXCEPTION 'The change to parcel % spans about % conflict cells of 100 m by 100 m; at most 250000 are taken at once',
        NEW.parcel_id, cell_count(region)::numeric(30, 0) USING ERRCODE = 'SA012', HINT = 'Change less at once.';
    END IF;
    cells := cells_of(region);
    IF NOT holds_cells(cells) THEN PERFORM take_cells(cells); END IF;
  END IF;
  IF edit IS NULL THEN
    NEW.edit_id := direct_edit();
    NEW.begin_lifespan_version := clock_timestamp();
    IF TG_OP = 'UPDATE' AND NEW.begin_lifespan_version <= OLD.begin_lifespan_version THEN
      NEW.begin_lifespan_version := OLD.begin_lifespan_version + interval '1 microsecond';
    END IF;
    IF NEW.end_lifespan_version IS NOT NULL AND NEW.end_lifespan_version < NEW.begin_lifespan_version THEN
      NEW.end_lifespan_version := NEW.begin_lifespan_version;
    END IF;
    IF region IS NOT NULL OR NEW.area_m2 IS NULL THEN NEW.area_m2 := ground_area_m2(NEW.geom); END IF;
  ELSE
    NEW.edit_id := edit;
  END IF;
  RETURN NEW;
END
$body$;

-- As in migration 0009, but the boxes of an edit are inserted together.
CREATE OR REPLACE FUNCTION note_updated_parcels() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET jit = off AS
$body$
DECLARE
  written record;
  old_box box2d;
  new_box box2d;
  old_cell bigint;
  new_cell bigint;
  from_zoom int;
  wests float8[];
  souths float8[];
  easts float8[];
  norths float8[];
  zooms int[];
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
      wests := wests || least(ST_XMin(old_box), ST_XMin(new_box));
      souths := souths || least(ST_YMin(old_box), ST_YMin(new_box));
      easts := easts || greatest(ST_XMax(old_box), ST_XMax(new_box));
      norths := norths || greatest(ST_YMax(old_box), ST_YMax(new_box));
      zooms := zooms || from_zoom;
    END LOOP;
    INSERT INTO tile_change (west, south, east, north, from_zoom)
    SELECT * FROM unnest(wests, souths, easts, norths, zooms);
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

-- As in migration 0020. Whether the level is exclusive is asked where something overlaps, which hardly ever happens; and the
-- function that cuts large parcels is called for these alone.
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
      SELECT p.id, p.parcel_id, CASE WHEN ST_NPoints(p.geom) < 500 THEN p.geom ELSE within_region(p.geom, region) END AS geom
      FROM parcel AS p
      WHERE p.geom && place AND p.end_lifespan_version IS NULL AND p.level = now_stored.level AND p.id <> now_stored.id
      OFFSET 0) AS near
    WHERE ST_Relate(near.geom, mine, 'T********')
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

-- Does a shape hold all of a region (an envelope), or part of it (false), or none (null)? Mostly no side of it comes near: then
-- one corner of the region tells, and the many points of a district are run through once or twice, not overlaid.
CREATE FUNCTION holds_region(shape geometry, region geometry) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS
$body$
DECLARE
  part geometry;
BEGIN
  IF ST_NRings(shape) = 1 AND ST_Area(region) > 0 THEN
    part := ST_GeometryN(shape, 1);
    IF NOT ST_Intersects(ST_ExteriorRing(part), region) THEN
      RETURN CASE WHEN ST_Intersects(part, ST_PointN(ST_ExteriorRing(region), 1)) THEN true END;
    END IF;
  END IF;
  RETURN CASE WHEN ST_Intersects(shape, region) THEN ST_Covers(shape, region) END;
END
$body$;

-- As in migration 0020, each district looked at once.
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

-- Insert an edit under its key and name it for the triggers of its transaction; its id and the address of its row, or nothing
-- where somebody has used the key.
CREATE FUNCTION begin_edit(key uuid, author bigint, record bigint, why text, kind text, asked jsonb, hash bytea,
                           approver bigint)
RETURNS TABLE (edit_id bigint, edit_row text) LANGUAGE plpgsql AS
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
  RETURN NEXT;
END
$body$;

-- Store what became of an edit in its row, by the row's address: to look it up is to read the newest page of an index that
-- every other edit writes to.
CREATE FUNCTION finish_edit(place tid, answer jsonb, tries int, moment timestamptz, west float8, south float8, east float8,
                            north float8)
RETURNS void LANGUAGE plpgsql SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS
$body$
BEGIN
  UPDATE edit SET receipt = answer, attempts = tries, made_at = moment,
                  envelope = ST_MakeEnvelope(west, south, east, north, @srid@) WHERE ctid = place;
END
$body$;

-- Whom a token's digest names, with roles, and until when; asked with every request of a client.
CREATE FUNCTION account_of_token(digest text)
RETURNS TABLE (id bigint, email text, password text, active boolean, fs_uniquifier text, created_at timestamptz, roles text[],
               expires_at timestamptz)
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS
$body$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT a.id, a.email::text, a.password::text, a.active, a.fs_uniquifier::text, a.created_at,
         ARRAY(SELECT ARRAY[r.id::text, r.name::text, r.description::text] FROM account_role AS m JOIN role AS r ON r.id = m.role_id
               WHERE m.account_id = a.id), t.expires_at
  FROM api_token AS t JOIN account AS a ON a.id = t.account_id WHERE t.sha256 = digest;
END
$body$;
