-- What a written parcel starts in the database: its history, the feed of its tiles, the check of overlaps. What these answer and
-- refuse stays the same; whether a boundary is large is told by its bytes (0031_leaner_edits.sql).

-- As in migration 0012, but the version before and the new one are written by one statement: to find partitions and to open
-- their indexes takes as long as to write rows. The one before always meets its image and ends it; the new one meets none.
-- Nothing is written for a new version that is there already, which shows in the number of rows.
CREATE OR REPLACE FUNCTION write_history() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET enable_hashjoin = on AS
$body$
DECLARE
  noded bigint[];
  written record;
  missing bigint := 0;   -- new versions that are not written
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO parcel_version (parcel, parcel_id, version, period, change, edit_id, number, level, kind, part_of, geom,
                                area_m2, legal_area_m2, legal_area_text, land_use, address, attributes, begun)
    SELECT id, parcel_id, version, tstzrange(begin_lifespan_version, NULL), 'created', edit_id, number, level, kind, part_of, geom,
           area_m2, legal_area_m2, legal_area_text, land_use, address, attributes, begin_lifespan_version
    FROM new_rows;
    RETURN NULL;
  END IF;
  noded := string_to_array(nullif(current_setting('spatial_admin.noded', true), ''), ',')::bigint[];
  FOR written IN
    INSERT INTO parcel_version AS image (id, parcel, parcel_id, version, period, change, edit_id, number, level, kind, part_of, geom,
                                         area_m2, legal_area_m2, legal_area_text, land_use, address, attributes, begun)
    SELECT 0, o.id, o.parcel_id, o.version, tstzrange(o.begin_lifespan_version, n.begin_lifespan_version), 'created', o.edit_id,
           NULL, o.level, o.kind, NULL, o.geom, o.area_m2, NULL, NULL, NULL, NULL, '{}', o.begin_lifespan_version
    FROM old_rows AS o JOIN new_rows AS n ON n.id = o.id
    UNION ALL
    SELECT nextval('parcel_version_id_seq'), n.id, n.parcel_id, n.version, tstzrange(n.begin_lifespan_version, NULL),
           CASE WHEN o.end_lifespan_version IS NULL AND n.end_lifespan_version IS NOT NULL THEN 'retired'
                WHEN o.end_lifespan_version IS NOT NULL AND n.end_lifespan_version IS NULL THEN 'restored'
                WHEN ST_AsBinary(o.geom) = ST_AsBinary(n.geom) THEN 'attributes'
                WHEN n.id = ANY (noded) THEN 'noded'
                ELSE 'geometry' END,
           n.edit_id, n.number, n.level, n.kind, n.part_of, n.geom, n.area_m2, n.legal_area_m2, n.legal_area_text, n.land_use,
           n.address, n.attributes, n.begin_lifespan_version
    FROM old_rows AS o JOIN new_rows AS n ON n.id = o.id
    ON CONFLICT (parcel, version, begun) DO UPDATE SET period = excluded.period WHERE NOT upper_inf(excluded.period)
    RETURNING image.id, image.parcel_id, image.version, CASE WHEN upper_inf(image.period) THEN 1 ELSE -1 END AS side
  LOOP
    IF written.id = 0 THEN   -- no image was there, and so one was made
      RAISE EXCEPTION 'Version % of parcel % has no image in the history', written.version, written.parcel_id
        USING ERRCODE = 'SA003', HINT = 'Run flask database verify: history is incomplete.';
    END IF;
    missing := missing - written.side;
  END LOOP;
  IF missing <> 0 THEN
    RAISE EXCEPTION 'The history holds versions already that these parcels never had: %', (SELECT string_agg(parcel_id, ', ') FROM new_rows)
      USING ERRCODE = 'SA003', HINT = 'Run flask database verify.';
  END IF;
  RETURN NULL;
END
$body$;

-- As in migration 0026, but not counted first: of what writes more than an edit only so much is looked at in vain.
CREATE OR REPLACE FUNCTION note_updated_parcels() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET jit = off AS
$body$
DECLARE
  written record;
  old_cell bigint;
  new_cell bigint;
  rows int := 0;
  from_zoom int;
  wests float8[];
  souths float8[];
  easts float8[];
  norths float8[];
  zooms int[];
  codes bigint[];
  changes int[];
BEGIN
  FOR written IN
    SELECT old_geom, new_geom, was_current, is_current, was ~= becomes AS stays,
           least(ST_XMin(was), ST_XMin(becomes)) AS west, least(ST_YMin(was), ST_YMin(becomes)) AS south,
           greatest(ST_XMax(was), ST_XMax(becomes)) AS east, greatest(ST_YMax(was), ST_YMax(becomes)) AS north
    FROM (
      SELECT o.geom AS old_geom, n.geom AS new_geom, box2d(o.geom) AS was, box2d(n.geom) AS becomes,
             o.end_lifespan_version IS NULL AS was_current, n.end_lifespan_version IS NULL AS is_current
      FROM was_there AS o JOIN now_there AS n USING (id) LIMIT 17) AS changed
  LOOP
    rows := rows + 1;
    from_zoom := 14;
    IF NOT written.stays OR written.was_current <> written.is_current THEN
      old_cell := CASE WHEN written.was_current THEN tile_cell(written.old_geom) END;
      new_cell := CASE WHEN written.is_current THEN tile_cell(written.new_geom) END;
      IF old_cell IS DISTINCT FROM new_cell THEN
        from_zoom := 0;
        codes := codes || ARRAY[old_cell, new_cell];
        changes := changes || ARRAY[-1, 1];
      END IF;
    END IF;
    wests := wests || written.west;
    souths := souths || written.south;
    easts := easts || written.east;
    norths := norths || written.north;
    zooms := zooms || from_zoom;
  END LOOP;
  IF rows <= 16 THEN   -- an edit
    IF codes IS NOT NULL THEN
      INSERT INTO parcel_cell_delta (code, parcels, findings)
      SELECT cell, change, 0 FROM unnest(codes, changes) AS cells (cell, change) WHERE cell IS NOT NULL;
    END IF;
    INSERT INTO tile_change (west, south, east, north, from_zoom)
    SELECT * FROM unnest(wests, souths, easts, norths, zooms);
    RETURN NULL;
  END IF;
  WITH boxes AS MATERIALIZED (
    SELECT box2d(geom) AS box, tile_cell(geom) AS cell, CASE WHEN end_lifespan_version IS NULL THEN 1 ELSE 0 END AS change
    FROM now_there
    UNION ALL
    SELECT box2d(geom), tile_cell(geom), CASE WHEN end_lifespan_version IS NULL THEN -1 ELSE 0 END FROM was_there),
  noted AS (
    INSERT INTO parcel_cell_delta (code, parcels, findings)
    SELECT cell, sum(change), 0 FROM boxes GROUP BY cell HAVING sum(change) <> 0)
  INSERT INTO tile_change (west, south, east, north, from_zoom)
  SELECT min(ST_XMin(box)), min(ST_YMin(box)), max(ST_XMax(box)), max(ST_YMax(box)), 0 FROM boxes GROUP BY cell >> 12;
  RETURN NULL;
END
$body$;

-- As in migration 0026; large parcels are told by their bytes.
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
  mine := CASE WHEN pg_column_size(now_stored.geom) < 8000 THEN now_stored.geom ELSE within_region(now_stored.geom, region) END;
  FOR other IN
    SELECT near.id, near.parcel_id, near.geom FROM (
      SELECT p.id, p.parcel_id, CASE WHEN pg_column_size(p.geom) < 8000 THEN p.geom ELSE within_region(p.geom, region) END AS geom
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
