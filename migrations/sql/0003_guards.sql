-- Triggers by which the database guards itself against every writer, at every isolation level (docs/guards.md).
-- Settings of the transaction that the service makes: spatial_admin.edit (id), .noded (internal ids), .dry_run ('on').

-- The edit of a writer who came without one (psql, QGIS): one for each transaction, named after the database user.
CREATE FUNCTION direct_edit() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS
$body$
DECLARE
  stored text := current_setting('spatial_admin.direct_edit', true);
  made bigint;
BEGIN
  -- The setting outlives its transaction where it was set for the session: it counts only with this transaction's id.
  IF stored LIKE pg_current_xact_id()::text || ':%' THEN RETURN split_part(stored, ':', 2)::bigint; END IF;
  INSERT INTO edit (key, comment, operations, request_hash, receipt)
  VALUES (gen_random_uuid(), 'direct SQL by ' || session_user, '[]', '\x', '{}') RETURNING id INTO made;
  PERFORM set_config('spatial_admin.direct_edit', pg_current_xact_id()::text || ':' || made, true);
  RETURN made;
END
$body$;

-- Take the conflict cells of a region: two writers at one place meet on a real row, which holds where predicate locks do
-- not (empty areas, READ COMMITTED). Ascending order, so that two who want the same cells do not lock each other out.
-- In plpgsql, which keeps the plan: an import calls it for every row.
CREATE FUNCTION take_cells(cells bigint[]) RETURNS void LANGUAGE plpgsql AS
$body$
BEGIN
  INSERT INTO conflict_cell AS held (cell, holder)
  SELECT wanted, pg_current_xact_id()::text::bigint FROM unnest(cells) AS wanted GROUP BY wanted ORDER BY wanted
  ON CONFLICT (cell) DO UPDATE SET holder = excluded.holder WHERE held.holder <> excluded.holder;
END
$body$;

-- How many cells a box meets, or one or two more along each side; for a box around half a continent, whose cells nobody
-- could hold.
CREATE FUNCTION cell_count(region box2d) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$body$
  SELECT (ST_XMax(region) - ST_XMin(region) + 2 * @cell_size@) * (ST_YMax(region) - ST_YMin(region) + 2 * @cell_size@)
         / (@cell_size@ * @cell_size@)::float8
$body$;

-- Without JIT: PostGIS' cost figures make the planner compile these small queries, 300 ms each time.
CREATE FUNCTION guard_parcel() RETURNS trigger LANGUAGE plpgsql SET jit = off AS
$body$
DECLARE
  edit bigint := nullif(current_setting('spatial_admin.edit', true), '')::bigint;
  region box2d;
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
    PERFORM take_cells(cells_of(region));
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
CREATE TRIGGER parcel_guard BEFORE INSERT OR UPDATE OR DELETE ON parcel FOR EACH ROW EXECUTE FUNCTION guard_parcel();

-- History: closes the period of the version before and writes the image of the new one. Runs as the owner, because the
-- application's role may read history but not write it.
CREATE FUNCTION write_history() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS
$body$
DECLARE
  change text := 'created';
  was_missing boolean;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    -- An insert that always meets its row, because an UPDATE that looks for it reads an index page under SERIALIZABLE,
    -- into which every editor of a near id inserts: unrelated edits would abort.
    INSERT INTO parcel_version AS image (id, parcel, parcel_id, version, period, change, edit_id, level, kind, geom, area_m2,
                                         attributes)
    VALUES (0, OLD.id, OLD.parcel_id, OLD.version, 'empty', 'created', OLD.edit_id, OLD.level, OLD.kind, OLD.geom, OLD.area_m2, '{}')
    ON CONFLICT (parcel, version) DO UPDATE SET period = tstzrange(lower(image.period), NEW.begin_lifespan_version)
    RETURNING xmax = 0 INTO was_missing;
    IF was_missing THEN
      RAISE EXCEPTION 'Version % of parcel % has no image in the history', OLD.version, OLD.parcel_id
        USING ERRCODE = 'SA003', HINT = 'Run flask database check: history is incomplete.';
    END IF;
    change := CASE
      WHEN OLD.end_lifespan_version IS NULL AND NEW.end_lifespan_version IS NOT NULL THEN 'retired'
      WHEN OLD.end_lifespan_version IS NOT NULL AND NEW.end_lifespan_version IS NULL THEN 'restored'
      WHEN ST_AsBinary(OLD.geom) = ST_AsBinary(NEW.geom) THEN 'attributes'
      WHEN NEW.id = ANY (string_to_array(nullif(current_setting('spatial_admin.noded', true), ''), ',')::bigint[]) THEN 'noded'
      ELSE 'geometry' END;
  END IF;
  INSERT INTO parcel_version (parcel, parcel_id, version, period, change, edit_id, number, level, kind, part_of, geom,
                              area_m2, legal_area_m2, legal_area_text, land_use, address, attributes)
  VALUES (NEW.id, NEW.parcel_id, NEW.version, tstzrange(NEW.begin_lifespan_version, NULL), change, NEW.edit_id, NEW.number,
          NEW.level, NEW.kind, NEW.part_of, NEW.geom, NEW.area_m2, NEW.legal_area_m2, NEW.legal_area_text, NEW.land_use,
          NEW.address, NEW.attributes);
  RETURN NULL;
