-- A tile from zoom 14 in full detail: its four layers and the mark of the snapshot that they are drawn from. The box that
-- is searched is given in storage coordinates, and the tile's own sides in degrees; @srid@ decides which of them it is
-- laid into. As a function because its plan stays with the session: planning is a third of such a tile, and a prepared
-- statement would not do, for a pooler gives the session to others. The text is that of services/tiles/render_tile.py
-- (parcels_statement), with the boxes computed once; the generic plan is the right one, since every tile asks the same
-- index for a small box.
CREATE FUNCTION parcel_tile(
  z int, x int, y int, west float8, south float8, east float8, north float8,
  "left" float8, bottom float8, "right" float8, top float8)
RETURNS TABLE (mark text, parcels bytea, zoning bytea, findings bytea) LANGUAGE plpgsql STABLE
SET plan_cache_mode = force_generic_plan SET jit = off SET max_parallel_workers_per_gather = 0 AS
$body$
#variable_conflict use_column
DECLARE
  searched geometry := ST_MakeEnvelope(west, south, east, north, @srid@);
  side box2d := @side@;
BEGIN
  RETURN QUERY
  SELECT CASE WHEN pg_is_in_recovery()
      THEN pg_snapshot_xmin(pg_current_snapshot())::text || ':' || pg_snapshot_xmin(pg_current_snapshot())::text || ':'
      ELSE pg_current_snapshot()::text END AS mark,
    (SELECT ST_AsMVT(drawn, 'parcels', 4096, 'geom') FROM (
       SELECT parcel_id, number, level, kind, version, findings, ST_AsMVTGeom(@begin@geom@end@, side, 4096, 64) AS geom
       FROM (SELECT * FROM parcel WHERE geom && searched AND end_lifespan_version IS NULL) AS shown LEFT JOIN (
         SELECT parcel, count(*)::int AS findings FROM (
           SELECT id, parcels FROM finding WHERE status = 'open' AND place && searched
           UNION
           SELECT id, parcels FROM finding
           WHERE status = 'open' AND parcels && ARRAY(
             SELECT id FROM parcel WHERE geom && searched AND NOT geom @ searched AND end_lifespan_version IS NULL)
           UNION
           SELECT id, parcels FROM finding WHERE status = 'open' AND place IS NULL) AS open,
           unnest(parcels) AS parcel
         GROUP BY parcel) AS marked ON parcel = id
       WHERE true ORDER BY id OFFSET 0) AS drawn WHERE geom IS NOT NULL) AS parcels,
    (SELECT ST_AsMVT(drawn, 'zoning', 4096, 'geom') FROM (
       SELECT code, name, ST_AsMVTGeom(@begin@geom@end@, side, 4096, 64) AS geom
       FROM zoning_district WHERE geom && searched ORDER BY id OFFSET 0) AS drawn WHERE geom IS NOT NULL) AS zoning,
    (SELECT ST_AsMVT(drawn, 'findings', 4096, 'geom') FROM (
       SELECT id, rule, severity, ST_AsMVTGeom(@begin@ST_PointOnSurface(place)@end@, side, 4096, 64) AS geom
       FROM finding WHERE status = 'open' AND place && searched ORDER BY id OFFSET 0) AS drawn WHERE geom IS NOT NULL) AS findings;
END
$body$;
