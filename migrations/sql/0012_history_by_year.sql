-- History by year: parcel_version is partitioned by `begun`, the time at which a version began. The partitions lie in a
-- schema of their own, parcel_history, into which the application's role cannot even look (docs/history.md).

-- History, as in migration 0003, but once for a statement and not once for each of its rows: to find the partition of a row
-- costs as much as to write it, and so it is done for all rows together (an import of a thousand parcels, an edit of four).
--
-- The version before is met by an insert that always meets its row, because an UPDATE that looks for it reads an index page
-- under SERIALIZABLE, into which every editor of a near id inserts: unrelated edits would abort. Its key holds the key of
-- the partition, which is the begin that the parcel's row had until now. Hash joins, because an edit switches them off, and
-- a nested loop over twenty thousand rows of a job would not end.
CREATE OR REPLACE FUNCTION write_history() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET enable_hashjoin = on AS
$body$
DECLARE
  noded bigint[];
  missing record;
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO parcel_version (parcel, parcel_id, version, period, change, edit_id, number, level, kind, part_of, geom,
                                area_m2, legal_area_m2, legal_area_text, land_use, address, attributes, begun)
    SELECT id, parcel_id, version, tstzrange(begin_lifespan_version, NULL), 'created', edit_id, number, level, kind, part_of, geom,
           area_m2, legal_area_m2, legal_area_text, land_use, address, attributes, begin_lifespan_version
    FROM new_rows;
    RETURN NULL;
  END IF;
  WITH ended AS (
    INSERT INTO parcel_version AS image (id, parcel, parcel_id, version, period, change, edit_id, level, kind, geom, area_m2,
                                         attributes, begun)
    SELECT 0, o.id, o.parcel_id, o.version, tstzrange(o.begin_lifespan_version, n.begin_lifespan_version), 'created', o.edit_id,
           o.level, o.kind, o.geom, o.area_m2, '{}', o.begin_lifespan_version
    FROM old_rows AS o JOIN new_rows AS n ON n.id = o.id
    ON CONFLICT (parcel, version, begun) DO UPDATE SET period = excluded.period
    RETURNING image.id, image.parcel_id, image.version)
  SELECT parcel_id, version INTO missing FROM ended WHERE id = 0;   -- no image was there, and so one was made
  IF FOUND THEN
    RAISE EXCEPTION 'Version % of parcel % has no image in the history', missing.version, missing.parcel_id
      USING ERRCODE = 'SA003', HINT = 'Run flask database verify: history is incomplete.';
  END IF;
  noded := string_to_array(nullif(current_setting('spatial_admin.noded', true), ''), ',')::bigint[];
  INSERT INTO parcel_version (parcel, parcel_id, version, period, change, edit_id, number, level, kind, part_of, geom,
                              area_m2, legal_area_m2, legal_area_text, land_use, address, attributes, begun)
  SELECT n.id, n.parcel_id, n.version, tstzrange(n.begin_lifespan_version, NULL),
         CASE WHEN o.end_lifespan_version IS NULL AND n.end_lifespan_version IS NOT NULL THEN 'retired'
              WHEN o.end_lifespan_version IS NOT NULL AND n.end_lifespan_version IS NULL THEN 'restored'
              WHEN ST_AsBinary(o.geom) = ST_AsBinary(n.geom) THEN 'attributes'
              WHEN n.id = ANY (noded) THEN 'noded'
              ELSE 'geometry' END,
         n.edit_id, n.number, n.level, n.kind, n.part_of, n.geom, n.area_m2, n.legal_area_m2, n.legal_area_text, n.land_use,
         n.address, n.attributes, n.begin_lifespan_version
  FROM old_rows AS o JOIN new_rows AS n ON n.id = o.id;
  RETURN NULL;
END
$body$;
DROP TRIGGER parcel_history ON parcel;
CREATE TRIGGER parcel_history AFTER INSERT ON parcel REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_history();
CREATE TRIGGER parcel_history_of_changes AFTER UPDATE ON parcel REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION write_history();

-- As in migration 0003. That no version exists twice rests on this trigger too, because no index holds (parcel, version)
-- over all partitions: version n+1 is only written by whoever ends version n, and a period that has ended ends no more.
CREATE OR REPLACE FUNCTION guard_history() RETURNS trigger LANGUAGE plpgsql AS
$body$
BEGIN
  IF TG_OP = 'INSERT' AND pg_trigger_depth() > 1 THEN RETURN NEW; END IF;
  IF TG_OP = 'UPDATE' AND pg_trigger_depth() > 1 AND upper_inf(OLD.period) AND lower(NEW.period) = lower(OLD.period)
     AND NEW.begun = OLD.begun AND NEW.parcel = OLD.parcel AND NEW.version = OLD.version THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'The history of parcels is never changed' USING ERRCODE = 'SA003', HINT = 'Make a new edit instead.';