END
$body$;
CREATE TRIGGER parcel_history AFTER INSERT OR UPDATE ON parcel FOR EACH ROW EXECUTE FUNCTION write_history();

-- History stands: only the trigger above may add a version or end a period, and nothing else changes. It runs inside
-- the trigger of parcel, hence the depth; the application's role lacks the right besides.
CREATE FUNCTION guard_history() RETURNS trigger LANGUAGE plpgsql AS
$body$
BEGIN
  IF TG_OP = 'INSERT' AND pg_trigger_depth() > 1 THEN RETURN NEW; END IF;
  IF TG_OP = 'UPDATE' AND pg_trigger_depth() > 1 AND upper_inf(OLD.period) AND lower(NEW.period) = lower(OLD.period)
     AND NEW.parcel = OLD.parcel AND NEW.version = OLD.version THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'The history of parcels is never changed' USING ERRCODE = 'SA003', HINT = 'Make a new edit instead.';
END
$body$;
CREATE TRIGGER parcel_version_guard BEFORE INSERT OR UPDATE OR DELETE ON parcel_version FOR EACH ROW EXECUTE FUNCTION guard_history();
CREATE TRIGGER parcel_version_guard_truncate BEFORE TRUNCATE ON parcel_version EXECUTE FUNCTION guard_history();
CREATE FUNCTION guard_truncate() RETURNS trigger LANGUAGE plpgsql AS
$body$
BEGIN
  RAISE EXCEPTION 'Table % is never emptied', TG_TABLE_NAME USING ERRCODE = 'SA003';
END
$body$;
CREATE TRIGGER parcel_guard_truncate BEFORE TRUNCATE ON parcel EXECUTE FUNCTION guard_truncate();

-- An edit is final with its receipt.
CREATE FUNCTION guard_edit() RETURNS trigger LANGUAGE plpgsql AS
$body$
BEGIN
  IF TG_OP = 'DELETE' OR OLD.receipt IS NOT NULL OR NEW.key <> OLD.key OR NEW.id <> OLD.id THEN
    RAISE EXCEPTION 'Edit % stands as it was made', OLD.id USING ERRCODE = 'SA003', HINT = 'Make a new edit instead.';
  END IF;
  RETURN NEW;
END
$body$;
CREATE TRIGGER edit_guard BEFORE UPDATE OR DELETE ON edit FOR EACH ROW EXECUTE FUNCTION guard_edit();
CREATE TRIGGER edit_guard_truncate BEFORE TRUNCATE ON edit EXECUTE FUNCTION guard_truncate();

-- The common area of two parcels in square metres, zero where its mean width (2A/perimeter) is noise below a millimetre.
CREATE FUNCTION common_area_m2(a geometry, b geometry) RETURNS float8 LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS
$body$
DECLARE
  common geometry := in_local_metres(ST_CollectionExtract(ST_Intersection(a, b), 3));
  area float8 := ST_Area(common);
BEGIN
  IF area > 0 AND 2 * area / ST_Perimeter(common) > 0.001 THEN RETURN area; END IF;
  RETURN 0;
END
$body$;