END
$body$;

-- A partition for the versions that began before a moment, made of an empty table and then attached: `CREATE TABLE …
-- PARTITION OF` would lock the whole history against its readers, ATTACH locks only the partition for the rest.
CREATE FUNCTION attach_history(name text, bounds text) RETURNS void LANGUAGE plpgsql SET search_path = public, pg_temp AS
$body$
BEGIN
  EXECUTE format('CREATE TABLE IF NOT EXISTS parcel_history.%I (LIKE parcel_version INCLUDING ALL EXCLUDING IDENTITY)', name);
  -- As migration 0011 set the table that is now the first partition; a partitioned table has none to pass on.
  EXECUTE format('ALTER TABLE parcel_history.%I SET (fillfactor = 90, autovacuum_vacuum_insert_scale_factor = 0.05, '
                 'autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05)', name);
  EXECUTE format('ALTER TABLE parcel_version ATTACH PARTITION parcel_history.%I %s', name, bounds);
  -- Row triggers come with the parent's; one on TRUNCATE does not.
  EXECUTE format('DROP TRIGGER IF EXISTS parcel_version_guard_truncate ON parcel_history.%I', name);
  EXECUTE format('CREATE TRIGGER parcel_version_guard_truncate BEFORE TRUNCATE ON parcel_history.%I EXECUTE FUNCTION guard_history()', name);
END
$body$;
REVOKE EXECUTE ON FUNCTION attach_history(text, text) FROM PUBLIC;

-- Up to when there are partitions: what begins later goes to the partition for the rest.
CREATE FUNCTION history_is_made_until() RETURNS timestamptz LANGUAGE sql STABLE SET timezone = 'UTC' SET datestyle = 'ISO' AS
$body$
  SELECT max((regexp_match(pg_get_expr(c.relpartbound, c.oid), $$TO \('([^']+)'\)$$))[1]::timestamptz)
  FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid WHERE i.inhparent = 'public.parcel_version'::regclass
$body$;

-- Make partitions ahead, so that every year from now until `years` years from now has one; answers the names of those that
-- were made. What lies in the partition for the rest (nobody called this in time) is not moved: that table itself becomes the
-- partition of the years that it holds, and a new one is made for the rest. As the owner; whoever calls it can do no more.
CREATE FUNCTION extend_history(years int DEFAULT 2) RETURNS SETOF text LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET timezone = 'UTC' SET datestyle = 'ISO' AS
$body$
DECLARE
  made_until timestamptz := history_is_made_until();
  wanted timestamptz := date_trunc('year', clock_timestamp()) + make_interval(years => least(greatest(years, 0), 10) + 1);
  held_until timestamptz;
  name text;
BEGIN
  SELECT date_trunc('year', max(begun)) + interval '1 year' INTO held_until FROM parcel_history.parcel_version_rest;
  IF held_until IS NULL AND made_until >= wanted THEN RETURN; END IF;
  IF held_until IS NULL THEN
    LOCK TABLE parcel_version IN SHARE UPDATE EXCLUSIVE MODE;   -- two who extend; readers and editors go on
    LOCK TABLE parcel_history.parcel_version_rest IN ACCESS EXCLUSIVE MODE;
    IF EXISTS (SELECT FROM parcel_history.parcel_version_rest) THEN
      RAISE EXCEPTION 'A version was written into the rest just now' USING ERRCODE = '55P03', HINT = 'Try again.';
    END IF;
  ELSE
    LOCK TABLE parcel_version IN ACCESS EXCLUSIVE MODE;   -- DETACH asks for it; for milliseconds
    SELECT date_trunc('year', max(begun)) + interval '1 year' INTO held_until FROM parcel_history.parcel_version_rest;
  END IF;
  made_until := history_is_made_until();   -- somebody may have been here while we waited
  IF held_until > made_until THEN
    name := 'parcel_version_' || to_char(made_until, 'YYYY') || CASE WHEN held_until > made_until + interval '1 year'
      THEN '_to_' || to_char(held_until - interval '1 day', 'YYYY') ELSE '' END;
    ALTER TABLE parcel_version DETACH PARTITION parcel_history.parcel_version_rest;
    EXECUTE format('ALTER TABLE parcel_history.parcel_version_rest RENAME TO %I', name);
    PERFORM attach_history(name, format('FOR VALUES FROM (%L) TO (%L)', made_until, held_until));
    PERFORM attach_history('parcel_version_rest', 'DEFAULT');
    made_until := held_until;
    RETURN NEXT name;
  END IF;
  WHILE made_until < wanted LOOP
    name := 'parcel_version_' || to_char(made_until, 'YYYY');
    PERFORM attach_history(name, format('FOR VALUES FROM (%L) TO (%L)', made_until, made_until + interval '1 year'));
    made_until := made_until + interval '1 year';
    RETURN NEXT name;
  END LOOP;
END
$body$;