-- The part of a parcel that a check has to look at; small parcels are taken whole, which is faster than cutting them.
CREATE FUNCTION within_region(shape geometry, region box2d) RETURNS geometry LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$body$
  SELECT CASE WHEN ST_NPoints(shape) < 500 THEN shape
              ELSE ST_CollectionExtract(ST_Intersection(shape, ST_Expand(ST_SetSRID(region::geometry, ST_SRID(shape)), @cell_size@ / 100)), 3) END
$body$;

-- Deferred: no new overlap in an exclusive level, whoever wrote. An overlap that a finding records (any status but
-- fixed) is lawful up to its measure; findings are read only when an overlap was found, for a read of a small table
-- that everybody inserts into aborts unrelated edits.
CREATE FUNCTION check_overlap() RETURNS trigger LANGUAGE plpgsql SET jit = off AS
$body$
DECLARE
  now_stored parcel%ROWTYPE := NEW;
  region box2d;
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
  FOR other IN
    SELECT p.id, p.parcel_id, within_region(p.geom, region) AS geom FROM parcel AS p
    WHERE p.geom && ST_SetSRID(region::geometry, @srid@) AND p.end_lifespan_version IS NULL
      AND p.level = now_stored.level AND p.id <> now_stored.id
      AND ST_Relate(within_region(p.geom, region), within_region(now_stored.geom, region), 'T********')
  LOOP
    common := common_area_m2(other.geom, within_region(now_stored.geom, region));
    IF common > 0.01 AND NOT EXISTS (
      SELECT FROM finding WHERE parcels @> ARRAY[least(other.id, now_stored.id), greatest(other.id, now_stored.id)]
        AND rule IN ('overlap', 'stack') AND status <> 'fixed' AND measure + 0.01 >= common)
    THEN
      RAISE EXCEPTION 'Parcels % and % would overlap by % m2', now_stored.parcel_id, other.parcel_id, round(common::numeric, 3)
        USING ERRCODE = 'SA010', DETAIL = json_build_object('rule', 'overlap', 'parcels',
          json_build_array(now_stored.parcel_id, other.parcel_id), 'measure', common, 'place', ST_AsGeoJSON(
            ST_CollectionExtract(ST_Intersection(other.geom, within_region(now_stored.geom, region)), 3), 17)::json)::text;
    END IF;
  END LOOP;
  RETURN NULL;
END
$body$;
CREATE CONSTRAINT TRIGGER parcel_overlap AFTER INSERT OR UPDATE OF geom, level, end_lifespan_version ON parcel
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_overlap();

-- A dry run never becomes real: it takes no cells, so its commit is refused.
CREATE FUNCTION refuse_dry_commit() RETURNS trigger LANGUAGE plpgsql AS
$body$
BEGIN
  IF current_setting('spatial_admin.dry_run', true) = 'on' THEN
    RAISE EXCEPTION 'A dry run is never committed' USING ERRCODE = 'SA011';
  END IF;
  RETURN NULL;
END
$body$;
CREATE CONSTRAINT TRIGGER parcel_dry_run AFTER INSERT OR UPDATE ON parcel
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_dry_commit();

ALTER TABLE parcel ALTER COLUMN geom SET STORAGE EXTERNAL;
ALTER TABLE parcel_version ALTER COLUMN geom SET STORAGE EXTERNAL;

-- Shares of parcels in zoning districts, computed anew: of the area in storage units, for a share is a ratio. Only what
-- differs is written. An edit gives the addresses of the rows that it has just written (`rows`), others only their ids:
-- looking for a parcel by its index reads a page into which unrelated edits write.
CREATE FUNCTION refresh_zoning(parcels bigint[], rows tid[] DEFAULT NULL) RETURNS void LANGUAGE sql SET jit = off AS
$body$
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
  ON CONFLICT (parcel, district) DO UPDATE SET share = excluded.share WHERE old.share <> excluded.share
$body$;

-- Statistics after an import, so that plans know the tables are no longer empty. As the owner: only it may analyze.
CREATE FUNCTION refresh_statistics() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS
$body$
BEGIN
  ANALYZE parcel, parcel_version, parcel_zoning, zoning_district, finding, edit, conflict_cell, staged_parcel;
END
$body$;
